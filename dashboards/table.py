"""Tables of exact figures: columns that know their kind, cells that are values and not texts.

The same table becomes the HTML under a chart, the CSV and the Excel file (`download.py`), so that all three say the
same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from skillsdw.editions.setting import least_persons

LEAST_PERSONS = least_persons()  # fewer are not shown to others
Value = str | int | float | date | datetime | bool | None


@dataclass(frozen=True)
class State:
    """Why there is no figure: suppressed, not_available, not_assessed, too_early, with the reason if it is special."""

    name: str
    reason: str = ""


@dataclass(frozen=True)
class Interval:
    """A value with its ends: one cell on the page, three columns in a file."""

    value: float | None
    low: float | None
    high: float | None


Cell = Value | State | Interval
# count 1,234 · share 70.4% · points +0.31 (the difference of shares 0.0031) · ratio 1.02 · decimal 12.3 ·
# yuan 1,234.00 · rank 3 · day · month · moment · text
KINDS = ("text", "count", "share", "points", "ratio", "decimal", "yuan", "rank", "day", "month", "moment")


@dataclass(frozen=True)
class Column:
    """A column: its head, the kind of its values, and where it comes from.

    `of` is the mart's column, `city_scorecard.attainment`: it defines the figure, and unless `value` is given it is
    also what is read from a row. `bars` draws the share of the column's greatest behind a figure; a share beside
    `against` is never rounded onto it. `tone` colours a cell by what it means; its text must say the same in words.
    """

    head: str
    kind: str = "text"
    of: str = ""
    value: Callable[[object], Cell] | None = None
    bars: bool = False
    against: float | None = None
    tone: Callable[[object], str] | None = None

    def cell(self, row: object) -> Cell:
        """The row's value; nothing there is the state not_available."""
        found = self.value(row) if self.value else getattr(row, self.of.partition(".")[2])
        return State("not_available") if found is None else found


@dataclass(frozen=True)
class Table:
    """A named table; the first column holds the rows' names. `focus` says which row is to stand out.

    `most` rows stand on the page, all of them in the files.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence
    focus: Callable[[object], bool] = lambda row: False  # noqa: ARG005
    most: int | None = None

    @property
    def on_page(self) -> Sequence:
        """The rows that the page shows."""
        return self.rows[: self.most]

    def cells(self, rows: Sequence | None = None) -> list[list[Cell]]:
        """The cells of every row, or of those given, in the order of the columns."""
        return [[column.cell(row) for column in self.columns] for row in (self.rows if rows is None else rows)]
