"""The published warehouse as a page reads it: the version that the link names now, open for reading only.

A publish moves `published/warehouse.duckdb` to another file. A connection to the link itself would keep the
old rows for ever, so every run of a page resolves the link first and opens the versioned file behind it.
"""

import os
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import streamlit as st


class Unavailable(Exception):
    """No version can be read. `reason` is a member of the words `nothing.*`, `detail` a path or message."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def home() -> Path:
    """The folder that holds `published/`: SKILLSDW_HOME, else `data` under the working directory."""
    return Path(os.environ.get("SKILLSDW_HOME", "data"))


def current_version(at: Path) -> Path:
    """The file that the link of the home `at` names now."""
    link = at / "published" / "warehouse.duckdb"
    if not link.is_symlink() and not link.exists():
        raise Unavailable("not_published", str(at.absolute()))
    try:
        return link.resolve(strict=True)
    except (OSError, RuntimeError) as fault:  # a link to nowhere, or to itself
        raise Unavailable("broken_link", str(link.absolute())) from fault


# Two entries: while a publish is fresh, runs that began on the old version finish on it. Closing the
# evicted connection is safe even then, because every query runs on a cursor, a connection of its own.
@st.cache_resource(max_entries=2, show_spinner=False, on_release=duckdb.DuckDBPyConnection.close)
def _connection(version: str) -> duckdb.DuckDBPyConnection:
    """The one connection of this process to the file `version`."""
    # read_only alone still lets SQL read any file of this machine and write with COPY.
    limits = {"enable_external_access": "false", "lock_configuration": "true", "threads": "2"}
    return duckdb.connect(version, read_only=True, config=limits)


MOST_ROWS = 5_000  # of one answer: a page reads tables at its own grain, never a fact's
ANSWERS_KEPT = 512


# A version never changes, so its path, the text and the parameters say all that an answer depends on.
@lru_cache(maxsize=ANSWERS_KEPT)
def _answer(version: str, sql: str, parameters: tuple) -> tuple:
    answer = _connection(version).cursor().execute(sql, list(parameters))
    row = namedtuple("Row", [column[0] for column in answer.description])
    found = answer.fetchmany(MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} rows for a page: {sql}")
    return tuple(row._make(values) for values in found)


@dataclass(frozen=True)
class Warehouse:
    """One published version. It stays the same for a whole run of a page, whatever is published meanwhile."""

    version: Path

    @property
    def link(self) -> Path:
        """The link that always names the current version; the file itself where no link leads to it."""
        link = self.version.parent.parent / "warehouse.duckdb"
        return link.absolute() if link.exists() else self.version

    def rows(self, sql: str, parameters: Sequence | None = None) -> list:
        """The rows of a `select`, as named tuples with the columns' names; at most `MOST_ROWS`, and kept."""
        try:
            return list(_answer(str(self.version), sql, tuple(parameters or ())))
        except (duckdb.CatalogException, duckdb.BinderException) as fault:
            raise Unavailable("old_version", f"{self.version.name}: {_first_line(fault)}") from fault
        except duckdb.Error as fault:
            raise Unavailable("unreadable", f"{self.version.name}: {_first_line(fault)}") from fault


def _first_line(fault: Exception) -> str:
    return str(fault).splitlines()[0]


def published() -> Warehouse:
    """The version that is current at this moment, or `Unavailable`."""
    return Warehouse(current_version(home()))
