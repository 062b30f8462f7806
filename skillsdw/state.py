"""What the working file was last built from, and whether a build may go on from there (macros/delta.sql).

The state is a row of `state.built` in the working file. It is written when a version has been published and taken away
before dbt touches anything: a build that stopped, failed or was killed leaves none, and the next one makes everything
anew.
"""

import hashlib
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from expectations.settings import HOME_SETTINGS, read_settings
from skillsdw.home import PROJECT, Home
from skillsdw.landing import open_working
from skillsdw.publish import current_version, version_fault
from skillsdw.seeds import declarations
from skillsdw.seeds import digest as lists_digest

# A build of changes looks again at every record whose day has come since: past a month, that is most of them.
MOST_DAYS = timedelta(days=31)
# Of new rows against all: with more, making everything anew is as quick.
MOST_NEW = 0.05
# All that decides what a build makes of the same rows; a file of it that changed makes the tables of others.
_CODE = ("models", "macros", "seeds", "expectations", "tests/data", "skillsdw/identity")
_LISTS = PROJECT / "seeds"  # their rows count, which a home's list may replace, not how a spreadsheet saved them
_FILES = ("dbt_project.yml", "requirements.lock", "skillsdw/publish.py", "skillsdw/diff.py", "skillsdw/projection.py")
_KINDS = {".sql", ".py", ".yml", ".csv", ".toml", ".md"}


@dataclass(frozen=True)
class Since:
    """Where a build of changes goes on: the last batch and the business date of the build before it."""

    batch_id: int
    as_of: date


@dataclass(frozen=True)
class Built:
    """What a working file was built from."""

    build_id: str
    batch_id: int
    as_of: date
    code: str  # what else decides: `basis`


def since(home: Home, as_of: date, known_at: datetime | None) -> Since | None:
    """Where a build as of `as_of` may go on from, or None when it has to make everything anew.

    Everything anew: nothing or another version is published, the code, a rule, a code list or a threshold changed, a
    held batch was released (its rows are new, its number is not), the business date went back, on by more than a month
    or into another year, only part of the batches is to be read, an extract has landed for the first time, or a
    twentieth of the rows is new.
    """
    if known_at is not None:
        return None
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        built = _read(con)
        if built is None or not _follows(home, con, built, as_of) or _has_new_kind(con, built.batch_id):
            return None
        new, all_rows = con.execute(
            "select coalesce(sum(rows_landed) filter (batch_id > ?), 0), coalesce(sum(rows_landed), 0) "
            "from raw.batch where status = 'landed'",
            [built.batch_id],
        ).fetchone()
    return Since(built.batch_id, built.as_of) if new <= MOST_NEW * all_rows else None


def _follows(home: Home, con: duckdb.DuckDBPyConnection, built: Built, as_of: date) -> bool:
    version = current_version(home)
    return (
        version is not None
        and version.stem == built.build_id
        and version_fault(version) is None
        and built.code == basis(home, con)
        and built.as_of <= as_of <= built.as_of + MOST_DAYS
        and built.as_of.year == as_of.year
    )


def _has_new_kind(con: duckdb.DuckDBPyConnection, batch_id: int) -> bool:
    """Whether rows of an extract have landed since of which there were none: much that was not assessed now is."""
    return con.execute(
        "select exists(select extract from raw.batch where status = 'landed' and rows_landed > 0 "
        "group by extract having min(batch_id) > ?)",
        [batch_id],
    ).fetchone()[0]


def newest_batch(con: duckdb.DuckDBPyConnection) -> int:
    """The newest batch on record, landed or refused; 0 while there is none."""
    return con.execute("select coalesce(max(batch_id), 0) from raw.batch").fetchone()[0]


def forget(home: Home, build_id: str, as_of: date) -> Built:
    """Take the state away, before the tables change; return what the build will be made from."""
    with open_working(home) as con:
        con.execute("drop schema if exists state cascade")
        return Built(build_id, newest_batch(con), as_of, basis(home, con))


def remember(home: Home, built: Built) -> None:
    """Write down what the working file is built from, once the version is published."""
    with open_working(home) as con:
        con.execute("begin")
        con.execute("create schema if not exists state")
        con.execute("create or replace table state.built (build_id varchar, batch_id bigint, as_of date, code varchar)")
        con.execute("insert into state.built values (?, ?, ?, ?)", list(astuple(built)))
        con.execute("commit")


def basis(home: Home, con: duckdb.DuckDBPyConnection) -> str:
    """All but new batches and the day that decides what a build makes and what its gates say: the code, the home's
    thresholds, which held batches were released."""
    releases = con.execute("select count(*) from raw.batch_release").fetchone()[0]
    return f"{code_digest()} {read_settings(home.root / HOME_SETTINGS).digest} {releases}"


def is_built_of_this(home: Home, con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the working file's state, where it has one, is of the present code, thresholds and releases."""
    built = _read(con)
    return built is None or built.code == basis(home, con)


def _read(con: duckdb.DuckDBPyConnection) -> Built | None:
    if not con.execute("select 1 from duckdb_tables() where schema_name = 'state' and table_name = 'built'").fetchall():
        return None
    row = con.execute("select build_id, batch_id, as_of, code from state.built").fetchone()
    return Built(*row) if row else None


def code_digest() -> str:
    """A digest of everything that decides what a build makes of the same rows, the lists in force included."""
    digest = hashlib.sha256(lists_digest(declarations()).encode())
    for file in sorted(_code_files()):
        digest.update(f"{file.relative_to(PROJECT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _code_files() -> list[Path]:
    found = [PROJECT / name for name in _FILES]
    for folder in _CODE:
        found += [path for path in (PROJECT / folder).rglob("*") if path.suffix in _KINDS and not _is_list(path)]
    return found


def _is_list(path: Path) -> bool:
    return path.suffix == ".csv" and path.is_relative_to(_LISTS)
