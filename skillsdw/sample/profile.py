"""How the fourteen cities and 自治区本级 differ, and how sessions spread over the days.

The figures of the cities are in `profile.csv`; the plan's yearly targets in `seeds/target.csv`. Nothing
here claims to describe the real cities: the figures are plausible, and made up.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from skillsdw.sample.codes import HERE, code_list, rows_of
from skillsdw.seeds import in_force, read_seed

PLAN_START = date(2025, 1, 1)
HISTORY_SHARE = 0.08  # earlier years, on top of the plan's own sessions
COMPLETED_SHARE = 0.956  # of sessions whose class has ended and been reported; see sessions.py
TAIL_DAYS = 40  # classes that run beyond the sample's last day
MONTH_WEIGHT = (0.55, 0.35, 0.90, 1.00, 1.30, 1.42, 0.95, 0.90, 1.25, 0.70, 1.34, 1.34)
WEEKDAY_WEIGHT = (1.0, 1.0, 1.05, 1.1, 1.35, 0.7, 0.35)
PRIORITY_GROUPS = (
    "graduate_youth",
    "rural_transfer",
    "registered_unemployed",
    "hard_to_employ",
    "other_priority",
)


@dataclass(frozen=True)
class City:
    position: int
    code: str
    population_equivalent: int
    pace_first: float
    pace_later: float
    institutions: int
    priority_share: float
    group_weight: tuple[float, ...]  # PRIORITY_GROUPS
    certification_rate: float
    employment_rate: float
    reporting_lag_days: float
    non_public_share: float
    industry_weight: tuple[float, ...]  # in the order of seeds/industry.csv


@cache
def cities() -> tuple[City, ...]:
    industries = code_list("industry").codes
    found = []
    for position, row in enumerate(rows_of(HERE / "profile.csv")):
        mix = dict(part.split(":") for part in row["industries"].split())
        weight = np.array([float(mix.get(code, 0.6)) for code in industries])
        groups = np.array([float(row[group]) for group in PRIORITY_GROUPS])
        found.append(
            City(
                position,
                row["city_code"],
                int(row["population_equivalent"]),
                float(row["pace_first"]),
                float(row["pace_later"]),
                int(row["institutions"]),
                float(row["priority_share"]),
                tuple(groups / groups.sum()),
                float(row["certification_rate"]),
                float(row["employment_rate"]),
                float(row["reporting_lag_days"]),
                float(row["non_public_share"]),
                tuple(weight / weight.sum()),
            )
        )
    return tuple(found)


def year_target(year: int) -> float:
    targets = {int(row["plan_year"]): float(row["target_sessions"]) for row in read_seed("target")}
    return targets[min(max(year, min(targets)), max(targets))]


def days_between(start: date, end: date) -> np.ndarray:
    return np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)


def year_of(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def day_weight(days: np.ndarray) -> np.ndarray:
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return np.array(MONTH_WEIGHT)[month] * np.array(WEEKDAY_WEIGHT)[weekday]


def season(days: np.ndarray) -> np.ndarray:
    """The share of its own year that falls on each day, before any city's own noise."""
    share = day_weight(days)
    years = year_of(days)
    for year in np.unique(years):
        whole = day_weight(days_between(date(int(year), 1, 1), date(int(year), 12, 31)))
        share[years == year] /= whole.sum()
    return share


def expected_by_day(start: date, end: date) -> tuple[np.ndarray, np.ndarray]:
    """Days from `start` through the tail, and the sessions that the plan expects to end on each, by city."""
    days = days_between(start, end + timedelta(days=TAIL_DAYS))
    years = year_of(days)
    by_year = {year: year_target(int(year)) for year in np.unique(years)}
    province = season(days) * np.array([by_year[year] for year in years])
    beyond = (days - np.datetime64(end, "D")).astype(np.int64)
    # Classes still open on the last day have started before it, so few end long after it.
    province = province * np.where(beyond > 0, np.clip(1 - beyond / TAIL_DAYS, 0, 1), 1.0)
    population = np.array([city.population_equivalent for city in cities()], dtype=float)
    first = years == years[0]
    expected = np.empty((len(population), len(days)))
    for pace, chosen in (("pace_first", first), ("pace_later", ~first)):
        share = population * np.array([getattr(city, pace) for city in cities()])
        expected[:, chosen] = np.outer(share / share.sum(), province[chosen])
    return days, expected


def allocate(total: int, weight: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to `weight` that sum to `total` (largest remainder)."""
    exact = total * weight / weight.sum()
    whole = np.floor(exact).astype(np.int64)
    short = int(total - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return whole


@in_force(None)
def sessions_for_plan(start: date, end: date) -> int:
    """How many sessions to ask for so that the completed ones are about the plan's own number by `end`."""
    days, expected = expected_by_day(start, end)
    ended = days <= np.datetime64(end, "D")
    lag = np.array([city.reporting_lag_days for city in cities()])
    waited = (np.datetime64(end, "D") - days[ended]).astype(float)
    reported = 1 - np.exp(-(waited + 1) / lag[:, None])
    completed = float((expected[:, ended] * reported).sum()) * COMPLETED_SHARE
    wanted = float(expected[:, ended].sum())
    return round(wanted / completed * float(expected.sum()) * (1 + HISTORY_SHARE))
