"""Put a built warehouse where readers find it: versioned files, one link, moved by an atomic rename (spec 3).

A reader resolves `published/warehouse.duckdb` and opens the versioned file. That file never changes once its name
exists, so a reader sees the old version or the new one, never neither and never half. Its mode says so, too: nobody has
the right to write it, so DuckDB refuses to open it for writing and can leave no log beside it.
"""

import fcntl
import os
import shutil
import stat
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import duckdb

from expectations.result import GateResult
from skillsdw.diff import COLUMNS, Change, changes, is_comparable
from skillsdw.durable import missing_bytes, put, sync
from skillsdw.home import Home, beijing_now

DEFAULT_MEMORY_LIMIT = "4GB"
# What DuckDB reads from 1.3 (May 2025) on: it is written a third faster than the default, at the same size.
STORAGE = {"storage_compatibility_version": "v1.3.0"}
# A version is for every analyst of this machine whom its folder lets in. An edition is for the processes that serve it:
# who could read the file itself would see a city that the door keeps from them.
VERSION_MODE, EDITION_MODE = 0o444, 0o440
FOLDER_MODE, EDITION_FOLDER_MODE = 0o755, 0o750
# `struct flock` of Linux: type, whence, start, length, process.
_FLOCK = "@hhlli0l"


@dataclass(frozen=True)
class Marts:
    """What there is to publish: the tables of `marts`, and what each published table and column is.

    `descriptions` maps a table's name to its columns' descriptions, and None to its own.
    """

    tables: Sequence[str]
    descriptions: Mapping[str, Mapping[str | None, str]]


class PublishError(Exception):
    """Nothing was published; `str()` is bilingual and says what to do."""


def publish(
    home: Home,
    build_id: str,
    marts: Marts,
    results: Sequence[GateResult],
    keep: int,
    memory_limit: str | None = None,
    beside: Callable[[Path], None] = lambda _: None,
    is_delta: bool = False,
) -> Path:
    """Copy the working `marts` into a new version, point the link at it, drop versions beyond `keep`.

    After a build of changes (`is_delta`) the new version is the current one with what changed put in its place.

    `beside` makes what has to stand beside the version before any reader is sent to it. Every step before the last
    rename leaves what is published as it was.
    """
    make_folders(home)
    sync(home.root)
    remove_leftovers(home)
    candidate = home.versions / f".{build_id}.tmp"
    before = current_version(home)
    try:
        limit = memory_limit or DEFAULT_MEMORY_LIMIT
        write_version(home.warehouse, candidate, marts, results, before, limit, is_delta)
    except Exception:
        remove_leftovers(home)  # what was written fills a full disk
        raise
    version = home.versions / f"{build_id}.duckdb"
    candidate.chmod(VERSION_MODE)  # before it has its name: nobody is to find it open for writing
    put(candidate, version)
    beside(version)
    point(home, version)
    prune(home, keep)
    close_to_writers(home)
    return version


def write_version(
    working: Path,
    candidate: Path,
    marts: Marts,
    results: Sequence[GateResult],
    before: Path | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    is_delta: bool = False,
) -> None:
    """Write the marts, their descriptions, the gates' results and what changed since `before` into a new database
    file."""
    if is_delta:
        shutil.copyfile(before, candidate)  # the bytes alone: the mode of a version lets nobody write
    with duckdb.connect(str(candidate), config=STORAGE | {"memory_limit": memory_limit}) as con:
        con.execute(f"attach '{_quoted(working)}' as working (read_only)")
        con.execute("create schema if not exists marts")
        kept = _kept(con, marts.tables) if is_delta else {}
        for table, key in kept.items():
            _take_in(con, table, key)
        for table in marts.tables:
            if table not in kept:
                con.execute(f'create or replace table marts."{table}" as select * from working.marts."{table}"')
        _write_gate_results(con, results)
        _write_changes(con, before, is_delta)
        for table, descriptions in marts.descriptions.items():
            if table in kept:
                continue
            for column, description in descriptions.items():
                con.execute(_comment(table, column, description))
        con.execute("update marts.published_version set published_at = ?", [beijing_now()])
        con.execute("detach working")
        con.execute("checkpoint")


def _kept(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> dict[str, str]:
    """The tables that a build of changes altered in place, each with the columns by which its changed rows are named
    (macros/materializations/kept.sql)."""
    rows = con.execute(
        "select table_name, string_agg(column_name, ', ' order by column_index) from duckdb_columns() "
        "where database_name = 'working' and schema_name = 'changed' group by table_name order by table_name"
    ).fetchall()
    return {table: key for table, key in rows if table in tables}


def _take_in(con: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    """Put the changed rows of a kept table in the place of those that the version before had.

    PublishError when the version then has not as many rows as the working file: it was not what that came from.
    """
    is_changed = f'({key}) in (select ({key}) from working.changed."{table}")'
    con.execute(f'delete from marts."{table}" where {is_changed}')
    con.execute(
        f'insert into marts."{table}" by name select * exclude (sign) from working.altered."{table}" '
        f"where sign = 1 and {is_changed}"
    )
    published, made = con.execute(
        f'select (select count(*) from marts."{table}"), (select count(*) from working.marts."{table}")'
    ).fetchone()
    if published != made:
        raise PublishError(
            f"{table} 的新版本有 {published:,} 行,工作库有 {made:,} 行,没有发布任何内容。"
            "请运行 skillsdw build --full 全部重建 / "
            f"the new version has {published:,} rows of {table} and the working file {made:,}: nothing was published. "
            "Run skillsdw build --full, which makes everything anew"
        )


def _comment(table: str, column: str | None, comment: str) -> str:
    subject = f'table marts."{table}"' if column is None else f'column marts."{table}"."{column}"'
    return f"comment on {subject} is '{_quoted(comment)}'"


def _write_gate_results(con: duckdb.DuckDBPyConnection, results: Sequence[GateResult]) -> None:
    con.execute(
        """
        create or replace table marts.gate_result (
          gate varchar, check_name varchar, subject varchar, severity varchar, status varchar, observed varchar,
          unexpected_count bigint, message_zh varchar, message_en varchar, checked_at timestamp
        )
        """
    )
    _insert(con, "gate_result", results, GateResult)


def _write_changes(con: duckdb.DuckDBPyConnection, before: Path | None, is_delta: bool) -> None:
    """What changed since the version before: no row when there is none, or one of another layout."""
    con.execute(f"create or replace table marts.version_change ({COLUMNS})")
    if before is None:
        return
    # What is published must not hang on what was: a version that cannot be read, or is of odd types, is not compared.
    try:
        con.execute(f"attach '{_quoted(before)}' as before (read_only)")
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InvalidInputException):
        return
    if is_comparable(con, "before") and is_comparable(con, "working"):
        with suppress(duckdb.BinderException, duckdb.ConversionException, duckdb.IOException):
            altered = "working.altered.fct_training_session" if is_delta else None
            _insert(con, "version_change", changes(con, "before.marts", "working.marts", altered), Change)
    con.execute("detach before")


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence, kind: type) -> None:
    if rows:
        one = f"({', '.join('?' for _ in fields(kind))})"
        values = [value for row in rows for value in astuple(row)]
        con.execute(f"insert into marts.{table} values {', '.join([one] * len(rows))}", values)


def point(home: Home, version: Path) -> None:
    """Move the link to `version` by one atomic rename, and make the rename last through a power cut."""
    fresh = home.published / f".link-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version.relative_to(home.published))
    if home.link.is_dir() and not home.link.is_symlink():
        raise PublishError(
            f"{home.link} 是一个文件夹,应是指向版本文件的链接。请把它移走后再运行 / "
            f"{home.link} is a folder and should be a link to a version: move it away and run again"
        )
    fresh.replace(home.link)
    sync(home.published)


def current_version(home: Home) -> Path | None:
    """The versioned file that readers are sent to, or None while nothing is published."""
    if not home.link.is_symlink():
        return None
    version = home.link.resolve()
    return version if version.is_file() else None


def make_folders(home: Home) -> None:
    """Make the folders of what is published, which nobody else may write to."""
    home.published.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    home.versions.mkdir(mode=FOLDER_MODE, exist_ok=True)


def published_modes(home: Home) -> Iterator[tuple[Path, int]]:
    """Every published file and folder, with the most that its mode may allow. Hidden files are not published yet."""
    editions = home.published / "editions"
    for path in (home.published, *home.published.rglob("*")):
        if path.is_symlink() or path.name.startswith("."):
            continue
        of_edition = path.is_relative_to(editions)
        if path.is_dir():
            yield path, EDITION_FOLDER_MODE if of_edition else FOLDER_MODE
        elif path.is_file():
            yield path, EDITION_MODE if of_edition else VERSION_MODE


def close_to_writers(home: Home) -> None:
    """Take from published files and folders the rights that they ought not to give, which homes made before this rule
    still do. What belongs to another user stays: skillsdw doctor names it."""
    for path, most in published_modes(home):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o777 & ~most:
                path.chmod(mode & (most | 0o7000))  # a set group bit stays


def versions(home: Home) -> list[Path]:
    """Every published version, oldest first (build ids sort by time)."""
    return sorted(home.versions.glob("*.duckdb")) if home.versions.is_dir() else []


def open_version(
    version: Path, temp_directory: Path | None = None, memory_limit: str = DEFAULT_MEMORY_LIMIT
) -> duckdb.DuckDBPyConnection:
    """Open a published version as everyone who only reads must: read-only alone still lets SQL read any file of this
    machine and write with COPY. What spills goes to `temp_directory`, never beside the versions."""
    limits = {"enable_external_access": "false", "lock_configuration": "true", "threads": "2"}
    limits |= {"memory_limit": memory_limit, "temp_directory": str(temp_directory or "")}
    return duckdb.connect(str(version), read_only=True, config=limits)


def rollback(home: Home, build_id: str | None) -> Path:
    """Point the link at an earlier version: the one named, or the newest before the current one."""
    present = versions(home)
    current = current_version(home)
    if build_id is not None:
        chosen = version_file(home, build_id)
        if fault := version_fault(chosen):
            raise PublishError(
                f"版本 {build_id} 无法读取({fault}),没有改动 / "
                f"Version {build_id} cannot be read ({fault}): nothing changed"
            )
    else:
        earlier = [path for path in present if current is None or path.name < current.name]
        chosen = next((path for path in reversed(earlier) if version_fault(path) is None), None)
        if chosen is None:
            raise PublishError("没有更早的版本可退回 / There is no earlier version to go back to")
    point(home, chosen)
    close_to_writers(home)
    return chosen


def version_file(home: Home, build_id: str) -> Path:
    """The file of a published version; PublishError names those that there are."""
    present = versions(home)
    chosen = home.versions / f"{build_id}.duckdb"
    if chosen not in present:
        names = "、".join(path.stem for path in present) or "—"
        raise PublishError(f"没有版本 {build_id};现有:{names} / No version {build_id}; there are: {names}")
    return chosen


def prune(home: Home, keep: int) -> list[Path]:
    """Remove the oldest versions beyond `keep` with their editions, never the current one nor one that is open.

    One that cannot be read does not count: damaged ones must not push out the last sound one. What is open now goes at
    a later publish.
    """
    current, sound, spare = current_version(home), 1, []
    for path in reversed(versions(home)):
        if path.resolve() == current:
            continue
        if sound >= keep:
            spare.append(path)
        elif version_fault(path) is None:
            sound += 1
    gone = []
    for path in spare:
        editions = home.published / "editions" / path.stem
        if not any(map(is_open, (path, *editions.glob("*.duckdb")))):
            path.unlink()
            shutil.rmtree(editions, ignore_errors=True)
            gone.append(path)
    return gone


def is_open(file: Path) -> bool:
    """Whether another process has the database file open: DuckDB holds a lock of the kernel's on it, for reading, too.

    It is asked for the lock that a writer would need, without taking it: nobody may open a version for writing. Not to
    be asked by a process that has the file open itself, which would lose its own lock.
    """
    wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        with file.open("rb") as handle:
            in_the_way, *_ = struct.unpack(_FLOCK, fcntl.fcntl(handle, fcntl.F_GETLK, wanted))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # not ours to judge
    return in_the_way != fcntl.F_UNLCK


def version_fault(version: Path) -> str | None:
    """Why a published file cannot be served (DuckDB's own words, one line), or None when it opens and answers."""
    try:
        with open_version(version) as con:
            fault = missing_bytes(con, version, "marts")
            con.execute("select build_id from marts.published_version").fetchall()
    except duckdb.ConnectionException:
        return None  # this process has it open otherwise, so it can be read
    except (duckdb.Error, OSError) as error:
        return str(error).splitlines()[0]
    return fault


def leftovers(home: Home) -> list[Path]:
    """What a killed publish left: half-written candidates, their spills and unmoved links, which no reader ever saw."""
    return [*home.versions.glob(".*.tmp*"), *home.published.glob(".link-*")]


def stray_logs(home: Home) -> list[Path]:
    """DuckDB's logs beside published files. A version is whole without one: such a log is of somebody who opened it for
    writing, and who opens the version next is given what that one wrote, or nothing at all."""
    return sorted(path for path in home.published.rglob("*.wal*") if not path.name.startswith("."))


def remove_leftovers(home: Home) -> None:
    """Remove what a killed publish left, and logs that never were ours."""
    for path in (*leftovers(home), *stray_logs(home)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")
