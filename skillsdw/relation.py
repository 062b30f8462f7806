"""Tables of a Python model, whichever engine holds them: DuckDB's relations or Spark's data frames."""

from typing import Any

import pyarrow as pa


def rows(table: Any, *columns: str) -> list[tuple]:
    """The rows of what `dbt.ref` gives, of these columns."""
    if hasattr(table, "fetchall"):
        return table.project(", ".join(columns)).fetchall()
    return [tuple(row) for row in table.select(*columns).collect()]


def relation(session: Any, table: pa.Table) -> Any:
    """What a model may return to the engine of `session`."""
    return session.createDataFrame(table) if hasattr(session, "createDataFrame") else table
