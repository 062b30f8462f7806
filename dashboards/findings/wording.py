"""Small turns of phrase that pages share: names in a row, ends of an interval, dates under figures."""

from collections.abc import Callable, Sequence
from datetime import date

from dashboards.charts import Pen

NAMED = 3  # members that a sentence names
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
# What an interval says against a limit or against the year before → the tone that says it.
TONE = {
    "below": "below",
    "undecided": "undecided",
    "at_or_above": "above",
    "down": "below",
    "up": "above",
    None: "undecided",
}


def names(rows: Sequence, pen: Pen, most: int = NAMED) -> str:
    """The first names, and how many they are of when there are more; `nobody` when there are none."""
    if not rows:
        return pen.words("sentence.nobody")
    shown = pen.words("sentence.list").join(pen.words.name(row) for row in rows[:most])
    return pen.words("sentence.and_others", names=shown, count=str(len(rows))) if len(rows) > most else shown


def span(low: float | None, high: float | None, pen: Pen) -> str:
    """An interval of a share."""
    return f"{pen.numbers.percent(low)}–{pen.numbers.percent(high)}"


def span_of_points(low: float | None, high: float | None, pen: Pen) -> str:
    """An interval of a difference of shares, in percentage points."""
    return pen.words("sentence.to", low=pen.numbers.points(low), high=pen.numbers.points(high))


def measure_name(pen: Pen) -> Callable[[str], str]:
    """The name of a measure."""
    return lambda measure: pen.words.of("measure", measure)


def dated(as_of: date, pen: Pen) -> str:
    """The date under a figure."""
    return pen.words("figure.as_of", day=pen.numbers.day(as_of))
