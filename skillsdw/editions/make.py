"""Make the editions that somebody may ask for: of every set of cities that access.csv or a valid token names."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from skillsdw.access import AccessFault, cities_named
from skillsdw.editions import edition_file
from skillsdw.editions.write import EditionError, write_edition
from skillsdw.home import Home, beijing_now
from skillsdw.publish import DEFAULT_MEMORY_LIMIT, versions
from skillsdw.share import ShareError, tokens


def wanted(home: Home) -> set[frozenset[str]]:
    """The sets of cities that readers are scoped to now. AccessFault, ShareError for files that are faulty."""
    now = beijing_now()
    of_tokens = {
        frozenset([token.role.city])
        for token in tokens.read(home)
        if token.role.city is not None and token.state(now) == "valid"
    }
    return cities_named(home) | of_tokens


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
            write_edition(version, edition, cities, memory_limit=memory_limit or DEFAULT_MEMORY_LIMIT)
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
