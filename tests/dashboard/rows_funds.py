"""The rows that the Funds and compliance page reads. 2026: one rule takes most, payments are mostly in order.

Of Hechi's 312 sessions not counted 210 break ANNUAL_CAP; UI_ONLY is suppressed there. One park has passed its budget.
Institutions are those of `rows_outcomes`, months and cities as elsewhere.
"""

from datetime import date

import rows_cities

from skillsdw.seeds import read_seed

SENTENCES = {
    "zh": "已发补贴3,200万元，其中35万元（1.1%）违反发放规则",
    "en": "of which ¥350k (1.1%) breaks a payment rule",
}
CHARTS = 7

SUBSIDISED, UNCOUNTED = 180_000, 17_000
RECORDS = {"HOURS_MIN": 2_600, "FUND_MATCH": 1_900, "ANNUAL_CAP": 8_400, "LICENCE": 3_100}
OF_HECHI = {"HOURS_MIN": 83, "ANNUAL_CAP": 210, "LICENCE": 76}
NO_YEAR = {"CERT_ORPHAN": 900, "EMPLOYMENT_ORPHAN": 710, "LONG_OPEN": 179}
OF_PAYMENTS = {"PAID_NOT_IN_SYSTEM": 105, "OVERPAID": 78}
MONTHS = 10


def rules() -> list[dict]:
    """The catalogue."""
    return read_seed("rule")


def rule(code: str, city: str = "ALL", year: int = 2026, **changes: object) -> dict:
    """One row of rule_scope."""
    found = next(row for row in rules() if row["rule_code"] == code)
    is_rate = found["severity"] == "ineligible"
    records = {"ALL": RECORDS | OF_PAYMENTS, "451200": OF_HECHI}.get(city, {}).get(code, 0 if city == "ALL" else 12)
    if year == 0:
        records = NO_YEAR.get(code, 0)
    sessions = SUBSIDISED if city == "ALL" else 2_000
    row = {
        "plan_year": year,
        "city_code": city,
        "rule_code": code,
        "severity": found["severity"],
        "extract": found["extract"],
        "is_suppressed": (year, city) == (2026, "451200") and code in ("UI_ONLY", "LICENCE", "FUND_MATCH"),
        "records": records,
        "assessed_sessions": sessions if is_rate else None,
        "violation_rate": records / sessions if is_rate else None,
        "violation_rate_low": records / sessions * 0.9 if is_rate else None,
        "violation_rate_high": records / sessions * 1.1 + 0.0005 if is_rate else None,
    }
    return row | changes


def uncounted(city: str, subsidised: int, lost: int) -> dict:
    """One row of uncounted_scope."""
    return {
        "plan_year": 2026,
        "city_code": city,
        "subsidised_sessions": subsidised,
        "counted_sessions": subsidised - lost,
        "uncounted_sessions": lost,
        "violation_rate": lost / subsidised,
        "violation_rate_low": lost / subsidised - 0.01,
        "violation_rate_high": lost / subsidised + 0.01,
    }


def flow(month: int, city: str = "ALL", **changes: object) -> dict:
    """One row of fund_flow_scope; month 0 is the year so far."""
    times = MONTHS if month == 0 else 1
    row = {
        "calendar_year": 2026,
        "month_of_year": month,
        "city_code": city,
        "funding_source": "ALL",
        "paid_month": date(2026, month, 1) if month else None,
        "payments": 3_300 * times,
        "paid_yuan": 3_200_000 * times,
        "irregular_yuan": 35_000 * times,
        "irregular_share": 0.0109,
    }
    return row | changes


def entitlement(component: str, kind: str = "ALL", city: str = "ALL", **changes: object) -> dict:
    """One row of entitlement_scope."""
    row = {
        "plan_year": 2026,
        "city_code": city,
        "training_type": kind,
        "component": component,
        "sessions": 163_000,
        "assessed_sessions": 20_000,
        "entitled_yuan": 9_600_000,
        "paid_yuan": 8_000_000,
        "paid_not_assessed_yuan": 21_000_000 if component == "training" else None,
        "owed_yuan": 1_700_000,
        "overpaid_yuan": 100_000,
    }
    return row | changes


def park(code: str, name: str, paid: int | None, **changes: object) -> dict:
    """One row of park_budget."""
    row = {
        "park_code": code,
        "name_zh": name,
        "name_en": name if name.isascii() else f"Park {code}",
        "list_status": "provisional",
        "calendar_year": 2026,
        "budget_yuan": 10_000_000,
        "payments": None if paid is None else paid // 1_000,
        "paid_yuan": paid,
        "used_share": None if paid is None else paid / 10_000_000,
    }
    return row | changes


def due(month: int, **changes: object) -> dict:
    """One row of subsidy_liability."""
    row = {
        "due_month": date(2026, month, 1),
        "open_sessions": 700,
        "low_yuan": 100_000,
        "expected_yuan": 102_000,
        "high_yuan": 140_000,
        "low_yuan_so_far": 100_000 * (month - 9),
        "expected_yuan_so_far": 102_000 * (month - 9),
        "high_yuan_so_far": 140_000 * (month - 9),
    }
    return row | changes


def violation(key: str, code: str, detail: str, **changes: object) -> dict:
    """One row of fct_rule_violation."""
    found = next(row for row in rules() if row["rule_code"] == code)
    row = {
        "extract": found["extract"],
        "record_key": key,
        "enrollment_id": key,
        "rule_code": code,
        "severity": found["severity"],
        "city_code": "451200",
        "plan_year": 2026,
        "detail": detail,
    }
    return row | changes


def tables() -> dict[str, list]:
    """Rows by table."""
    codes = [row["rule_code"] for row in rules()]
    cities = dict.fromkeys(rows_cities.CITIES, (9010, 420)) | {"451200": (2_000, 312)}
    return {
        "uncounted_scope": [
            uncounted("ALL", SUBSIDISED, UNCOUNTED),
            *(uncounted(code, *counts) for code, counts in cities.items()),
        ],
        "rule_scope": [
            *(rule(code) for code in codes),
            *(rule(code, year=0) for code in codes),
            *(rule(code, city) for city in rows_cities.CITIES for code in codes),
        ],
        "city_rule_loss": [
            *rows_cities.tables()["city_rule_loss"],
            {
                "plan_year": 2026,
                "city_code": "451200",
                "rule_code": "UI_ONLY",
                "lost_sessions": None,
                "is_suppressed": True,
            },
        ],
        "institution_rule": [
            {
                "plan_year": 2026,
                "institution_code": f"9145000000000000{place}A",
                "rule_code": "HOURS_MIN",
                "severity": "ineligible",
                "assessed_sessions": 260,
                "sessions": sessions,
                "share": sessions / 260,
            }
            for place, sessions in enumerate((60, 40, 20, 4))
        ],
        "fund_flow_scope": [
            *(flow(month) for month in range(MONTHS + 1)),
            *(flow(month, "451200") for month in range(MONTHS + 1)),
            flow(0, funding_source="special_account"),
        ],
        "entitlement_scope": [
            entitlement("training"),
            entitlement("post_employment", sessions=20_000, owed_yuan=400_000),
            entitlement("training", "project"),
            entitlement(
                "training",
                "occupation",
                assessed_sessions=0,
                entitled_yuan=None,
                paid_yuan=None,
                owed_yuan=None,
                overpaid_yuan=None,
            ),
            entitlement("training", city="451200"),
            entitlement("training", city="450100", owed_yuan=900_000),
            entitlement("training", city="450200", owed_yuan=300_000),
        ],
        "park_budget": [
            park("P01", "南宁沿边临港产业园区", 10_400_000),
            park("P02", "钦州沿边临港产业园区", 730_000),
            park("P03", "防城港沿边临港产业园区", 0),
        ],
        "subsidy_liability": [due(month) for month in (10, 11, 12)],
        "fct_rule_violation": [
            violation("PX4512-00000001", "HOURS_MIN", "class_hours=20"),
            violation("PX4512-00000002", "FUND_MATCH", "funding_source=special_account training_type=occupation"),
            violation("PX4512-00000003", "PROJECT_EMPLOYER", "employer_uscc is null"),
            violation("PX4501-00000004", "ANNUAL_CAP", "end_date=2026-05-08", city_code="450100"),
            violation("ZS-1", "CERT_ORPHAN", "enrollment_id=X", city_code=None, plan_year=None),
        ],
    }
