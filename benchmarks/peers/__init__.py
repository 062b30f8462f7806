"""The same work as `benchmarks/by_hand.py` as a user would otherwise have it, each with the tools of its own.

A peer is a module with `run(landing, out, as_of, key, memory_limit)` that writes its `TABLES` into folder `out`
(Parquet or CSV) and returns seconds by phase (read, rules, facts, counts); `python -m benchmarks.peers.NAME` runs it as
a process. The runner compares every row of those tables with the hand-written script's.
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
KEYS = {
    "enrollment": ["enrollment_id"],
    "certification": ["certificate_no"],
    "employment": ["record_id"],
    "institution": ["institution_uscc", "licence_from"],
}
DATES = {
    "enrollment": ["start_date", "end_date"],
    "certification": ["issued_on"],
    "employment": ["evidence_from", "evidence_to"],
    "institution": ["licence_from", "licence_to"],
}
TAKEN_OUT = "taken out"  # the phase that is not the work: what only the comparison needs
TABLES = ("training_session", "certification", "employment", "rule_violation", "progress", "cube")
OWN_RULES = ("hours_min", "fund_match", "ui_only", "project_employer", "licence")
WALK_RULES = ("annual_cap", "lifetime_cap", "repeat", "downgrade")
FACT = (
    *("enrollment_id", "person_key", "class_id", "institution_uscc", "city_code", "county_code", "industry_code"),
    *("occupation_code", "skill_level", "training_type", "programme", "trainee_group", "is_priority"),
    *("funding_source", "park_code", "project_id", "start_date", "end_date", "end_month", "year", "class_hours"),
    *("status", "is_subsidised", "is_completed", "is_counted", "violations", "is_certified", "certified_on"),
    "employment_status",
)
PROGRESS = ("year", "end_month", "city_code", "industry_code", "trainee_group")


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


def walk(people: list, years: list, levels: list, are_downgrades: list) -> tuple[list[bool], list[bool], list[bool]]:
    """Which of the caps each session breaks, in the order of each person's sessions: for peers without recursion.

    One list entry a session, sorted by person, end and number; three lists: a second session in the year, one beyond
    `MOST_TIMES` in all, one for an occupation and level that the person has had. What breaks any uses nothing up.
    """
    annual, lifetime, repeated = [], [], []
    person, used, last_year, had = None, 0, None, set()
    for who, year, level, is_downgrade in zip(people, years, levels, are_downgrades, strict=True):
        if who != person:
            person, used, last_year, had = who, 0, None, set()
        broken = (last_year == year, used >= MOST_TIMES, level in had)
        annual.append(broken[0])
        lifetime.append(broken[1])
        repeated.append(broken[2])
        if not is_downgrade and not any(broken):
            used, last_year = used + 1, year
            if level is not None:
                had.add(level)
    return annual, lifetime, repeated
