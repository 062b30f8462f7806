"""One check of a gate as it is declared, and what a declaration may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from expectations.settings import Settings
from skillsdw.seeds import read_seed

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

TOUCHED_RECORD = "intermediate.int_touched_record"

Tables = Mapping[str, Mapping[str, str]]
"""`schema.table` → column → type, as the file has it."""


@dataclass(frozen=True)
class Check:
    """One declared check: what is looked at, how grave a fault is, what it means, how it is found.

    `table` and `column` say what the check is about; `reads` is the table that is opened for it, when it
    is another one. A check without an expectation has nothing to look at this time: it passes, and its
    message says why.
    """

    check_name: str
    table: str
    severity: str
    message_zh: str
    message_en: str
    expectation: Expectation | None
    column: str | None = None
    reads: str | None = None

    @property
    def subject(self) -> str:
        """The table, or its column."""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def key(self) -> str:
        """What tells this check from the others of its gate."""
        return f"{self.check_name}|{self.subject}|{self.severity}"


@dataclass(frozen=True)
class Published:
    """The version that is published now: its file, its build and its tables."""

    path: Path
    build_id: str
    tables: Tables


@dataclass(frozen=True)
class Scope:
    """What a gate's declarations depend on besides the rows themselves."""

    as_of: date
    known_at: datetime | None
    settings: Settings
    tables: Tables
    landed_extracts: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()  # tables of raw that hold a row
    published: Published | None = None
    since_batch: int | None = None  # the last batch of the build that this one goes on from
    seeds: Seeds = field(default_factory=lambda: Seeds())

    def tables_of(self, schema: str) -> list[str]:
        """The tables of one schema, by name."""
        return sorted(table for table in self.tables if table.startswith(f"{schema}."))

    def changed(self, table: str) -> str:
        """A relation of the rows of a table that have come or changed since `since_batch`: all of them without one.

        Of `raw` these are the rows of new batches, of a kept mart those that are not as they were.
        """
        if self.since_batch is None:
            return table
        columns = self.tables.get(table, {})
        if table.startswith("raw.") and "batch_id" in columns:
            return f"(select * from {table} where batch_id > {self.since_batch})"
        # Where a kept mart's changed rows are named (macros/materializations/kept.sql).
        keys = table.replace("marts.", "changed.")
        if not table.startswith("marts.") or keys not in self.tables:
            return table
        return f"(select own.* from {table} as own semi join {keys} as key using ({', '.join(self.tables[keys])}))"

    def touched_keys(self, extract: str) -> str:
        """A subquery of the keys of an extract that can have changed."""
        return f"(select record_key from {TOUCHED_RECORD} where extract = '{extract}')"

    @property
    def visible_batch(self) -> str:
        """A subquery of the batches that this build may read."""
        until = f" and landed_at <= timestamp '{self.known_at}'" if self.known_at else ""
        return f"(select batch_id from raw.batch where status = 'landed'{until})"


@dataclass(frozen=True)
class Seeds:
    """The code lists in force."""

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of one seed."""
        return read_seed(name)

    def codes(self, name: str) -> list[str]:
        """The codes of a list: its first column."""
        return [next(iter(row.values())) for row in self.rows(name)]

    @cached_property
    def extracts(self) -> dict[str, bool]:
        """Each extract, and whether it is required."""
        return {row["extract"]: row["is_required"] == "true" for row in self.rows("extract")}

    @cached_property
    def columns(self) -> dict[str, list[dict[str, str]]]:
        """The declared columns of each extract."""
        declared: dict[str, list[dict[str, str]]] = {extract: [] for extract in self.extracts}
        for row in self.rows("extract_column"):
            declared.setdefault(row["extract"], []).append(row)
        return declared

    def key_of(self, extract: str) -> list[str]:
        """The columns of an extract's natural key."""
        return [row["column_name"] for row in self.columns[extract] if row["is_key"] == "true"]

    @cached_property
    def counties(self) -> list[str]:
        """Every county code that may stand in raw: counties, and cities as a whole."""
        return sorted({*self.codes("county"), *self.codes("city")})

    @cached_property
    def plan_years(self) -> list[int]:
        """The years of the plan."""
        return sorted(int(row["plan_year"]) for row in self.rows("target"))


def read_scope(
    warehouse: Path,
    as_of: date,
    known_at: datetime | None,
    settings: Settings,
    published: Path | None,
    since_batch: int | None = None,
) -> Scope:
    """Look at what the files hold: their tables, which extracts have landed, what is published."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = _tables(connection)
        scope = Scope(as_of=as_of, known_at=known_at, settings=settings, tables=tables)
        landed: frozenset[str] = frozenset()
        if "raw.batch" in tables:
            # As extract_state has it: a file of which every row was rejected brought nothing.
            query = (
                f"select distinct extract from raw.batch where batch_id in {scope.visible_batch} and rows_landed > 0"
            )
            landed = frozenset(row[0] for row in connection.execute(query).fetchall())
        filled = frozenset(
            table
            for table in tables
            if table.startswith("raw.") and connection.execute(f"select exists(from {table})").fetchone()[0]
        )
    return Scope(
        as_of=as_of,
        known_at=known_at,
        settings=settings,
        tables=tables,
        landed_extracts=landed,
        filled=filled,
        published=read_published(published) if published else None,
        since_batch=since_batch,
    )


def read_published(path: Path) -> Published | None:
    """Look at the published file, or at what its link points to; none when there is none."""
    if not path.exists():
        return None
    resolved = path.resolve()
    with duckdb.connect(str(resolved), read_only=True) as connection:
        tables = _tables(connection)
        build_id = ""
        if "marts.published_version" in tables:
            row = connection.execute("select build_id from marts.published_version").fetchone()
            build_id = row[0] if row else ""
    return Published(path=resolved, build_id=build_id, tables=tables)


def _tables(connection: duckdb.DuckDBPyConnection) -> Tables:
    rows = connection.execute(
        "select table_schema || '.' || table_name, column_name, data_type from information_schema.columns "
        "where table_catalog = current_database() and table_schema in ('raw', 'marts', 'changed') order by all"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = data_type
    return tables
