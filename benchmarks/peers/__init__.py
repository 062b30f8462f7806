"""The same work as `benchmarks/by_hand.py` as a user would otherwise have it, each with the tools of its own.

A peer is a module with `run(landing, out, as_of, key, memory_limit)` that writes the cube to `out` as Parquet and
returns seconds by phase (read, walk, outcomes, cube); `python -m benchmarks.peers.NAME` runs it as a process. The
runner compares every row of every cube with the hand-written script's.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[[Path, Path, str, bytes, str], dict[str, float]]

PUBLIC = ("employment_subsidy", "special_account", "unemployment_insurance", "cost_sharing")
NOT_PRIORITY = ("enterprise_employee", "other")
DIMENSIONS = ("year", "city_code", "industry_code", "trainee_group")
MEASURES = ("counted_sessions", "priority_sessions", "persons", "priority_persons")
MOST_TIMES = 3  # subsidised sessions of a person
EXTRACTS = ("enrollment", "certification", "employment", "institution")


def command(run: Run) -> None:
    """The command line of a peer: prints the seconds by phase as JSON."""
    parser = argparse.ArgumentParser(description=run.__doc__)
    parser.add_argument("landing", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("as_of")
    parser.add_argument("key", type=Path)
    parser.add_argument("memory_limit")
    given = parser.parse_args()
    print(json.dumps(run(given.landing, given.out, given.as_of, given.key.read_bytes(), given.memory_limit)))


def walk(people: list, years: list, levels: list, are_downgrades: list) -> list[bool]:
    """Which sessions count, in the order of each person's sessions: for peers without a recursive query.

    One list entry a session, sorted by person, end and number. A person counts once a year, `MOST_TIMES` in all, and
    never twice for one occupation and level.
    """
    counted, person, used, last_year, had = [], None, 0, None, set()
    for who, year, level, is_downgrade in zip(people, years, levels, are_downgrades, strict=True):
        if who != person:
            person, used, last_year, had = who, 0, None, set()
        counts = not is_downgrade and used < MOST_TIMES and last_year != year and level not in had
        if counts:
            used, last_year = used + 1, year
            if level is not None:
                had.add(level)
        counted.append(counts)
    return counted
