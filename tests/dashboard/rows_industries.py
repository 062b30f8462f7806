"""The rows that the Industries page reads. 2026: steel has the most, deep sea none; machinery lacks most vacancies.

The survey of the second half of 2025 is over, that of 2026 is open. Hezhou trains few for AI: that figure hides, and
others with it.
"""

from datetime import date

from fixture import _seed

SENTENCES = {
    "zh": "“1+19”产业（名单暂定）计入14.5万人次，占全部计入的89.1%，20个产业中深海空天尚无培训",
    "en": "the 1+19 industries (provisional list) counted 145k sessions (Guangxi, 2026), 89.1% of all",
}
CHARTS = 3
TOTAL = 163_000
OVER, OPEN = date(2025, 7, 1), date(2026, 1, 1)
CITIES = ("450100", "451100", "451200")
HIDDEN = {("451100", "AI"), ("451100", "I01"), ("451200", "AI"), ("451200", "I01")}
# code: sessions, the year before
SESSIONS = {"AI": (6_100, 6_600), "I03": (21_400, 18_200), "I14": (0, 240), "OTHER": (17_700, 19_000)}


def _sessions(code: str) -> tuple[int, int]:
    others = (145_300 - 27_500) // 17
    return SESSIONS.get(code, (others, others - 100))


def row(industry: str, city: str = "ALL", year: int = 2026, **changes: object) -> dict:
    """One row of industry_scope."""
    now, before = {"ALL": (TOTAL, 160_000), "IN_PLAN": (145_300, 141_000)}.get(industry) or _sessions(industry)
    if city != "ALL":
        now, before = now // 10, before // 10
    has_before = year == 2026
    is_hidden = (city, industry) in HIDDEN
    found = {
        "plan_year": year,
        "city_code": city,
        "industry_code": industry,
        "counted_sessions": None if is_hidden else now,
        "is_suppressed": is_hidden,
        "counted_share": None if is_hidden else now / (TOTAL if city == "ALL" else TOTAL // 10),
        "before_until_day": date(2025, 10, 31) if has_before else None,
        "sessions_before": before if has_before else None,
        "is_before_suppressed": False,
        "sessions_change": None if is_hidden or not has_before else now - before,
    }
    return found | changes


def demand(industry: str, half: date, vacancies: int, gap: int, city: str = "ALL", **changes: object) -> dict:
    """One row of demand_scope."""
    found = {
        "surveyed_half": half,
        "city_code": city,
        "industry_code": industry,
        "shortages": 4,
        "is_window_over": half == OVER,
        "vacancies": vacancies,
        "hard_to_fill": vacancies // 3,
        "training_intent": vacancies // 2,
        "completed_sessions": vacancies - gap,
        "certified_sessions": vacancies - gap,
        "gap": gap,
        "over_supply": 12,
        "filled_share": (vacancies - gap) / vacancies if vacancies else None,
        "intent_coverage": 0.8,
    }
    return found | changes


def occupation(code: str, half: date, city: str = "ALL", **changes: object) -> dict:
    """One row of demand_occupation, of machinery."""
    found = {
        "surveyed_half": half,
        "city_code": city,
        "industry_code": "I06",
        "occupation_code": code,
        "shortages": 2,
        "is_window_over": half == OVER,
        "vacancies": 900,
        "hard_to_fill": 300,
        "is_suppressed": False,
        "certified_sessions": 200,
        "gap": 700,
        "over_supply": 0,
        "filled_share": 200 / 900,
    }
    return found | changes


SMALL = dict.fromkeys(("certified_sessions", "gap", "over_supply", "filled_share")) | {"is_suppressed": True}


def tables() -> dict[str, list]:
    """Rows by table."""
    codes = [industry["industry_code"] for industry in _seed("industry", "industry_code")]
    surveyed = {"I06": (3_900, 3_000), "I19": (2_100, 1_300), "AI": (1_500, 900), "I03": (500, 0)}
    return {
        "industry_scope": [
            row(code, city, year)
            for year in (2025, 2026)
            for city in ("ALL", *CITIES)
            for code in ("ALL", "IN_PLAN", *codes)
        ],
        "demand_scope": [
            demand("ALL", OVER, 8_000, 5_200),
            demand("ALL", OPEN, 9_000, 8_000),
            demand("ALL", OVER, 800, 500, "451100"),
            demand("AI", OVER, 60, 55, "451100"),
            *(demand(code, half, *given) for half in (OVER, OPEN) for code, given in surveyed.items()),
        ],
        "demand_occupation": [
            occupation("6-18-02-04", OVER),
            occupation("6-31-01-03", OVER, certified_sessions=1_000, gap=0, over_supply=100, filled_share=1.0),
            occupation("6-18-02-04", OPEN),
            occupation("6-18-02-04", OVER, "451100", **SMALL),
            occupation("6-31-01-03", OVER, "451100", **SMALL),
        ],
        "dim_occupation": [
            {"occupation_code": "6-18-02-04", "name_zh": "焊工", "name_en": "Welder", "sort_order": 1},
            {"occupation_code": "6-31-01-03", "name_zh": "电工", "name_en": "Electrician", "sort_order": 2},
        ],
    }
