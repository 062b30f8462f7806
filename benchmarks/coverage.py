"""How often the 80 % interval of the year-end projection holds the truth: simulated provinces, month by month.

`python -m benchmarks.coverage [--years 400] [--seed 1]` prints a table for docs and closing notes. Each province has
seasons of its own, months that scatter about them, and bureaus that report late. Its first plan year is projected by
the calendar, its second by the profile of the first.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from skillsdw.projection import Reports, evaluate, straight_line

FIRST, SECOND = 2025, 2026
PROVINCE = "ALL"  # its bureaus report alike
# Training gathers before the Spring Festival's end and before the year's: the common shape of the provinces.
SEASONS = np.array([3.2, 4.2, 9.5, 8.8, 9.0, 9.6, 7.4, 7.2, 10.2, 9.8, 11.2, 9.9]) / 100


@dataclass(frozen=True)
class Province:
    """What was reported when, and what each year came to in the end."""

    reports: Reports
    totals: dict[int, int]


def simulate(rng: np.random.Generator) -> Province:
    """One made province: two plan years of monthly sessions and the days on which they were reported."""
    seasons = SEASONS * rng.lognormal(0, 0.2, 12)
    seasons /= seasons.sum()
    scatter = rng.uniform(0.06, 0.2)
    day_of_report = int(rng.integers(3, 20))
    prompt = rng.uniform(0.55, 0.97)  # share reported in the month after
    reports: dict[tuple[str, date], list[tuple[date, int]]] = defaultdict(list)
    totals = {}
    for year in (FIRST, SECOND):
        size = rng.uniform(20_000, 220_000)
        months = rng.poisson(size * seasons * rng.lognormal(0, scatter, 12))
        totals[year] = int(months.sum())
        for place, sessions in enumerate(months.tolist()):
            left = sessions
            share = float(np.clip(prompt + rng.normal(0, 0.05), 0.3, 1))
            for delay in range(10):
                number = left if delay == 9 else int(rng.binomial(left, share))
                ahead = place + 1 + delay
                day = date(year + ahead // 12, ahead % 12 + 1, day_of_report)
                reports[PROVINCE, date(year, place + 1, 1)].append((day, number))
                left -= number
    return Province(reports, totals)


@dataclass
class Tally:
    """What was found for one month of evaluation."""

    judged: int = 0
    covered: int = 0
    error: float = 0.0
    straight: float = 0.0
    width: float = 0.0


def evaluations(year: int) -> Iterator[date]:
    """The ends of the year's months."""
    for month in range(1, 13):
        yield date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def measure(years: int, seed: int) -> dict[tuple[str, int], Tally]:
    """(profile basis, month) → tally, over `years` made provinces."""
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, int], Tally] = defaultdict(Tally)
    calendar = np.array([(a - date(a.year, a.month, 1)).days + 1 for a in evaluations(SECOND)]) / 365
    for _ in range(years):
        province = simulate(rng)
        first_year = np.array([sum(n for _, n in province.reports[PROVINCE, date(FIRST, m, 1)]) for m in range(1, 13)])
        cases = ((FIRST, "calendar", calendar), (SECOND, "season", first_year / first_year.sum()))
        for year, basis, shares in cases:
            for on in evaluations(year):
                course = evaluate(province.reports, year, on, shares, basis, on)
                if course is None:
                    continue
                truth, tally = province.totals[year], found[basis, on.month]
                tally.judged += 1
                tally.covered += bool(course.low[-1] <= truth <= course.high[-1])
                tally.error += abs(course.cumulative[-1] - truth) / truth
                tally.straight += abs(straight_line(course.observed.sum(), year, on) - truth) / truth
                tally.width += (course.high[-1] - course.low[-1]) / truth
        # What was reported late of a year that is over, in the months after it.
        for on in list(evaluations(SECOND))[:3]:
            course = evaluate(province.reports, FIRST, date(FIRST, 12, 31), calendar, "calendar", on)
            if course is not None:
                truth, tally = province.totals[FIRST], found["year over", on.month]
                tally.judged += 1
                tally.covered += bool(course.low[-1] <= truth <= course.high[-1])
                tally.error += abs(course.cumulative[-1] - truth) / truth
                tally.straight += abs(course.observed.sum() - truth) / truth
                tally.width += (course.high[-1] - course.low[-1]) / truth
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = measure(options.years, options.seed)
    print("| profile | at the end of month | judged | within 80 % interval | its width | MAE | MAE of straight line |")
    print("|---|---|---|---|---|---|---|")
    for (basis, month), tally in sorted(found.items()):
        n = tally.judged
        print(
            f"| {basis} | {month} | {n} | {tally.covered / n:.1%} | {tally.width / n:.1%} "
            f"| {tally.error / n:.1%} | {tally.straight / n:.1%} |"
        )


if __name__ == "__main__":
    main()
