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
    is another one. The message says what must hold, in words that are true whether it does or not; where that
    cannot be, it is of a check that passed, and `failed_zh` and `failed_en` are of one that failed. A check without
    an expectation has nothing to look at this time: it passes, and its message says why.
    """

    check_name: str
    table: str
    severity: str
    message_zh: str
    message_en: str
    expectation: Expectation | None
    column: str | None = None
    reads: str | None = None
    failed_zh: str = ""
    failed_en: str = ""

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
    filled: frozenset[str] = frozenset()  # tables of raw and held that hold a row
    published: Published | None = None
    since_batch: int | None = None  # the last batch of the build that this one goes on from
    is_backfill: bool = False  # what has landed since the published version is history
    seeds: Seeds = field(default_factory=lambda: Seeds())

    def tables_of(self, schema: str) -> list[str]:
        """The tables of one schema, by name."""
        return sorted(table for table in self.tables if table.startswith(f"{schema}."))

    def changed(self, table: str) -> str:
        """A relation of the rows of a table that have come or changed since `since_batch`: all of them without one.

        Of extracts and rejected rows these are the rows of new batches, of a kept mart those that are not as they
        were. What landing writes of batches is small, and what it says of an old one may be new: all of it.
        """
        if self.since_batch is None:
            return table
        if table in self._landed_once:
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
    def _landed_once(self) -> set[str]:
        """Tables whose rows come with their batch and never change."""
        return {"raw.rejected_row", *(f"raw.{extract}" for extract in self.seeds.extracts)} & set(self.tables)

    @property
    def visible_batch(self) -> str:
        """A subquery of the batches that this build may read: of one that was held, from its release on."""
        if not self.known_at:
            return "(select batch_id from raw.batch where status = 'landed')"
        return (
            f"(select batch_id from raw.batch left join {self.released} as released using (batch_id) "
            f"where status = 'landed' and coalesce(released_at, landed_at) <= timestamp '{self.known_at}')"
        )

    @property
    def released(self) -> str:
        """A subquery of the batches that were held and released, and when."""
        if "raw.batch_release" not in self.tables:
            return "(select null::bigint as batch_id, null::timestamp as released_at where false)"
        return "(select batch_id, max(released_at) as released_at from raw.batch_release group by batch_id)"

    @property
    def corrected(self) -> str:
        """A subquery of the rejected rows, and of files as a whole (no row number), that a visible batch has landed."""
        if "raw.correction" not in self.tables:
            return "(select null::bigint as batch_id, null::bigint as row_number where false)"
        return f"(select distinct batch_id, row_number from raw.correction where by_batch_id in {self.visible_batch})"

    @property
    def backfilled_batch(self) -> str:
        """A subquery of the batches that landed as history."""
        if "raw.backfill" not in self.tables:
            return "(select null::bigint as batch_id where false)"
        return "(select batch_id from raw.backfill)"


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
    is_backfill: bool = False,
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
            if table.startswith(("raw.", "held.")) and connection.execute(f"select exists(from {table})").fetchone()[0]
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
        is_backfill=is_backfill,
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
        "where table_catalog = current_database() and table_schema in ('raw', 'held', 'marts', 'changed') order by all"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = data_type
    return tables
