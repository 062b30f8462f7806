"""Make a version's open figures, and the editions that somebody may ask for: of every set of cities that access.csv or
a valid token names."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

import duckdb

from skillsdw.access import AccessFault, cities_named
from skillsdw.disclosure.ledger import closed_month
from skillsdw.disclosure.open_file import write_open_file
from skillsdw.disclosure.secret import SecretFault, rounding_secret
from skillsdw.durable import put
from skillsdw.editions import edition_file, open_file
from skillsdw.editions.setting import least_persons
from skillsdw.editions.write import EditionError, write_edition
from skillsdw.home import Home, beijing_now
from skillsdw.publish import DEFAULT_MEMORY_LIMIT, EDITION_FOLDER_MODE, EDITION_MODE, versions
from skillsdw.share import ShareError, tokens
from skillsdw.state import code_digest


def wanted(home: Home) -> set[frozenset[str]]:
    """The sets of cities that readers are scoped to now. AccessFault, ShareError for files that are faulty."""
    now = beijing_now()
    of_tokens = {
        frozenset([token.role.city])
        for token in tokens.read(home)
        if token.role.city is not None and token.state(now) == "valid"
    }
    return cities_named(home) | of_tokens


def make_open_figures(home: Home, version: Path, compiled: Path, as_of: date, memory_limit: str | None) -> list[str]:
    """Write the open figures of a version from the working file that it was published from and the models as dbt
    compiled them, or take over those of the version before while no month has closed since.

    A sentence when that was not possible: planners must not wait for what cities and circulars need.
    """
    file, month, made_by = open_file(home, version.stem), closed_month(as_of), code_digest()
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=EDITION_FOLDER_MODE, parents=True, exist_ok=True)
    candidate = file.with_name(f".{file.stem}.tmp")
    candidate.unlink(missing_ok=True)
    try:
        for other in sorted(file.parent.parent.glob(f"*/{file.name}"), reverse=True):
            if _refreshed_for(other) == (month, made_by):
                shutil.copyfile(other, candidate)
                break
        else:
            limit = memory_limit or DEFAULT_MEMORY_LIMIT
            secret = rounding_secret(home)
            least = least_persons()
            write_open_file(home.warehouse, home.ledger, candidate, compiled, secret, as_of, least, made_by, limit)
        candidate.chmod(EDITION_MODE)
        put(candidate, file)
    except duckdb.IOException:  # a full disk ends the build, as it would a moment later
        raise
    except SecretFault as fault:
        return [str(fault)]
    except (duckdb.Error, FileNotFoundError) as fault:
        said = str(fault).splitlines()[0]
        return [
            f"没有生成公开数,分市版本和通报因此不能生成({said}) / No open figures were made: editions and circulars "
            f"cannot be either ({said})"
        ]
    finally:
        candidate.unlink(missing_ok=True)
        for folder in (file.parent, file.parent.parent):
            with suppress(OSError):  # there is something in it
                folder.rmdir()
    return []


def _refreshed_for(file: Path) -> tuple[date, str] | None:
    """The month and the code of a file of open figures; None for one that cannot be read."""
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            return con.execute("select closed_month, made_by from standard.refresh").fetchone()
    except duckdb.Error:
        return None


def make_editions(home: Home, version: Path, memory_limit: str | None, progress: Callable[[str], None]) -> list[str]:
    """Write every edition of `version` that is wanted; a sentence for each that could not be.

    Readers who are scoped to it are told so; planners must not wait for a line of access.csv to be put right.
    """
    try:
        readers = wanted(home)
    except (AccessFault, ShareError) as fault:
        return [f"未生成分市版本 / No editions were written: {fault}"]
    return [str(fault) for fault in make(home, version, readers, memory_limit, progress)]


def make(
    home: Home,
    version: Path,
    readers: Iterable[frozenset[str]],
    memory_limit: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[EditionError]:
    """Write the editions of `version` that are missing; what could not be written, which those readers will be told.

    One set of cities that is wrong must not keep the others from their edition.
    """
    faults = []
    for cities in sorted(readers, key=sorted):
        edition = edition_file(home, version.stem, cities)
        if edition.is_file():
            continue
        progress(f"分市版本 / Edition {'+'.join(sorted(cities))}")
        try:
            source = open_file(home, version.stem)
            write_edition(version, source, edition, cities, memory_limit or DEFAULT_MEMORY_LIMIT)
        except EditionError as fault:
            faults.append(fault)
    return faults


def remove_orphans(home: Home) -> list[Path]:
    """Remove the editions of versions that are gone; the folders that were removed."""
    kept = {version.stem for version in versions(home)}
    folder = home.published / "editions"
    gone = [path for path in folder.iterdir() if path.name not in kept] if folder.is_dir() else []
    for path in gone:
        shutil.rmtree(path)
    return gone
