"""The rows that the Outcomes page reads. 2026: Hechi is really lower, project training does best, 2026-08 is too early.

Cities are those of `rows_cities`; of the institutions one lies below the limits, one above, one is too small to judge.
"""

from datetime import date

import rows_cities

SENTENCES = {
    "zh": "计入的16.3万人次中，73.8%已取得证书",
    "en": "73.8% of the 163k sessions counted in 2026",
}
CHARTS = 5

TYPES = {"occupation": (0.652, "undecided"), "specialised": (0.631, "below"), "project": (0.701, "above")}
NAMES = ("南宁桂安职业培训学校", "柳州宏源职业教育中心", "河池力达培训学校", "小样本培训学校")


def scope(**changes: object) -> dict:
    """One row of outcome_scope."""
    row = {
        "plan_year": 2026,
        "city_code": "ALL",
        "industry_code": "ALL",
        "trainee_group": "ALL",
        "training_type": "ALL",
        "counted_sessions": 163_000,
        "certified_sessions": 120_294,
        "certification_rate": 0.738,
        "certification_rate_low": 0.736,
        "certification_rate_high": 0.740,
        "due_sessions": 110_000,
        "employed_sessions": 70_950,
        "employment_rate": 0.645,
        "employment_rate_low": 0.642,
        "employment_rate_high": 0.648,
        "observation_complete": 0.83,
    }
    return row | changes


def part(dimension: str, code: str, rate: float, standing: str | None, **changes: object) -> dict:
    """One row of outcome_part whose employment rate is `rate`."""
    row = scope() | {
        "dimension": dimension,
        "member_code": code,
        "is_suppressed": False,
        "counted_sessions": 9_000,
        "certified_sessions": 6_642,
        "certification_rate_standing": None if standing is None else "undecided",
        "is_employment_suppressed": False,
        "due_sessions": 6_000,
        "employed_sessions": round(6_000 * rate),
        "employment_rate": rate,
        "employment_rate_low": rate - 0.012,
        "employment_rate_high": rate + 0.012,
        "employment_rate_standing": standing,
    }
    return row | changes


def suppressed(dimension: str, code: str) -> dict:
    """A part of fewer than ten persons."""
    figures = ("counted_sessions", "certified_sessions", "certification_rate", "due_sessions", "employed_sessions")
    empty = dict.fromkeys(figures) | dict.fromkeys(("employment_rate", "observation_complete"))
    return part(dimension, code, 0.5, None) | empty | {"is_suppressed": True, "is_employment_suppressed": True}


def _cities() -> list[dict]:
    standing = {"451200": "below", "450200": "above", "450000": None}
    return [
        part("city", code, rows_cities.value(code, "employment_rate"), standing.get(code, "undecided"))
        for code in rows_cities.CITIES
    ]


def _own(code: str) -> dict:
    rate = rows_cities.value(code, "employment_rate")
    return scope(
        city_code=code,
        counted_sessions=9_010,
        certified_sessions=6_073,
        certification_rate=rows_cities.value(code, "certification_rate"),
        due_sessions=6_100,
        employed_sessions=3_422,
        employment_rate=rate,
        employment_rate_low=rate - 0.012,
        employment_rate_high=rate + 0.012,
        observation_complete=0.83,
    )


def _months() -> list[dict]:
    rows = []
    for month in range(1, 11):
        complete = 1.0 if month < 5 else 0.7 if month < 8 else None
        rate = None if complete is None else 0.66 if complete == 1 else 0.6
        rows.append(
            {
                "plan_year": 2026,
                "end_month": date(2026, month, 1),
                "city_code": "ALL",
                "counted_sessions": 16_000,
                "certified_sessions": 11_800,
                "certification_rate": 0.7375,
                "certification_rate_low": 0.731,
                "certification_rate_high": 0.744,
                "due_sessions": 0 if complete is None else 16_000,
                "employed_sessions": 0 if complete is None else round(16_000 * rate),
                "employment_rate": rate,
                "employment_rate_low": rate and rate - 0.007,
                "employment_rate_high": rate and rate + 0.007,
                "observation_complete": complete,
            }
        )
    return rows


def _cohorts() -> list[dict]:
    return [
        {
            "plan_year": 2026,
            "end_month": date(2026, month, 1),
            "city_code": "ALL",
            "months_since": since,
            "counted_sessions": 16_000,
            "certified_sessions": round(16_000 * (0.2 + 0.18 * min(since, 3))),
            "certification_rate": 0.2 + 0.18 * min(since, 3),
        }
        for month in range(1, 10)
        for since in range(min(10 - month, 6) + 1)
    ]


def _institution(place: int) -> dict:
    """Below the limits, above them, within them, too few."""
    status = ("alarm", "alert", "inside", "too_few")[place]
    rate, side = (0.41, 0.84, 0.65, 0.5)[place], ("below", "above", "above", None)[place]
    due = (180, 160, 900, 20)[place]
    return {
        "institution_code": f"9145000000000000{place}A",
        "value": rate,
        "numerator": round(due * rate),
        "denominator": due,
        "funnel_status": status,
        "side": side,
    }


def _funnel(measure: str) -> list[dict]:
    return [
        _institution(place)
        | {
            "plan_year": 2026,
            "measure": measure,
            "province_value": 0.645,
            "adjusted_z": (-4.0, 2.5, 0.1, None)[place],
        }
        for place in range(4)
    ]


def card(place: int, **changes: object) -> dict:
    """One row of institution_scorecard."""
    found = _institution(place)
    row = {
        "plan_year": 2026,
        "institution_code": found["institution_code"],
        "star_rating": 4 if place else None,
        "licence_state": "valid" if place else "expired",
        "counted_sessions": (210, 190, 1_200, 24)[place],
        "main_city_code": ("451200", "450200", "450100", "451200")[place],
        "share_of_city": 0.05,
        "due_sessions": found["denominator"],
        "employed_sessions": found["numerator"],
        "subsidised_sessions": (260, 200, 1_260, 26)[place],
        "violating_sessions": (50, 4, 60, 0)[place],
        "violation_rate": (0.192, 0.02, 0.048, 0.0)[place],
        "violation_rate_low": (0.15, 0.01, 0.037, 0.0)[place],
        "violation_rate_high": (0.24, 0.05, 0.061, 0.13)[place],
        "violation_rate_funnel_status": ("alarm", "inside", "inside", "too_few")[place],
        "violation_rate_side": ("above", "below", "below", None)[place],
        "payments": 90,
        "paid_yuan": 81_000,
        "irregular_yuan": 1_200,
    }
    for measure in ("certification_rate", "employment_rate"):
        row |= {
            measure: found["value"],
            f"{measure}_low": found["value"] - 0.05,
            f"{measure}_high": found["value"] + 0.05,
            f"{measure}_funnel_status": found["funnel_status"],
            f"{measure}_side": found["side"],
        }
    return row | changes


def landed(*missing: str) -> list[dict]:
    """The rows of extract_state: all have landed but those named."""
    extracts = ("enrollment", "certification", "employment", "institution", "subsidy", "demand")
    return [{"extract": name, "has_landed": name not in missing} for name in extracts]


def tables() -> dict[str, list]:
    """Rows by table."""
    return {
        "extract_state": landed(),
        "outcome_scope": [scope(), *(_own(code) for code in rows_cities.CITIES)],
        "outcome_part": [
            *_cities(),
            *(part("type", code, *found) for code, found in TYPES.items()),
            suppressed("type", "entrepreneurship"),
            *(part("type", code, rate - 0.09, "undecided", city_code="451200") for code, (rate, _) in TYPES.items()),
        ],
        "outcome_month": _months(),
        "outcome_cohort": _cohorts(),
        "institution_funnel": [
            row for measure in ("certification_rate", "employment_rate") for row in _funnel(measure)
        ],
        "institution_funnel_limit": [
            {
                "plan_year": 2026,
                "measure": measure,
                "step_order": step,
                "denominator": 20 * 2**step,
                "province_value": 0.645,
                "limit_95_low": 0.645 - 0.3 / (step + 1),
                "limit_95_high": 0.645 + 0.3 / (step + 1),
                "limit_998_low": 0.645 - 0.4 / (step + 1),
                "limit_998_high": 0.645 + 0.35 / (step + 1),
            }
            for measure in ("certification_rate", "employment_rate")
            for step in range(7)
        ],
        "dim_institution": [
            {"institution_code": f"9145000000000000{place}A", "name_zh": name, "name_en": name}
            for place, name in enumerate(NAMES)
        ],
        "institution_scorecard": [card(place) for place in range(4)],
        "institution_concentration": [
            {
                "plan_year": 2026,
                "city_code": "ALL",
                "institutions": 366,
                "counted_sessions": 163_000,
                "largest_institution_code": "91450000000000002A",
                "largest_share": 0.057,
                "top_four_share": 0.135,
                "herfindahl_index": 0.012,
            }
        ],
        "institution_growth": [
            {
                "institution_code": "91450000000000000A",
                "quarter": date(2026, 7, 1),
                "plan_year": 2026,
                "sessions": 140,
                "sessions_year_before": 20,
                "expected_sessions": 23.8,
                "ratio": 5.9,
                "ratio_low": 4.4,
                "growth_status": "sudden",
            }
        ],
    }
