"""The rows that the Data quality page reads: Hechi's jobs are late, demand never came from Baise, five things refused.

The version before lacked the sessions of October; a correction took some back.
"""

from datetime import date, datetime

SENTENCES = {
    "zh": "就业证明超过提醒线未更新的有1个市：河池市",
    "en": "Employment evidence: cities past the reminder: 1 (Hechi)",
}
CHARTS = 3

LANDED = datetime(2026, 11, 1, 8, 0)
CITIES = (
    *("450100", "450200", "450300", "450400", "450500", "450600", "450700", "450800"),
    *("450900", "451000", "451100", "451200", "451300", "451400", "450000"),
)
EXTRACTS = {
    "enrollment": ("培训报名", "Enrolments", True),
    "certification": ("评价证书", "Certificates", True),
    "employment": ("就业证明", "Employment evidence", True),
    "subsidy": ("补贴发放", "Payments", False),
    "demand": ("技能需求", "Skills demand", False),
    "institution": ("培训机构", "Training institutions", False),
}
REASONS = (
    ("superseded_in_file", "后面的行", "A later row", 12),
    ("date_format", "日期无法识别", "The date cannot be read", 9),
)


def fresh(city: str, extract: str, **changes: object) -> dict:
    """One row of city_freshness."""
    days = {"institution": None, "employment": 52 if city == "451200" else 3}.get(extract, 2)
    status = "landed" if days is None else "late" if days > 35 else "current"
    if (city, extract) == ("451000", "demand"):
        days, status = None, "never"
    row = {
        "city_code": city,
        "extract": extract,
        "files": 0 if status == "never" else 3,
        "rows_landed": 0 if status == "never" else 1_200,
        "last_landed_at": None if status == "never" else LANDED,
        "late_after_days": {"institution": None, "demand": 219}.get(extract, 35),
        "newest_on": None if days is None else date(2026, 10, 29),
        "days_behind": days,
        "freshness": status,
    }
    return row | changes


def extract_state(extract: str, *, has_landed: bool = True) -> dict:
    """One row of extract_state."""
    zh, en, is_required = EXTRACTS[extract]
    return {
        "extract": extract,
        "name_zh": zh,
        "name_en": en,
        "is_required": is_required,
        "has_landed": has_landed,
        "batches": 45 if has_landed else 0,
        "rows_landed": 18_000 if has_landed else 0,
        "rows_rejected": 21 if has_landed else 0,
        "last_landed_at": LANDED if has_landed else None,
        "latest_business_date": date(2026, 10, 29) if has_landed else None,
    }


def scope(city: str, extract: str, **changes: object) -> dict:
    """One row of landing_scope."""
    row = {
        "city_code": city,
        "extract": extract,
        "files": 46,
        "refused_files": 2,
        "open_files": 1,
        "corrected_files": 1,
        "held_files": 0,
        "rows_read": 2_100,
        "rows_landed": 2_070,
        "held_rows": 0,
        "rows_rejected": 30,
        "open_rows": 21,
        "corrected_rows": 5,
        "rejected_share": 30 / 2_100,
        "open_share": 0.01,
    }
    return row | changes


def refused_file(**changes: object) -> dict:
    """One row of landing_file: a file that nobody can read."""
    name = "enrollment/451200-2026H2.csv"
    row = {
        "batch_id": 400,
        "extract": "enrollment",
        "file_name": name,
        "city_code": "451200",
        "landed_at": LANDED,
        "status": "refused",
        "rows_read": 0,
        "rows_landed": 0,
        "rows_rejected": 0,
        "open_rows": 0,
        "is_open": True,
        "message": f"{name}:未入库。请另存为“CSV UTF-8”后重新报送"
        f" / {name}: refused. Save it as CSV UTF-8 and send it again",
    }
    return row | changes


def _changes() -> list[dict]:
    rows = []
    for order, (cause, effect) in enumerate((("new_session", 25_400.0), ("correction", -640.0)), start=1):
        rows.append(("counted_sessions", 138_240.0, 163_000.0, cause, order, effect))
    rows.append(("employment_rate", 0.631, 0.645, "outcome", 7, 0.014))
    rows.append(("target_sessions", 210_000.0, 210_000.0, "target_changed", 8, 0.0))
    names = ("figure", "value_before", "value_after", "cause", "cause_order", "effect")
    builds = {"build_before": "20261001T083000-aaaaaaa", "build_after": "20261101T083000-7f3a2c1", "plan_year": 2026}
    return [builds | dict(zip(names, row, strict=True)) for row in rows]


def _backtest() -> list[dict]:
    return [
        {
            "plan_year": 2025,
            "evaluated_on": date(2025, month, 28),
            "delay_basis": "hindsight",
            "projection": 181_300.0 - 9_000 + month * 700,
            "projection_low": 181_300.0 - 20_000 + month * 700,
            "projection_high": 181_300.0 + 8_000 - month * 300,
            "actual_sessions": 181_300,
            "projection_error": -9_000.0 + month * 700,
            "is_covered": True,
        }
        for month in (6, 7, 8, 9, 10, 11, 12)
    ]


def occupation(city: str, training_type: str, code: int, name: int, none: int) -> dict:
    """One row of occupation_scope."""
    sessions = code + name + none
    return {
        "city_code": city,
        "training_type": training_type,
        "sessions": sessions,
        "code_sessions": code,
        "name_sessions": name,
        "no_occupation_sessions": none,
        "code_share": code / sessions if sessions else None,
        "name_share": name / sessions if sessions else None,
        "no_occupation_share": none / sessions if sessions else None,
    }


def tables() -> dict[str, list]:
    """Rows by table."""
    return {
        "city_freshness": [fresh(city, extract) for city in CITIES for extract in EXTRACTS],
        "extract_state": [extract_state(extract) for extract in EXTRACTS],
        "landing_scope": [scope(city, extract) for city in ("ALL", *CITIES) for extract in ("ALL", *EXTRACTS)],
        "landing_file": [refused_file()],
        "refused_reason": [
            {
                "city_code": city,
                "reason_code": reason,
                "message_zh": zh,
                "message_en": en,
                "faults": rows,
                "refused_rows": rows,
                "open_rows": 0 if reason == "superseded_in_file" else rows,
                "files": 2,
                "share_of_faults": rows / 21,
            }
            for city in ("ALL", "451200")
            for reason, zh, en, rows in REASONS
        ],
        "refused_cause": [
            {
                "extract": "enrollment",
                "city_code": "451200",
                "column_name": "end_date",
                "reason_code": "date_format",
                "message_zh": "日期无法识别",
                "message_en": "The date cannot be read",
                "faults": 9,
                "refused_rows": 9,
                "open_rows": 9,
                "files": 2,
                "last_landed_at": LANDED,
            }
        ],
        "refused_row": [
            {
                "batch_id": 399,
                "extract": "enrollment",
                "file_name": "enrollment/451200-2026H1.csv",
                "city_code": "451200",
                "landed_at": LANDED,
                "row_number": number,
                "column_name": "end_date",
                "reason_code": "date_format",
                "is_open": number < 19,
            }
            for number in range(10, 21)
        ],
        "occupation_scope": [
            occupation(city, kind, *counts)
            for city in ("ALL", *CITIES)
            for kind, counts in {
                "occupation": (700, 200, 100),
                "specialised": (150, 0, 50),
                "entrepreneurship": (0, 0, 300),
                "project": (0, 0, 0),
                "ALL": (850, 200, 450),
            }.items()
        ],
        "version_change": _changes(),
        "projection_backtest": _backtest(),
    }
