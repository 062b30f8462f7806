"""Files for a reader: a table as CSV or Excel, made when it is asked for, with where it comes from.

CSV carries a byte-order mark, which Excel on a Chinese Windows needs. Text that a spreadsheet would run as a
formula stays text in both.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO

from dashboards.charts.pen import Pen, width_of
from dashboards.table import Cell, Column, Interval, State, Table
from skillsdw.formula import csv_text, put_text

_FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "points": "+0.00%;-0.00%;0.00%",
    "ratio": "0.00",
    "decimal": "#,##0.0",
    "yuan": "#,##0.00",
    "rank": "0",
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "moment": "yyyy-mm-dd hh:mm",
}
_NOT_IN_A_FILE_NAME = re.compile(r'[\\/:*?"<>|\s]+')
_NOT_IN_A_SHEET_NAME = re.compile(r"[\\/*?:\[\]]")
_WIDEST = 48  # characters


@dataclass(frozen=True)
class Source:
    """Where a file comes from: the page's name, the scope in words, the build, and the provenance line by line."""

    page: str
    scope: tuple[str, ...]
    build: str
    lines: tuple[str, ...]

    def file_name(self, name: str, ending: str) -> str:
        """`地市_名次_2026年_玉林市_20261101T083000-7f3a2c1.xlsx`."""
        parts = [self.page, name, *self.scope, self.build]
        return f"{'_'.join(_NOT_IN_A_FILE_NAME.sub('-', part) for part in parts)}.{ending}"


def csv_file(table: Table, pen: Pen) -> bytes:
    """The table with plain numbers, a state as its symbol."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([csv_text(head) for head, _, _ in flat_columns(table, pen)])
    for cells in flat_rows(table):
        writer.writerow([_csv_cell(cell, pen) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell, pen: Pen) -> object:
    if isinstance(cell, State):
        return pen.numbers.state(cell.name)
    if isinstance(cell, str):
        return csv_text(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def excel_file(table: Table, source: Source, pen: Pen, title: str, subtitle: str) -> bytes:
    """The table on one sheet, with its types and its head frozen; title, provenance and definitions on another."""
    from openpyxl import Workbook  # tenths of a second: only when a file is asked for
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = sheet_name(table.name)
    columns = list(flat_columns(table, pen))
    write_row(sheet, 1, [head for head, _, _ in columns], pen)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")
    rows = list(flat_rows(table))
    for place, cells in enumerate(rows, start=2):
        write_row(sheet, place, cells, pen, [column.kind for _, column, _ in columns])
    for place, (head, _, _) in enumerate(columns):
        shown = [head, *(_shown(cells[place], pen) for cells in rows)]
        # A Han character is two of Excel's units wide.
        widest = max(width_of(text) * 2 for text in shown)
        sheet.column_dimensions[sheet.cell(1, place + 1).column_letter].width = min(max(widest, 8) + 2, _WIDEST)
    sheet.freeze_panes = "B2"
    notes = book.create_sheet(sheet_name(pen.words("download.about")))
    lines = [title, subtitle, " · ".join(source.scope), *source.lines, "", *_definitions(table, pen), "", *legend(pen)]
    for place, line in enumerate(lines, start=1):
        write_row(notes, place, [line], pen)
    notes.column_dimensions["A"].width = 100
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def write_row(sheet: object, place: int, cells: list[Cell], pen: Pen, kinds: list[str] | None = None) -> None:
    for column, value in enumerate(cells, start=1):
        shown = pen.numbers.state(value.name) if isinstance(value, State) else value
        cell = sheet.cell(place, column)
        if isinstance(shown, str):
            put_text(cell, shown)
            continue
        cell.value = shown
        if kinds and kinds[column - 1] in _FORMATS:
            cell.number_format = _FORMATS[kinds[column - 1]]


def sheet_name(name: str) -> str:
    return _NOT_IN_A_SHEET_NAME.sub("-", name)[:31]


def _shown(cell: Cell, pen: Pen) -> str:
    if isinstance(cell, State):
        return pen.numbers.state(cell.name)
    return f"{cell:,.1f}" if isinstance(cell, float) else str(cell)


def _definitions(table: Table, pen: Pen) -> list[str]:
    return [
        f"{column.head}: {pen.define(column.of)}" for column in table.columns if column.of and pen.define(column.of)
    ]


def legend(pen: Pen) -> list[str]:
    """What each state's symbol stands for."""
    names = ("suppressed", "not_available", "not_assessed", "too_early")
    return [f"{pen.numbers.state(name)} {pen.words.of('state_reason', name)}" for name in names]


def flat_columns(table: Table, pen: Pen) -> Iterator[tuple[str, Column, str]]:
    """(head, column, end) of each column of a file: one that holds intervals becomes three."""
    for column, is_interval in zip(table.columns, _interval_columns(table), strict=True):
        yield column.head, column, "value"
        if is_interval:
            for end in ("low", "high"):
                yield pen.words.of("column_end", end, head=column.head), column, end


def flat_rows(table: Table) -> Iterator[list[Cell]]:
    are_intervals = _interval_columns(table)
    for cells in table.cells():
        flat: list[Cell] = []
        for cell, is_interval in zip(cells, are_intervals, strict=True):
            parts = (
                (cell.value, cell.low, cell.high) if isinstance(cell, Interval) else (cell,) * (3 if is_interval else 1)
            )
            flat += [State("not_available") if part is None else part for part in parts]
        yield flat


def _interval_columns(table: Table) -> list[bool]:
    rows = table.cells()
    return [any(isinstance(cells[place], Interval) for cells in rows) for place in range(len(table.columns))]
