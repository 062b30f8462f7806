"""The rows that the Priority groups page reads. 2026: the province is surely above 70 %, Fangchenggang surely below.

Cities' shares are those of the Cities page. Against the year before the province can't be told apart, Hechi is down and
Fangchenggang up; 2025 has no year before it. Over the three years persons and sessions differ.
"""

from datetime import date

from rows_cities import CITIES

SENTENCES = {
    "zh": "达到：截至2026年10月31日，全区2026年计入16.3万人，其中重点群体11.7万，占71.8%",
    "en": "Yes: by 31 Oct 2026, 117k of 163k persons counted are of priority groups (Guangxi, 2026), 71.8%",
}
CHARTS = 5

PROVINCE = (163_000, 0.7184, 0.7201)  # persons, share, share before
GROUPS = {  # of the province: part, part before
    "graduate_youth": (0.1800, 0.1802),
    "rural_transfer": (0.3100, 0.3000),
    "registered_unemployed": (0.1100, 0.1102),
    "hard_to_employ": (0.0600, 0.0700),
    "other_priority": (0.0584, 0.0597),
    "enterprise_employee": (0.2500, 0.2490),
    "other": (0.0316, 0.0309),
}
INDUSTRIES = {"AI": (6_100, 0.735), "I03": (7_900, 0.651), "I14": (430, 0.702), "OTHER": (17_700, 0.731)}
BEFORE = {"451200": 0.76, "450600": 0.54}


def scope(city: str, industry: str, persons: int, share: float, year: int = 2026, **changes: object) -> dict:
    """One row of priority_scope; the interval is as wide as its size asks for."""
    half = 1.96 * (share * (1 - share) / persons) ** 0.5 if persons else None
    before = PROVINCE[2] if (city, industry) == ("ALL", "ALL") else BEFORE.get(city, share)
    low, high = (share - half, share + half) if half else (None, None)
    standing = "below" if high and high < 0.7 else "at_or_above" if low and low >= 0.7 else "undecided"
    change = share - before
    has_before = year == 2026 and persons
    row = {
        "plan_year": year,
        "city_code": city,
        "industry_code": industry,
        "persons": persons,
        "priority_persons": round(persons * share),
        "priority_share_persons": share if persons else None,
        "priority_share_persons_low": low,
        "priority_share_persons_high": high,
        "counted_sessions": persons,
        "priority_sessions": round(persons * share),
        "priority_share_sessions": share if persons else None,
        "priority_share_sessions_low": low,
        "priority_share_sessions_high": high,
        "priority_target": 0.7,
        "priority_standing": standing if persons else None,
        "persons_to_70": max(0, round((0.7 - share) * persons / 0.3)) if persons else None,
        "before_until_day": date(2025, 10, 31) if has_before else None,
        "sessions_before": persons if has_before else None,
        "share_before": before if has_before else None,
        "share_change": change if has_before else None,
        "share_change_low": change - 0.02 if has_before else None,
        "share_change_high": change + 0.02 if has_before else None,
        "change_standing": ("up" if change > 0.02 else "down" if change < -0.02 else "undecided")
        if has_before
        else None,
    }
    return row | changes


def part(group: str, year: int = 2026, city: str = "ALL", **changes: object) -> dict:
    """One row of priority_part."""
    own, before = GROUPS[group]
    change, has_before = own - before, year == 2026
    row = {
        "plan_year": year,
        "city_code": city,
        "trainee_group": group,
        "is_priority": group not in ("enterprise_employee", "other"),
        "is_suppressed": False,
        "persons": round(PROVINCE[0] * own),
        "counted_sessions": round(PROVINCE[0] * own),
        "part": own,
        "part_low": own - 0.002,
        "part_high": own + 0.002,
        "part_before": before if has_before else None,
        "part_change": change if has_before else None,
        "part_change_low": change - 0.003 if has_before else None,
        "part_change_high": change + 0.003 if has_before else None,
        "change_standing": ("up" if change > 0.003 else "down" if change < -0.003 else "undecided")
        if has_before
        else None,
    }
    return row | changes


def hidden(group: str, city: str) -> dict:
    """A part of a city that is suppressed."""
    names = ("persons", "counted_sessions", "part", "part_low", "part_high", "part_before", "part_change")
    return part(group, city=city, is_suppressed=True, change_standing=None, **dict.fromkeys(names))


def _months(city: str, share: float) -> list[dict]:
    """Ten months of one place, the third one of few people."""
    rows, counted, priority = [], 0, 0
    for month in range(1, 11):
        sessions = 6 if (city, month) == ("450600", 3) else 4_000 if city == "ALL" else 400
        own = round(sessions * (share + (0.04 if month % 2 else -0.04)))
        counted, priority = counted + sessions, priority + own
        rows.append(
            {
                "plan_year": 2026,
                "end_month": date(2026, month, 1),
                "city_code": city,
                "counted_sessions": sessions,
                "priority_sessions": own,
                "priority_share": own / sessions,
                "priority_share_low": own / sessions - 0.014,
                "priority_share_high": own / sessions + 0.014,
                "counted_to_date": counted,
                "priority_to_date": priority,
                "priority_share_to_date": priority / counted,
                "priority_share_to_date_low": priority / counted - 0.01,
                "priority_share_to_date_high": priority / counted + 0.01,
            }
        )
    return rows


def _changes(dimension: str, moved: dict[str, float]) -> list[dict]:
    return [
        {
            "plan_year": 2026,
            "dimension": dimension,
            "code": code,
            "counted_sessions": 4_000,
            "sessions_before": 4_000,
            "own_share": 0.71,
            "own_share_before": 0.72,
            "weight": 0.06,
            "weight_before": 0.05,
            "change_of_share": change / 2,
            "change_of_weight": change / 2,
            "share_change": change,
        }
        for code, change in moved.items()
    ]


def tables() -> dict[str, list]:
    """Rows by table."""
    places = [scope(code, "ALL", counted, share) for code, (_, counted, _, share, *_) in CITIES.items()]
    whole = {
        "plan_year": 0,
        "counted_sessions": 344_300,
        "priority_sessions": 246_000,
        "priority_share_sessions": 0.7145,
    }
    bridge = [("persons", 0.7184, None), ("priority_repeats", 0.7290, 0.0106), ("other_repeats", 0.7145, -0.0146)]
    return {
        "priority_scope": [
            scope("ALL", "ALL", *PROVINCE[:2]),
            *places,
            *(scope("ALL", code, *row) for code, row in INDUSTRIES.items()),
            scope("ALL", "I01", 0, 0.0),
            *(scope(city, "ALL", 0, 0.0, 2027) for city in ("ALL", *CITIES)),
            scope("ALL", "ALL", 181_300, 0.705, 2025),
            *(scope(code, "ALL", row[1], row[3], 2025) for code, row in CITIES.items()),
            scope("ALL", "AI", 5_900, 0.72, 2025),
            scope("ALL", "ALL", 291_500, 0.7184, 0) | whole,
            *(scope(code, "ALL", row[1], row[3], 0) for code, row in CITIES.items()),
            scope("ALL", "AI", 12_000, 0.72, 0),
        ],
        "priority_part": [
            *(part(group, year) for year in (0, 2025, 2026) for group in GROUPS),
            *(
                hidden(group, "450600") if group in ("hard_to_employ", "other") else part(group, city="450600")
                for group in GROUPS
            ),
            *(part(group, city="451200") for group in GROUPS),
        ],
        "priority_month": [
            *_months("ALL", 0.7184),
            *_months("450600", 0.612),
            *_months("451200", 0.702),
            *(
                {**row, "plan_year": 2025, "end_month": row["end_month"].replace(year=2025)}
                for row in _months("ALL", 0.7)
            ),
        ],
        "priority_change": [
            *_changes("city", {"450100": 0.0031, "451000": 0.0012, "450700": -0.0012, "451200": -0.0048}),
            *_changes("industry", {"I16": 0.0062, "AI": 0.0004, "I11": -0.0031, "OTHER": -0.0052}),
        ],
        "priority_bridge": [
            {
                "plan_year": 0,
                "city_code": "ALL",
                "step_order": place,
                "step": step,
                "priority_count": 1,
                "total_count": 1,
                "share": share,
                "share_change": change,
            }
            for place, (step, share, change) in enumerate(bridge, start=1)
        ],
    }
