"""What may be said of a difference. Every "above" and "below" of a rate in the circular is decided here.

Two things must agree before a difference is claimed: what the mart holds (`funnel_status`, `standing`), which also
knows how much cities differ by nature, and the figure's own 95% interval, which the reader sees beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dashboards.table import LEAST_PERSONS

ABOVE, BELOW, UNDECIDED, TOO_FEW = "above", "below", "undecided", "too_few"


@dataclass(frozen=True)
class Apart:
    """Rows by what may be said of them; those without a value are in none."""

    above: list = field(default_factory=list)
    below: list = field(default_factory=list)
    undecided: list = field(default_factory=list)
    too_few: list = field(default_factory=list)  # nothing is said of these

    @property
    def kind(self) -> str:
        """both, above, below or none: which groups have members; empty without any row."""
        if self.above and self.below:
            return "both"
        if self.above or self.below:
            return ABOVE if self.above else BELOW
        return "none" if self.undecided else "empty"


def against(value: float | None, low: float | None, high: float | None) -> str:
    """Where an interval lies against a value: above or below only when the value is outside it."""
    if value is None or low is None or high is None:
        return UNDECIDED
    if low > value:
        return ABOVE
    return BELOW if high < value else UNDECIDED


def from_province(row: object | None, measure: str, funnel: object | None) -> str:
    """A city's measure against the province: outside the funnel's limits, and its interval without the province."""
    if funnel is not None and funnel.funnel_status == "too_few":
        return TOO_FEW
    if row is None or funnel is None or funnel.funnel_status == "inside":
        return UNDECIDED
    found = against(funnel.province_value, *_ends(row, measure))
    return found if found == funnel.side else UNDECIDED


def from_limit(row: object, limit: float) -> str:
    """The priority share against its limit, which it reaches when its whole interval does."""
    low, high = _ends(row, "priority_share_persons")
    if low is None or high is None:
        return UNDECIDED
    if row.priority_standing == "at_or_above" and low >= limit:
        return ABOVE
    return BELOW if row.priority_standing == "below" and high < limit else UNDECIDED


def from_mix(row: object) -> str:
    """An outcome against what the city's own mix of trainees would lead one to expect."""
    found = against(row.expected_rate, row.rate_low, row.rate_high)
    return found if {"at_or_above": ABOVE}.get(row.standing, row.standing) == found else UNDECIDED


def from_target(row: object) -> str:
    """A projection against the year's target: above or below only when its whole interval is."""
    if row.projection_low is None or row.projection_high is None:
        return UNDECIDED
    if row.projection_low >= row.target_sessions:
        return ABOVE
    return BELOW if row.projection_high < row.target_sessions else UNDECIDED


def apart(rows: Iterable, side: Callable[[object], str]) -> Apart:
    """The rows by side."""
    found = Apart()
    for row in rows:
        getattr(found, side(row)).append(row)
    return found


def too_small(sizes: Sequence[int | None]) -> set[int]:
    """The places of what is hidden: fewer than ten, and the next smallest when it would be the only one, since
    totals are shown."""
    small = {place for place, size in enumerate(sizes) if size and size < LEAST_PERSONS}
    others = [(size, place) for place, size in enumerate(sizes) if size and size >= LEAST_PERSONS]
    if len(small) == 1 and others:
        small.add(min(others)[1])
    return small


def _ends(row: object, measure: str) -> tuple[float | None, float | None]:
    return getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high")
