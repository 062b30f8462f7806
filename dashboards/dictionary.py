"""The data dictionary that every published file carries: its tables and columns with their descriptions.

A description's first line is Chinese, its second English; both come from `models/` and stand in docs/dictionary.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.warehouse import Warehouse
from dashboards.words import Words

_LINE = {"zh": 0, "en": 1}
_LONGEST_TERM = 18  # characters of a column's short name


@dataclass(frozen=True)
class Column:
    """A column of a mart; `description` is in the reader's language."""

    table: str
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A table of the published file."""

    name: str
    description: str
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Dictionary:
    """All tables, in the order of their names."""

    marts: tuple[Mart, ...]
    words: Words

    def mart(self, name: str) -> Mart:
        """The table of that name, else the first."""
        return next((mart for mart in self.marts if mart.name == name), self.marts[0])

    @property
    def columns(self) -> list[Column]:
        """Every column of every table."""
        return [column for mart in self.marts for column in mart.columns]

    def search(self, text: str) -> list[tuple[Mart, list[Column]]]:
        """Tables and columns that hold every word of `text` in name or description; all of a table that fits itself."""
        wanted = text.lower().split()

        def fits(*said: str) -> bool:
            return all(word in " ".join(said).lower() for word in wanted)

        found = []
        for mart in self.marts:
            whole = fits(mart.name, mart.description)
            columns = [column for column in mart.columns if whole or fits(column.name, column.description)]
            if whole or columns:
                found.append((mart, columns))
        return found

    def meaning(self, name: str, sql: str) -> str:
        """What a result's column of that name means, if the marts (those that `sql` names first) agree on it."""
        every = [column for column in self.columns if column.name == name]
        named = [column for column in every if column.table in sql] or every
        texts = {column.description for column in named}
        return texts.pop() if len(texts) == 1 else ""

    def term(self, meaning: str) -> str:
        """The short name that a description begins with; empty when it begins with a sentence."""
        stops = [place for stop in self.words("dictionary.stops") if (place := meaning.find(stop)) >= 0]
        term = meaning[: min(stops)] if stops else meaning
        return term if len(term) <= _LONGEST_TERM else ""


def dictionary(warehouse: Warehouse, words: Words) -> Dictionary:
    """The dictionary of the published file."""
    columns: dict[str, list[Column]] = {}
    for row in warehouse.rows(
        """
        select table_name, column_name, data_type, comment from duckdb_columns()
        where schema_name = 'marts' order by table_name, column_index
        """
    ):
        said = _said(row.comment, words)
        columns.setdefault(row.table_name, []).append(Column(row.table_name, row.column_name, row.data_type, said))
    tables = warehouse.rows(
        "select table_name, comment, estimated_size from duckdb_tables() where schema_name = 'marts' order by table_name"
    )
    marts = tuple(
        Mart(row.table_name, _said(row.comment, words), row.estimated_size, tuple(columns[row.table_name]))
        for row in tables
    )
    return Dictionary(marts, words)


def _said(comment: str | None, words: Words) -> str:
    lines: Sequence[str] = (comment or "").split("\n")
    return lines[min(_LINE[words.language], len(lines) - 1)]
