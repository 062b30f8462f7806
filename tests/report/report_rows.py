"""The rows that only the circular reads, beside those of the Overview and the Cities page; and a document's text."""

from datetime import date, datetime

import rows_cities

from bulletin.document import Document, Items, Listing, Picture, Text
from skillsdw.codes import read_seed

YEAR = 2026
OCTOBER = date(2026, 10, 1)
HECHI, BAISE, REGION = "451200", "451000", "450000"
EXTRACTS = ("enrollment", "certification", "employment", "institution", "subsidy", "demand")


def _half(rate: float, name: str, width: float = 0.02) -> dict:
    return {name: rate, f"{name}_low": rate - width, f"{name}_high": rate + width}


def _headcount(city: str, industry: str, group: str, persons: int, share: float = 0.74) -> dict:
    return {
        "plan_year": YEAR,
        "city_code": city,
        "industry_code": industry,
        "trainee_group": group,
        "persons": persons,
        "priority_persons": round(persons * share),
        "counted_sessions": persons,
        "priority_sessions": round(persons * share),
        **_half(share, "priority_share_persons"),
        **_half(share, "priority_share_sessions"),
    }


def _outcome(city: str, industry: str, kind: str, sessions: int) -> dict:
    return {
        "plan_year": YEAR,
        "city_code": city,
        "industry_code": industry,
        "trainee_group": "ALL",
        "training_type": kind,
        "counted_sessions": sessions,
        "certified_sessions": round(sessions * 0.74),
        "due_sessions": round(sessions * 0.7),
        "employed_sessions": round(sessions * 0.45),
        "observation_complete": 0.83,
        **_half(0.74, "certification_rate"),
        **_half(0.645, "employment_rate"),
    }


def _headcounts() -> list[dict]:
    rows = []
    for city, size in (("ALL", 1000), (HECHI, 100)):
        for place, group in enumerate(row["trainee_group"] for row in read_seed("trainee_group")):
            rows.append(_headcount(city, "ALL", group, size * (place + 1)))
        for place, industry in enumerate(row["industry_code"] for row in read_seed("industry")):
            if industry not in ("I14", "I13"):
                rows.append(_headcount(city, industry, "ALL", size * (place + 2)))
    # Four persons alone: neither they nor the next smallest are shown in the city's circular.
    rows.append(_headcount(HECHI, "I13", "ALL", 4))
    return rows


def _outcomes() -> list[dict]:
    rows = []
    for city, size in (("ALL", 40_000), (HECHI, 2_000)):
        rows.append(_outcome(city, "ALL", "ALL", size))
        rows += [_outcome(city, "ALL", row["training_type"], size // 4) for row in read_seed("training_type")]
        rows += [_outcome(city, row["industry_code"], "ALL", size // 20) for row in read_seed("industry")]
    return rows


def _rules() -> list[dict]:
    rows = []
    for city, size in (("ALL", 174_900), (HECHI, 10_200)):
        for place, rule in enumerate(read_seed("rule")):
            is_counted = rule["severity"] == "ineligible"
            rows.append(
                {
                    "plan_year": YEAR if rule["has_year"] == "true" else 0,
                    "city_code": city,
                    "rule_code": rule["rule_code"],
                    "severity": rule["severity"],
                    "extract": rule["extract"],
                    "records": 100 + place,
                    "assessed_sessions": size if is_counted else None,
                    **(_half((100 + place) / size, "violation_rate", 0.0001) if is_counted else {}),
                }
            )
    return rows


def _entitlement() -> list[dict]:
    return [
        {
            "plan_year": YEAR,
            "city_code": city,
            "training_type": "ALL",
            "component": component,
            "sessions": 37_943,
            "assessed_sessions": 5_901,
            "entitled_yuan": 2_683_800,
            "paid_yuan": 2_097_820,
            "paid_not_assessed_yuan": 21_712_140 if component == "training" else None,
            "owed_yuan": 597_000,
            "overpaid_yuan": 11_020,
        }
        for city in ("ALL", HECHI)
        for component in ("training", "post_employment")
    ]


def _demand() -> list[dict]:
    return [
        {
            "surveyed_half": half,
            "city_code": city,
            "industry_code": industry,
            "shortages": 9,
            "is_window_over": half.year < YEAR,
            "vacancies": 44_117,
            "completed_sessions": 23_000,
            "certified_sessions": 18_000,
            "gap": gap,
            "over_supply": 10,
            "filled_share": 0.309,
        }
        for half in (date(2025, 7, 1), date(2026, 7, 1))
        for city in ("ALL", HECHI)
        for industry, gap in (("ALL", 30_485), ("I19", 5_214), ("I16", 4_176))
    ]


def _months() -> list[dict]:
    return [
        {"plan_year": year, "end_month": date(year, month, 1), "city_code": city, "counted_sessions": size + month}
        for city, size in (("ALL", 15_000), (HECHI, 900), (BAISE, 1_200), (REGION, 100))
        for year in (2025, 2026)
        for month in range(1, 13 if year == 2025 else 11)
    ]


def _landed() -> list[dict]:
    places = ["ALL", *(row["city_code"] for row in read_seed("city"))]
    return [
        {
            "city_code": place,
            "extract": extract,
            "files": 6,
            "refused_files": 1,
            "rows_read": 10_000,
            "rows_landed": 9_900,
            "rows_rejected": 100,
            "rejected_share": 0.01,
            "open_files": 1,
            "open_rows": 100,
            "open_share": 0.01,
        }
        for place in places
        for extract in ("ALL", *EXTRACTS)
    ]


def extracts(*missing: str) -> list[dict]:
    """The rows of extract_state, some extracts never landed."""
    return [
        {
            "extract": row["extract"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "is_required": row["is_required"] == "true",
            "has_landed": row["extract"] not in missing,
            "rows_landed": 0 if row["extract"] in missing else 9_900,
            "rows_rejected": 0 if row["extract"] in missing else 100,
        }
        for row in read_seed("extract")
    ]


def freshness(late: str = "demand", days: int = 41) -> list[dict]:
    """Every city's data of two days ago, but for one extract."""
    return [
        {
            "city_code": row["city_code"],
            "extract": extract,
            "files": 5,
            "rows_landed": 900,
            "newest_on": date(2026, 10, 29),
            "days_behind": days if extract == late else 2,
            "late_after_days": 35,
            "freshness": "landed" if extract == "institution" else "late" if extract == late else "current",
        }
        for row in read_seed("city")
        for extract in EXTRACTS
    ]


def tables() -> dict[str, list]:
    """Every table that a circular reads and that neither the Overview nor the Cities page fills."""
    return {
        **rows_cities.tables(),
        "dim_industry": [
            row | {"is_in_plan": row["industry_code"] != "OTHER", "sort_order": place}
            for place, row in enumerate(read_seed("industry"), start=1)
        ],
        "headcount": _headcounts(),
        "outcome_scope": _outcomes(),
        "demand_scope": _demand(),
        "priority_month": _months(),
        "rule_scope": _rules(),
        "entitlement_scope": _entitlement(),
        "park_budget": [
            {
                "park_code": "P01",
                "name_zh": "南宁沿边临港产业园区",
                "name_en": "Nanning",
                "list_status": "provisional",
                "calendar_year": YEAR,
                "budget_yuan": 10_000_000,
                "payments": 621,
                "paid_yuan": 786_420,
                "used_share": 0.078642,
            }
        ],
        "extract_state": extracts(),
        "city_freshness": freshness(),
        "landing_scope": _landed(),
        "refused_reason": [
            {
                "city_code": city,
                "reason_code": "date_format",
                "message_zh": "日期无法识别(如2025-03-01)",
                "message_en": "Date",
                "faults": 30,
                "refused_rows": 30,
                "open_rows": 30,
                "files": 3,
                "share_of_faults": 0.3,
            }
            for city in ("ALL", HECHI)
        ],
        "landing_file": [
            {
                "batch_id": 7,
                "extract": "employment",
                "file_name": "employment/451200-2026H2.csv",
                "city_code": HECHI,
                "landed_at": datetime(2026, 10, 28, 8, 0),
                "status": "refused",
                "rows_read": 0,
                "rows_landed": 0,
                "rows_rejected": 0,
                "is_open": True,
            }
        ],
    }


# The lists of codes are there even where nothing is.
NOTHING = {name: [] for name in tables() if not name.startswith("dim_")}


def blocks(document: Document) -> list:
    """Every block, annexes among them."""
    return [block for chapter in (*document.chapters, *document.annexes) for block in chapter.blocks]


def sentences(document: Document) -> str:
    """All that the circular says in sentences: paragraphs, lists, captions, notes."""
    lines = [document.name, document.opening]
    for block in blocks(document):
        match block:
            case Text():
                lines.append(f"{block.lead}{block.text}")
            case Items():
                lines += block.items
            case Picture():
                lines += [block.caption, block.note]
            case Listing():
                lines += [block.caption, block.note]
    return "\n".join(lines)
