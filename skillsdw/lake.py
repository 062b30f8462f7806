"""The extracts beside the working file, as Parquet: what Spark reads (docs/spark.md).

`lake/<extract>/batch-<n>.parquet` holds the rows of one batch of `raw.<extract>`, `lake/<table>/all.parquet` the rows of
the small tables. Landing never alters a batch, so only those that are not there yet are written, each by a rename.
UUIDs are text in it, which Parquet readers agree on.
"""

import re
from pathlib import Path

import duckdb

from skillsdw.home import Home
from skillsdw.publish import DEFAULT_MEMORY_LIMIT

ALL = "all.parquet"
_BATCH = re.compile(r"batch-(\d+)\.parquet")


def lay_out(home: Home, lake: Path, memory_limit: str | None = None) -> int:
    """Bring the lake up to what has landed; return how many files were written.

    A batch that the working file no longer has (a home that was landed anew) goes.
    """
    written = 0
    limits = {"memory_limit": memory_limit or DEFAULT_MEMORY_LIMIT}
    with duckdb.connect(str(home.warehouse), read_only=True, config=limits) as con:
        tables = con.execute(
            "select table_name, list(column_name order by column_index), list(data_type order by column_index) "
            "from duckdb_columns() where schema_name = 'raw' and database_name = current_database() group by table_name"
        ).fetchall()
        for table, columns, types in tables:
            folder = lake / table
            folder.mkdir(parents=True, exist_ok=True)
            shown = ", ".join(_column(name, kind) for name, kind in zip(columns, types, strict=True))
            if "batch_id" in columns and table not in ("batch", "rejected_row"):
                written += _batches(con, table, shown, folder)
            else:
                _write(con, f"select {shown} from raw.{table}", folder / ALL)
                written += 1
    return written


def _column(name: str, kind: str) -> str:
    return f"cast({name} as varchar) as {name}" if kind == "UUID" else name


def _batches(con: duckdb.DuckDBPyConnection, table: str, shown: str, folder: Path) -> int:
    landed = {batch for (batch,) in con.execute(f"select distinct batch_id from raw.{table}").fetchall()}
    present = {int(found[1]): path for path in folder.iterdir() if (found := _BATCH.fullmatch(path.name))}
    for batch in present.keys() - landed:
        present[batch].unlink()
    # Of what never landed there is a file without rows, which says its columns.
    if not landed:
        _write(con, f"select {shown} from raw.{table}", folder / ALL)
        return 1
    (folder / ALL).unlink(missing_ok=True)
    new = sorted(landed - present.keys())
    for batch in new:
        _write(con, f"select {shown} from raw.{table} where batch_id = {batch}", folder / f"batch-{batch}.parquet")
    return len(new)


def _write(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    half = file.with_name(f".{file.name}.tmp")
    con.execute(f"copy ({query}) to '{str(half).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)")
    half.replace(file)
