"""Where a plan year will end: reported completions, completed for reporting delay, and the months to come.

Three steps, each told apart in what comes out. *Observed*: what has been reported. *Completed*: months that are over
are raised by chain-ladder factors for what is still to be reported (Mack 1993). *Projected*: months to come follow the
seasonal profile at the level of the months completed. The 80 % interval adds up the variance of the delay (Mack) and of
the months' scatter about the profile; the scatter is estimated with a weak prior, since a year has few months, and the
quantile is Student's t.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

COVERAGE = 0.8
MONTHS = 12
_LONGEST_DELAY = 12  # months after which nothing more is expected
_SLOWEST_FALL = 0.7
_ARCHIVE_AGE = 3
_LARGEST_FACTOR = 4.0  # a month of which less than a quarter is reported says too little: it is projected

# What is taken for the scatter of a month about its profile before the year has shown its own (a coefficient of
# variation, the profile's own scatter in it), and how many months' worth that belief weighs. The calendar knows no
# seasons: its months scatter more, and neighbouring ones err alike, which the second figure makes up for.
PRIOR_SCATTER = {"season": 0.18, "calendar": 0.38}
ALIKE = {"season": 1.0, "calendar": 1.2}
PRIOR_MONTHS = 6
# Fewer months than this say nothing of the year's end; without seasons the winter months mislead.
LEAST_MONTHS = {"season": 1, "calendar": 4}

SCHEMA = pa.schema(
    {
        "plan_year": pa.int32(),
        "evaluated_on": pa.date32(),
        "end_month": pa.date32(),  # null: the year as a whole
        "profile_basis": pa.string(),
        "delay_basis": pa.string(),
        "observed_sessions": pa.int64(),
        "delay_sessions": pa.float64(),
        "projected_sessions": pa.float64(),
        "cumulative": pa.float64(),
        "cumulative_low": pa.float64(),
        "cumulative_high": pa.float64(),
        "straight_line": pa.float64(),
    }
)


@dataclass(frozen=True)
class Ladder:
    """Chain-ladder factors from age k to k + 1, their variance parameters, and the sums that they rest on."""

    factors: np.ndarray
    variances: np.ndarray
    bases: np.ndarray

    @property
    def ages(self) -> int:
        return len(self.factors) + 1

    def tail_after(self, age: int) -> float:
        """The factor for ages not seen yet, up to the longest delay: the excess over 1 goes on falling as it last
        fell. A row that has passed some of those ages has only the rest before it."""
        if self.ages > _LONGEST_DELAY or age >= _LONGEST_DELAY or len(self.factors) < 2:
            return 1.0
        last, before = self.factors[-1] - 1, self.factors[-2] - 1
        if not (np.isfinite(before) and np.isfinite(last)) or last <= 0:
            return 1.0
        fall = min(last / before, _SLOWEST_FALL) if before > 0 else _SLOWEST_FALL
        steps = np.arange(1 + max(age - len(self.factors), 0), _LONGEST_DELAY - len(self.factors) + 1)
        return float(np.prod(1 + last * fall**steps))

    def left_after(self, age: int) -> float:
        """The factor from an age to the end."""
        return float(np.prod(self.factors[age:])) * self.tail_after(age)

    def ultimate(self, latest: float, age: int) -> tuple[float, float]:
        """What a row at `age` will come to, and the mean square error of that (Mack 1993, theorem 3)."""
        value, error = float(latest), 0.0
        for k in range(age, len(self.factors)):
            if value > 0 and self.bases[k] > 0:
                error += self.variances[k] / self.factors[k] ** 2 * (1 / value + 1 / self.bases[k])
            value *= self.factors[k]
        return value, value**2 * error


def chain_ladder(triangle: np.ndarray) -> Ladder:
    """Volume-weighted factors of a cumulative triangle, rows by origin and columns by age, nan where not yet seen.

    Mack (1993): f_k is the sum of column k + 1 over that of column k in the rows that have both; sigma²_k the weighted
    mean square of the rows' own factors about it; the last one, which has no degree of freedom, is extrapolated.
    """
    ages = triangle.shape[1]
    factors, variances, bases = np.ones(ages - 1), np.zeros(ages - 1), np.zeros(ages - 1)
    for k in range(ages - 1):
        seen = ~np.isnan(triangle[:, k + 1]) & ~np.isnan(triangle[:, k])
        before, after = triangle[seen, k], triangle[seen, k + 1]
        bases[k] = before.sum()
        if bases[k] == 0:
            factors[k] = np.inf if after.sum() > 0 else 1.0
            continue
        factors[k] = after.sum() / bases[k]
        own = before > 0
        if own.sum() > 1:
            spread = before[own] * (after[own] / before[own] - factors[k]) ** 2
            variances[k] = spread.sum() / (own.sum() - 1)
        elif k >= 2 and variances[k - 2] > 0:
            variances[k] = min(variances[k - 1] ** 2 / variances[k - 2], variances[k - 2], variances[k - 1])
        elif k >= 1:
            variances[k] = variances[k - 1]
    return Ladder(factors, variances, bases)


@dataclass(frozen=True)
class Course:
    """A year month by month at one evaluation. Arrays of 12; `projected` is what is expected beyond `observed` and
    `delay`; `low` and `high` bound the cumulative sum by `COVERAGE`."""

    observed: np.ndarray
    delay: np.ndarray
    projected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    delay_basis: str

    @property
    def cumulative(self) -> np.ndarray:
        return np.cumsum(self.observed + self.delay + self.projected)


Reports = Mapping[tuple[str, date], Sequence[tuple[date, int]]]
"""(City, end month by its first day) → (day of report, sessions)."""


def evaluate(
    reports: Reports,
    year: int,
    on: date,
    shares: np.ndarray,
    profile_basis: str,
    seen: date | None = None,
) -> Course | None:
    """The year's course as it looks on a business date; None when no month of it can be judged yet.

    `shares` are the profile's 12 shares of the year. Only what had been reported by the day `seen` is used, and raised
    for what was still to be reported then. Without it all that is known of the months that were over by `on` is taken
    as if it had been reported at once.
    """
    delays = _delays(reports, seen) if seen else Delays({}, None, on)
    observed, delay, error = np.zeros(MONTHS), np.zeros(MONTHS), np.zeros(MONTHS)
    usable = np.zeros(MONTHS, dtype=bool)
    for place in range(MONTHS):
        month = date(year, place + 1, 1)
        is_over = _age(month, on) is not None
        if not (is_over or (seen and month <= on)):
            continue
        by_city = {city: _by(rows, seen or date.max) for (city, of_month), rows in reports.items() if of_month == month}
        observed[place] = sum(by_city.values())
        completed = delays.completed(month, by_city) if is_over else None
        if completed is not None:
            usable[place] = True
            delay[place], error[place] = completed[0] - observed[place], completed[1]
    delay_basis = ("observed" if delays.ladder else "none") if seen else "hindsight"
    return _course(observed, delay, error, usable, shares, profile_basis, delay_basis)


def _course(
    observed: np.ndarray,
    delay: np.ndarray,
    error: np.ndarray,
    usable: np.ndarray,
    shares: np.ndarray,
    profile_basis: str,
    delay_basis: str,
) -> Course | None:
    completed = (observed + delay)[usable]
    weight, base = shares[usable].sum(), completed.sum()
    if usable.sum() < LEAST_MONTHS[profile_basis] or weight <= 0 or base <= 0:
        return None
    level = base / weight
    projected = np.where(usable, 0.0, np.maximum(level * shares - observed, 0.0))
    scatter, degrees = _scatter(completed, level * shares[usable], PRIOR_SCATTER[profile_basis])
    scatter *= ALIKE[profile_basis]
    quantile = stdtrit(degrees, (1 + COVERAGE) / 2)
    of_level = (shares[usable] ** 2).sum() / weight**2

    low, high = np.zeros(MONTHS), np.zeros(MONTHS)
    for place in range(MONTHS):
        upto = np.arange(MONTHS) <= place
        coming = upto & ~usable
        expected = projected[coming].sum()
        to_come = shares[coming].sum()
        of_coming = (shares[coming] ** 2).sum() / to_come**2 if to_come > 0 else 0.0
        variance = expected**2 * scatter**2 * (of_level + of_coming)
        # An error of the delay moves the level, and with it all that follows. The months share their factors: their
        # errors are taken to go together, which is Mack's covariance at its largest.
        variance += (1 + to_come / weight) ** 2 * np.sqrt(error[upto]).sum() ** 2
        certain = observed[upto].sum()
        unknown = delay[upto].sum() + expected
        spread = np.sqrt(np.log1p(variance / unknown**2)) if unknown > 0 else 0.0
        low[place] = certain + unknown * np.exp(-quantile * spread)
        high[place] = certain + unknown * np.exp(quantile * spread)
    return Course(observed, delay, projected, low, high, delay_basis)


def _scatter(completed: np.ndarray, expected: np.ndarray, prior: float) -> tuple[float, float]:
    """The months' scatter about the profile on the logarithmic scale, and its degrees of freedom."""
    seen = (completed > 0) & (expected > 0)
    residuals = np.log(completed[seen] / expected[seen])
    squares = float((residuals**2).sum())
    degrees = PRIOR_MONTHS + max(len(residuals) - 1, 0)
    return float(np.sqrt((PRIOR_MONTHS * prior**2 + squares) / degrees)), degrees


def _by(rows: Iterable[tuple[date, int]], day: date) -> int:
    return sum(sessions for reported_on, sessions in rows if reported_on <= day)


@dataclass(frozen=True)
class Delays:
    """What is known of the delay of reports. `since` is each city's first report: months that were over by then came in
    as an archive, which says nothing of delay. Without a ladder an archive counts as complete where it was old enough,
    and nothing can be said of what came after."""

    since: Mapping[str, date]
    ladder: Ladder | None
    seen: date

    def completed(self, month: date, by_city: Mapping[str, int]) -> tuple[float, float] | None:
        """What a month that is over will come to, and the square of that one's error; None when it can't be said."""
        archived = {city for city in by_city if self._was_archived(month, city)}
        certain = float(sum(by_city[city] for city in archived))
        reported = float(sum(sessions for city, sessions in by_city.items() if city not in archived))
        if self.since and self.ladder is None:
            # One city whose reports are young leaves the whole month open; one that has never reported says nothing.
            begun = by_city.keys() & self.since.keys()
            is_whole = begun <= archived if begun else self._is_old(month)
            return (certain, 0.0) if is_whole else None
        if self.ladder is None:
            return certain + reported, 0.0
        age = _age(month, self.seen)
        left = self.ladder.left_after(age)
        if left > _LARGEST_FACTOR:
            return None
        ultimate, error = self.ladder.ultimate(reported, age)
        tail = self.ladder.tail_after(age)
        return certain + ultimate * tail, error * tail**2 + (ultimate * (tail - 1)) ** 2

    def _was_archived(self, month: date, city: str) -> bool:
        """Whether the month was long over when the city first reported: with a ladder, merely over."""
        since = self.since.get(city)
        age = 0 if self.ladder else _ARCHIVE_AGE
        return since is not None and _looked_at(month, age, self.seen) < since

    def _is_old(self, month: date) -> bool:
        return _looked_at(month, _ARCHIVE_AGE, self.seen) < min(self.since.values())


def _delays(reports: Reports, seen: date) -> Delays:
    """Factors from the months whose reporting was seen from its beginning, city by city; none while there are fewer
    than three such months.

    A month is looked at on the same day of the month as `seen`, so that bureaus that report on the 5th are not compared
    on the 3rd and the 30th.
    """
    known = {key: [row for row in rows if row[0] <= seen] for key, rows in reports.items()}
    since: dict[str, date] = {}
    for (city, _), rows in known.items():
        for day, _ in rows:
            since[city] = min(day, since.get(city, day))
    watched: dict[date, list[Sequence[tuple[date, int]]]] = defaultdict(list)
    for (city, month), rows in known.items():
        is_over = _age(month, seen) is not None
        if is_over and city in since and _looked_at(month, 0, seen) >= since[city]:
            watched[month].append(rows)
    months = sorted(watched)
    if len(months) < 3:
        return Delays(since, None, seen)
    ages = min(max(_age(month, seen) for month in months) + 1, _LONGEST_DELAY + 1)
    triangle = np.full((len(months), ages), np.nan)
    for row, month in enumerate(months):
        for age in range(min(_age(month, seen) + 1, ages)):
            day = _looked_at(month, age, seen)
            triangle[row, age] = sum(_by(rows, day) for rows in watched[month])
    return Delays(since, chain_ladder(triangle), seen)


def _age(month: date, on: date) -> int | None:
    """Looks at a month since it was over, before the one of `on`; None while it is not over."""
    apart = (on.year - month.year) * 12 + on.month - month.month
    age = apart if _is_month_end(on) else apart - 1
    return age if age >= 0 else None


def _looked_at(month: date, age: int, on: date) -> date:
    """The day of the look number `age` at a month, on the day of the month of `on`."""
    ahead = month.month - 1 + age + (0 if _is_month_end(on) else 1)
    year, number = month.year + ahead // 12, ahead % 12 + 1
    last = monthrange(year, number)[1]
    return date(year, number, last if _is_month_end(on) else min(on.day, last))


def _is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _month_ends(year: int, before: date) -> list[date]:
    ends = [date(year, month, monthrange(year, month)[1]) for month in range(1, MONTHS + 1)]
    return [end for end in ends if end < before]


def projections(
    reported: Iterable[tuple[str, date, date, int]],
    profile: Iterable[tuple[int, int, float, str]],
    as_of: Mapping[int, date],
) -> pa.Table:
    """Every plan year as of now, and as of the end of each of its earlier months (`SCHEMA`).

    `reported`: (city, end month, day of report, sessions); `profile`: (plan year, month, share, basis); `as_of`: plan
    year → the business date. Years to come have no row: nothing of them can be judged.
    """
    reports: dict[tuple[str, date], list[tuple[date, int]]] = defaultdict(list)
    for city, month, day, sessions in sorted(reported):
        reports[city, month].append((day, sessions))
    shares: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(MONTHS))
    basis: dict[int, str] = {}
    for year, month, share, kind in profile:
        shares[year][month - 1] = share
        basis[year] = kind
    days = [day for rows in reports.values() for day, _ in rows]
    rows: list[dict] = []
    if not days:
        return pa.Table.from_pylist(rows, SCHEMA)
    for year, now in sorted(as_of.items()):
        if year > now.year:
            continue
        for on in [*_month_ends(year, now), now]:
            # Now, all that is known counts, also what landed after the business date.
            seen = max(on, *days) if on == now else on if on >= min(days) else None
            course = evaluate(reports, year, on, shares[year], basis[year], seen)
            if course is not None:
                rows += _rows(course, year, on, basis[year])
    return pa.Table.from_pylist(rows, SCHEMA)


def _rows(course: Course, year: int, on: date, profile_basis: str) -> list[dict]:
    shared = {
        "plan_year": year,
        "evaluated_on": on,
        "profile_basis": profile_basis,
        "delay_basis": course.delay_basis,
    }
    cumulative = course.cumulative
    months = [
        shared
        | {
            "end_month": date(year, place + 1, 1),
            "observed_sessions": int(course.observed[place]),
            "delay_sessions": float(course.delay[place]),
            "projected_sessions": float(course.projected[place]),
            "cumulative": float(cumulative[place]),
            "cumulative_low": float(course.low[place]),
            "cumulative_high": float(course.high[place]),
            "straight_line": None,
        }
        for place in range(MONTHS)
    ]
    whole = shared | {
        "end_month": None,
        "observed_sessions": int(course.observed.sum()),
        "delay_sessions": float(course.delay.sum()),
        "projected_sessions": float(course.projected.sum()),
        "cumulative": float(cumulative[-1]),
        "cumulative_low": float(course.low[-1]),
        "cumulative_high": float(course.high[-1]),
        "straight_line": straight_line(course.observed.sum(), year, on),
    }
    return [*months, whole]


def straight_line(observed: float, year: int, on: date) -> float:
    """The year's end if every day were like the average day so far: what a projection has to beat."""
    before, last = date(year - 1, 12, 31), date(year, 12, 31)
    return float(observed) * (last - before).days / (min(on, last) - before).days
