"""Rows of a reader's own query: as a table on the page, and as CSV, Excel and Parquet.

The page and the workbook name a column as its description begins and show shares as percentages; CSV and Parquet keep
names and values as DuckDB gave them, for programs.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from html import escape
from io import BytesIO

import pyarrow as pa

from dashboards.dictionary import Dictionary
from dashboards.download import Source
from dashboards.format import Numbers
from dashboards.sandbox import Answer
from dashboards.workbook import Sheet, workbook
from skillsdw.formula import SUSPICIOUS, csv_text

_SHARE = re.compile(r"(share|rate|attainment|pace|share_of_\w+|observation_complete)(_low|_high)?$|^share")
_NO_GROUPS = re.compile(r"(year|_id|number|order|rank|rank_low|rank_high|level)$")
EXCEL_ROWS = 100_000  # more take longer than a reader waits
_LIST_COMMA = ", "
_LEFT = ("text", "truth", "day", "moment")


@dataclass(frozen=True)
class Head:
    """A column of the result: its name, the short name of what it is, its whole description, its kind of value."""

    name: str
    term: str
    meaning: str
    kind: str  # text · count · plain · share · decimal · day · moment · truth


@dataclass(frozen=True)
class Result:
    """An answer with what its columns mean."""

    answer: Answer
    sql: str
    dictionary: Dictionary
    numbers: Numbers

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.answer.table.num_rows

    @cached_property
    def heads(self) -> list[Head]:
        """The columns in order."""
        words, found = self.dictionary.words, []
        for field in self.answer.table.schema:
            meaning = self.dictionary.meaning(field.name, self.sql)
            term = words.of("alias", field.name)
            if term == field.name:
                term = self.dictionary.term(meaning)
            found.append(Head(field.name, term, meaning, _kind(field.name, field.type)))
        return found

    def page(self, start: int, stop: int) -> str:
        """The rows from `start` to before `stop` as a table, which scrolls by itself."""
        words = self.dictionary.words
        heads = "".join(self._head(head) for head in self.heads)
        kinds = [head.kind for head in self.heads]
        columns = [_values(column) for column in self.answer.table.slice(start, stop - start).columns]
        body = "".join(
            "<tr>" + "".join(self._cell(value, kind) for value, kind in zip(row, kinds, strict=True)) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        return (
            f'<div class="table rows" tabindex="0" role="region" aria-label="{escape(words("query.rows"))}">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _head(self, head: Head) -> str:
        number = "" if head.kind in _LEFT else ' class="number"'
        title = f' title="{escape(head.meaning)}"' if head.meaning else ""
        name = f"<small>{escape(head.name)}</small>" if head.term else ""
        return f'<th scope="col"{number}{title}>{escape(head.term or head.name)}{name}</th>'

    def _cell(self, value: object, kind: str) -> str:
        if value is None:
            absent = escape(self.numbers.state("not_available"))
            return f'<td><span class="no-figure">{absent}</span></td>'
        number = "" if kind in _LEFT else ' class="number"'
        return f"<td{number}>{escape(self.shown(value, kind))}</td>"

    def shown(self, value: object, kind: str) -> str:
        """A value as the page shows it."""
        if kind == "truth":
            return self.dictionary.words.of("truth", "yes" if value else "no")
        if isinstance(value, list):
            return _LIST_COMMA.join(str(part) for part in value)
        if kind == "count":
            return f"{value:,}"
        if kind == "share":
            return self.numbers.percent(value)
        if kind == "decimal":
            return f"{value:,.4f}".rstrip("0").rstrip(".")
        if kind == "moment" and isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M:%S}"
        return value.isoformat() if isinstance(value, date) else str(value)

    def csv(self) -> bytes:
        """CSV with a byte-order mark; text that a spreadsheet would run stays text."""
        from pyarrow import csv

        table = _flat(self.answer.table)
        columns = [
            _guarded(column) if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else column
            for column in table.columns
        ]
        names = [csv_text(name) for name in table.column_names]
        file = BytesIO(b"\xef\xbb\xbf")
        file.seek(0, 2)
        csv.write_csv(pa.table(columns, names=names), file)
        return file.getvalue()

    def parquet(self) -> bytes:
        """Parquet, with types and names as they are."""
        from pyarrow import parquet

        for table in (self.answer.table, _flat(self.answer.table)):
            file = BytesIO()
            # Intervals and the like have no place in Parquet: then they are text, as in CSV.
            with suppress(pa.ArrowNotImplementedError, pa.ArrowInvalid):
                parquet.write_table(table, file, compression="zstd")
                break
        return file.getvalue()

    def excel(self, name: str, source: Source, notes: Sequence[str]) -> bytes:
        """The rows on one sheet; on another `notes`, provenance, what the columns mean and the SQL."""
        words = self.dictionary.words
        heads = [head.term or head.name for head in self.heads]
        shown = [
            head if heads.count(head) == 1 else f"{head} {of.name}" for head, of in zip(heads, self.heads, strict=True)
        ]
        table = _flat(self.answer.table.slice(0, EXCEL_ROWS))
        kinds = ["text" if head.kind == "truth" else head.kind for head in self.heads]
        rows = Sheet(name, shown, kinds, [_values(column) for column in table.columns])
        meanings = [
            f"{text} ({head.name}): {head.meaning}" if text != head.name else f"{head.name}: {head.meaning}"
            for text, head in zip(shown, self.heads, strict=True)
            if head.meaning
        ]
        if self.rows > EXCEL_ROWS:
            notes = [*notes, words("query.excel_cut", rows=self.numbers.exact(EXCEL_ROWS))]
        lines = [*notes, *source.lines, "", *meanings, "", words("query.empty_cell"), "", *self.sql.splitlines()]
        about = Sheet(words("download.about"), [""], ["text"], [lines], is_table=False)
        return workbook([rows, about])


def _kind(name: str, kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return "plain" if _NO_GROUPS.search(name) else "count"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "share" if _SHARE.search(name) else "decimal"
    if pa.types.is_timestamp(kind):
        return "moment"
    return "day" if pa.types.is_date(kind) else "text"


def _values(column: pa.ChunkedArray) -> list:
    """The column's values; a day that no calendar of Python's has, such as infinity, is text."""
    try:
        return column.to_pylist()
    except (OverflowError, ValueError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return str(getattr(scalar, "value", None) or scalar.values)


_PLAIN = (
    *(pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_date),
    *(pa.types.is_timestamp, pa.types.is_string, pa.types.is_large_string),
)


def _flat(table: pa.Table) -> pa.Table:
    """Lists and other values for which CSV and a sheet have no cell as text."""
    columns = [
        column
        if any(fits(column.type) for fits in _PLAIN)
        else pa.array([_as_text(value) for value in _values(column)], pa.string())
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    return _LIST_COMMA.join(str(part) for part in value) if isinstance(value, list) else str(value)


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts with none left that a spreadsheet would run; each distinct one is looked at once."""
    from pyarrow import compute

    flags = compute.fill_null(compute.match_substring_regex(column, SUSPICIOUS), False)
    if not compute.any(flags).as_py():
        return column
    encoded = column.filter(flags).combine_chunks().dictionary_encode()
    guarded = pa.array([csv_text(text) for text in encoded.dictionary.to_pylist()], column.type)
    return compute.replace_with_mask(column.combine_chunks(), flags.combine_chunks(), guarded.take(encoded.indices))
