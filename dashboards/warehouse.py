"""The published warehouse as a page reads it: the version that the link names now, open for reading only.

A publish moves `published/warehouse.duckdb` to another file. A connection to the link itself would keep the
old rows for ever, so every run of a page resolves the link first and opens the versioned file behind it.

A reader who may not see the province reads an edition of that version, a file of its own (`skillsdw/editions`). What is
kept is kept by file, so no reader is ever given what was asked for another.
"""

import os
import threading
import time
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from skillsdw.access import Access
from skillsdw.editions import edition_file
from skillsdw.home import Home


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


IDLE = 30.0  # seconds after which a file that nobody asks is closed: a publish removes old ones that nobody has open
MEMORY = "512MB"  # of a file: pages read tables of their own grain, and there may be an edition a city


class _Connections:
    """The one connection of this process to each file; `housekeeping` closes those not asked for `IDLE` seconds.

    Closing is safe while a query runs: each runs on a cursor, a connection of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[duckdb.DuckDBPyConnection, float]] = {}

    def cursor(self, version: str) -> duckdb.DuckDBPyConnection:
        """A connection to the file for one query."""
        with self._lock:
            found = self._open.get(version)
            con = found[0] if found else self._connect(version)
            self._open[version] = (con, time.monotonic())
            return con.cursor()

    def files(self) -> list[str]:
        """The files that are open now."""
        with self._lock:
            return list(self._open)

    def close_idle(self, idle: float = IDLE) -> None:
        """Close what nobody has asked for `idle` seconds."""
        with self._lock:
            for version, (con, asked) in list(self._open.items()):
                if time.monotonic() - asked >= idle:
                    del self._open[version]
                    con.close()

    @staticmethod
    def _connect(version: str) -> duckdb.DuckDBPyConnection:
        # read_only alone still lets SQL read any file of this machine and write with COPY.
        limits = {"enable_external_access": "false", "lock_configuration": "true", "threads": "2"}
        return duckdb.connect(version, read_only=True, config=limits | {"memory_limit": MEMORY})


connections = _Connections()


MOST_ROWS = 5_000  # of one answer: a page reads tables at its own grain, never a fact's
ANSWERS_KEPT = 512


# A version never changes, so its path, the text and the parameters say all that an answer depends on.
@lru_cache(maxsize=ANSWERS_KEPT)
def _answer(version: str, sql: str, parameters: tuple) -> tuple:
    with connections.cursor(version) as cursor:
        answer = cursor.execute(sql, list(parameters))
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


def published(access: Access) -> Warehouse:
    """What the reader may see of the version that is current at this moment, or `Unavailable`."""
    version = current_version(home())
    if access.cities is None:
        return Warehouse(version)
    edition = edition_file(Home(home()), version.stem, access.cities)
    if not edition.is_file():
        raise Unavailable("no_edition", "+".join(sorted(access.cities)))
    return Warehouse(edition)
