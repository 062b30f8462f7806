"""Saved questions: what readers ask for most, each a query on the published file in a file of its own.

A text may name `{name}` and `{message}` (the column of the reader's language), `{year}`, and `{city}`: a line with the
last is left out while no city is chosen.
"""

from functools import cache
from pathlib import Path

from dashboards.site import ALL

# In the order in which they are offered.
NAMES = (
    "ai_certified",
    "not_counted",
    "employment_by_city",
    "payment_violations",
    "ai_by_city",
    "monthly_by_industry",
    "shortages",
    "awaiting_jobs",
    "institutions_out",
    "licences",
    "two_cities",
    "refused_rows",
)


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8").strip()


def takes(name: str) -> tuple[bool, bool]:
    """Whether the question is of one year, and whether it can be of one city."""
    return "{year}" in _text(name), "{city}" in _text(name)


def sql(name: str, language: str, year: int, city: str) -> str:
    """The query for a reader of the language who looks at the year and the city (or ALL)."""
    lines = [line for line in _text(name).splitlines() if city != ALL or "{city}" not in line]
    facts = {"name": f"name_{language}", "message": f"message_{language}", "year": year, "city": city}
    return "\n".join(line.format(**facts) for line in lines)
