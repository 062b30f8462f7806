"""Cells as text, and sheets as every reader of a workbook hands them over."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from skillsdw.workbooks.refused import COLUMNS, OUT_OF_MEMORY, TOO_WIDE, Refused

# A formula that no spreadsheet program has calculated yet, as openpyxl writes it; told like an error of Excel.
UNCALCULATED = "#UNCALCULATED"
ROWS = 1_048_576  # of Excel's and LibreOffice's sheets
HEAD_ROWS = 12  # merged ranges that begin in these rows are told to the caller, who looks for a header there

Cell = str | float | int | bool | date | time | timedelta | None


class Merged(NamedTuple):
    """A merged range, both corners within it. Rows as Excel counts them (the first is 1), columns by place (A is 0)."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass
class Notes:
    """What a pass over a sheet found beside the values: texts that stand for cells (row → column → text), and the rows
    that are hidden, by hand or by a filter."""

    cells: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    hidden_rows: set[int] = field(default_factory=set)


@dataclass
class SheetData:
    """One sheet. `rows` are its rows from row 1 on, blank ones included, each from column A on."""

    name: str
    is_visible: bool
    rows: Iterable[list[Cell]] = ()
    merged: list[Merged] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)

    @property
    def head(self) -> dict[str, object]:
        """What is said of the sheet before its rows."""
        in_head = [merged for merged in self.merged if merged.first_row <= HEAD_ROWS]
        return {
            "sheet": self.name,
            "is_visible": self.is_visible,
            "hidden_rows": sorted(self.notes.hidden_rows),
            "merged": in_head[:10_000],
        }

    def filled_rows(self) -> Iterator[list[Cell]]:
        """The rows with what `notes` say of their cells, and with merged cells filled.

        A cell merged over several rows stands for each row that has something of its own, in every column of the
        range; one merged over columns alone stands for each of them in the first rows, where a header may be. A
        covered cell that has a value of its own keeps it."""
        begins: dict[int, list[Merged]] = defaultdict(list)
        for merged in self.merged:
            if merged.last_row > merged.first_row or merged.first_row <= HEAD_ROWS:
                begins[merged.first_row].append(merged)
        noted = self.notes.cells
        open_ranges: list[tuple[Merged, Cell]] = []
        for number, row in enumerate(self._rows_to_the_last_note(), 1):
            if number in noted:
                if max(noted[number]) >= COLUMNS:
                    raise Refused(TOO_WIDE)
                for column, text in noted[number].items():
                    row.extend([None] * (column + 1 - len(row)))
                    row[column] = text
            if open_ranges:
                open_ranges = [(merged, value) for merged, value in open_ranges if merged.last_row >= number]
            # A spacer within a range stays blank: the range says nothing of a row that isn't there.
            if open_ranges and not all(map(_is_empty, row)):
                for merged, value in open_ranges:
                    _fill(row, merged, value)
            for merged in begins.get(number, ()):
                value = row[merged.first_column] if merged.first_column < len(row) else None
                if not _is_empty(value):
                    _fill(row, merged, value)
                    open_ranges.append((merged, value))
            yield row

    def _rows_to_the_last_note(self) -> Iterator[list[Cell]]:
        """The rows and, where a reader stops before errors that it takes for empty cells, blank ones for those."""
        last = max(self.notes.cells, default=0)
        if last > ROWS:
            raise Refused(OUT_OF_MEMORY)  # which says that something stands far beyond the table
        number = 0
        for row in self.rows:
            number += 1
            yield row
        for _ in range(last - number):
            yield []


_LAST_DAY = 2_958_465  # 9999-12-31


def moment(value: float, epoch: int, is_duration: bool = False) -> Cell:
    """The number of a cell with a date's format: a day, a moment, a time below one day; the number itself where it is
    no day of Excel's."""
    if not 0 <= value < _LAST_DAY + 1:
        return value if value >= 0 else None
    if is_duration:
        return timedelta(seconds=round(value * 86_400))
    thousandths = round(value * 86_400_000)
    first = datetime(1904, 1, 1) if epoch == 1904 else datetime(1899, 12, 30)
    if epoch == 1900 and value < 60:  # Excel believes in 1900-02-29, which is day 60
        first = datetime(1899, 12, 31)
    if value < 1 and thousandths < 86_400_000:
        return (datetime.min + timedelta(milliseconds=thousandths)).time()
    found = first + timedelta(milliseconds=thousandths)
    return found if found.time() != time.min else found.date()


def _is_empty(value: Cell) -> bool:
    return value is None or value == ""


def _fill(row: list[Cell], merged: Merged, value: Cell) -> None:
    for column in range(merged.first_column, min(merged.last_column + 1, len(row))):
        if _is_empty(row[column]):
            row[column] = value


def number_text(value: float) -> str | None:
    """A number with the 15 digits that Excel shows, 28.0 as '28'. One of 16 digits or more keeps its exponent: Excel
    has already lost its last digits, and an ID stored so must be refused, not guessed."""
    if not math.isfinite(value):
        return None
    if abs(value) >= 1e15:
        return f"{value:.6E}"
    return f"{value:.15g}" if value else "0"


def cell_text(value: Cell) -> str | None:
    """A typed cell as text: dates and moments as ISO, a duration in hours, the cell of a date that holds 0 as none."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, time):  # below one day: the 0 of a date cell is 1900/1/0, which is no day
        return value.isoformat() if value != time.min else None
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def column_texts(cells: Iterable[Cell]) -> list[str | None]:
    """The cells of a column as text; most are text already."""
    return [(cell or None) if type(cell) is str else cell_text(cell) for cell in cells]
