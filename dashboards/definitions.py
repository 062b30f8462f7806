"""What a figure means: the description of its mart's column, which every published file carries.

A comment's first line is Chinese, its second English; both come from `models/` and stand in the dictionary too.
"""

from collections.abc import Callable

from dashboards.warehouse import Warehouse

_LINE = {"zh": 0, "en": 1}


def definitions(warehouse: Warehouse, language: str) -> Callable[[str], str]:
    """`define("city_scorecard.attainment")` in the language; empty for a column that says nothing of itself."""

    def define(column: str) -> str:
        table, _, name = column.partition(".")
        lines = dict(_comments(warehouse, table)).get(name) or ""
        parts = lines.split("\n")
        return parts[min(_LINE[language], len(parts) - 1)]

    return define


def _comments(warehouse: Warehouse, table: str) -> list:
    return warehouse.rows(
        "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?", [table]
    )
