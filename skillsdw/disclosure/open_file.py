"""The file of open figures: every mart as anybody may know it, worked out by the models from treated counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from skillsdw.disclosure.cells import Cells, Place, read_before, read_cells
from skillsdw.disclosure.ledger import closed_month, is_of_secret, refreshed, settle
from skillsdw.disclosure.rounding import Rounding
from skillsdw.disclosure.secret import SecretFault, secret_check
from skillsdw.disclosure.treated import MIX, NO_CITY, NO_MEMBER, Province, put_rows, treat, write_inputs
from skillsdw.publish import STORAGE


@dataclass(frozen=True)
class Run:
    """One run of a model: by which cut what it reads is cut, and which rows of its answer that is good for."""

    model: str
    progress: str = "industry"
    stratum: str = "industry"
    before: str = "industry"
    keep: str = "true"


_UNCUT = "industry_code = 'ALL' and trainee_group = 'ALL'"
_TARGET_PROGRESS, _FUNNEL = "target_progress", "session_funnel"  # not run, but made from what is told
# Models that are run once more, each after what it reads; those of `intermediate` begin with int_. A model that cuts
# sessions by several properties is run once for each.
RUNS = (
    # What is expected by a day follows from the months that are told of the years before.
    *(Run(model, progress="month") for model in ("int_season_profile", "int_year_elapsed")),
    Run("headcount", keep="trainee_group = 'ALL'"),
    Run("headcount", progress="group", keep="industry_code = 'ALL' and trainee_group <> 'ALL'"),
    *map(Run, ("int_city_measure", "int_city_rank", "city_scorecard", "priority_scope", _TARGET_PROGRESS)),
    *map(Run, ("city_pace", "city_peer", "city_funnel", "funnel_limit")),
    Run("outcome_scope", keep="trainee_group = 'ALL' and training_type = 'ALL'"),
    Run(
        "outcome_scope",
        stratum="group",
        keep="trainee_group <> 'ALL' and industry_code = 'ALL' and training_type = 'ALL'",
    ),
    Run("outcome_scope", stratum="type", keep=f"training_type <> 'ALL' and {_UNCUT}"),
    Run("outcome_part"),
    Run("outcome_month", progress="month"),
    Run("priority_month", progress="month"),
    Run("priority_part", before="group"),
    Run("priority_change", keep="dimension = 'industry'"),
    Run("priority_contribution", progress="month", keep="dimension = 'city'"),
    Run("priority_contribution", progress="group", keep="dimension = 'trainee_group'"),
    *map(Run, ("priority_bridge", "industry_scope", "uncounted_scope", "city_rule_loss", "rule_scope")),
    Run("progress_month", progress="month"),
    Run(_FUNNEL),  # before attention_item reads it
    Run("attention_item"),
)
# What they read besides, as it stands in the working file: lists, targets, projections, what was ever landed.
_AS_THEY_ARE = (
    *("intermediate.int_city_target", "intermediate.int_projection", "intermediate.int_rule_assessed"),
    *("marts.dim_city", "marts.dim_industry", "marts.extract_state", "marts.city_freshness"),
)


@dataclass(frozen=True)
class Rounded:
    """A mart of which only the province's rows are told, by their `key`.

    Counts are the sum of the cities' rounded parts: who takes the own ones off knows what is left only as well as a
    rounded count. The parts are the mart's rows of cities, or else what `parts` asks (key, city_code, counts). Amounts
    are rounded, shares worked out from what is told (column → numerator, denominator), no column larger than that
    `within` which it lies. Rows whose first count is told as 0 are left out. `untold` are columns that nobody is told.
    """

    key: tuple[str, ...]
    counts: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    shares: Mapping[str, tuple[str, str]] | None = None
    within: Mapping[str, str] | None = None
    untold: tuple[str, ...] = ()
    parts: str | None = None
    starts: tuple[str, ...] | None = None  # columns of the key by which a start is named, where not all
    where: str = "city_code = 'ALL'"
    keeps_empty: bool = False


# The parts of marts that have no rows of cities, from what these marts are summed up from; plan year 0 is the plan.
_DECLARED = """
with of_year as (
  select funnel_year as plan_year, city_code, steps, cause, sessions
  from warehouse.intermediate.int_declared_step
  where funnel_year in (select plan_year from warehouse.seeds.target)
),

declared as (
  from of_year
  union all
  select * replace (0 as plan_year) from of_year
)
"""
_REACHED = f"""
{_DECLARED}
select plan_year, step, city_code, sum(sessions) as sessions
from declared
inner join (select distinct step, step_order from warehouse.marts.session_funnel) as reached on steps >= step_order
group by all
"""
_LOST = f"""
{_DECLARED}
select plan_year, step, cause, city_code, sum(sessions) as lost_sessions
from declared
inner join (select distinct step, step_order from warehouse.marts.session_funnel) as missed on steps + 1 = step_order
where cause is not null
group by all
"""
_BEGUN = """
with of_year as (
  select start_year as plan_year, city_code, sessions as enrolled_sessions, 0 as completed_sessions
  from warehouse.intermediate.int_declared_step
  union all
  select plan_year, city_code, 0, completed_sessions
  from warehouse.marts.fct_progress
),

of_plan as (
  from of_year where plan_year in (select plan_year from warehouse.seeds.target)
)

from of_plan
union all
select * replace (0 as plan_year) from of_plan
"""

ROUNDED: Mapping[str, Rounded] = {
    "session_funnel": Rounded(("plan_year", "step"), ("sessions",), parts=_REACHED, where="true", keeps_empty=True),
    "target_progress": Rounded(
        ("plan_year",), ("enrolled_sessions", "completed_sessions"), parts=_BEGUN, where="true", keeps_empty=True
    ),
    "funnel_loss": Rounded(("plan_year", "step", "cause"), ("lost_sessions",), parts=_LOST, where="true"),
    "fund_flow_scope": Rounded(
        ("calendar_year", "month_of_year", "funding_source"),
        ("payments",),
        ("paid_yuan", "irregular_yuan"),
        {"irregular_share": ("irregular_yuan", "paid_yuan")},
    ),
    "entitlement_scope": Rounded(
        ("plan_year", "training_type", "component"),
        ("sessions", "assessed_sessions"),
        ("entitled_yuan", "paid_yuan", "paid_not_assessed_yuan", "owed_yuan", "overpaid_yuan"),
        within={"assessed_sessions": "sessions"},
    ),
    "subsidy_liability": Rounded(
        ("due_month",),
        amounts=(
            *("low_yuan", "expected_yuan", "high_yuan"),
            *("low_yuan_so_far", "expected_yuan_so_far", "high_yuan_so_far"),
        ),
        untold=("open_sessions",),
        where="true",
        keeps_empty=True,
    ),
    # A cohort's months are rounded by one start: what has come by one month is no less than by the month before.
    "outcome_cohort": Rounded(
        ("plan_year", "end_month", "months_since"),
        ("counted_sessions", "certified_sessions"),
        starts=("plan_year", "end_month"),
        shares={"certification_rate": ("certified_sessions", "counted_sessions")},
    ),
    "demand_scope": Rounded(
        ("surveyed_half", "industry_code"),
        ("completed_sessions", "certified_sessions"),
        within={"certified_sessions": "completed_sessions"},
        untold=("gap", "over_supply", "filled_share", "intent_coverage"),
        keeps_empty=True,
    ),
    "refused_reason": Rounded(
        ("reason_code",),
        ("faults", "refused_rows", "open_rows"),
        within={"refused_rows": "faults", "open_rows": "refused_rows"},
        untold=("files",),
    ),
    "landing_scope": Rounded(
        ("extract",),
        ("rows_read", "rows_landed", "held_rows", "rows_rejected", "open_rows", "corrected_rows"),
        shares={"rejected_share": ("rows_rejected", "rows_read"), "open_share": ("open_rows", "rows_read")},
        untold=("files", "refused_files", "open_files", "corrected_files", "held_files"),
    ),
}


def write_open_file(
    working: Path,
    ledger: Path,
    candidate: Path,
    compiled: Path,
    secret: bytes,
    as_of: date,
    least: int,
    made_by: str,
    memory_limit: str,
) -> None:
    """Write `candidate`: the open figures of the working file, refreshed for the month that is over on `as_of`.

    `ledger` is the file of what was told before (made where there is none), `compiled` dbt's folder of compiled models,
    `least` the fewest sessions of a city's year that are told; `made_by` says of which code the figures are.
    `SecretFault` where the ledger was told with another secret.
    """
    rounding = Rounding(secret)
    with duckdb.connect(config={"memory_limit": memory_limit}) as con:
        con.execute(f"attach '{_quoted(working)}' as warehouse (read_only)")
        con.execute(f"attach '{_quoted(ledger)}' as ledger")
        ledger.chmod(0o600)
        if not is_of_secret(con, secret_check(secret)):
            raise SecretFault(
                "rounding.key 不是以前公开数所用的那一个,没有生成公开数。请恢复:skillsdw key restore --from 备份文件 / "
                "rounding.key is not the one of the figures told before: no open figures were made. Put it back: "
                "skillsdw key restore --from FILE"
            )
        month = closed_month(as_of)
        cells = refreshed(con, read_cells(con), month)
        before = list(read_before(con))
        priority = [
            group
            for (group,) in con.execute(
                "select trainee_group from warehouse.seeds.trainee_group where is_priority"
            ).fetchall()
        ]
        province = treat(cells, priority, least, rounding)
        # The models name what they read as in the working file: here the same names stand for what is treated.
        con.execute("attach ':memory:' as open")
        for schema in ("marts", "intermediate", "seeds", "cut"):
            con.execute(f"create schema open.{schema}")
        write_inputs(con, province, before, rounding)
        _copy(con, [f"seeds.{name}" for name in _tables(con, "seeds")])
        _copy(con, _AS_THEY_ARE)
        _round(con, rounding, month)
        for run in RUNS:
            if run.model == _TARGET_PROGRESS:
                _make_target_progress(con)
            elif run.model == _FUNNEL:
                _make_funnel(con)
            else:
                _run(con, run, compiled)
        _leave_out(con, province)
        con.execute(
            f"attach '{_quoted(candidate)}' as file (storage_version '{STORAGE['storage_compatibility_version']}')"
        )
        con.execute("create schema file.marts")
        for table in _tables(con, "marts"):
            told = _open_select(con, table)
            con.execute(f'create table file.marts."{table}" as {told}')
        _keep_standards(con, cells, rounding, compiled)
        con.execute("create table file.standard.refresh (closed_month date, made_by varchar)")
        con.execute("insert into file.standard.refresh values (?, ?)", [month, made_by])
        for database in ("file", "ledger", "warehouse"):
            con.execute(f"detach {database}")


def _run(con: duckdb.DuckDBPyConnection, run: Run, compiled: Path) -> None:
    for name, cut in {
        "marts.fct_progress": f"progress_{run.progress}",
        "intermediate.int_outcome_stratum": f"stratum_{run.stratum}",
        "intermediate.int_year_before": f"before_{run.before}",
    }.items():
        con.execute(f"create or replace view open.{name} as from open.cut.{cut}")
    sql, name = compiled_model(compiled, run.model), f"open.{_schema_of(run.model)}.{run.model}"
    answer = f"select * from ({sql}) where {run.keep}"
    if run.model in {other.model for other in RUNS[: RUNS.index(run)]}:
        con.execute(f"insert into {name} by name {answer}")
    else:
        con.execute(f"create or replace table {name} as {answer}")


def compiled_model(compiled: Path, model: str) -> str:
    """A model's SQL as dbt has compiled it, reading from the database `open`."""
    sql = (compiled / _schema_of(model) / f"{model}.sql").read_text(encoding="utf-8")
    return sql.replace('"warehouse".', '"open".')


def _schema_of(model: str) -> str:
    return "intermediate" if model.startswith("int_") else "marts"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _tables(con: duckdb.DuckDBPyConnection, schema: str, database: str = "warehouse") -> list[str]:
    rows = con.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = ? order by 1",
        [database, schema],
    ).fetchall()
    return [name for (name,) in rows]


def _copy(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    for name in names:
        con.execute(f"create or replace table open.{name} as from warehouse.{name}")


def _round(con: duckdb.DuckDBPyConnection, rounding: Rounding, month: date) -> None:
    """Make the tables of the province alone."""
    con.execute("create or replace schema open.part")
    for table, how in ROUNDED.items():
        name = f"open.marts.{table}"
        con.execute(f"create or replace table {name} as from warehouse.marts.{table} where {how.where}")
        if how.amounts:
            settle(con, f"marts.{table}", how.key, how.key[:1], (*how.counts, *how.untold), month)
            _round_amounts(con, table, how, rounding)
        if how.untold:
            con.execute(f"update {name} set {', '.join(f'{column} = null' for column in how.untold)}")
        if how.counts:
            _round_counts(con, table, how, rounding, month)
        if not how.keeps_empty:
            con.execute(f"delete from {name} where coalesce({how.counts[0]}, 0) = 0")
        for inner, outer in (how.within or {}).items():
            con.execute(f"update {name} set {inner} = least({inner}, {outer}) where {outer} is not null")
        for share, (part, whole) in (how.shares or {}).items():
            con.execute(f"update {name} set {part} = least({part}, {whole}) where {whole} is not null")
            con.execute(f"update {name} set {share} = {part} / nullif({whole}, 0)")
    con.execute(
        "update open.marts.refused_reason as t set share_of_faults = faults / (select sum(faults) from "
        "open.marts.refused_reason)"
    )


def _round_counts(con: duckdb.DuckDBPyConnection, table: str, how: Rounded, rounding: Rounding, month: date) -> None:
    """The counts of the province's rows as the sums of what is told of each city and of what is no city's."""
    key, counts = ", ".join(how.key), ", ".join(how.counts)
    sums = ", ".join(f"sum(coalesce({column}, 0))::bigint as {column}" for column in how.counts)
    left = ", ".join(f"(whole.{name} - coalesce(cities.{name}, 0))::bigint as {name}" for name in how.counts)
    same = " and ".join(f"whole.{name} is not distinct from cities.{name}" for name in how.key)
    parts, whole = how.parts or f"from warehouse.marts.{table}", "false" if how.parts else how.where
    con.execute(
        f"""
        create or replace table open.part.{table} as
        with whole as (select {key}, {sums} from warehouse.marts.{table} where {whole} group by {key}),

        of_city as (select {key}, city_code, {sums} from ({parts}) where city_code <> 'ALL' group by {key}, city_code),

        cities as (select {key}, {sums} from of_city group by {key})

        select {key}, city_code, {counts} from of_city
        union all
        select {", ".join(f"whole.{name}" for name in how.key)}, '{NO_CITY}' as city_code, {left}
        from whole left join cities on {same}
        """
    )
    settle(con, f"part.{table}", (*how.key, "city_code"), (how.key[0], "city_code"), how.counts, month)
    told: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0] * len(how.counts))
    rows = con.execute(f"select {key}, city_code, {counts} from open.part.{table}").fetchall()
    for row in rows:
        of_row, city, values = row[: len(how.key)], row[len(how.key)], row[len(how.key) + 1 :]
        start = [str(of_row[how.key.index(column)]) for column in how.starts or how.key]
        for place, (column, value) in enumerate(zip(how.counts, values, strict=True)):
            told[of_row][place] += rounding.tens((table, column, city, *start), max(value, 0))
    assigned = ", ".join(f"{column} = ?" for column in how.counts)
    found = con.execute(f"select rowid, {key}, {counts} from open.marts.{table}").fetchall()
    for rowid, *values in found:
        of_row, true = tuple(values[: len(how.key)]), values[len(how.key) :]
        new = [None if was is None else count for was, count in zip(true, told[of_row], strict=True)]
        con.execute(f"update open.marts.{table} set {assigned} where rowid = ?", [*new, rowid])


def _round_amounts(con: duckdb.DuckDBPyConnection, table: str, how: Rounded, rounding: Rounding) -> None:
    rows = con.execute(f"select rowid, {', '.join((*how.key, *how.amounts))} from open.marts.{table}").fetchall()
    assigned = ", ".join(f"{column} = ?" for column in how.amounts)
    for rowid, *values in rows:
        key, amounts = values[: len(how.key)], values[len(how.key) :]
        new = [
            None if amount is None else rounding.amount((table, column, *map(str, key)), amount)
            for column, amount in zip(how.amounts, amounts, strict=True)
        ]
        con.execute(f"update open.marts.{table} set {assigned} where rowid = ?", [*new, rowid])


def _make_target_progress(con: duckdb.DuckDBPyConnection) -> None:
    """The province's progress from the treated counts; what is projected to hundreds."""
    hundreds = ("delay_sessions", "projected_sessions", "projection", "projection_low", "projection_high")
    con.execute(
        f"""
        create or replace table open.marts.target_progress as
        with elapsed as (
          select e.plan_year, e.expected_share_elapsed
          from open.intermediate.int_year_elapsed as e
          union all
          select 0, sum(e.expected_share_elapsed * target.target_sessions) / sum(target.target_sessions)
          from open.intermediate.int_year_elapsed as e
          inner join warehouse.seeds.target as target using (plan_year)
        )

        select t.* replace (
          elapsed.expected_share_elapsed as expected_share_elapsed,
          coalesce(scope.counted_sessions, 0) as counted_sessions,
          coalesce(scope.persons, 0) as persons,
          coalesce(scope.priority_persons, 0) as priority_persons,
          coalesce(scope.priority_sessions, 0) as priority_sessions,
          coalesce(scope.counted_sessions, 0) / t.target_sessions as attainment,
          coalesce(scope.counted_sessions, 0) / nullif(elapsed.expected_share_elapsed * t.target_sessions, 0) as pace,
          case
            when t.required_monthly_sessions is not null
              then greatest(t.target_sessions - coalesce(scope.counted_sessions, 0), 0) / t.months_left
          end as required_monthly_sessions,
          {", ".join(f"round(t.{column}, -2) as {column}" for column in hundreds)},
          scope.priority_share_persons as priority_share_persons,
          scope.priority_share_persons_low as priority_share_persons_low,
          scope.priority_share_persons_high as priority_share_persons_high,
          scope.priority_standing as priority_standing,
          scope.priority_share_sessions as priority_share_sessions,
          scope.persons_to_70 as sessions_to_70,
          scope.persons_to_70 as persons_to_70
        )
        from open.marts.target_progress as t
        left join elapsed
          on t.plan_year = elapsed.plan_year
        left join open.marts.priority_scope as scope
          on
            t.plan_year = scope.plan_year
            and scope.city_code = 'ALL'
            and scope.industry_code = 'ALL'
        """
    )


def _leave_out(con: duckdb.DuckDBPyConnection, province: Province) -> None:
    """What the models say of places that are not told, of the year before where only the province's is known, and of
    crosses whose cells are arbitrary."""
    con.execute("create or replace temp table hidden_place (plan_year integer, city_code varchar)")
    if province.hidden:
        con.executemany("insert into hidden_place values (?, ?)", [list(place) for place in sorted(province.hidden)])
    hidden = "(plan_year, city_code) in (from hidden_place)"
    figures = [
        column
        for column, *_ in con.execute("describe open.marts.city_scorecard").fetchall()
        if column not in ("plan_year", "city_code", "target_sessions", "target_basis")
    ]
    con.execute(
        f"update open.marts.city_scorecard set {', '.join(f'{column} = null' for column in figures)} where {hidden}"
    )
    for table in ("city_pace", "city_funnel", "uncounted_scope", "rule_scope", "city_rule_loss"):
        con.execute(f"delete from open.marts.{table} where {hidden}")
    for table, columns in {
        "headcount": ("industry_code", "trainee_group"),
        "outcome_scope": ("industry_code", "trainee_group", "training_type"),
        "priority_change": ("code",),
        "priority_contribution": ("code",),
    }.items():
        con.execute(
            f"delete from open.marts.{table} where {' or '.join(f'{column} = {NO_MEMBER!r}' for column in columns)}"
        )
    crossed = (
        "(industry_code <> 'ALL')::integer + (trainee_group <> 'ALL')::integer + (training_type <> 'ALL')::integer"
    )
    con.execute(
        f"delete from open.marts.outcome_part where {crossed} + (dimension <> 'city')::integer > 1 "
        "or (dimension = 'city' and city_code <> 'ALL')"
    )
    con.execute(f"delete from open.marts.priority_change where code = '{NO_CITY}'")
    con.execute(
        "update open.marts.priority_contribution set share_points_before = null, share_points_change = null "
        "where dimension = 'trainee_group'"
    )
    for table, columns in {
        "priority_scope": (
            *("sessions_before", "priority_before", "share_before", "share_change", "share_change_low"),
            *("share_change_high", "change_standing"),
        ),
        "priority_part": ("part_before", "part_change", "part_change_low", "part_change_high", "change_standing"),
        "industry_scope": ("sessions_before", "sessions_change"),
    }.items():
        assigned = ", ".join(f"{column} = null" for column in columns)
        con.execute(f"update open.marts.{table} set {assigned} where city_code <> 'ALL'")
    con.execute(
        "update open.marts.industry_scope set is_before_suppressed = true "
        "where city_code <> 'ALL' and before_until_day is not null"
    )
    # When a bureau's last file came is told of no other city.
    con.execute("delete from open.marts.attention_item where kind = 'bureau_silent'")
    # The course so far is what is told of it; what is projected is told to hundreds.
    for column in ("cumulative_projection", "cumulative_projection_low", "cumulative_projection_high"):
        con.execute(
            f"update open.marts.progress_month set {column} = case "
            f"when delay_sessions = 0 and projected_sessions = 0 then cumulative_sessions else round({column}, -2) end"
        )
    con.execute(
        "update open.marts.progress_month set delay_sessions = round(delay_sessions, -2), "
        "projected_sessions = round(projected_sessions, -2)"
    )


def _make_funnel(con: duckdb.DuckDBPyConnection) -> None:
    """The province's funnel says what the cities' told counts add up to, wherever it counts the same: two roundings of
    one count would tell more than one."""
    for step, sessions in {
        "subsidised": "select plan_year, subsidised_sessions from open.marts.uncounted_scope where city_code = 'ALL'",
        "eligible": "select plan_year, counted_sessions from open.marts.headcount "
        f"where city_code = 'ALL' and {_UNCUT}",
        "certified": "select plan_year, certified_sessions from open.marts.outcome_scope "
        f"where city_code = 'ALL' and {_UNCUT} and training_type = 'ALL'",
    }.items():
        con.execute(
            f"update open.marts.session_funnel as t set sessions = told.sessions from ({sessions}) as told "
            f"(plan_year, sessions) where t.plan_year = told.plan_year and t.step = '{step}'"
        )
    con.execute(
        """
        update open.marts.session_funnel as t
        set sessions = less.sessions, lost_sessions = less.lost
        from (
          select plan_year, step_order, sessions,
            coalesce(lag(sessions) over (partition by plan_year order by step_order) - sessions, 0) as lost
          from (
            select
              plan_year, step_order,
              -- The steps before the counted ones are not told smaller than these.
              case
                when step in ('declared', 'completed') then max(sessions) over behind else min(sessions) over before
              end as sessions
            from open.marts.session_funnel
            window
              before as (partition by plan_year order by step_order),
              behind as (
                partition by plan_year order by step_order rows between current row and unbounded following
              )
          )
        ) as less
        where t.plan_year = less.plan_year and t.step_order = less.step_order
        """
    )
    con.execute(
        """
        create or replace temp table told_loss as
        select plan_year, 'eligible' as step, rule_code as cause, records as lost_sessions
        from open.marts.rule_scope
        where city_code = 'ALL' and severity = 'ineligible' and records > 0
        union all
        select plan_year, 'certified', 'not_certified', lost_sessions
        from open.marts.session_funnel
        where step = 'certified' and lost_sessions > 0;

        delete from open.marts.funnel_loss where step in ('eligible', 'certified');

        insert into open.marts.funnel_loss by name
        select *, 0::integer as sort_order
        from told_loss
        where plan_year in (select plan_year from open.marts.session_funnel)
        """
    )
    con.execute(
        """
        update open.marts.funnel_loss as t
        set sort_order = told.place
        from (
          select
            plan_year, step, cause,
            row_number() over (partition by plan_year, step order by lost_sessions desc, cause)::integer as place
          from open.marts.funnel_loss
        ) as told
        where t.plan_year = told.plan_year and t.step = told.step and t.cause = told.cause
        """
    )


# Columns that no open figure has: what names records, files or batches, or counts them exactly.
NULLED: Mapping[str, tuple[str, ...]] = {
    "city_freshness": ("files", "rows_landed", "last_landed_at", "newest_on", "days_behind"),
    "extract_state": (
        *("batches", "rows_landed", "rows_rejected", "last_batch_id", "last_landed_at", "latest_business_date"),
    ),
}
# Told to hundreds of sessions, or to three digits: worked out from all of them.
_COARSE = {
    "projection_accuracy": ("mean_absolute_error", "mean_absolute_error_straight"),
    "projection_backtest": (
        *("observed_sessions", "projection", "projection_low", "projection_high", "straight_line", "actual_sessions"),
        *("projection_error", "straight_line_error"),
    ),
}
_TREATED = frozenset(
    (
        *(run.model for run in RUNS if not run.model.startswith("int_")),
        *ROUNDED,
    )
)


def _open_select(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The query of a mart's open figures. A mart that nothing is said of has no row: what is new is nobody else's."""
    columns = [column for column, *_ in con.execute(f'describe warehouse.marts."{table}"').fetchall()]
    if table in _TREATED:
        return f'select {", ".join(columns)} from open.marts."{table}"'
    if table in NULLED:
        nulled = ", ".join(f"null::{_type(con, table, column)} as {column}" for column in NULLED[table])
        return f'select * replace ({nulled}) from warehouse.marts."{table}"'
    if table in _COARSE:
        coarse = ", ".join(f"round({column}, -2)::{_type(con, table, column)} as {column}" for column in _COARSE[table])
        return f'select * replace ({coarse}) from warehouse.marts."{table}"'
    return f'from warehouse.marts."{table}" where false'


def _type(con: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    return con.execute(
        "select data_type from duckdb_columns() where database_name = 'warehouse' and schema_name = 'marts' "
        "and table_name = ? and column_name = ?",
        [table, column],
    ).fetchone()[0]


_STANDARD = ("counted_sessions", "certified_sessions", "due_sessions", "employed_sessions")
# Sessions of like mix that are told by themselves: of fewer, a rounding to tens would be what is told.
_LEAST_OF_A_MIX = 100


def _standards(cells: Mapping[Place, Cells], rounding: Rounding) -> list[tuple[object, ...]]:
    """The province's sessions by mix: group, type and industry where they are many, the rest of a group and type, of a
    group, of all together. A mix that is told has no part in the rest."""
    waiting: dict[tuple[int, tuple[str, ...]], Counter[str]] = defaultdict(Counter)
    for (year, _), found in cells.items():
        for (dimension, member, measure), count in found.counts.items():
            if dimension == "mix":
                waiting[year, tuple(member.split("|"))][measure] += count
    told = []
    for kept in (2, 1, 0, None):  # properties that the rest still has
        rest: dict[tuple[int, tuple[str, ...]], Counter[str]] = defaultdict(Counter)
        for (year, mix), counts in sorted(waiting.items()):
            states = {state: rounding.tens(("standard", state, year, *mix), n) for state, n in counts.items()}
            if states["counted"] < _LEAST_OF_A_MIX and kept is not None:
                rest[year, (*mix[:kept], *[NO_MEMBER] * (3 - kept))].update(counts)
                continue
            counted = states["counted"]
            due = min(sum(states.get(state, 0) for state in ("employed", "not_employed", "awaiting")), counted)
            told.append(
                (
                    year,
                    *mix,
                    counted,
                    min(states.get("certified", 0), counted),
                    due,
                    min(states.get("employed", 0), due),
                )
            )
        waiting = rest
    return told


def _keep_standards(
    con: duckdb.DuckDBPyConnection, cells: Mapping[Place, Cells], rounding: Rounding, compiled: Path
) -> None:
    """What a city is standardised by: the province's sessions by mix, treated, and the model that takes them."""
    told = _standards(cells, rounding)
    con.execute("create schema file.standard")
    columns = [f"{name} {'integer' if name == 'plan_year' else 'varchar'}" for name in MIX]
    columns += [f"{measure} bigint" for measure in _STANDARD]
    put_rows(con, "file.standard.stratum", ", ".join(columns), told)
    con.execute("create table file.standard.model (name varchar, sql varchar)")
    sql = (compiled / "marts" / "city_standardised.sql").read_text(encoding="utf-8")
    con.execute("insert into file.standard.model values ('city_standardised', ?)", [sql])
