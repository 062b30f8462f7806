"""How much of a command's memory is DuckDB's: a limit is what all its processes may have together."""

import re

_MB = 1000**2
_UNITS = {"kb": 1000, "mb": 1000**2, "gb": 1000**3, "tb": 1000**4}
_UNITS |= {"kib": 1024, "mib": 1024**2, "gib": 1024**3, "tib": 1024**4}
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?b)", re.IGNORECASE)
# What Python, dbt and Great Expectations hold beside the tables in work, and what DuckDB takes against its own limit:
# at 60,000,000 sessions 7.6 GB of 6.17 in the dearest of three whole builds, 6.9 in the others.
_BESIDES = 900 * _MB
_TAKEN = 1.25


def for_database(limit: str) -> str:
    """The limit for DuckDB, such as "5680MB", when the whole command may have `limit` ("8GB", "7.5GiB"): less what
    stands beside it, but at least half. ValueError when it is no amount."""
    given = _LIMIT.fullmatch(limit)
    if given is None:
        raise ValueError(limit)
    all_of_it = float(given[1]) * _UNITS[given[2].lower()]
    return f"{max((all_of_it - _BESIDES) / _TAKEN, all_of_it / 2) / _MB:.0f}MB"
