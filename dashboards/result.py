"""Rows of a reader's own query: as a table on the page, and as CSV, Excel and Parquet.

The page and the workbook name a column as its description begins and show shares as percentages; CSV and Parquet keep
names and values as DuckDB gave them, for programs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from io import BytesIO

import pyarrow as pa

from dashboards.dictionary import Dictionary
from dashboards.download import Source
from dashboards.format import Numbers
from dashboards.sandbox import Answer
from dashboards.workbook import Sheet, workbook

_SHARE = re.compile(r"(share|rate|attainment|pace|share_of_\w+|observation_complete)(_low|_high)?$|^share")
_NO_GROUPS = re.compile(r"(year|_id|number|order|rank|rank_low|rank_high|level)$")
_STARTS_A_FORMULA = re.compile(r"^(?=[=+\-@\t\r])")
_LIST_COMMA = ", "


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
        columns = [column.to_pylist() for column in self.answer.table.slice(start, stop - start).columns]
        body = "".join(
            "<tr>" + "".join(self._cell(value, kind) for value, kind in zip(row, kinds, strict=True)) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        return (
            f'<div class="table rows" tabindex="0" role="region" aria-label="{escape(words("query.rows"))}">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _head(self, head: Head) -> str:
        number = "" if head.kind in ("text", "truth") else ' class="number"'
        title = f' title="{escape(head.meaning)}"' if head.meaning else ""
        name = f"<small>{escape(head.name)}</small>" if head.term else ""
        return f'<th scope="col"{number}{title}>{escape(head.term or head.name)}{name}</th>'

    def _cell(self, value: object, kind: str) -> str:
        if value is None:
            absent = escape(self.numbers.state("not_available"))
            return f'<td><span class="no-figure">{absent}</span></td>'
        number = "" if kind in ("text", "truth") else ' class="number"'
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
        if kind == "moment":
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
        names = [_STARTS_A_FORMULA.sub("'", name) for name in table.column_names]
        file = BytesIO(b"\xef\xbb\xbf")
        file.seek(0, 2)
        csv.write_csv(pa.table(columns, names=names), file)
        return file.getvalue()

    def parquet(self) -> bytes:
        """Parquet, with types and names as they are."""
        from pyarrow import parquet

        file = BytesIO()
        parquet.write_table(self.answer.table, file, compression="zstd")
        return file.getvalue()

    def excel(self, name: str, source: Source, notes: Sequence[str]) -> bytes:
        """The rows on one sheet; on another `notes`, provenance, what the columns mean and the SQL."""
        words = self.dictionary.words
        heads = [head.term or head.name for head in self.heads]
        shown = [
            head if heads.count(head) == 1 else f"{head} {of.name}" for head, of in zip(heads, self.heads, strict=True)
        ]
        table = _flat(self.answer.table)
        kinds = ["text" if head.kind == "truth" else head.kind for head in self.heads]
        rows = Sheet(name, shown, kinds, [column.to_pylist() for column in table.columns])
        meanings = [
            f"{text} ({head.name}): {head.meaning}" if text != head.name else f"{head.name}: {head.meaning}"
            for text, head in zip(shown, self.heads, strict=True)
        ]
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


def _flat(table: pa.Table) -> pa.Table:
    """Lists and other nested values as text: neither CSV nor a sheet has a cell for them."""
    columns = [
        pa.array([_as_text(value) for value in column.to_pylist()], pa.string())
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    return _LIST_COMMA.join(str(part) for part in value) if isinstance(value, list) else str(value)


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    from pyarrow import compute

    return compute.replace_substring_regex(column, r"^([=+\-@\t\r])", r"'\1")
