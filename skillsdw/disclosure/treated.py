"""A city's year after treatment, and the tables of cells that the models read in place of sessions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from skillsdw.disclosure.cells import STATES, TOTAL, Before, Cells, Place
from skillsdw.disclosure.rounding import Counts, Rounding, parts, table

REPEATS = ("priority_repeats", "other_repeats")
CUTS = ("industry", "group", "month", "type")
# By which cuts the models that read sessions are run, one at a time.
PROGRESS_CUTS, STRATUM_CUTS, BEFORE_CUTS = (
    ("industry", "group", "month"),
    ("industry", "group", "type"),
    ("industry", "group"),
)


@dataclass(frozen=True)
class Treated:
    """A city's year as it is told. `counted` are the sessions; `parts[cut]` and `states[state, cut]` are their parts by
    a cut, which add up to `counted` and to `totals[state]`; `uncounted` sessions break a rule."""

    counted: int
    uncounted: int
    parts: Mapping[str, Counts]
    totals: Counts
    states: Mapping[tuple[str, str], Counts]


@dataclass
class Province:
    """Every city's plan years as they are told; `single` are cells that add up to nothing: (plan year, city, dimension,
    member, measure) → count. `hidden` are the places of fewer sessions than are told."""

    years: dict[Place, Treated] = field(default_factory=dict)
    single: dict[tuple[int, str, str, str, str], int] = field(default_factory=dict)
    hidden: set[Place] = field(default_factory=set)


def treat(cells: Mapping[Place, Cells], priority: Iterable[str], least: int, rounding: Rounding) -> Province:
    """Treat every city's year; `priority` are the groups that have priority, `least` the fewest sessions told."""
    province = Province()
    groups = frozenset(priority)
    for (year, city), found in sorted(cells.items()):
        if year and city != "ALL":
            counted = found.total("counted")
            if counted < least:
                province.hidden.add((year, city))
                continue
            province.years[year, city] = _treated((year, city), found, groups, rounding)
    told = {city for _, city in province.years} | {"ALL"}
    for (year, city), found in sorted(cells.items()):
        if city in told and (year, city) not in province.hidden:
            province.single |= _singles((year, city), found, province.years.get((year, city)), rounding)
    return province


def _treated(place: Place, cells: Cells, priority: frozenset[str], rounding: Rounding) -> Treated:
    counted = cells.total("counted")

    def tens(dimension: str, member: str, measure: str, count: int) -> int:
        return rounding.tens((measure, *place, dimension, member), count)

    of_cut = {
        cut: parts(counted, {member: tens(cut, member, "counted", n) for member, n in cells.of(cut, "counted").items()})
        for cut in CUTS
    }
    totals: Counts = {}
    for kind in ("certification", "employment"):
        totals |= parts(counted, {state: tens(*TOTAL, state, cells.total(state)) for state in STATES[kind]})
    # Whether a session has priority follows from its group.
    totals["priority"] = sum(count for group, count in of_cut["group"].items() if group in priority)
    totals["other"] = counted - totals["priority"]
    states: dict[tuple[str, str], Counts] = {
        ("priority", "group"): {group: n if group in priority else 0 for group, n in of_cut["group"].items()},
        ("other", "group"): {group: 0 if group in priority else n for group, n in of_cut["group"].items()},
    }
    for kind, names in STATES.items():
        for cut in CUTS:
            if kind == "priority" and cut in ("group", "type"):
                continue
            rounded = {
                (member, state): tens(cut, member, state, count)
                for state in names
                for member, count in cells.of(cut, state).items()
            }
            found = table(of_cut[cut], {state: totals[state] for state in names}, rounded)
            for state in names:
                states[state, cut] = {member: found[member, state] for member in of_cut[cut]}
    return Treated(counted, tens(*TOTAL, "uncounted", cells.total("uncounted")), of_cut, totals, states)


def _singles(
    place: Place, cells: Cells, told: Treated | None, rounding: Rounding
) -> dict[tuple[int, str, str, str, str], int]:
    """Cells of their own. Those that are part of another are not told larger than it."""
    rounded = {
        (dimension, member, measure): rounding.tens((measure, *place, dimension, member), count)
        for (dimension, member, measure), count in cells.counts.items()
        if dimension == "rule" or measure in REPEATS
    }
    subsidised = told.counted + told.uncounted if told else 0
    found = {}
    for (dimension, member, measure), count in rounded.items():
        whole = count
        if measure in REPEATS:
            whole = rounded.get((*TOTAL, measure), 0)
        elif measure == "open_sessions":
            whole = subsidised
        elif measure == "records:ineligible":
            left_open = min(rounded.get((dimension, member, "open_sessions"), 0), subsidised)
            whole = min(told.uncounted if told else 0, subsidised - left_open)
        elif measure in ("records:payment", "asked_sessions"):
            whole = rounded.get((dimension, member, "asked_payments"), 0)
        if told_as := min(count, whole):  # a row that is told as 0 would tell that it is not
            found[(*place, dimension, member, measure)] = told_as
    return found


def write_inputs(
    con: duckdb.DuckDBPyConnection, province: Province, before: Iterable[Before], rounding: Rounding
) -> None:
    """Write into the database `open` what the models read: of each cut a table of sessions in the schema `cut`, and
    what has no cut in `intermediate`. Where a table is not cut by a column, `NO_MEMBER` stands in it."""
    before = list(before)
    for cut in PROGRESS_CUTS:
        put_rows(con, f"open.cut.progress_{cut}", _PROGRESS, _progress(province, cut))
    for cut in STRATUM_CUTS:
        put_rows(con, f"open.cut.stratum_{cut}", _STRATUM, _strata(province, cut))
    for cut in BEFORE_CUTS:
        put_rows(con, f"open.cut.before_{cut}", _BEFORE, _before(before, cut, rounding))
    put_rows(con, "open.intermediate.int_returning_scope", _RETURNING, _returning(province))
    put_rows(con, "open.intermediate.int_violation_cell", _VIOLATION, _violations(province))
    put_rows(con, "open.intermediate.int_open_rule_cell", _OPEN_RULE, _of_rule(province, "open_sessions"))
    put_rows(con, "open.intermediate.int_payment_asked", _ASKED, _asked(province))


_PROGRESS = (
    "plan_year integer, end_month date, city_code varchar, industry_code varchar, trainee_group varchar, "
    "completed_sessions bigint, subsidised_sessions bigint, counted_sessions bigint, priority_sessions bigint, "
    "certified_sessions bigint, employed_sessions bigint, not_employed_sessions bigint, awaiting_sessions bigint, "
    "too_early_sessions bigint, class_hours bigint"
)
_STRATUM = (
    "plan_year integer, city_code varchar, trainee_group varchar, training_type varchar, industry_code varchar, "
    "counted_sessions bigint, certified_sessions bigint, due_sessions bigint, employed_sessions bigint, "
    "settled_sessions bigint"
)
_RETURNING = (
    "plan_year integer, city_code varchar, industry_code varchar, trainee_group varchar, sessions bigint, "
    "persons bigint, priority_sessions bigint, priority_persons bigint"
)
_BEFORE = (
    "plan_year integer, until_day date, city_code varchar, industry_code varchar, trainee_group varchar, "
    "counted_sessions bigint, priority_sessions bigint"
)
_VIOLATION = "plan_year integer, city_code varchar, rule_code varchar, severity varchar, records bigint, persons bigint"
_OPEN_RULE = "plan_year integer, city_code varchar, institution_uscc varchar, rule_code varchar, sessions bigint"
_ASKED = (
    "plan_year integer, city_code varchar, institution_uscc varchar, rule_code varchar, payments bigint, "
    "sessions bigint"
)
# Sessions of the province that are no one city's here, and what a table is not cut by.
NO_CITY, NO_MEMBER = "000000", "*"
MIX = ("plan_year", "trainee_group", "training_type", "industry_code")  # what like sessions have in common
_MEASURES = ("certified", "employed", "not_employed", "awaiting", "too_early")

Row = tuple[object, ...]


def put_rows(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Iterable[Row]) -> None:
    """Make a table of these columns (name and type, parted by commas) with these rows."""
    con.execute(f"create {'temp ' if table.startswith('temp.') else ''}table {table} ({columns})")
    rows = list(rows)
    if rows:
        names = [column.split()[0] for column in columns.split(", ")]
        given = pa.table({name: pa.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)})
        con.register("given", given)
        con.execute(f"insert into {table} select * from given")
        con.unregister("given")


def _progress(province: Province, cut: str) -> Iterable[Row]:
    for (year, city), told in province.years.items():
        # Sessions that break a rule have no cut: the first member stands for them.
        uncounted = told.uncounted
        for member, n in told.parts[cut].items():
            industry, group = _cut_by(cut, "industry", member), _cut_by(cut, "group", member)
            month = date.fromisoformat(member) if cut == "month" else date(year, 1, 1)
            states = [told.states[state, cut][member] for state in ("priority", *_MEASURES)]
            yield year, month, city, industry, group, n + uncounted, n + uncounted, n, *states, 0
            uncounted = 0


def _cut_by(cut: str, column: str, member: str) -> str:
    return member if cut == column else NO_MEMBER


def _strata(province: Province, cut: str) -> Iterable[Row]:
    for (year, city), told in province.years.items():
        for member, n in told.parts[cut].items():
            state = {name: told.states[name, cut][member] for name in ("certified", *_MEASURES)}
            settled = state["employed"] + state["not_employed"]
            group, kind, industry = (_cut_by(cut, column, member) for column in ("group", "type", "industry"))
            due = settled + state["awaiting"]
            yield year, city, group, kind, industry, n, state["certified"], due, state["employed"], settled


def _returning(province: Province) -> Iterable[Row]:
    """Sessions beyond a person's first, of the plan as a whole: of a scope's priority groups no more than it has."""
    scopes = {(city, dimension, member) for _, city, dimension, member, m in province.single if m in REPEATS}
    for city, dimension, member in sorted(scopes):
        repeats = {
            state: min(
                province.single.get((0, city, dimension, member, f"{state}_repeats"), 0),
                _of_plan(province, city, dimension, member, state),
            )
            for state in STATES["priority"]
        }
        industry = member if dimension == "industry" else "ALL"
        group = member if dimension == "group" else "ALL"
        yield 0, city, industry, group, sum(repeats.values()), 0, repeats["priority"], 0


def _of_plan(province: Province, city: str, dimension: str, member: str, state: str) -> int:
    """Sessions of a scope, of priority groups or of others, in all plan years."""
    years = [told for (_, of), told in province.years.items() if city in ("ALL", of)]
    if dimension == "total":
        return sum(told.totals[state] for told in years)
    return sum(told.states[state, dimension].get(member, 0) for told in years)


def _before(before: Iterable[Before], cut: str, rounding: Rounding) -> Iterable[Row]:
    for compared in before:

        def tens(dimension: str, member: str, state: str, compared: Before = compared) -> int:
            count = compared.counts.get((dimension, member, state), 0)
            return rounding.tens((state, "before", compared.plan_year, dimension, member), count)

        totals = {state: tens(*TOTAL, state) for state in STATES["priority"]}
        members = sorted({member for dimension, member, _ in compared.counts if dimension == cut})
        cells = {(member, state): tens(cut, member, state) for member in members for state in totals}
        sums = parts(sum(totals.values()), {m: sum(cells[m, state] for state in totals) for m in members})
        found = table(sums, totals, cells)
        for member, n in sums.items():
            industry, group = _cut_by(cut, "industry", member), _cut_by(cut, "group", member)
            yield compared.plan_year, compared.until_day, NO_CITY, industry, group, n, found[member, "priority"]


def _violations(province: Province) -> Iterable[Row]:
    for (year, city, _, rule, measure), count in province.single.items():
        if measure.startswith("records:"):
            yield year, city, rule, measure.partition(":")[2], count, count


def _of_rule(province: Province, wanted: str) -> Iterable[Row]:
    for (year, city, _, rule, measure), count in province.single.items():
        if measure == wanted:
            yield year, city, None, rule, count


def _asked(province: Province) -> Iterable[Row]:
    for (year, city, dimension, rule, measure), count in province.single.items():
        if measure == "asked_payments":
            sessions = province.single.get((year, city, dimension, rule, "asked_sessions"), 0)
            yield year, city, None, rule, count, sessions
