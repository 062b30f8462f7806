"""Editions: what one city, or a few together, may see of a published version, as a file of its own.

A scope is a file, not a filter: what others may not see is not in what they have open, so that no page, address,
download or query gets around it.
"""

from pathlib import Path

from skillsdw.home import Home


def edition_file(home: Home, build_id: str, cities: frozenset[str]) -> Path:
    """Where the edition of a version for these cities stands."""
    return home.published / "editions" / build_id / f"{'+'.join(sorted(cities))}.duckdb"


def open_file(home: Home, build_id: str) -> Path:
    """Where a version's open figures stand, from which its editions and circulars are made."""
    return home.published / "editions" / build_id / "open.duckdb"
