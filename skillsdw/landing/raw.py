"""The schema `raw` of the working warehouse (docs/architecture.md), made from `seeds/extract_column.csv`."""

import time

import duckdb

from skillsdw.codes import ExtractColumn, extract_columns, extract_names
from skillsdw.durable import cause, holder, missing_bytes
from skillsdw.home import Home
from skillsdw.landing.errors import LandingError

# The working file is read by this project's own DuckDB alone: its newest format is written a third faster.
STORAGE = {"storage_compatibility_version": "latest"}
_PATIENCE = 2.0  # seconds: what a killed build had begun ends by itself
_TYPES = {
    "text": "varchar",
    "uscc": "varchar",
    "county": "varchar",
    "code": "varchar",
    "date": "date",
    "integer": "integer",
    "boolean": "boolean",
    "amount": "decimal(14, 2)",
}
# A person who is paid is a pseudonym, an organisation its own code.
_PAYEE = ("payee_key uuid", "payee_code varchar")
_PERSON = ("person_key uuid", "birth_year smallint", "sex varchar", "origin_region varchar")


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
    """Create the schema `raw` and its tables where absent. No index: a landing only appends."""
    con.execute("create schema if not exists raw")
    con.execute(
        "create table if not exists raw.batch (batch_id bigint, extract varchar, file_name varchar, "
        "sha256 varchar, landed_at timestamp, status varchar, rows_read bigint, rows_landed bigint, "
        "rows_rejected bigint, message varchar)"
    )
    con.execute(
        "create table if not exists raw.rejected_row (batch_id bigint, row_number bigint, "
        "column_name varchar, reason_code varchar, masked_value varchar, record_key varchar)"
    )
    # A home of an earlier release has the table without it.
    con.execute("alter table raw.rejected_row add column if not exists record_key varchar")
    con.execute("create table if not exists raw.batch_release (batch_id bigint, released_at timestamp, reason varchar)")
    con.execute("create table if not exists raw.correction (batch_id bigint, row_number bigint, by_batch_id bigint)")
    con.execute("create table if not exists raw.backfill (batch_id bigint)")
    con.execute("create table if not exists raw.warehouse (property varchar, value varchar)")
    for extract in extract_names():
        columns = [line for column in extract_columns(extract) for line in _column_lines(column)]
        lines = ", ".join([*columns, "batch_id bigint", "row_number bigint"])
        con.execute(f"create table if not exists raw.{extract} ({lines})")


def raw_columns(extract: str) -> list[str]:
    """The column names of `raw.<extract>` in order, without `batch_id` and `row_number`."""
    return [line.split()[0] for column in extract_columns(extract) for line in _column_lines(column)]


def _column_lines(column: ExtractColumn) -> tuple[str, ...]:
    if column.kind == "person_name":
        return ()
    if column.kind == "person_id":
        return _PERSON
    if column.kind == "payee":
        return _PAYEE
    return (f"{column.name} {_TYPES[column.kind]}",)
