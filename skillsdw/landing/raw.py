"""The schema `raw` of the working warehouse (docs/architecture.md), made from `seeds/extract_column.csv`."""

import time
from collections.abc import Sequence

import duckdb

from skillsdw.codes import ExtractColumn, extract_columns, extract_names, stored_names
from skillsdw.durable import cause, holder, missing_bytes
from skillsdw.home import Home
from skillsdw.landing.errors import LandingError

# The working file is read by this project's own DuckDB alone: its newest format is written a third faster.
STORAGE = {"storage_compatibility_version": "latest"}
_PATIENCE = 2.0  # seconds: what a killed build had begun ends by itself
_TYPES = {
    "date": "date",
    "integer": "integer",
    "stars": "integer",
    "boolean": "boolean",
    "amount": "decimal(14, 2)",
}
# Of columns that become several.
_STORED_TYPES = {"person_key": "uuid", "payee_key": "uuid", "advanced_by_key": "uuid", "birth_year": "smallint"}
# `unread_columns`: optional columns whose value could not be read, by name with commas between; null for none.
_OF_LANDING = ("unread_columns varchar", "batch_id bigint", "row_number bigint")
# What landing writes about the files themselves; of old homes the tables and columns that have come since are added.
ABOUT_FILES = {
    "batch": (
        "batch_id bigint",
        "extract varchar",
        "file_name varchar",
        "sha256 varchar",
        "landed_at timestamp",
        "status varchar",
        "rows_read bigint",
        "rows_landed bigint",
        "rows_rejected bigint",
        "message varchar",
    ),
    "rejected_row": (
        "batch_id bigint",
        "row_number bigint",
        "column_name varchar",
        "reason_code varchar",
        "masked_value varchar",
        "record_key varchar",
    ),
    # A held batch that counts since `released_at`: by its correction, or by an operator's word.
    "batch_release": ("batch_id bigint", "released_at timestamp", "reason varchar"),
    # Which rejected row, or refused file (row_number null), a later batch has landed.
    "correction": ("batch_id bigint", "row_number bigint", "by_batch_id bigint"),
    # Sessions that were completed and are no longer, by what a batch says of them.
    "reversal": ("batch_id bigint", "row_number bigint"),
    # Files that said what a batch had said already.
    "seen_file": ("extract varchar", "file_name varchar", "sha256 varchar", "seen_at timestamp"),
    # Batches that load years gone by: their sessions are no jump.
    "backfill": ("batch_id bigint",),
    "warehouse": ("property varchar", "value varchar"),
}


def open_working(home: Home, config: dict[str, object] | None = None) -> duckdb.DuckDBPyConnection:
    """Open the working warehouse for writing, private to its owner; `LandingError` says why it cannot be."""
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            con = duckdb.connect(str(home.warehouse), config=(config or {}) | STORAGE)
        except duckdb.Error as fault:
            if holder(fault) is not None and time.monotonic() < patience:
                time.sleep(0.1)
                continue
            raise _not_opened(home, fault) from None
        if short := missing_bytes(con, home.warehouse, "raw"):
            con.close()
            raise LandingError(
                f"工作库 {home.warehouse} 不完整({short}),没有做任何改动;运行 skillsdw doctor 查看如何处理",
                f"The working warehouse {home.warehouse} is not whole ({short}) and was left as it is: skillsdw doctor "
                "says how to mend it",
            )
        home.warehouse.chmod(0o600)
        return con


def _not_opened(home: Home, fault: duckdb.Error) -> LandingError:
    if pid := holder(fault):
        return LandingError(
            f"无法写入 {home.warehouse}:文件正被其他程序打开(PID {pid})。请关闭后再运行",
            f"{home.warehouse} cannot be written: another program holds it open (PID {pid}). Close it and run again",
        )
    zh, en = cause(fault) or (
        "文件无法打开;运行 skillsdw doctor 查看如何处理",
        "it cannot be opened: skillsdw doctor says how to mend it",
    )
    return LandingError(f"无法打开工作库 {home.warehouse}:{zh}", f"The working warehouse {home.warehouse}: {en}")


def ensure_raw(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas `raw` and `held` and their tables and columns where absent. No index: landing only appends.

    `held.<extract>` has the columns of `raw.<extract>`: the accepted rows of batches that do not count yet.
    """
    for schema in ("raw", "held"):
        con.execute(f"create schema if not exists {schema}")
    present = {
        table: set(columns)
        for table, columns in con.execute(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
            "where schema_name in ('raw', 'held') and database_name = current_database() group by all"
        ).fetchall()
    }
    for table, columns in ABOUT_FILES.items():
        _ensure_table(con, f"raw.{table}", columns, present)
    for extract in extract_names():
        columns = [line for column in extract_columns(extract) for line in _column_lines(column)]
        for schema in ("raw", "held"):
            _ensure_table(con, f"{schema}.{extract}", [*columns, *_OF_LANDING], present)


def _ensure_table(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], present: dict[str, set[str]]
) -> None:
    """Make a table, or give one of an earlier release the columns that have come since."""
    if table not in present:
        con.execute(f"create table {table} ({', '.join(columns)})")
        return
    for column in columns:
        if column.split()[0] not in present[table]:
            con.execute(f"alter table {table} add column {column}")


def raw_columns(extract: str) -> list[str]:
    """The column names of `raw.<extract>` in order, without `batch_id` and `row_number`."""
    return [*(name for column in extract_columns(extract) for name in stored_names(column)), "unread_columns"]


def _column_lines(column: ExtractColumn) -> list[str]:
    return [f"{name} {_STORED_TYPES.get(name) or _TYPES.get(column.kind, 'varchar')}" for name in stored_names(column)]
