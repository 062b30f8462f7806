"""The attacker: somebody with every edition, of every reader and version, who knows the treatment but not its secret.

Written apart from `skillsdw/disclosure`, whose work it tries to undo. It tries four things.

*Bounds.* Of a city's year it writes down all that is told as one integer programme: counts, the secret start of each
cell, the same in every version, and that parts add up. A small count, or a small change of one, that has fewer than ten
values left is given away.
*Differences.* What two versions say of a city's year of which fewer than ten records differ; what two readers are told
of a third city. There must be none.
*Census.* Every number of every table, other cities' rows and the province's, beside the true one: where a column that
may not be exact often is, or where a rate and its bounds give back the true counts, it tells.
*Circulars.* The numbers of the workbooks, read back from their files.

It says "none" only after it has found what is planted: no rounding, roundings anew in each version, figures anew with
each build, the whole version in place of the open figures.
"""

import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

import bulletin.report as bulletin_report
from bulletin.report import report
from bulletin.version import Published
from ordeals.trial import Trial
from skillsdw.disclosure import ledger, open_file, rounding
from skillsdw.disclosure.open_file import write_open_file
from skillsdw.editions.write import write_edition
from skillsdw.home import PROJECT, Home
from skillsdw.publish import current_version, open_version

AREA = "disclosure"
LEAST = 10  # what the specification promises, whatever the project's setting says
AS_OF = (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31))
CUTS = ("industry", "group", "type", "month")
STATES = {
    "certification": ("certified", "not_certified"),
    "employment": ("employed", "not_employed", "awaiting", "too_early"),
}


# Worlds: a working file as a build leaves it, and what happens to it from version to version.


@dataclass(frozen=True)
class World:
    """A province's working file with the models that made it, and its version."""

    working: Path
    version: Path
    compiled: Path


def built(at: Path, sessions: int, seed: int) -> World:
    """A sample province, landed, built and published by the commands that people type."""
    skillsdw = [sys.executable, "-m", "skillsdw"]
    size = ["--sessions", str(sessions), "--seed", str(seed)]
    for words, good in (
        (["sample", *size, "--out", str(at / "landing"), "--from", "2024-01-01", "--to", "2026-10-31"], {0}),
        (["land", "--home", str(at)], {0, 3}),
        (["build", "--home", str(at), "--as-of", f"{AS_OF[-1]}"], {0}),
    ):
        done = subprocess.run([*skillsdw, *words], cwd=PROJECT, capture_output=True, text=True)
        if done.returncode not in good:
            raise RuntimeError(f"{words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
    home = Home(at)
    return World(home.warehouse, current_version(home), at / "dbt" / "compiled" / "skillsdw" / "models")


def begun(world: World, scratch: Path) -> World:
    """A copy of a world that nobody has told of yet."""
    scratch.mkdir(parents=True, exist_ok=True)
    working, version = scratch / "working.duckdb", scratch / "version.duckdb"
    shutil.copyfile(world.working, working)
    shutil.copyfile(world.version, version)
    return World(working, version, world.compiled)


def change(world: World, chance: random.Random, rows: Mapping[str, int]) -> None:
    """Let sessions of cities come, by the city's code how many: copies of others with other properties."""
    with duckdb.connect(str(world.working)) as con:
        con.execute(f"attach '{world.version}' as version")
        for city, count in rows.items():
            found = con.execute(
                "select enrollment_id from marts.fct_training_session where city_code = ? and is_counted "
                "and plan_year = 2026 order by hash(enrollment_id || ?) limit ?",
                [city, str(chance.random()), count],
            ).fetchall()
            for (like,) in found:
                for database in ("working", "version"):
                    con.execute(
                        f"insert into {database}.marts.fct_training_session select * replace "
                        "(? as enrollment_id) from working.marts.fct_training_session where enrollment_id = ?",
                        [f"LATE-{chance.random()}" if database == "working" else f"{like}-v", like],
                    )
        _sum_up(con)


def _sum_up(con: duckdb.DuckDBPyConnection) -> None:
    """What the models sum sessions to, from the sessions as they are now."""
    con.execute(
        """
        create or replace table working.marts.fct_progress as
        select
          plan_year, end_month, city_code, industry_code, trainee_group,
          count_if(is_completed) as completed_sessions,
          count_if(is_completed and is_subsidised) as subsidised_sessions,
          count_if(is_counted) as counted_sessions,
          count_if(is_counted and is_priority) as priority_sessions,
          count_if(is_counted and is_certified) as certified_sessions,
          count_if(is_counted and employment_status = 'employed') as employed_sessions,
          count_if(is_counted and employment_status = 'not_employed') as not_employed_sessions,
          count_if(is_counted and employment_status = 'awaiting') as awaiting_sessions,
          count_if(is_counted and employment_status = 'too_early') as too_early_sessions,
          coalesce(sum(class_hours) filter (is_counted), 0)::bigint as class_hours
        from working.marts.fct_training_session
        where is_completed
        group by all;

        create or replace table working.intermediate.int_outcome_stratum as
        select
          plan_year, city_code, trainee_group, training_type, industry_code,
          count(*) as counted_sessions,
          count_if(is_certified) as certified_sessions,
          count_if(employment_status <> 'too_early') as due_sessions,
          count_if(employment_status = 'employed') as employed_sessions,
          count_if(employment_status in ('employed', 'not_employed')) as settled_sessions
        from working.marts.fct_training_session
        where is_counted and plan_year in (select plan_year from working.seeds.target)
        group by all
        """
    )


def told(world: World, as_of: date, to: Path, secret: bytes, cities: frozenset[str]) -> Path:
    """The edition of a world for some cities as of a day; for none the open figures themselves, made when they are not
    there."""
    figures = to / f"open-{as_of}.duckdb"
    to.mkdir(parents=True, exist_ok=True)
    if not figures.exists():
        ledger_file = world.working.with_name("ledger.duckdb")
        write_open_file(world.working, ledger_file, figures, world.compiled, secret, as_of, LEAST, "ordeal", "4GB")
    if not cities:
        return figures
    edition = to / "editions" / f"{as_of}" / f"{'+'.join(sorted(cities)) or 'open_figures'}.duckdb"
    if not edition.exists():
        write_edition(world.version, figures, edition, cities)
    return edition


# What a file tells of a city's year.

Cell = tuple[str, str, str]  # cut, member, measure: ("industry", "I05", "counted")


def read(file: Path) -> dict[tuple[int, str], dict[Cell, int]]:
    """Every count of a city's year that the file tells, from the tables that have it: those of the true version give
    the truth."""
    found: dict[tuple[int, str], dict[Cell, int]] = defaultdict(dict)
    with duckdb.connect(str(file), read_only=True) as con:

        def take(sql: str, *measures: str) -> None:
            for year, city, cut, member, *counts in con.execute(sql).fetchall():
                for measure, count in zip(measures, counts, strict=True):
                    if count is not None:
                        found[year, city][cut, str(member), measure] = int(count)

        cut = (
            "case when industry_code <> 'ALL' then 'industry' when trainee_group <> 'ALL' then 'group' {} "
            "else 'total' end, case when industry_code <> 'ALL' then industry_code when trainee_group <> 'ALL' then "
            "trainee_group {} else 'ALL' end"
        )
        take(
            f"select plan_year, city_code, {cut.format('', '')}, counted_sessions, priority_sessions "
            f"from marts.headcount where industry_code = 'ALL' or trainee_group = 'ALL'",
            *("counted", "priority"),
        )
        of_type = cut.format(
            "when training_type <> 'ALL' then 'type'", "when training_type <> 'ALL' then training_type"
        )
        settled = "cast(round(due_sessions * coalesce(observation_complete, 0)) as bigint)"
        states = (
            "certified_sessions, counted_sessions - certified_sessions, employed_sessions, "
            f"{settled} - employed_sessions, due_sessions - {settled}, counted_sessions - due_sessions"
        )
        names = ("certified", "not_certified", "employed", "not_employed", "awaiting", "too_early")
        take(
            f"select plan_year, city_code, {of_type}, counted_sessions, {states} from marts.outcome_scope "
            "where (industry_code <> 'ALL')::int + (trainee_group <> 'ALL')::int + (training_type <> 'ALL')::int < 2",
            *("counted", *names),
        )
        take(
            f"select plan_year, city_code, 'month', end_month, counted_sessions, {states} from marts.outcome_month",
            *("counted", *names),
        )
    return _with_zeros(found)


def _with_zeros(found: dict[tuple[int, str], dict[Cell, int]]) -> dict[tuple[int, str], dict[Cell, int]]:
    """Members of which a city's year has no row, but others have: they are told as 0."""
    for (year, city), cells in found.items():
        if ("total", "ALL", "counted") not in cells:
            continue
        for (other_year, other), more in found.items():
            if year and other_year == year and other != city:
                for cell in more:
                    if cell[2] != "priority" and (cell[0] != "total"):
                        cells.setdefault(cell, 0)
    return found


# Bounds.


def bounds(
    versions: list[Mapping[Cell, int]],
    wanted: Cell,
    between: tuple[int, int] | None = None,
    *,
    base: int = LEAST,
    is_same: bool = False,
) -> tuple[int, int] | None:
    """The lowest and the highest true count of a cell, or true change of it between two versions, that all versions
    together allow; None where the attacker has misread something.

    A cell told as p has (x + u) in p … p + 9, u its secret start; a city's total is exact; parts add up to their whole,
    and of the parts of a whole the largest is not rounded.
    """
    starts: dict[Cell, int] = {}
    columns: list[tuple[int, int]] = []  # lower, upper
    rows: list[tuple[dict[int, int], float, float]] = []

    def variable(low: int, high: int) -> int:
        columns.append((low, high))
        return len(columns) - 1

    places: list[dict[Cell, int]] = []
    for number, version in enumerate(versions):
        whole = version["total", "ALL", "counted"]
        at: dict[Cell, int] = dict(places[0]) if is_same and places else {}
        for cell in version:
            if cell[2] != "priority" and cell not in at:
                at[cell] = variable(0, whole)
        rows.append(({at["total", "ALL", "counted"]: 1}, whole, whole))
        for cell in _rounded_cells(version, at):
            name = (cell, number) if is_same else cell
            if name not in starts:
                starts[name] = variable(0, base - 1)
            told = version.get(cell, 0)  # a row that is not there is a 0
            rows.append(({at[cell]: 1, starts[name]: 1}, told, told + base - 1))
        for cut in CUTS:
            members = {member for own, member, measure in at if (own, measure) == (cut, "counted")}
            if members:
                rows.append(({at[cut, m, "counted"]: 1 for m in members} | {at["total", "ALL", "counted"]: -1}, 0, 0))
            for state in (name for names in STATES.values() for name in names):
                if ("total", "ALL", state) in at and members:
                    summed = {at[cut, m, state]: 1 for m in members if (cut, m, state) in at}
                    rows.append((summed | {at["total", "ALL", state]: -1}, 0, 0))
        for cut, member, measure in list(at):
            if measure == "counted":
                for names in STATES.values():
                    parts = {at[cut, member, s]: 1 for s in names if (cut, member, s) in at}
                    if parts:
                        rows.append((parts | {at[cut, member, measure]: -1}, 0, 0))
        places.append(at)
    first, second = between or (0, 0)
    cost = np.zeros(len(columns))
    cost[places[second][wanted]] += 1
    if between:
        cost[places[first][wanted]] -= 1
    matrix = lil_matrix((len(rows), len(columns)))
    for number, (terms, _, _) in enumerate(rows):
        for column, factor in terms.items():
            matrix[number, column] = factor
    limits = LinearConstraint(matrix.tocsr(), [low for _, low, _ in rows], [high for _, _, high in rows])
    box = Bounds([low for low, _ in columns], [high for _, high in columns])
    ends = []
    for sign in (1, -1):
        solved = milp(sign * cost, constraints=limits, bounds=box, integrality=np.ones(len(columns)))
        if not solved.success:
            return None
        ends.append(round(sign * solved.fun))
    return ends[0], ends[1]


def _rounded_cells(version: Mapping[Cell, int], at: Mapping[Cell, int]) -> Iterator[Cell]:
    """The cells that were rounded, as far as an attacker can tell: in each cut not the largest, of the states of a cell
    not the commonest, nor those of the largest member, which take what is over, nor one that is told as large as its
    whole."""
    for cut in ("total", *CUTS):
        members = sorted({member for own, member, measure in at if (own, measure) == (cut, "counted")})
        if not members:
            continue
        largest = max(members, key=lambda member: (version.get((cut, member, "counted"), 0), member))
        if cut != "total":
            yield from ((cut, member, "counted") for member in members if member != largest)
        for names in STATES.values():
            if any(("total", "ALL", state) not in version for state in names):
                continue
            commonest = max(names, key=lambda state: (version["total", "ALL", state], state))
            for member in members:
                if cut != "total" and member == largest:
                    continue
                whole = version.get((cut, member, "counted"), 0)
                others = [state for state in names if state != commonest]
                if sum(version.get((cut, member, state), 0) for state in others) >= whole:
                    continue
                yield from ((cut, member, state) for state in others if (cut, member, state) in at)


# Census.


@contextmanager
def _beside(edition: Path, version: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An edition as `told` and the version that it is made from as `truth`."""
    with duckdb.connect() as con:
        con.execute(f"attach '{edition}' as told (read_only)")
        con.execute(f"attach '{version}' as truth (read_only)")
        yield con


# Columns that may be exact of other cities: names, dates of lists, what a city's exact total gives, and thresholds.
EXACT = {
    *("plan_year", "calendar_year", "month_of_year", "sort_order", "step_order", "months_since", "population_2020"),
    *("peer_population_2020", "target_sessions", "target_cumulative", "sessions_per_10k", "peer_sessions_per_10k"),
    *("population_distance", "intensity_distance", "attainment", "expected_sessions", "expected_share_elapsed", "pace"),
    *("gap_sessions", "gap_rank", "gap_of_size", "gap_of_pace", "gap_share", "gap_share_so_far", "attainment_rank"),
    *("months_left", "months_elapsed", "required_monthly_sessions", "priority_target", "reference", "peer_rank"),
    *("late_after_days", "item_rank", "measure", "z_score", "vacancies", "hard_to_fill", "training_intent"),
    *("shortages", "evaluations", "covered_evaluations", "hindsight_evaluations", "files", "budget_yuan"),
}
# What the exact totals of cities' years, and the steps of a scale, are called in other tables.
EXACT_IN = {
    *("city_funnel.denominator", "funnel_limit.denominator", "institution_funnel_limit.denominator"),
    *("priority_bridge.total_count", "priority_contribution.counted_sessions", "uncounted_scope.counted_sessions"),
}
# Ranks and what is said of a comparison have few values: they agree mostly, and are worked out from treated counts.
FEW_VALUES = ("_rank", "_rank_low", "_rank_high", "_standing", "_status", "side", "rank")
_OFTEN, _SELDOM = 0.5, 0.15  # of all numbers of a column, and of those that are small
_ENOUGH = 40  # numbers of a column, else chance decides


def census(edition: Path, version: Path, own: frozenset[str]) -> tuple[list[str], int]:
    """Columns of which more numbers than by chance are the true ones, and how many numbers were looked at.

    Of a count that is rounded to tens with any start a tenth is right by chance; small ones more often."""
    telling, looked_at = [], 0
    with _beside(edition, version) as con:
        tables = con.execute("select table_name from duckdb_tables() where database_name = 'told'").fetchall()
        for (table,) in tables:
            if table in _OF_ONES_OWN or table.startswith(("dim_", "edition", "gate_result", "published_version")):
                continue
            described = con.execute(f'describe told.marts."{table}"').fetchall()
            numbers = [n for n, kind, *_ in described if kind.startswith(("BIGINT", "INTEGER", "DOUBLE", "DECIMAL"))]
            names = [n for n, kind, *_ in described if kind in ("VARCHAR", "DATE")]
            keys = [n for n in names if n in _KEYS] + [n for n in numbers if n in _NUMBER_KEYS]
            columns = [
                n
                for n in numbers
                if n not in EXACT and n not in keys and not n.endswith(FEW_VALUES) and f"{table}.{n}" not in EXACT_IN
            ]
            city = "city_code" in names
            if not columns or not keys:
                continue
            others = f"where not list_contains({sorted(own)}, t.city_code)" if city and own else ""
            same = " and ".join(f'told."{key}" is not distinct from v."{key}"' for key in keys)
            for column in columns:
                # A city's total is exact; what it is cut by is not.
                cuts = [
                    f"t.{key} <> 'ALL'" for key in keys if key in ("industry_code", "trainee_group", "training_type")
                ]
                is_total = column in ("counted_sessions", "persons") and cuts
                total = f"and ({' or '.join(cuts)})" if is_total else ""
                rows = con.execute(
                    f"""
                    with told as (select * from told.marts."{table}" as t {others} {total if others else ""})
                    select
                      count(*), count_if(told."{column}" = v."{column}"),
                      count_if(v."{column}" between 2 and {LEAST - 1}),
                      count_if(v."{column}" between 2 and {LEAST - 1} and told."{column}" = v."{column}")
                    from told inner join truth.marts."{table}" as v on {same}
                    where told."{column}" is not null and v."{column}" not in (0, 1)
                    """
                ).fetchone()
                rows = [count or 0 for count in rows]
                looked_at += rows[0]
                is_often = rows[0] >= _ENOUGH and rows[1] > _OFTEN * rows[0]
                if is_often or (rows[2] >= _ENOUGH and rows[3] > _SELDOM * rows[2]):
                    telling.append(f"{table}.{column} ({rows[1]} of {rows[0]})")
    return telling, looked_at


_KEYS = {
    *("city_code", "industry_code", "trainee_group", "training_type", "end_month", "dimension", "member_code", "code"),
    *(
        "rule_code",
        "measure",
        "component",
        "funding_source",
        "step",
        "cause",
        "reason_code",
        "extract",
        "surveyed_half",
    ),
    *("kind", "subject_code", "peer_code", "due_month", "evaluated_on", "profile_basis", "delay_basis"),
}
_NUMBER_KEYS = {"plan_year", "calendar_year", "month_of_year", "months_since", "step_order", "item_rank"}


Interval = tuple[float, float, float]  # a rate and its bounds
OUTCOMES = {"certification_rate": "not_certified", "employment_rate": "not_employed"}


def inverted(told: Iterable[tuple[int, str, str, Interval]], true: Mapping, own: frozenset[str]) -> Counter[str]:
    """How often a rate and its Wilson bounds (year, city, measure, interval) give back the true small remainder."""
    found: Counter[str] = Counter()
    for year, city, measure, (rate, low, high) in told:
        count = true.get((year, city), {}).get(("total", "ALL", OUTCOMES[measure]), 0)
        if city in own or not 0 < count < LEAST:
            continue
        if whole := _whole_of(rate, low, high):
            found["looked at"] += 1
            found["right"] += round(whole * (1 - rate)) == count
    return found


def intervals_of(edition: Path) -> Iterator[tuple[int, str, str, Interval]]:
    """The rates of cities' years in the scorecard."""
    with duckdb.connect(str(edition), read_only=True) as con:
        for measure in OUTCOMES:
            for year, city, *interval in con.execute(
                f"select plan_year, city_code, {measure}, {measure}_low, {measure}_high from marts.city_scorecard "
                f"where {measure} is not null"
            ).fetchall():
                yield year, city, measure, tuple(interval)


def _whole_of(rate: float, low: float, high: float) -> int | None:
    """The denominator that a rate's 95 % Wilson interval was worked out with."""
    z = 1.959963984540054
    width = high - low
    sizes = np.arange(1, 200_000)
    widths = 2 * z * np.sqrt(rate * (1 - rate) / sizes + z * z / (4 * sizes**2)) / (1 + z * z / sizes)
    best = int(np.argmin(np.abs(widths - width)))
    return int(sizes[best]) if abs(widths[best] - width) < 1e-9 else None


# Circulars.


_FEW = 6  # remainders: a large province has so few small ones that nothing is proved by them
# The heads of a circular's annex by city.
_HEADS = {"取证率": "certification_rate", "就业率": "employment_rate"}


def read_back(workbook: Path, year: int, names: Mapping[str, str]) -> Iterator[tuple[int, str, str, Interval]]:
    """The rates of cities in a circular's workbook, read from the file as whoever is sent it would. `names` gives a
    city's code by its name."""
    book = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
    for sheet in book.worksheets:
        heads: list = []
        for row in sheet.iter_rows(values_only=True):
            if "市" in row:
                heads = list(row)
            if heads and row[0] in names:
                for head, measure in _HEADS.items():
                    if head in heads:
                        place = heads.index(head)
                        interval = row[place : place + 3]
                        if all(isinstance(value, int | float) for value in interval):
                            yield year, names[row[0]], measure, interval


# The trials.


@contextmanager
def planted(how: str) -> Iterator[None]:
    """A treatment that is none, that forgets its starts, or that never waits."""
    whole = rounding.Rounding.tens, ledger.LEAST_RECORDS, open_file._round_counts
    if how == "no rounding":
        rounding.Rounding.tens = lambda _self, _name, count: count
    elif how == "starts anew":
        chance = random.Random(1)
        rounding.Rounding.tens = lambda _self, _name, count: 10 * ((count + chance.randrange(10)) // 10)
    elif how == "never waits":
        ledger.LEAST_RECORDS = 1
    elif how == "once for the province":
        open_file._round_counts = _rounded_once
    try:
        yield
    finally:
        rounding.Rounding.tens, ledger.LEAST_RECORDS, open_file._round_counts = whole


def _rounded_once(con: duckdb.DuckDBPyConnection, table: str, how: object, anyhow: rounding.Rounding, _: date) -> None:
    """The province's counts rounded by themselves."""
    for column in how.counts:
        for rowid, count in con.execute(f"select rowid, {column} from open.marts.{table}").fetchall():
            if count is not None:
                new = anyhow.tens((table, column, str(rowid)), count)
                con.execute(f"update open.marts.{table} set {column} = ? where rowid = ?", [new, rowid])


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """The attack on sample provinces; the seed decides what comes late, what is looked at and the secret."""
    seeds = range(seed, seed + (20 if full else 1))
    sizes = (6_000, 15_000, 60_000) if full else (4_500,)
    for size in sizes:
        world = built(scratch / f"home-{size}", size, seed)
        yield from _bounded(world, scratch / f"bounded-{size}", seeds, size, 5 if full else 2, 24 if full else 8)
        yield from _unmoved(world, scratch / f"late-{size}", seeds, size)
        yield _agreed(world, scratch / f"readers-{size}", seeds[0], size, 14 if full else 4)
        yield from _counted(world, scratch / f"census-{size}", seeds, size)


def _secret(seed: int) -> bytes:
    return random.Random(seed).randbytes(32)


def _cities(world: World) -> list[str]:
    with duckdb.connect(str(world.version), read_only=True) as con:
        rows = con.execute("select city_code from marts.dim_city where is_city order by 1").fetchall()
    return [code for (code,) in rows]


def _bounded(world: World, scratch: Path, seeds: range, size: int, versions: int, cells: int) -> Iterator[Trial]:
    """Small counts, and small changes, bounded by all versions together."""
    for how, what in (
        ("", "the open figures"),
        ("no rounding", "figures without rounding"),
        ("starts anew", "roundings anew in each version"),
    ):
        given = asked = misread = 0
        for seed in seeds if not how else seeds[:1]:
            chance = random.Random(seed)
            mine = begun(world, scratch / f"{how or 'open'}-{seed}")
            files, truths = [], []
            with planted(how):
                for number, as_of in enumerate(AS_OF[:versions]):
                    if number:
                        change(
                            mine, chance, {city: chance.choice((12, 30)) for city in chance.sample(_cities(world), 4)}
                        )
                    files.append(
                        read(told(mine, as_of, scratch / f"{how or 'open'}-{seed}", _secret(seed), frozenset()))
                    )
                    truths.append(_truth(mine))
            found = _attack(files, truths, chance, cells, how)
            given, asked, misread = given + found["given"], asked + found["asked"], misread + found["misread"]
        seen = f"{asked:,} small counts and changes, {given:,} left fewer than {LEAST} values ({misread:,} misread)"
        yield Trial(
            AREA,
            f"bounds from {versions} versions of {size:,} sessions: {what}",
            "finds some (else it proves nothing)" if how else "finds none",
            asked,
            seen,
            given > 0 if how else given == 0 and asked > misread,
        )


def _truth(world: World) -> dict[tuple[int, str], dict[Cell, int]]:
    """The true counts, summed from the sessions."""
    found: dict[tuple[int, str], dict[Cell, int]] = defaultdict(dict)
    cuts = {"industry": "industry_code", "group": "trainee_group", "type": "training_type", "month": "end_month"}
    with duckdb.connect(str(world.working), read_only=True) as con:
        for cut, column in {**cuts, "total": "'ALL'"}.items():
            rows = con.execute(
                f"""
                select
                  plan_year, city_code, {column}, count(*), count_if(is_certified), count_if(not is_certified),
                  count_if(employment_status = 'employed'), count_if(employment_status = 'not_employed'),
                  count_if(employment_status = 'awaiting'), count_if(employment_status = 'too_early')
                from marts.fct_training_session where is_counted group by all
                """
            ).fetchall()
            names = ("counted", *STATES["certification"], *STATES["employment"])
            for year, city, member, *counts in rows:
                for name, count in zip(names, counts, strict=True):
                    found[year, city][cut, str(member), name] = count
    return found


def _attack(
    files: list[Mapping[tuple[int, str], Mapping[Cell, int]]],
    truths: list[Mapping[tuple[int, str], Mapping[Cell, int]]],
    chance: random.Random,
    cells: int,
    how: str,
) -> Counter[str]:
    """Bounds on small cells and small changes, drawn by chance."""
    found: Counter[str] = Counter()
    last = len(files) - 1
    asked: list[tuple[tuple[int, str], Cell, tuple[int, int] | None]] = []
    for place, cells_of in files[last].items():
        if place[1] == "ALL" or not place[0] or ("total", "ALL", "counted") not in cells_of:
            continue
        for cell in cells_of:
            if cell[2] == "priority":
                continue
            now = truths[last].get(place, {}).get(cell, 0)
            if 0 < now < LEAST:
                asked.append((place, cell, None))
            for before in range(last):
                if cell in files[before].get(place, {}):
                    moved = now - truths[before].get(place, {}).get(cell, 0)
                    if 0 < abs(moved) < LEAST and files[before][place] != cells_of:
                        asked.append((place, cell, (before, last)))
    # What is told anew of a year whose total stands is where to look first. Changes are fewer than counts: half of what
    # is looked at.
    asked.sort(key=str)
    anew = [one for one in asked if not one[2] and _is_told_anew([file.get(one[0], {}) for file in files[-2:]], one[1])]
    changes = [one for one in asked if one[2]]
    counts = [one for one in asked if not one[2]]
    drawn = chance.sample(anew, min(max(cells, 30 * bool(how)), len(anew)))  # of what is planted, enough
    drawn += chance.sample(changes, min(cells // 2, len(changes)))
    drawn += chance.sample(counts, min(max(cells - cells // 2, 30 * (how == "no rounding")), len(counts)))
    base = 1 if how == "no rounding" else LEAST
    for place, cell, between in drawn:
        known = [file[place] for file in files if cell in file.get(place, {})]
        if between:
            limits = bounds([files[between[0]][place], files[between[1]][place]], cell, (0, 1), base=base)
        else:
            # Where the total is the same, so may be all the rest.
            is_same = len({version["total", "ALL", "counted"] for version in known}) == 1
            limits = bounds(known[-2:], cell, base=base, is_same=is_same)
        found["asked"] += 1
        if limits is None:
            found["misread"] += 1
            continue
        true = [truths[number].get(place, {}).get(cell, 0) for number in (between or (last, last))]
        if not limits[0] <= (true[1] - true[0] if between else true[1]) <= limits[1]:
            found["misread"] += 1
            continue
        found["given"] += limits[1] - limits[0] + 1 < LEAST
    return found


def _is_told_anew(versions: list[Mapping[Cell, int]], cell: Cell) -> bool:
    """Whether two versions tell a cell differently, of a city's year whose total they tell alike."""
    total = ("total", "ALL", "counted")
    return len({version.get(total) for version in versions}) == 1 < len({version.get(cell) for version in versions})


def _unmoved(world: World, scratch: Path, seeds: range, size: int) -> Iterator[Trial]:
    """One late row, and nine: what the next month's edition says of that city's year."""
    for how in ("", "never waits"):
        moved = tried = 0
        for seed in seeds if not how else seeds[:1]:
            chance = random.Random(seed)
            for rows in (1, 9):
                at = scratch / f"{how or 'open'}-{seed}-{rows}"
                mine = begun(world, at)
                city = chance.choice(_cities(world))
                with planted(how):
                    before = told(mine, AS_OF[0], at, _secret(seed), frozenset())
                    change(mine, chance, {city: rows})
                    after = told(mine, AS_OF[1], at, _secret(seed), frozenset())
                tried += 1
                moved += read(before).get((2026, city)) != read(after).get((2026, city))
        yield Trial(
            AREA,
            f"one to nine late rows of {size:,} sessions{', told at once' if how else ''}",
            "is seen (else it proves nothing)" if how else "nothing that is told of the city's year moves",
            tried,
            f"{moved:,} of {tried:,} moved",
            moved > 0 if how else moved == 0,
        )


def _agreed(world: World, scratch: Path, seed: int, size: int, readers: int) -> Trial:
    """What any two readers are told of a third city."""
    cities = random.Random(seed).sample(_cities(world), readers)
    mine = begun(world, scratch)
    files = {city: told(mine, AS_OF[-1], scratch, _secret(seed), frozenset([city])) for city in cities}
    differ, pairs = [], 0
    for one, other in combinations(cities, 2):
        pairs += 1
        with duckdb.connect() as con:
            con.execute(f"attach '{files[one]}' as a (read_only)")
            con.execute(f"attach '{files[other]}' as b (read_only)")
            for (table,) in con.execute("select table_name from duckdb_tables() where database_name = 'a'").fetchall():
                columns = {n for n, *_ in con.execute(f'describe a.marts."{table}"').fetchall()}
                if table in ("edition", *_OF_ONES_OWN):
                    continue
                third = f"where city_code not in ('{one}', '{other}')" if "city_code" in columns else ""
                both = f'from a.marts."{table}" {third} except all from b.marts."{table}" {third}'
                if con.execute(f"select count(*) from ({both})").fetchone()[0]:
                    differ.append(table)
    return Trial(
        AREA,
        f"two readers together, {size:,} sessions",
        "both are told the same of a third city",
        pairs,
        f"{pairs} pairs of readers, {len(files)} editions: {', '.join(sorted(set(differ))) or 'no table differs'}",
        not differ,
    )


# Tables in which a reader sees records, institutions or parks of its own and none of others.
_OF_ONES_OWN = (
    *("audit_certificate_conflict", "fct_certification", "fct_employment", "institution_funnel"),
    *("institution_growth", "institution_rule", "institution_scorecard", "park_budget"),
)


def _counted(world: World, scratch: Path, seeds: range, size: int) -> Iterator[Trial]:
    """The census of every column, rates and bounds inverted, amounts, and workbooks."""
    mine = begun(world, scratch)
    city = random.Random(seeds[0]).choice(_cities(world))
    edition = told(mine, AS_OF[-1], scratch, _secret(seeds[0]), frozenset([city]))
    telling, looked_at = census(edition, mine.version, frozenset([city]))
    yield Trial(
        AREA,
        f"every number of an edition beside the true one, {size:,} sessions",
        "no column that may not be exact is true more often than by chance",
        looked_at,
        f"{looked_at:,} numbers: {'; '.join(telling) or 'none'}",
        not telling,
    )
    plant, _ = census(mine.version, mine.version, frozenset([city]))
    yield Trial(
        AREA,
        f"the census of the version itself, {size:,} sessions",
        "finds columns (else it proves nothing)",
        looked_at,
        f"{len(plant)} columns",
        len(plant) > 20,
    )
    right = inverted(intervals_of(edition), _truth(mine), frozenset([city]))
    yield Trial(
        AREA,
        f"rates and their bounds inverted, {size:,} sessions",
        "give back no more small remainders than chance would",
        right["looked at"],
        f"{right['right']} of {right['looked at']} right",
        right["right"] <= max(2, 0.34 * right["looked at"]),
    )
    yield from _circulars(world, scratch, city, size)
    yield from _less_ones_own(world, scratch, seeds[0], size)
    yield from _months_of_the_course(edition, mine.version, size)
    yield _parks(edition, mine.version, city, size)
    yield _lone_payments(edition, mine.version, city, size)
    yield _only_own_persons(edition, size)
    yield _silent_rows(edition, city, size)


def _circulars(world: World, scratch: Path, city: str, size: int) -> Iterator[Trial]:
    """The circulars of a month as the command writes them, of the province and of a city, and one of the version as
    nobody is sent it."""
    home = Home(world.working.parent)
    with duckdb.connect(str(world.version), read_only=True) as con:
        names = dict(con.execute("select name_zh, city_code from marts.dim_city where is_city").fetchall())
    month, true = AS_OF[-1].replace(day=1), _truth(world)
    right: dict[str, Counter[str]] = {}
    for how, code, own in (("province", "ALL", []), ("city", city, [city]), ("version", "ALL", [])):
        out = scratch / f"{how}.xlsx"
        with _untold() if how == "version" else nullcontext():
            report(home, month, code, out, progress=lambda _: None)
        right[how] = inverted(read_back(out, month.year, names), true, frozenset(own))
    for how, what in (("province", "the province's circular"), ("city", "a city's circular")):
        seen = right[how]
        yield Trial(
            AREA,
            f"rates of {what}, read back from its workbook and inverted, {size:,} sessions",
            "give back no more small remainders than chance would",
            seen["looked at"],
            f"{seen['right']} of {seen['looked at']} right",
            seen["right"] <= max(2, 0.34 * seen["looked at"]),
        )
    plant = right["version"]
    yield Trial(
        AREA,
        f"the same of a circular made from the version itself, {size:,} sessions",
        "gives them back (else it proves nothing)",
        plant["looked at"],
        f"{plant['right']} of {plant['looked at']} right",
        plant["right"] > 0.34 * plant["looked at"] or plant["looked at"] < _FEW,
    )


@contextmanager
def _untold() -> Iterator[None]:
    """Circulars made from the version and not from what is told of it."""

    @contextmanager
    def whole(_home: Home, version: Path, _cities: frozenset[str]) -> Iterator[Published]:
        with open_version(version) as connection:
            yield Published(version, connection)

    told = bulletin_report.as_told
    bulletin_report.as_told = whole
    try:
        yield
    finally:
        bulletin_report.as_told = told


# Counts that are told of the province alone and of one's own city exactly: table → key, counts.
_OF_THE_PROVINCE = {
    "fund_flow_scope": ("calendar_year, month_of_year, funding_source", ("payments",)),
    "entitlement_scope": ("plan_year, training_type, component", ("sessions",)),
    "outcome_cohort": ("plan_year, end_month, months_since", ("counted_sessions",)),
    "demand_scope": ("surveyed_half, industry_code", ("completed_sessions",)),
    "refused_reason": ("reason_code", ("faults",)),
    "landing_scope": ("extract", ("rows_read", "rows_landed", "rows_rejected")),
}


def _less_ones_own(world: World, scratch: Path, seed: int, size: int) -> Iterator[Trial]:
    """Three readers take their own counts off the province's: how much can be left of any other city's?

    What is told of the province is a sum of tens, each as near to a city's count as any: from the own ones the readers
    know what these tens are at the least, and what is left, and nine, is the most that another city can have.
    """
    cities = random.Random(seed + 1).sample(_cities(world), 3)
    for how in ("", "once for the province"):
        mine = begun(world, scratch / f"less-{how or 'open'}")
        given = asked = 0
        with planted(how):
            edition = told(mine, AS_OF[-1], mine.working.parent, _secret(seed), frozenset(cities))
        with duckdb.connect(str(edition), read_only=True) as con:
            for table, (key, counts) in _OF_THE_PROVINCE.items():
                for count in counts:
                    own = count if how else f"{count} // 10 * 10"
                    rows = con.execute(
                        f"""
                        select
                          any_value({count}) filter (city_code = 'ALL') as province,
                          coalesce(sum({own}) filter (list_contains($1, city_code)), 0) as own
                        from marts.{table} group by {key} having province is not null
                        """,
                        [cities],
                    ).fetchall()
                    asked += len(rows)
                    given += sum(province + LEAST - 1 - own < LEAST - 1 for province, own in rows)
        yield Trial(
            AREA,
            f"the province's counts less three readers' own, {size:,} sessions{f': rounded {how}' if how else ''}",
            "leaves some fewer than ten values (else it proves nothing)" if how else "leaves another city ten values",
            asked,
            f"{given} of {asked:,} left fewer",
            given > 0 if how else given == 0,
        )


def _months_of_the_course(edition: Path, version: Path, size: int) -> Iterator[Trial]:
    """The course that a target ought to take follows from the months of the years before: does it give them back?"""
    with duckdb.connect(str(version), read_only=True) as con:
        true = dict(
            con.execute(
                "select month(end_month), sum(counted_sessions) from marts.fct_progress "
                "where plan_year = 2025 group by all"
            ).fetchall()
        )
    total = sum(true.values())  # a year's total is told
    for what, file in (("an edition", edition), ("the version itself", version)):
        with duckdb.connect(str(file), read_only=True) as con:
            rows = con.execute(
                """
                select
                  month(end_month),
                  (target_cumulative - coalesce(lag(target_cumulative) over (order by end_month), 0))
                  / max(target_cumulative) over ()
                from marts.progress_month where plan_year = 2026
                """
            ).fetchall()
        right = sum(round(share * total) == true.get(month, 0) for month, share in rows)
        is_plant = file == version
        yield Trial(
            AREA,
            f"months of the year before from the expected course of {what}, {size:,} sessions",
            "are given back (else it proves nothing)" if is_plant else "are right no more often than by chance",
            len(rows),
            f"{right} of {len(rows)} right",
            right > 8 if is_plant else right <= 4,
        )


def _parks(edition: Path, version: Path, city: str, size: int) -> Trial:
    """Parks from which the reader paid nothing: is one there or not, as others paid from it or not?"""
    with _beside(edition, version) as con:
        rows, others = con.execute(
            """
            select count(*), coalesce(count_if(not exists (
              from truth.marts.fct_subsidy as p
              where p.park_code = t.park_code and year(p.paid_on) = t.calendar_year and p.city_code = $1
            )), 0)
            from told.marts.park_budget as t
            """,
            [city],
        ).fetchone()
    return Trial(
        AREA,
        f"budgets of parks, {size:,} sessions",
        "are told of parks from which one has paid",
        rows,
        f"{others} of {rows} of others",
        others == 0,
    )


def _lone_payments(edition: Path, version: Path, city: str, size: int) -> Trial:
    """Amounts of the province less one's own: is a payment of another city's left?"""
    with _beside(edition, version) as con:
        rows = con.execute(
            """
            with province as (select * from told.marts.fund_flow_scope where city_code = 'ALL'),
            own as (select * from told.marts.fund_flow_scope where city_code = $1),
            rest as (
              select province.calendar_year, province.month_of_year, province.funding_source,
                province.paid_yuan - coalesce(own.paid_yuan, 0) as yuan
              from province
              left join own using (calendar_year, month_of_year, funding_source)
            )
            select count(*), count_if(yuan in (
              select amount_yuan from truth.marts.fct_subsidy where city_code <> $1
            ) and yuan > 0)
            from rest
            """,
            [city],
        ).fetchone()
    return Trial(
        AREA,
        f"the province's money less one's own, {size:,} sessions",
        "no payment of another city is left",
        rows[0],
        f"{rows[1]} of {rows[0]} differences are a payment",
        rows[1] == 0,
    )


def _only_own_persons(edition: Path, size: int) -> Trial:
    """Records of persons whom the reader has not trained, in any table that names persons."""
    strangers, records = [], 0
    with duckdb.connect(str(edition), read_only=True) as con:
        tables = con.execute(
            "select table_name from duckdb_columns() where column_name = 'person_key' and schema_name = 'marts'"
        ).fetchall()
        for (table,) in tables:
            own = "(select person_key from marts.fct_training_session)"
            count, others = con.execute(
                f"select count(*), coalesce(count_if(person_key not in {own}), 0) from marts.{table}"
            ).fetchone()
            records += count
            strangers += [f"{table}: {others}"] if others else []
    return Trial(
        AREA,
        f"records of persons, {size:,} sessions",
        "are of persons with a session of one's own",
        records,
        "; ".join(strangers) or "none of a stranger",
        not strangers,
    )


def _silent_rows(edition: Path, city: str, size: int) -> Trial:
    """Rows of others that are there with a count told as 0: where a true 0 has no row, they tell that it is none."""
    found, rows = [], 0
    with duckdb.connect(str(edition), read_only=True) as con:
        for table, count, where in (
            ("city_rule_loss", "lost_sessions", "true"),
            ("funnel_loss", "lost_sessions", "true"),
            ("headcount", "counted_sessions", "true"),
            ("outcome_scope", "counted_sessions", "true"),
            ("outcome_month", "counted_sessions", "true"),
            ("uncounted_scope", "subsidised_sessions", "true"),
            ("rule_scope", "records", "is_suppressed"),
        ):
            columns = {name for name, *_ in con.execute(f"describe marts.{table}").fetchall()}
            others = f"city_code <> '{city}'" if "city_code" in columns else "true"
            present, silent = con.execute(
                f"select count(*), coalesce(count_if({count} = 0), 0) from marts.{table} where {where} and {others}"
            ).fetchone()
            rows += present
            found += [f"{table}: {silent}"] if silent else []
    return Trial(
        AREA,
        f"rows of others that are there, {size:,} sessions",
        "none is told as 0",
        rows,
        "; ".join(found) or "none",
        not found,
    )
