"""Which published version a month's circular is made from: one as of the month's last day, and no other.

A version as of a later day counts what happened after the month, one as of an earlier day lacks part of it. Either
would put one date in the title and another into the figures.
"""

import tempfile
from calendar import monthrange
from collections import namedtuple
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from skillsdw.editions import open_file
from skillsdw.editions.write import EditionError, write_edition
from skillsdw.home import Home, beijing_now
from skillsdw.publish import current_version, open_version, versions


class ReportError(Exception):
    """No circular was written; `str()` is bilingual and says what to do."""


@dataclass(frozen=True)
class Published:
    """An open version, read as the pages read theirs: rows by the columns' names."""

    version: Path
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str, parameters: Sequence | None = None) -> list:
        """The rows of a `select` as named tuples."""
        try:
            answer = self.connection.execute(sql, list(parameters or ()))
        except (duckdb.CatalogException, duckdb.BinderException) as fault:
            raise ReportError(
                f"版本 {self.version.stem} 由旧代码生成,缺少通报所需的表,请重新运行 skillsdw build / Version "
                f"{self.version.stem} is of older code and lacks what the circular reads: run skillsdw build again "
                f"({str(fault).splitlines()[0]})"
            ) from fault
        row = namedtuple("Row", [column[0] for column in answer.description])
        return [row._make(values) for values in answer.fetchall()]


def last_day(month: date) -> date:
    """The last day of a month given by its first."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def version_of(home: Home, month: date) -> Path:
    """The version as of the month's last day: the current one if it is, else the newest of those kept."""
    current = current_version(home)
    present = [*[path for path in versions(home) if path.resolve() != current], *[current] * (current is not None)]
    found = {path: as_of for path in present if (as_of := _as_of(path))}
    wanted = last_day(month)
    for path in reversed(present):
        if found.get(path) == wanted:
            return path
    raise ReportError(_why_none(month, found))


def _as_of(version: Path) -> date | None:
    """The day that a version is as of; None for a file that can't be read, whose month is then not there."""
    try:
        with open_version(version) as connection:
            row = connection.execute("select as_of from marts.published_version").fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def _why_none(month: date, found: dict[Path, date]) -> str:
    wanted = last_day(month)
    if wanted > beijing_now().date():
        return (
            f"{month:%Y-%m} 尚未结束,通报须截至 {wanted};请在该日之后运行 skillsdw build --as-of {wanted} / "
            f"{month:%Y-%m} is not over; its circular is as of {wanted}: run skillsdw build --as-of {wanted} afterwards"
        )
    there = sorted(f"{path.stem} ({as_of})" for path, as_of in found.items())
    return (
        f"没有截至 {wanted} 的版本(现有:{'、'.join(there) or '无'})。请先运行 skillsdw build --as-of {wanted};"
        "它会成为当前版本,之后再运行 skillsdw build 即回到今天 / "
        f"No version is as of {wanted} (there are: {', '.join(there) or 'none'}): run skillsdw build --as-of {wanted} "
        "first; it becomes the current version, and skillsdw build afterwards goes back to today"
    )


@contextmanager
def opened(version: Path):
    """The version, open for reading only."""
    with open_version(version) as connection:
        yield Published(version, connection)


@contextmanager
def as_told(home: Home, version: Path, cities: frozenset[str]):
    """The version as the readers of a circular may know it: a city's own rows and the open figures, or these alone
    for the province, which has no `cities`."""
    with tempfile.TemporaryDirectory(prefix="circular-") as folder:
        told = Path(folder) / "editions" / "told" / version.name
        try:
            write_edition(version, open_file(home, version.stem), told, cities)
        except EditionError as fault:
            raise ReportError(str(fault)) from None
        with opened(told) as published:
            yield replace(published, version=version)
