"""What changed between two published versions, and why: every headline figure before and after, split by cause.

The causes are applied one after the other in a fixed order, session by session, and every figure is counted anew after
each. So the effects add up to the change exactly, also for head-counts and shares, which are no sums of sessions.

A session's cause: it is there for the first time (new, or late when it had ended by the earlier as-of date); it is gone
(void); what was filed differs (correction); the later version looks at an earlier day or at fewer batches and does not
know of it yet (moved_back); it counts otherwise though nothing filed differs (the cause of the same person's other
sessions when a rule on the person's history came or went, else a changed rule, else a correction of what the fact table
does not hold, such as employer or licence); only its certificate or employment moved (outcome).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

CAUSES = (
    *("new_session", "late_session", "correction", "void", "moved_back", "rule_changed", "outcome"),
    "target_changed",
)
NAMES = {
    "new_session": ("新结业", "new sessions"),
    "late_session": ("补报", "late sessions"),
    "correction": ("更正", "corrections"),
    "void": ("作废", "voids"),
    "moved_back": ("统计时点前移", "looked at from an earlier moment"),
    "rule_changed": ("规则变化", "rules changed"),
    "outcome": ("证书与就业更新", "certificates and jobs"),
    "target_changed": ("目标变化", "targets changed"),
}
FIGURES = (
    *("completed_sessions", "counted_sessions", "priority_sessions", "persons", "priority_persons"),
    *("certified_sessions", "employed_sessions", "target_sessions", "attainment", "priority_share_persons"),
    *("priority_share_sessions", "certification_rate", "employment_rate"),
)
FILED = (
    *("person_key", "class_id", "institution_uscc", "county_code", "industry_code", "occupation_code", "skill_level"),
    *("training_type", "programme", "trainee_group", "funding_source", "park_code", "project_id", "start_date"),
    *("end_date", "class_hours", "status"),
)
JUDGED = ("is_completed", "is_counted", "is_priority", "plan_year", "violations")
HISTORY = ("ANNUAL_CAP", "LIFETIME_CAP", "REPEAT", "DOWNGRADE")  # rules that other sessions of the person decide
OUTCOME = ("certified_on", "employment_status")
# Of fct_progress: what adds up, and what is due beside who is employed.
SUMMED = ("completed_sessions", "counted_sessions", "priority_sessions", "certified_sessions", "employed_sessions")
DUE = ("not_employed_sessions", "awaiting_sessions")
COLUMNS = (
    "build_before varchar, build_after varchar, plan_year integer, figure varchar, value_before double, "
    "value_after double, cause varchar, cause_order integer, effect double"
)


@dataclass(frozen=True)
class Change:
    """One figure of one plan year (0: the three together), and what one cause did to it. Values may be None where a
    share has no denominator; an effect is then None, too."""

    build_before: str
    build_after: str
    plan_year: int
    figure: str
    value_before: float | None
    value_after: float | None
    cause: str
    cause_order: int
    effect: float | None


class NotComparable(Exception):
    """A version of another layout; `str()` is bilingual."""


def diff(before: Path, after: Path) -> list[Change]:
    """Compare two published files. NotComparable when one of them has not the tables for it."""
    with duckdb.connect() as con:
        for name, path in (("before", before), ("after", after)):
            con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
        if not (is_comparable(con, "before") and is_comparable(con, "after")):
            raise NotComparable(
                "两个版本的表结构不同,无法比较 / The versions have other layouts: they cannot be compared"
            )
        return changes(con, "before.marts", "after.marts")


def is_comparable(con: duckdb.DuckDBPyConnection, database: str) -> bool:
    """Whether an attached file has what is compared."""
    needed = {("fct_training_session", name) for name in (*FILED, *JUDGED, *OUTCOME, "enrollment_id")}
    needed |= {("fct_progress", name) for name in ("plan_year", *SUMMED, *DUE)}
    needed |= {("target_progress", name) for name in ("plan_year", "target_sessions", "persons", "priority_persons")}
    needed |= {("published_version", name) for name in ("build_id", "as_of", "batch_id_max", "rules_version")}
    present = con.execute(
        "select table_name, column_name from duckdb_columns() where database_name = ? and schema_name = 'marts'",
        [database],
    ).fetchall()
    return needed <= set(present)


def changes(con: duckdb.DuckDBPyConnection, before: str, after: str, altered: str | None = None) -> list[Change]:
    """The same within a connection that has both; `before` and `after` are schemas, such as `working.marts`.

    `altered` is the table of the sessions that a build of changes looked at, as they were (`sign` -1) and as they are
    (1): all others are as they were.
    """
    for name, schema, sign in (("a_side", before, -1), ("b_side", after, 1)):
        sessions = f"{schema}.fct_training_session" if altered is None else f"{altered} where sign = {sign}"
        con.execute(f"create or replace temp view {name} as {_side(sessions)}")
    con.execute(f"create or replace temp table paired as {_paired()}")
    con.execute(f"create or replace temp table caused as {_caused(before, after)}")
    rows = con.execute(_effects(before, after)).fetchall()
    con.execute("drop table paired; drop table caused")
    for name in ("a_side", "b_side"):
        con.execute(f"drop view {name}")
    return [Change(*row) for row in rows]


def _side(sessions: str) -> str:
    kept = ", ".join((*JUDGED, *OUTCOME))
    return (
        f"select enrollment_id, person_key, end_date, {kept}, hash({', '.join(FILED)}) as filed, "
        f"hash({kept}) as judged from {sessions}"
    )


def _paired() -> str:
    """Sessions that differ between the versions; those that do not are left out early, since they are nearly all."""
    return """
        select
          a, b, coalesce(a.person_key, b.person_key) as person_key
        from a_side as a full join b_side as b on a.enrollment_id = b.enrollment_id
        where a.filed is distinct from b.filed or a.judged is distinct from b.judged
    """


def _caused(before: str, after: str) -> str:
    """A cause for each session that differs."""
    order = {cause: place for place, cause in enumerate(CAUSES, start=1)}
    return f"""
        with
        version as (
          select
            (select as_of from {before}.published_version) as as_of,
            {_of_rules(before)} is distinct from {_of_rules(after)} as rules_differ,
            (
              select later.as_of < earlier.as_of or later.batch_id_max < earlier.batch_id_max
              from {after}.published_version as later, {before}.published_version as earlier
            ) as is_moved_back
        ),
        own as (
          select
            paired.*,
            case
              when
                coalesce(version.is_moved_back, false)
                and (b.enrollment_id is null or (a.is_completed and not b.is_completed))
                then {order["moved_back"]}
              when b.enrollment_id is null then {order["void"]}
              when b.is_completed and not coalesce(a.is_completed, false) and b.end_date <= version.as_of
                then {order["late_session"]}
              when a.enrollment_id is null or (b.is_completed and not a.is_completed) then {order["new_session"]}
              when a.filed <> b.filed then {order["correction"]}
            end as cause_order
          from paired cross join version
        ),
        of_person as (
          select person_key, max(cause_order) as cause_order
          from (
            select a.person_key, cause_order from own union all select b.person_key, cause_order from own
          )
          where person_key is not null and cause_order is not null group by person_key
        )
        select
          own.a, own.b,
          coalesce(
            own.cause_order,
            case
              when
                own.a.is_counted = own.b.is_counted and own.a.is_priority = own.b.is_priority
                and own.a.is_completed = own.b.is_completed
                then {order["outcome"]}
              when
                of_person.cause_order is not null
                and list_has_any({list(HISTORY)}, list_concat(
                  list_filter(own.a.violations, lambda rule : not list_contains(own.b.violations, rule)),
                  list_filter(own.b.violations, lambda rule : not list_contains(own.a.violations, rule))
                ))
                then of_person.cause_order
              when version.rules_differ then {order["rule_changed"]}
              else {order["correction"]}
            end
          ) as cause_order
        from own cross join version left join of_person on own.person_key = of_person.person_key
    """


def _of_rules(schema: str) -> str:
    """The part of the rules' version that decides eligibility: what follows it is of the targets."""
    return f"(select regexp_replace(rules_version, '-targets-.*$', '') from {schema}.published_version)"


def _effects(before: str, after: str) -> str:
    """Count every figure in each state: nothing applied, then one cause after the other."""
    # Head-counts need every session of the persons concerned, changed or not.
    shares = {
        "attainment": ("counted_sessions", "target_sessions"),
        "priority_share_persons": ("priority_persons", "persons"),
        "priority_share_sessions": ("priority_sessions", "counted_sessions"),
        "certification_rate": ("certified_sessions", "counted_sessions"),
        "employment_rate": ("employed_sessions", "due_sessions"),
    }
    counts = (
        *("completed_sessions", "counted_sessions", "priority_sessions", "persons", "priority_persons"),
        *("certified_sessions", "employed_sessions", "due_sessions"),
    )
    figures = ", ".join(
        f"{{figure: '{name}', value: {shares[name][0]} / nullif({shares[name][1]}, 0)}}"
        if name in shares
        else f"{{figure: '{name}', value: cast({name} as double)}}"
        for name in FIGURES
    )
    added = ", ".join(f"base.{name} + state.{name} - first.{name} as {name}" for name in counts)
    return f"""
        with
        person as (
          select a.person_key from caused where a.person_key is not null
          union select b.person_key from caused where b.person_key is not null
        ),
        unchanged as (
          select session.*
          from a_side as session semi join person on session.person_key = person.person_key
          anti join caused on session.enrollment_id = caused.a.enrollment_id
        ),
        step as (select unnest(range(0, {len(CAUSES) + 1})) as state),
        in_state as (
          select step.state, unnest(case when caused.cause_order <= step.state then b else a end)
          from caused cross join step
          union all by name
          select step.state, unchanged.* from unchanged cross join step
        ),
        target_after as (select plan_year, target_sessions from {after}.target_progress),
        -- Years that both versions know; the three together only while they are the same three.
        target as (
          select plan_year, target_sessions from {before}.target_progress as own
          where
            plan_year in (select plan_year from target_after)
            and (
              plan_year > 0
              or (select list(plan_year order by plan_year) from {before}.target_progress)
              = (select list(plan_year order by plan_year) from target_after)
            )
        ),
        in_plan as (
          select state, plan_year, person_key, is_completed, is_counted, is_priority, certified_on, employment_status
          from in_state where plan_year in (select plan_year from target)
        ),
        scope as (
          select * from in_plan
          union all
          select * replace (0 as plan_year) from in_plan
        ),
        counted as (
          select state, plan_year, {_counts("scope")} from scope group by state, plan_year
        ),
        state_year as (select step.state, target.plan_year from step cross join target),
        filled as (
          select
            state_year.state, state_year.plan_year,
            {", ".join(f"coalesce(counted.{name}, 0) as {name}" for name in counts)}
          from state_year left join counted
            on state_year.state = counted.state and state_year.plan_year = counted.plan_year
        ),
        base as (
          select
            target.plan_year,
            {", ".join(f"coalesce(found.{name}, 0) as {name}" for name in counts)}
          from target left join (
            select
              tally.plan_year,
              {", ".join(f"tally.{name}" for name in (*SUMMED, "due_sessions"))},
              progress.persons, progress.priority_persons
            from (
              select
                coalesce(plan_year, 0) as plan_year,
                {", ".join(f"sum({name}) as {name}" for name in SUMMED)},
                sum(employed_sessions + {" + ".join(DUE)}) as due_sessions
              from {before}.fct_progress where plan_year in (select plan_year from target)
              group by rollup (plan_year)
            ) as tally
            inner join {before}.target_progress as progress on tally.plan_year = progress.plan_year
          ) as found on target.plan_year = found.plan_year
        ),
        absolute as (
          select
            state.state, state.plan_year, {added},
            case when state.state = {len(CAUSES)} then target_after.target_sessions else target.target_sessions end
            as target_sessions
          from filled as state
          inner join filled as first on state.plan_year = first.plan_year and first.state = 0
          inner join base on state.plan_year = base.plan_year
          inner join target on state.plan_year = target.plan_year
          left join target_after on state.plan_year = target_after.plan_year
        ),
        figured as (select state, plan_year, unnest([{figures}], recursive := true) from absolute),
        stepped as (
          select
            *,
            value - lag(value) over one as effect,
            first_value(value) over (one rows between unbounded preceding and unbounded following) as value_before,
            last_value(value) over (one rows between unbounded preceding and unbounded following) as value_after
          from figured window one as (partition by plan_year, figure order by state)
        )
        select
          (select build_id from {before}.published_version),
          (select build_id from {after}.published_version),
          plan_year, figure, value_before, value_after, ({list(CAUSES)})[state], state, effect
        from stepped where state > 0
        order by plan_year, list_position({list(FIGURES)}, figure), state
    """


def _counts(table: str) -> str:
    due = "employment_status in ('employed', 'not_employed', 'awaiting')"
    found = [
        f"count_if({table}.is_completed) as completed_sessions",
        "count_if(is_counted) as counted_sessions",
        "count_if(is_counted and is_priority) as priority_sessions",
        "count_if(is_counted and certified_on is not null) as certified_sessions",
        "count_if(is_counted and employment_status = 'employed') as employed_sessions",
        f"count_if(is_counted and {due}) as due_sessions",
        "count(distinct case when is_counted then person_key end) as persons",
        "count(distinct case when is_counted and is_priority then person_key end) as priority_persons",
    ]
    return ", ".join(found)


def lines(found: list[Change]) -> list[str]:
    """The figures that changed, one a line with its causes, for a person."""
    said = []
    figures: dict[tuple[int, str], list[Change]] = {}
    for change in found:
        figures.setdefault((change.plan_year, change.figure), []).append(change)
    for (year, figure), parts in figures.items():
        first = parts[0]
        if first.value_before == first.value_after and not any(part.effect for part in parts):
            continue
        causes = "; ".join(
            f"{'/'.join(NAMES[part.cause])} {_signed(figure, part.effect)}" for part in parts if part.effect
        )
        when = "2025–2027" if year == 0 else str(year)
        shown = f"{_shown(figure, first.value_before)} → {_shown(figure, first.value_after)}"
        said.append(f"{when} {figure}: {shown} ({causes})")
    return said or ["没有变化 / Nothing changed"]


def _shown(figure: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if figure.endswith(("sessions", "persons")) and "share" not in figure else f"{value:.2%}"


def _signed(figure: str, value: float) -> str:
    return f"{'+' if value > 0 else '−'}{_shown(figure, abs(value))}"
