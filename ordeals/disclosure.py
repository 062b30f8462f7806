"""The attacker: somebody of one city who takes all that its edition tells, and solves for the others' small counts.

It knows what every analyst may know, the dictionary: which columns count what, and which rows add up to which. From
the file alone it writes down every number as an equation in the counts of the other cities, and solves: first the
linear system (what is determined exactly), then the same with what counts are, not below nothing and no more than the
whole that they are part of (what the bounds leave but one number for). It is written apart from `skillsdw/editions`,
whose work it tries to undo.
"""

import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ordeals.trial import Trial
from skillsdw.editions.cover import Table
from skillsdw.editions.write import write_edition
from skillsdw.home import PROJECT, Home
from skillsdw.publish import current_version

AREA = "disclosure"
LEAST = 10  # what the specification promises, whatever the project's setting says
_ALMOST = 1e-7

Cell = tuple[str, int, str, str, str]  # measure, plan year, city, dimension, member

# Measures that are part of others of the same cell.
WHOLES_OF = {
    "certified": ("counted",),
    "priority": ("counted",),
    "due": ("counted",),
    "employed": ("due", "settled"),
    "settled": ("due",),
    "uncounted": ("subsidised",),
    "persons": ("counted",),
    "priority_persons": ("persons", "priority"),
    "records": ("subsidised", "uncounted"),  # of a rule that makes a session count for nothing
    "payments_at_fault": ("asked",),
    "counted_by_then": ("counted",),
    "priority_by_then": ("priority", "counted_by_then"),
}
_ADDS_UP = {"industry", "group", "type", "month"}

# Columns of whole numbers that are no counts of persons.
NOT_PERSONS = {
    *("plan_year", "calendar_year", "month_of_year", "sort_order", "batch_id", "step_order", "item_rank", "row_number"),
    *("population_2020", "peer_population_2020", "target_sessions", "peer_rank", "gap_rank", "days_behind", "files"),
    *("late_after_days", "attainment_rank", "months_since", "sessions_change"),
}


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """The attack on editions of one city and of several, with suppression off, half done, and on."""
    chance = random.Random(seed)
    home = _published(scratch / "home", 60_000 if full else 6_000, seed)
    version = current_version(home)
    with duckdb.connect(str(version), read_only=True) as con:
        cities = [code for (code,) in con.execute("select city_code from marts.dim_city order by 1").fetchall()]
    readers = [frozenset([city]) for city in (cities if full else chance.sample(cities, 1))]
    readers += [frozenset(chance.sample(cities, size)) for size in ((2, 5, 9, 12) if full else (3,))]
    found = {"off": Counter(), "half": Counter(), "on": Counter()}
    cells = 0
    for reader in readers:
        for how in found:
            edition = scratch / f"{how}.duckdb"
            with _suppression(how):
                write_edition(version, edition, reader, least=1 if how == "off" else LEAST)
            if how == "off":
                truth = read(edition)
            given = attack(edition, truth, chance=chance, bounded=0 if how != "on" else (10_000 if full else 20))
            found[how].update(each.how for each in [*given, *lone(edition, version)])
        cells += sum(1 for cell in truth.value if cell[2] not in reader)
    of = f"{len(readers)} editions, {cells:,} counts of other cities"
    for how, what, holds in (
        ("off", "the attacker on editions without suppression", lambda seen: seen["shown"] > 100),
        ("half", "the attacker where small counts hide and nothing hides with them", lambda seen: seen["solved"] > 0),
        ("on", "the attacker on editions", lambda seen: not seen.total()),
    ):
        promise = "finds none" if how == "on" else "finds small counts (else it proves nothing)"
        told = ", ".join(f"{count:,} {way}" for way, count in sorted(found[how].items())) or "none"
        yield Trial(AREA, what, promise, len(readers), f"{of}: {told}", holds(found[how]))


@contextmanager
def _suppression(how: str) -> Iterator[None]:
    """`half`: only what is small hides, as suppression without complements would have it."""
    whole = Table.cover
    if how == "half":
        Table.cover = Table.primary
    try:
        yield
    finally:
        Table.cover = whole


def _published(at: Path, sessions: int, seed: int) -> Home:
    """A home with a sample province, landed, built and published by the commands that people type."""
    skillsdw = [sys.executable, "-m", "skillsdw"]
    size = ["--sessions", str(sessions), "--seed", str(seed)]
    for words, good in (
        (["sample", *size, "--out", str(at / "landing"), "--from", "2024-01-01", "--to", "2026-10-31"], {0}),
        (["land", "--home", str(at)], {0, 3}),
        (["build", "--home", str(at), "--as-of", "2026-10-31"], {0}),
    ):
        done = subprocess.run([*skillsdw, *words], cwd=PROJECT, capture_output=True, text=True)
        if done.returncode not in good:
            raise RuntimeError(f"{words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
    return Home(at)


@dataclass
class Knowledge:
    """What one edition tells: the number of a cell, and sums of cells."""

    own: set[str]
    others: list[str]
    value: dict[Cell, float] = field(default_factory=dict)
    sums: list[tuple[list[Cell], float]] = field(default_factory=list)

    def knows(self, measure: str, year: int, city: str, dimension: str, member: str, value: float | None) -> None:
        if value is not None:
            self.value[measure, int(year), city, dimension, str(member)] = float(value)


def read(edition: Path) -> Knowledge:
    """Every number of the edition that tells of a city's counts, from whichever table has it."""
    with duckdb.connect(str(edition), read_only=True) as con:
        (cities,) = con.execute("select cities from marts.edition").fetchone()
        known = Knowledge(set(cities.split("+")), [])
        known.others = [
            code for (code,) in con.execute("select city_code from marts.dim_city").fetchall() if code not in known.own
        ]
        # What is reckoned from other figures comes after them.
        for rows in (_scopes, _persons, _scorecards, _parts, _courses, _rules, _before, _changes, _gaps, _named):
            rows(con, known)
    return known


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def _member(industry: str, group: str, training_type: str) -> tuple[str, str] | None:
    cut = [
        (dimension, code)
        for dimension, code in (("industry", industry), ("group", group), ("type", training_type))
        if code != "ALL"
    ]
    return (cut or [("total", "ALL")])[0] if len(cut) < 2 else None


def _outcomes(
    known: Knowledge, where: tuple, counted, certified, due, employed, settled=None, rates=(None, None)
) -> None:
    known.knows("counted", *where, counted)
    known.knows("certified", *where, certified)
    known.knows("due", *where, due)
    known.knows("employed", *where, employed)
    # A rate tells its numerator where the denominator stands elsewhere, and the other way round.
    for part, whole, rate in (("certified", "counted", rates[0]), ("employed", "due", rates[1])):
        if rate is not None and (whole, *where) in known.value:
            known.knows(part, *where, round(rate * known.value[whole, *where]))
    # Of those due, whose proof is awaited is told by the share that is settled.
    if settled is not None and ("due", *where) in known.value:
        known.knows("settled", *where, round(settled * known.value["due", *where]))


def _scopes(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    for year, city, industry, group, kind, *counts in _rows(
        con,
        """
        select plan_year, city_code, industry_code, trainee_group, training_type, counted_sessions,
          certified_sessions, due_sessions, employed_sessions, observation_complete, certification_rate, employment_rate
        from marts.outcome_scope
        """,
    ):
        if place := _member(industry, group, kind):
            _outcomes(known, (year, city, *place), *counts[:5], rates=counts[5:])
    for year, city, industry, group, kind, dimension, code, *counts in _rows(
        con,
        """
        select plan_year, city_code, industry_code, trainee_group, training_type, dimension, member_code,
          counted_sessions, certified_sessions, due_sessions, employed_sessions, observation_complete,
          certification_rate, employment_rate
        from marts.outcome_part
        """,
    ):
        scope = {"city": city, "industry": industry, "group": group, "type": kind} | {dimension: code}
        if place := _member(scope["industry"], scope["group"], scope["type"]):
            _outcomes(known, (year, scope["city"], *place), *counts[:5], rates=counts[5:])


def _persons(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    for year, city, industry, group, persons, priority_persons, counted, priority in _rows(
        con,
        """
        select plan_year, city_code, industry_code, trainee_group, persons, priority_persons, counted_sessions,
          priority_sessions
        from marts.headcount
        """,
    ):
        if place := _member(industry, group, "ALL"):
            _heads(known, (year, city, *place), persons, priority_persons, counted, priority)
    for year, city, industry, *heads in _rows(
        con,
        """
        select plan_year, city_code, industry_code, persons, priority_persons, counted_sessions, priority_sessions
        from marts.priority_scope
        """,
    ):
        _heads(known, (year, city, *_member(industry, "ALL", "ALL")), *heads)
    for year, city, group, is_priority, persons, counted in _rows(
        con,
        "select plan_year, city_code, trainee_group, is_priority, persons, counted_sessions from marts.priority_part",
    ):
        part = (persons, counted) if is_priority else (0, 0)
        if persons is not None:
            _heads(known, (year, city, "group", group), persons, part[0], counted, part[1])


def _heads(known: Knowledge, where: tuple, persons, priority_persons, counted, priority) -> None:
    known.knows("counted", *where, counted)
    known.knows("priority", *where, priority)
    if where[0]:  # nobody is counted twice in a plan year: persons are sessions
        known.knows("counted", *where, persons)
        known.knows("priority", *where, priority_persons)
    else:
        known.knows("persons", *where, persons)
        known.knows("priority_persons", *where, priority_persons)


def _scorecards(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    whole = ("total", "ALL")
    for year, city, counted, persons, priority_persons, share in _rows(
        con,
        """
        select plan_year, city_code, counted_sessions, persons, priority_persons, priority_share_persons
        from marts.city_scorecard
        """,
    ):
        _heads(known, (year, city, *whole), persons, priority_persons, counted, None)
        if share is not None and counted:
            known.knows("priority", year, city, *whole, round(share * counted))
    for year, city, subsidised, counted, uncounted in _rows(
        con,
        """
        select plan_year, city_code, subsidised_sessions, counted_sessions, uncounted_sessions
        from marts.uncounted_scope
        """,
    ):
        known.knows("subsidised", year, city, *whole, subsidised)
        known.knows("counted", year, city, *whole, counted)
        known.knows("uncounted", year, city, *whole, uncounted)
    parts = {
        "certification_rate": ("certified", "counted"),
        "employment_rate": ("employed", "due"),
        "violation_rate": ("uncounted", "subsidised"),
        "priority_share_persons": ("priority", "counted"),
    }
    for year, city, measure, numerator, denominator in _rows(
        con, "select plan_year, city_code, measure, numerator, denominator from marts.city_funnel"
    ):
        if measure in parts:
            known.knows(parts[measure][0], year, city, *whole, numerator)
            known.knows(parts[measure][1], year, city, *whole, denominator)
    for year, city, measure, sessions, observed in _rows(
        con, "select plan_year, city_code, measure, sessions, observed_sessions from marts.city_standardised"
    ):
        known.knows(parts[measure][0], year, city, *whole, observed)
        known.knows(parts[measure][1], year, city, *whole, sessions)
    for year, city, counted in _rows(con, "select plan_year, city_code, counted_sessions from marts.city_pace"):
        known.knows("counted", year, city, *whole, counted)
    for year, counted, priority in _rows(
        con, "select plan_year, counted_sessions, priority_sessions from marts.target_progress"
    ):
        known.knows("counted", year, "ALL", *whole, counted)
        known.knows("priority", year, "ALL", *whole, priority)
    for year, counted, uncounted in _rows(
        con, "select plan_year, sessions, lost_sessions from marts.session_funnel where step = 'eligible'"
    ):
        known.knows("counted", year, "ALL", *whole, counted)
        known.knows("uncounted", year, "ALL", *whole, uncounted)
    for year, certified in _rows(con, "select plan_year, sessions from marts.session_funnel where step = 'certified'"):
        known.knows("certified", year, "ALL", *whole, certified)
    for year, step, persons, priority in _rows(
        con, "select plan_year, step, total_count, priority_count from marts.priority_bridge where city_code = 'ALL'"
    ):
        if step == "persons":
            _heads(known, (year, "ALL", *whole), persons, priority, None, None)
        elif step == "other_repeats":
            _heads(known, (year, "ALL", *whole), None, None, persons, priority)
    for city, per_10k, population in _rows(
        con,
        """
        select city_code, sessions_per_10k, population_2020 from marts.city_peer
        union
        select peer_code, peer_sessions_per_10k, peer_population_2020 from marts.city_peer
        """,
    ):
        known.knows("counted", 0, city, *whole, round(per_10k * population / 1e4))


def _parts(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    for year, city, code, counted, share in _rows(
        con, "select plan_year, city_code, industry_code, counted_sessions, counted_share from marts.industry_scope"
    ):
        total = known.value.get(("counted", year, city, "total", "ALL"))
        if counted is None and share is not None and total:
            counted = round(share * total)
        if code != "IN_PLAN":
            known.knows("counted", year, city, *_member(code, "ALL", "ALL"), counted)
        elif counted is not None and total is not None:
            known.knows("counted", year, city, "industry", "OTHER", total - counted)
    for table, numbers in (
        ("priority_change", "counted_sessions, round(own_share * counted_sessions)"),
        ("priority_contribution", "counted_sessions, priority_sessions"),
    ):
        for year, dimension, code, counted, priority in _rows(
            con, f"select plan_year, dimension, code, {numbers} from marts.{table}"
        ):
            place = {
                "city": (code, "total", "ALL"),
                "industry": ("ALL", "industry", code),
                "trainee_group": ("ALL", "group", code),
            }[dimension]
            known.knows("counted", year, *place, counted)
            known.knows("priority", year, *place, priority)


def _courses(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    for year, month, city, *counts in _rows(
        con,
        """
        select plan_year, end_month, city_code, counted_sessions, certified_sessions, due_sessions, employed_sessions,
          observation_complete
        from marts.outcome_month
        """,
    ):
        _outcomes(known, (year, city, "month", month), *counts)
    to_date = defaultdict(list)
    for year, month, city, counted, priority, all_, all_priority in _rows(
        con,
        """
        select plan_year, end_month, city_code, counted_sessions, priority_sessions, counted_to_date, priority_to_date
        from marts.priority_month
        order by plan_year, city_code, end_month
        """,
    ):
        known.knows("counted", year, city, "month", month, counted)
        known.knows("priority", year, city, "month", month, priority)
        to_date[year, city].append(str(month))
        for measure, reached in (("counted", all_), ("priority", all_priority)):
            if reached is not None:
                cells = [(measure, year, city, "month", passed) for passed in to_date[year, city]]
                known.sums.append((cells, float(reached)))
    for year, month, counted in _rows(
        con, "select plan_year, end_month, counted_sessions from marts.progress_month where counted_sessions > 0"
    ):
        known.knows("counted", year, "ALL", "month", month, counted)
    for year, month, counted, certified in _rows(
        con,
        """
        select plan_year, end_month, counted_sessions, certified_sessions from marts.outcome_cohort
        where city_code = 'ALL'
        """,
    ):
        known.knows("counted", year, "ALL", "month", month, counted)
        known.knows("certified_by_then", year, "ALL", "month", month, certified)
    _month_that_runs(con, known)


def _month_that_runs(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    """What stood at the end of last month, as points of the province's share, leaves the priority sessions since."""
    ((as_of,),) = _rows(con, "select as_of from marts.published_version")
    before = as_of.replace(day=1)
    rows = _rows(
        con,
        """
        select plan_year, code, priority_sessions, share_points_before from marts.priority_contribution
        where dimension = 'city' and share_points_before is not null
        """,
    )
    for year, city, priority, points in rows:
        own = next((row for row in rows if row[0] == year and row[1] in known.own and row[3]), None)
        if year == before.year and own is not None:
            running = ("priority", year, own[1], "month", str(before))
            earlier = own[2] - known.value.get(running, 0.0)
            known.knows("priority", year, city, "month", before, round(priority - points * earlier / own[3]))


def _rules(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    measures = {"ineligible": "records", "payment": "payments_at_fault"}
    for year, city, rule, severity, records, assessed, asked in _rows(
        con,
        """
        select plan_year, city_code, rule_code, severity, records, assessed_sessions, assessed_payments
        from marts.rule_scope
        """,
    ):
        known.knows("asked", year, city, "rule", rule, asked)
        known.knows(measures.get(severity, "warnings"), year, city, "rule", rule, records)
        known.knows("subsidised", year, city, "total", "ALL", assessed)
    for year, city, rule, lost in _rows(
        con, "select plan_year, city_code, rule_code, lost_sessions from marts.city_rule_loss"
    ):
        known.knows("records", year, city, "rule", rule, lost)
    for year, rule, lost in _rows(
        con, "select plan_year, cause, lost_sessions from marts.funnel_loss where step = 'eligible'"
    ):
        known.knows("records", year, "ALL", "rule", rule, lost)


def _before(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    """The same days of the year before, as a measure of that year: what is left to its whole came after that day."""
    for year, city, industry, counted, priority in _rows(
        con,
        """
        select plan_year, city_code, industry_code, sessions_before, priority_before
        from marts.priority_scope
        where sessions_before is not null
        """,
    ):
        place = _member(industry, "ALL", "ALL")
        known.knows("counted_by_then", year - 1, city, *place, counted)
        known.knows("priority_by_then", year - 1, city, *place, priority)
    for year, city, code, counted in _rows(
        con, "select plan_year, city_code, industry_code, sessions_before from marts.industry_scope"
    ):
        if code != "IN_PLAN":
            known.knows("counted_by_then", year - 1, city, *_member(code, "ALL", "ALL"), counted)
    for year, city, group, is_priority, part in _rows(
        con, "select plan_year, city_code, trainee_group, is_priority, part_before from marts.priority_part"
    ):
        total = known.value.get(("counted_by_then", year - 1, city, "total", "ALL"))
        if part is not None and total:
            known.knows("counted_by_then", year - 1, city, "group", group, round(part * total))
            known.knows("priority_by_then", year - 1, city, "group", group, round(part * total) * is_priority)
    for year, dimension, code, counted, share in _rows(
        con, "select plan_year, dimension, code, sessions_before, own_share_before from marts.priority_change"
    ):
        place = (code, "total", "ALL") if dimension == "city" else ("ALL", "industry", code)
        known.knows("counted_by_then", year - 1, *place, counted)
        known.knows("priority_by_then", year - 1, *place, round((share or 0) * counted))
    # Of a year that is over, the same days of the year before are that year.
    for (year,) in _rows(
        con,
        """
        select distinct plan_year from marts.priority_scope
        where month(before_until_day) = 12 and day(before_until_day) = 31
        """,
    ):
        for (measure, of, *place), value in list(known.value.items()):
            if of == year - 1 and measure.endswith("_by_then"):
                known.knows(measure.removesuffix("_by_then"), of, *place, value)


def _changes(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    """A figure is the one before and its change, whichever two of the three are shown."""
    for year, city, code, before, change in _rows(
        con,
        """
        select plan_year, city_code, industry_code, sessions_before, sessions_change from marts.industry_scope
        where sessions_change is not null
        """,
    ):
        place = _member(code, "ALL", "ALL")
        now = known.value.get(("counted", year, city, *place))
        if code != "IN_PLAN" and before is not None:
            known.knows("counted", year, city, *place, before + change)
        elif code != "IN_PLAN" and now is not None:
            known.knows("counted_by_then", year - 1, city, *place, now - change)
    for year, city, group, before, now, change in _rows(
        con,
        """
        select plan_year, city_code, trainee_group, part_before, part, part_change from marts.priority_part
        where part_change is not null
        """,
    ):
        total = known.value.get(("counted", year, city, "total", "ALL"))
        total_before = known.value.get(("counted_by_then", year - 1, city, "total", "ALL"))
        if before is not None and total:
            known.knows("counted", year, city, "group", group, round((before + change) * total))
        if now is not None and total_before:
            known.knows("counted_by_then", year - 1, city, "group", group, round((now - change) * total_before))
    for year, city, industry, before, change in _rows(
        con,
        """
        select plan_year, city_code, industry_code, share_before, share_change
        from marts.priority_scope where share_change is not null
        """,
    ):
        place = _member(industry, "ALL", "ALL")
        total = known.value.get(("counted", year, city, *place))
        if total and before is not None:
            known.knows("priority", year, city, *place, round((before + change) * total))


def _gaps(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    """What is lacking down to a rank, less that down to the one before, is what the city of a missing rank lacks.

    Which city it is: the one whose target makes a whole number of sessions of it.
    """
    targets = {
        (year, city): target
        for year, city, target in _rows(con, "select plan_year, city_code, target_sessions from marts.city_scorecard")
    }
    shown: dict[int, list[tuple]] = defaultdict(list)
    for year, *row in _rows(
        con,
        """
        select plan_year, city_code, gap_rank, gap_sessions, gap_share, gap_share_so_far,
          expected_sessions / nullif(target_sessions, 0)
        from marts.city_pace order by plan_year, gap_rank
        """,
    ):
        shown[year].append(tuple(row))
    for year, rows in shown.items():
        everything = next((gap / share for _, _, gap, share, _, _ in rows if share), None)
        elapsed = next((part for *_, part in rows if part), None)
        missing = {city for of, city in targets if of == year} - {row[0] for row in rows}
        if everything is None or elapsed is None:
            continue
        for first, second in pairwise(rows):
            if second[1] - first[1] == 2 and None not in (first[4], second[3], second[4]):
                gap = (second[4] - first[4] - second[3]) * everything
                left = {city: (targets[year, city] or 0) * elapsed - gap for city in missing}
                fits = [city for city, count in left.items() if count > -0.5 and abs(count - round(count)) < 1e-4]
                if len(fits) == 1:
                    known.knows("counted", year, fits[0], "total", "ALL", round(left[fits[0]]))


def _named(con: duckdb.DuckDBPyConnection, known: Knowledge) -> None:
    """What needs attention names a city, or a rule, and its figure."""
    targets = {
        (year, city): target
        for year, city, target in _rows(con, "select plan_year, city_code, target_sessions from marts.city_scorecard")
    }
    elapsed = dict(_rows(con, "select plan_year, expected_share_elapsed from marts.target_progress"))
    for year, kind, code, measure in _rows(
        con, "select plan_year, kind, subject_code, measure from marts.attention_item"
    ):
        target = targets.get((year, code))
        if kind == "city_behind_pace" and target and elapsed.get(year):
            known.knows("counted", year, code, "total", "ALL", round(measure * target * elapsed[year]))
        elif kind == "rule_loss":
            known.knows("records", year, "ALL", "rule", code, measure)
        elif kind == "priority_below_target":
            total = known.value.get(("counted", year, code, "total", "ALL"))
            known.knows("priority", year, code, "total", "ALL", round(measure * total) if total else None)


@dataclass(frozen=True)
class Found:
    """A small count of one other city that the edition gives away, and how."""

    cell: Cell
    count: int
    how: str


def attack(edition: Path, truth: Knowledge, *, chance: random.Random, bounded: int) -> list[Found]:
    """The small counts of other cities that the edition gives away.

    Of the cells that the linear system leaves open, `bounded` of each group that hangs together are tried by linear
    programming, too. `truth` says which of them are worth it, and no more.
    """
    known = read(edition)
    solved: dict[Cell, tuple[float, str]] = {cell: (value, "shown") for cell, value in known.value.items()}
    true = {cell: (value, "") for cell, value in truth.value.items()}
    small = {cell for cell, (value, _) in true.items() if cell[2] in known.others and _small(cell, value, true)}
    for measure in sorted({cell[0] for cell in truth.value}):
        solved |= _solve(measure, known, truth, small if bounded else set(), chance, bounded)
    found = [
        Found(cell, small, how)
        for cell, (value, how) in solved.items()
        if cell[2] in known.others and cell[1] in {0, *range(2025, 2100)}
        for small in [_small(cell, value, solved)]
        if small is not None
    ]
    return sorted(found, key=lambda each: each.cell) + list(_rows_of_others(edition, known))


def _small(cell: Cell, value: float, solved: dict[Cell, tuple[float, str]]) -> int | None:
    """The small count of persons that a cell tells, in itself or by what its whole leaves."""
    measure, *place = cell
    counts = [round(value)]
    # What breaks a rule is part of its city's sessions, whatever they are cut by.
    at = (*place[:2], "total", "ALL") if measure == "records" else tuple(place)
    wholes = [solved.get((whole, *at)) for whole in WHOLES_OF.get(measure, ())]
    counts += [round(whole[0] - value) for whole in wholes if whole]
    # Who came back, and was of no priority group: a difference of two differences.
    heads = [solved.get((of, *place)) for of in ("counted", "persons", "priority", "priority_persons")]
    if measure == "persons" and None not in heads:
        sessions, persons, priority, priority_persons = (head[0] for head in heads)
        counts.append(round(sessions - persons - (priority - priority_persons)))
    return next((count for count in counts if 0 < count < LEAST), None)


def _equations(
    measure: str, known: Knowledge, truth: Knowledge
) -> tuple[list[Cell], list[tuple[dict[Cell, int], float]]]:
    """The unknown cells of a measure, and every sum that holds one, what is known on the right."""
    every = {cell for cell in truth.value if cell[0] == measure} | {cell for cell in known.value if cell[0] == measure}
    unknown = {cell for cell in every if cell not in known.value and cell[2] not in known.own}
    lines: dict[tuple, list[Cell]] = defaultdict(list)
    for cell in every:
        _, year, city, dimension, member = cell
        if city != "ALL":
            lines[measure, year, "ALL", dimension, member, "city"].append(cell)
        if dimension in _ADDS_UP:
            lines[measure, year, city, "total", "ALL", dimension].append(cell)
        if year:
            lines[measure, 0, city, dimension, member, "year"].append(cell)
    equations = []
    for (*total, kind), cells in lines.items():
        total = tuple(total)
        if total not in every or (kind == "year" and measure.endswith(("_by_then", "persons"))):
            continue
        if kind == "city" and measure.endswith("persons"):
            continue  # who trained in two cities is one person of the province
        equations.append((dict.fromkeys(cells, 1) | {total: -1}, 0.0))
    equations += [(dict.fromkeys(cells, 1), value) for cells, value in known.sums if cells and cells[0][0] == measure]
    placed = []
    for coefficients, right in equations:
        left = {cell: n for cell, n in coefficients.items() if cell in unknown}
        # An own cell that no table has is nothing.
        right -= sum(n * known.value.get(cell, 0.0) for cell, n in coefficients.items() if cell not in unknown)
        if left:
            placed.append((left, right))
    return sorted(unknown), placed


def _solve(
    measure: str, known: Knowledge, truth: Knowledge, small: set[Cell], chance: random.Random, most: int
) -> dict[Cell, tuple[float, str]]:
    """The cells of a measure that the equations determine; of at most `most` of the `small` ones also by bounds."""
    unknown, equations = _equations(measure, known, truth)
    place = {cell: n for n, cell in enumerate(unknown)}
    solved: dict[Cell, tuple[float, str]] = {}
    for part in _parts_of(place, equations):
        cells = sorted({cell for line in part for cell in line[0]})
        column = {cell: n for n, cell in enumerate(cells)}
        matrix = np.zeros((len(part), len(cells)))
        for row, (coefficients, _) in enumerate(part):
            for cell, n in coefficients.items():
                matrix[row, column[cell]] = n
        right = np.array([value for _, value in part])
        free = null_space(matrix)
        solution = np.linalg.lstsq(matrix, right, rcond=None)[0]
        fixed = np.abs(free).max(axis=1, initial=0.0) < _ALMOST
        for cell in cells:
            if fixed[column[cell]]:
                solved[cell] = (float(solution[column[cell]]), "solved")
        upper = [_most(cell, known) for cell in cells]
        tried = [cell for cell in cells if cell not in solved and cell in small]
        for cell in chance.sample(tried, min(most, len(tried))):
            ends = [_extreme(matrix, right, upper, column[cell], sign) for sign in (1, -1)]
            if None not in ends and np.floor(ends[1] + _ALMOST) - np.ceil(ends[0] - _ALMOST) < 1:
                solved[cell] = (float(np.ceil(ends[0] - _ALMOST)), "bounded")
    return solved


def _most(cell: Cell, known: Knowledge) -> float | None:
    """The least of the known numbers that a cell is part of."""
    wholes = (known.value.get((whole, *cell[1:])) for whole in WHOLES_OF.get(cell[0], ()))
    return min((whole for whole in wholes if whole is not None), default=None)


def _extreme(matrix: np.ndarray, right: np.ndarray, upper: list, column: int, sign: int) -> float | None:
    """The least (sign 1) or largest (−1) number that a cell can be."""
    cost = np.zeros(matrix.shape[1])
    cost[column] = sign
    found = linprog(cost, A_eq=matrix, b_eq=right, bounds=[(0, most) for most in upper], method="highs")
    return sign * found.fun if found.status == 0 else None


def _parts_of(place: dict[Cell, int], equations: list) -> Iterator[list]:
    """The equations in groups that share no unknown."""
    if not equations:
        return
    pairs = [(row, place[cell]) for row, (coefficients, _) in enumerate(equations) for cell in coefficients]
    rows, columns = zip(*pairs, strict=True)
    size = len(equations) + len(place)
    graph = coo_matrix((np.ones(len(pairs)), (rows, [len(equations) + column for column in columns])), (size, size))
    labels = connected_components(graph, directed=False)[1]
    groups = defaultdict(list)
    for row, equation in enumerate(equations):
        groups[labels[row]].append(equation)
    yield from groups.values()


@dataclass(frozen=True)
class Cells:
    """What names a cell of a table, the columns along which cells add up (→ the whole), and what it counts."""

    fixed: tuple[str, ...]
    parts: dict[str, object]
    counts: tuple[str, ...]


# Tables of which an edition shows the province's rows and no other city's.
OF_PROVINCE = {
    "fund_flow_scope": Cells(
        ("calendar_year",), {"month_of_year": 0, "funding_source": "ALL"}, ("payments", "paid_yuan", "irregular_yuan")
    ),
    "entitlement_scope": Cells(
        ("component",),
        {"plan_year": 0, "training_type": "ALL"},
        ("sessions", "assessed_sessions", "paid_yuan", "paid_not_assessed_yuan", "owed_yuan", "overpaid_yuan"),
    ),
    "demand_scope": Cells(("surveyed_half",), {"industry_code": "ALL"}, ("completed_sessions", "certified_sessions")),
    "demand_occupation": Cells(("surveyed_half", "industry_code", "occupation_code"), {}, ("certified_sessions",)),
    "landing_scope": Cells((), {"extract": "ALL"}, ("rows_read", "rows_rejected")),
    "refused_reason": Cells(("reason_code",), {}, ("faults", "refused_rows")),
    "outcome_cohort": Cells(("plan_year", "end_month", "months_since"), {}, ("counted_sessions", "certified_sessions")),
    "institution_concentration": Cells(("plan_year",), {}, ("counted_sessions",)),
}


def lone(edition: Path, version: Path) -> list[Found]:
    """The province's figures in which one other city alone has anything, shown or left over by sums that are shown.

    The reader takes its own off and has that city's. Which figures those are is known from the version.
    """
    found = []
    with duckdb.connect() as con:
        for name, path in (("edition", edition), ("version", version)):
            con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
        for table, cells in OF_PROVINCE.items():
            names = ", ".join((*cells.fixed, *cells.parts))
            for count in cells.counts:
                every = set(_rows(con, f"select {names} from version.marts.{table} where city_code = 'ALL'"))
                shown = set(
                    _rows(
                        con,
                        f"select {names} from edition.marts.{table} where city_code = 'ALL' and {count} is not null",
                    )
                )
                # A count that the mart itself hides is not nothing.
                of_one = _rows(
                    con,
                    f"""
                    select {names}, any_value(city_code), any_value({count}) from version.marts.{table}
                    where city_code not in (select unnest(string_split(cities, '+')) from edition.marts.edition)
                      and city_code <> 'ALL' and coalesce({count}, {int(table == "demand_occupation")}) > 0
                    group by {names} having count(distinct city_code) = 1
                    """,
                )
                left_over = _left_over(cells, every, shown)
                for *cell, city, value in of_one:
                    if tuple(cell) in shown | left_over:
                        place = (f"{table}.{count}", 0, city, "cell", "/".join(map(str, cell)))
                        found.append(Found(place, int(value or 0), "lone"))
    return found


def _left_over(cells: Cells, every: set[tuple], shown: set[tuple]) -> set[tuple]:
    """The cells that are not shown and that the shown ones determine, by the sums along the parts."""
    lines: dict[tuple[int, tuple], list[tuple]] = defaultdict(list)  # part, total → what adds up to it
    for cell in every:
        for place, whole in enumerate(cells.parts.values(), start=len(cells.fixed)):
            if cell[place] != whole:
                lines[place, (*cell[:place], whole, *cell[place + 1 :])].append(cell)
    hidden = sorted(every - shown, key=str)
    column = {cell: number for number, cell in enumerate(hidden)}
    rows = []
    for (_, total), members in lines.items():
        if total not in every:
            continue
        row = np.zeros(len(hidden))
        for cell, sign in [*((cell, 1.0) for cell in members), (total, -1.0)]:
            if cell in column:
                row[column[cell]] = sign
        if row.any():
            rows.append(row)
    if not rows:
        return set()
    free = np.abs(null_space(np.array(rows))).max(axis=1, initial=0.0)
    return {cell for cell in hidden if free[column[cell]] < _ALMOST}


def _rows_of_others(edition: Path, known: Knowledge) -> Iterator[Found]:
    """Every whole number of 1 to 9 that stands in a row of another city, whatever table it is in."""
    with duckdb.connect(str(edition), read_only=True) as con:
        for table, column in _rows(
            con,
            """
            select counted.table_name, counted.column_name
            from duckdb_columns() as counted
            inner join duckdb_columns() as city
              on city.table_name = counted.table_name and city.column_name = 'city_code'
            where counted.schema_name = 'marts' and counted.data_type in ('BIGINT', 'INTEGER', 'HUGEINT')
              and counted.table_name not like 'dim_%'
            """,
        ):
            if column not in NOT_PERSONS and not column.endswith(("_rank", "_rank_low", "_rank_high", "_to_70")):
                for city, count in _rows(
                    con,
                    f"""
                    select city_code, {column} from marts.{table}
                    where {column} between 1 and {LEAST - 1} and city_code <> 'ALL'
                      and city_code not in ({", ".join(f"'{code}'" for code in sorted(known.own))})
                    """,
                ):
                    yield Found((f"{table}.{column}", 0, city, "row", ""), count, "shown")
