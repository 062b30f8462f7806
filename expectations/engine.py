"""Great Expectations on DuckDB: an engine that keeps its connection, a data source, and one expectation.

Out of the box every expectation crashes on DuckDB, because the engine closes the connection before it
fetches. Importing this module registers the data source (`context.data_sources.add_duckdb`). It must not
be run as `__main__`: Great Expectations finds the classes by their module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import great_expectations.expectations as gxe
import sqlalchemy
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine

from expectations.identity import register_detector


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """An engine with one connection that stays open until the gate is done."""

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """Yield the one connection; after a broken query make it usable for the next one."""
        if self._connection is None:
            self._connection = self.engine.connect()
            register_detector(self._connection.connection.driver_connection)
        try:
            yield self._connection
        except Exception:
            self._connection.rollback()
            raise

    def execute(self, statement: str) -> None:
        """Run a statement on the gate's own connection."""
        with self.get_connection() as connection:
            connection.execute(sqlalchemy.text(statement))

    def release(self) -> None:
        """Close the connection, so that the file can be written again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A fluent data source for one DuckDB file."""

    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self) -> type[SqlAlchemyExecutionEngine]:
        """The engine that keeps its connection."""
        return DuckDBExecutionEngine


class ExpectNoFaultRows(gxe.UnexpectedRowsExpectation):
    """Like `UnexpectedRowsExpectation`, but for queries that aggregate.

    Two differences. The query runs once, not twice (the original fetches and counts separately). A row may
    carry `faults`, the number of faults it stands for, so that a query over millions of rows gives a
    handful back and the count is still right.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    @pydantic.validator("unexpected_rows_query")
    def _validate_query(cls, query: Any) -> Any:
        # The original prints a warning when a query does not name {batch}: ours span tables.
        return query

    def _validate(self, metrics: dict, *_: object, **__: object) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        return {
            "success": not rows,
            "result": {
                "observed_value": sum(int(row.get("faults", 1)) for row in rows),
                "details": {"unexpected_rows": rows},
            },
        }


def no_rows(query: str) -> ExpectNoFaultRows:
    """Expect that the query returns no row."""
    return ExpectNoFaultRows(unexpected_rows_query=query)
