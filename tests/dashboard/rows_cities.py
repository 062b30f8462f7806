"""The rows that the Cities page reads. 2026: Nanning lacks most by its size, Hechi by its pace, Baise is ahead.

Hechi's rates are surely low, Liuzhou's surely high, the others can't be told apart; Fangchenggang is small and breaks
rules. Shares are rounded where nothing hangs on them.
"""

SENTENCES = {"zh": "差额最大的河池市、玉林市、南宁市", "en": "the largest gaps, Hechi, Yulin, Nanning, make up"}
CHARTS = 5

# code: (target, counted, expected by now, priority share, certification, employment, violation rate)
CITIES = {
    "450100": (36_622, 28_520, 30_502, 0.722, 0.741, 0.642, 0.071),
    "450200": (17_419, 14_350, 14_508, 0.735, 0.752, 0.731, 0.062),
    "450300": (20_659, 16_020, 17_207, 0.758, 0.748, 0.655, 0.069),
    "450400": (11_818, 9_480, 9_843, 0.732, 0.739, 0.640, 0.072),
    "450500": (7_764, 6_300, 6_467, 0.681, 0.741, 0.651, 0.066),
    "450600": (4_382, 3_390, 3_650, 0.612, 0.744, 0.648, 0.187),
    "450700": (13_834, 11_150, 11_522, 0.741, 0.738, 0.645, 0.068),
    "450800": (18_083, 13_610, 15_061, 0.729, 0.731, 0.641, 0.074),
    "450900": (24_285, 18_020, 20_227, 0.745, 0.736, 0.643, 0.070),
    "451000": (14_962, 12_900, 12_462, 0.760, 0.741, 0.644, 0.073),
    "451100": (8_412, 6_610, 7_006, 0.735, 0.735, 0.650, 0.065),
    "451200": (14_319, 9_010, 11_926, 0.702, 0.674, 0.561, 0.118),
    "451300": (8_691, 7_020, 7_239, 0.744, 0.739, 0.646, 0.067),
    "451400": (8_750, 7_010, 7_288, 0.734, 0.742, 0.652, 0.069),
    "450000": (None, 1_730, None, 0.561, 0.776, 0.758, 0.060),
}
MEASURES = ("priority_share_persons", "certification_rate", "employment_rate", "observation_complete", "violation_rate")
PROVINCE = {
    "priority_share_persons": 0.729,
    "certification_rate": 0.738,
    "employment_rate": 0.645,
    "observation_complete": 0.83,
    "violation_rate": 0.073,
}
HALF = 0.011  # of every interval
PROVINCE_PACE = 163_000 / (210_000 * 304 / 365)  # as in the Overview's rows
RANK_RANGE = {"451200": (14, 14), "450200": (1, 1)}


def value(code: str, measure: str) -> float:
    """A city's value of a measure."""
    of_city = dict(
        zip(("priority_share_persons", "certification_rate", "employment_rate"), CITIES[code][3:6], strict=True)
    )
    return of_city.get(measure, CITIES[code][6] if measure == "violation_rate" else PROVINCE[measure])


def _ranks(measure: str) -> dict[str, int]:
    ordered = sorted(
        (code for code in CITIES if code != "450000"),
        key=lambda code: value(code, measure),
        reverse=measure != "violation_rate",
    )
    return {code: place for place, code in enumerate(ordered, start=1)}


def scorecard(code: str, year: int = 2026, **changes: object) -> dict:
    """One row of city_scorecard."""
    target, counted, _, share, *_ = CITIES[code]
    row = {
        "plan_year": year,
        "city_code": code,
        "target_sessions": target,
        "target_basis": "reference" if target else None,
        "counted_sessions": counted,
        "attainment": counted / target if target else None,
        "attainment_rank": 1 if target else None,
        "sessions_per_10k": 32.5 if target else None,
        "persons": counted - 900,
        "priority_persons": round((counted - 900) * share),
        "priority_share_sessions": share - 0.01,
        "priority_standing": "below" if share < 0.69 else "undecided" if share < 0.711 else "at_or_above",
        "sessions_to_70": 0 if share >= 0.7 else 310,
        "persons_to_70": 0 if share >= 0.7 else 310,
    }
    for measure in MEASURES:
        rate = value(code, measure)
        low, high = RANK_RANGE.get(code, (2, 13))
        row |= {measure: rate, f"{measure}_low": rate - HALF, f"{measure}_high": rate + HALF}
        row |= {
            f"{measure}_rank": _ranks(measure).get(code),
            f"{measure}_rank_low": low if target else None,
            f"{measure}_rank_high": high if target else None,
        }
    return row | changes


def _funnel(code: str, measure: str) -> dict:
    rate, middle = value(code, measure), PROVINCE[measure]
    far = abs(rate - middle)
    return {
        "plan_year": 2026,
        "measure": measure,
        "city_code": code,
        "numerator": round(CITIES[code][1] * rate),
        "denominator": CITIES[code][1],
        "value": rate,
        "province_value": middle,
        "limit_95_low": middle - 0.04,
        "limit_95_high": middle + 0.04,
        "limit_998_low": middle - 0.07,
        "limit_998_high": middle + 0.07,
        "funnel_status": "alarm" if far > 0.07 else "alert" if far > 0.04 else "inside",
        "side": "above" if rate > middle else "below",
    }


def _limits(measure: str) -> list[dict]:
    middle = PROVINCE[measure]
    return [
        {
            "plan_year": 2026,
            "measure": measure,
            "step_order": step,
            "denominator": 3_000 + step * 2_800,
            "province_value": middle,
            "limit_95_low": middle - 0.08 / (step + 1),
            "limit_95_high": middle + 0.08 / (step + 1),
            "limit_998_low": middle - 0.13 / (step + 1),
            "limit_998_high": middle + 0.13 / (step + 1),
        }
        for step in range(10)
    ]


def _standardised(code: str, measure: str) -> dict:
    rate = value(code, measure)
    ratio = {"451200": 0.89, "450200": 1.11}.get(code, 1.0)
    return {
        "plan_year": 2026,
        "measure": measure,
        "city_code": code,
        "sessions": CITIES[code][1],
        "observed_sessions": round(CITIES[code][1] * rate),
        "expected_sessions": CITIES[code][1] * rate / ratio,
        "observed_expected": ratio,
        "observed_expected_low": ratio - 0.03,
        "observed_expected_high": ratio + 0.03,
        "comparable_share": 0.83,
        "rate": rate,
        "rate_low": rate - HALF,
        "rate_high": rate + HALF,
        "expected_rate": rate / ratio,
        "province_rate": PROVINCE[measure],
        "difference": rate - PROVINCE[measure],
        "difference_of_mix": rate / ratio - PROVINCE[measure],
        "difference_beyond_mix": rate - rate / ratio,
        "standing": "below" if ratio < 0.97 else "at_or_above" if ratio > 1.03 else "undecided",
    }


def _pace() -> list[dict]:
    gaps = sorted(
        ((expected - counted, code) for code, (_, counted, expected, *_) in CITIES.items() if expected), reverse=True
    )
    lacking = sum(gap for gap, _ in gaps if gap > 0)
    rows, so_far = [], 0.0
    for place, (gap, code) in enumerate(gaps, start=1):
        target, counted, expected, *_ = CITIES[code]
        of_size = expected * (1 - PROVINCE_PACE)
        so_far += max(gap, 0) / lacking
        cause = "size" if gap - of_size <= 0 else "pace" if gap - of_size >= of_size else "size_and_pace"
        rows.append(
            {
                "plan_year": 2026,
                "city_code": code,
                "target_sessions": target,
                "target_basis": "reference",
                "counted_sessions": counted,
                "expected_sessions": float(expected),
                "pace": counted / expected,
                "gap_sessions": float(gap),
                "gap_rank": place,
                "gap_of_size": of_size,
                "gap_of_pace": gap - of_size,
                "gap_share": max(gap, 0) / lacking,
                "gap_share_so_far": so_far,
                "gap_cause": cause if gap > 0 else None,
            }
        )
    return rows


def _peers() -> list[dict]:
    cities = [code for code in CITIES if code != "450000"]
    return [
        {
            "city_code": own,
            "peer_rank": rank,
            "peer_code": peer,
            "is_peer": rank <= 4,
            "distance": 1.0 + rank / 10,
            "population_2020": 3_000_000,
            "peer_population_2020": 3_100_000,
            "sessions_per_10k": 32.5,
            "peer_sessions_per_10k": 31.0,
        }
        for own in cities
        for rank, peer in enumerate((code for code in cities if code != own), start=1)
    ]


def tables() -> dict[str, list]:
    """Rows by table."""
    ranked = [code for code in CITIES if code != "450000"]
    return {
        "city_scorecard": [scorecard(code) for code in CITIES],
        "city_funnel": [_funnel(code, measure) for measure in MEASURES for code in ranked],
        "funnel_limit": [limit for measure in MEASURES for limit in _limits(measure)],
        "city_standardised": [
            _standardised(code, measure) for measure in ("certification_rate", "employment_rate") for code in CITIES
        ],
        "city_pace": _pace(),
        "city_peer": _peers(),
        "city_rule_loss": [
            {
                "plan_year": 2026,
                "city_code": "451200",
                "rule_code": rule,
                "lost_sessions": lost,
                "is_suppressed": not lost,
            }
            for rule, lost in (("ANNUAL_CAP", 610), ("HOURS_MIN", 312), ("LICENCE", None), ("FUND_MATCH", None))
        ],
    }
