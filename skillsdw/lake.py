"""What goes to Spark and what comes back (docs/spark.md): the extracts as Parquet, the marts into the working file.

`lake/<extract>/batch-<n>.parquet` holds the rows of one batch of `raw.<extract>`, `lake/<table>/all.parquet` the rows
of the small tables. Landing never alters a batch, so only those that are not there yet are written, each by a rename.
UUIDs are text in it, which Parquet readers agree on.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb

from skillsdw.home import Home
from skillsdw.landing.raw import ABOUT_FILES
from skillsdw.publish import DEFAULT_MEMORY_LIMIT

ALL = "all.parquet"
LAKE, MARTS = "SKILLSDW_LAKE", "SKILLSDW_SPARK_MARTS"  # folders that a cluster shares with this machine
_BATCH = re.compile(r"batch-(\d+)\.parquet")


def lake_of(home: Home) -> Path:
    """Where the extracts lie for Spark: `SKILLSDW_LAKE`, else a folder of the home."""
    return Path(os.environ.get(LAKE) or home.root / "lake").absolute()


def marts_of(home: Home) -> Path:
    """Where Spark leaves the marts, a folder a table: `SKILLSDW_SPARK_MARTS`, else Spark's own of the home."""
    return Path(os.environ.get(MARTS) or home.root / "spark" / "warehouse" / "marts.db").absolute()


def lay_out(home: Home, lake: Path, memory_limit: str | None = None) -> int:
    """Bring the lake up to what has landed; return how many files were written.

    A batch that the working file no longer has (a home that was landed anew) goes.
    """
    written = 0
    lake.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            if "batch_id" in columns and table not in ABOUT_FILES:
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


def bring_home(home: Home, contracts: Mapping[str, Mapping[str, str]], memory_limit: str | None = None) -> None:
    """Put Spark's marts into the working file, in the types of their contracts (table → column → type).

    What follows (gate 2, publishing, every reader) then sees no difference.
    """
    folder = marts_of(home)
    with duckdb.connect(str(home.warehouse), config={"memory_limit": memory_limit or DEFAULT_MEMORY_LIMIT}) as con:
        con.execute("create schema if not exists marts")
        for table, columns in contracts.items():
            shown = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
            files = str(folder / table / "*.parquet").replace("'", "''")
            has_files = any((folder / table).glob("*.parquet"))
            source = f"read_parquet('{files}')" if has_files else f"(select {_nulls(columns)} where false)"
            con.execute(f'create or replace table marts."{table}" as select {shown} from {source}')


def _nulls(columns: Mapping[str, str]) -> str:
    return ", ".join(f'null as "{name}"' for name in columns)
