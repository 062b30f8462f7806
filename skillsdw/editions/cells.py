"""The counts that an edition shows of other cities, as cells of tables that add up: what `cover` works on.

A cell is (plan year, city, dimension, member): the city's total or one industry, group, type, month, rule. Of other
cities no edition shows more than one dimension at a time, so these cells are all that is told of them.
"""

from collections import defaultdict
from collections.abc import Iterable

import duckdb

from skillsdw.editions.cover import Table

# Family → its cells in the published version: key, then the counts of persons that each tells, by itself or by a
# difference. Within a plan year nobody is counted twice, so persons are sessions; over the three years they are not.
FAMILIES = {
    "counted": """
        select plan_year, city_code, dimension, member, [counted_sessions] from outcome_cell
        union all
        select plan_year, city_code, 'month', cast(end_month as varchar), [counted_sessions] from marts.outcome_month
    """,
    "persons": """
        select
          plan_year, city_code, dimension, member,
          [
            persons, priority_persons, persons - priority_persons,
            counted_sessions - persons, priority_sessions - priority_persons,
            counted_sessions - persons - (priority_sessions - priority_persons)
          ]
        from head_cell
        where plan_year = 0
    """,
    "priority": """
        select plan_year, city_code, dimension, member, [priority_sessions, counted_sessions - priority_sessions]
        from head_cell
        union all
        select
          plan_year, city_code, 'month', cast(end_month as varchar),
          [priority_sessions, counted_sessions - priority_sessions]
        from marts.priority_month
    """,
    "certified": """
        select plan_year, city_code, dimension, member, [certified_sessions, counted_sessions - certified_sessions]
        from outcome_cell
        union all
        select
          plan_year, city_code, 'month', cast(end_month as varchar),
          [certified_sessions, counted_sessions - certified_sessions]
        from marts.outcome_month
    """,
    "employed": """
        select
          plan_year, city_code, dimension, member,
          [
            due_sessions, counted_sessions - due_sessions, employed_sessions, due_sessions - employed_sessions,
            due_sessions - settled_sessions, settled_sessions, settled_sessions - employed_sessions
          ]
        from settled_cell
        union all
        select
          plan_year, city_code, 'month', cast(end_month as varchar),
          [
            due_sessions, counted_sessions - due_sessions, employed_sessions, due_sessions - employed_sessions,
            due_sessions - settled_sessions, settled_sessions, settled_sessions - employed_sessions
          ]
        from settled_month
    """,
    # The same days of the year before, by industry and by group, too, where those of the province are shown: what they
    # lack of that year's figure is a count as well. Where nothing lacks, they are that year, and hide as it does.
    "before": """
        select
          before_cell.plan_year, before_cell.city_code, before_cell.dimension, before_cell.member,
          [
            before_cell.sessions, before_cell.priority, before_cell.sessions - before_cell.priority,
            head_cell.counted_sessions - before_cell.sessions, head_cell.priority_sessions - before_cell.priority
          ]
        from before_cell
        inner join head_cell
          on head_cell.plan_year = before_cell.plan_year - 1
          and head_cell.city_code = before_cell.city_code
          and head_cell.dimension = before_cell.dimension
          and head_cell.member = before_cell.member
    """,
    "violating": """
        select plan_year, city_code, 'total', 'ALL', [uncounted_sessions, counted_sessions] from marts.uncounted_scope
    """,
    "rule": """
        select
          rule.plan_year, rule.city_code, 'rule', rule.rule_code,
          [
            rule.records, coalesce(coalesce(rule.assessed_sessions, rule.assessed_payments) - rule.records, 0),
            coalesce(rule.assessed_payments, 0),
            case when rule.assessed_sessions is not null then uncounted.uncounted_sessions - rule.records end
          ]
        from marts.rule_scope as rule
        left join marts.uncounted_scope as uncounted
          on uncounted.plan_year = rule.plan_year and uncounted.city_code = rule.city_code
        where rule.records is not null
    """,
    "landed": """
        select 0, city_code, 'extract', extract, [rows_landed] from marts.city_freshness
        union all
        select 0, city_code, 'extract', extract, [rows_landed] from marts.landing_scope where city_code = 'ALL'
    """,
}

# Families whose totals of the province every edition tells.
_TOTALS = {"counted", "persons", "priority"}
# Dimensions whose members add up to the total (a session may break several rules).
_ADDITIVE = ("industry", "group", "type", "month")
# Families whose years add up to the three together.
_BY_YEAR = {"counted", "priority", "certified", "employed", "violating", "rule"}

_CELLS = """
create or replace temp view outcome_cell as
select
  *,
  case
    when industry_code <> 'ALL' then 'industry'
    when trainee_group <> 'ALL' then 'group'
    when training_type <> 'ALL' then 'type'
    else 'total'
  end as dimension,
  case
    when industry_code <> 'ALL' then industry_code
    when trainee_group <> 'ALL' then trainee_group
    else training_type
  end as member
from marts.outcome_scope
where (industry_code <> 'ALL')::integer + (trainee_group <> 'ALL')::integer + (training_type <> 'ALL')::integer < 2;

create or replace temp view settled_cell as
select *, cast(round(due_sessions * coalesce(observation_complete, 1)) as bigint) as settled_sessions
from outcome_cell;

create or replace temp view settled_month as
select *, cast(round(due_sessions * coalesce(observation_complete, 1)) as bigint) as settled_sessions
from marts.outcome_month;

create or replace temp view head_cell as
select
  *,
  case when industry_code <> 'ALL' then 'industry' when trainee_group <> 'ALL' then 'group' else 'total' end
    as dimension,
  case when industry_code <> 'ALL' then industry_code else trainee_group end as member
from marts.headcount
where industry_code = 'ALL' or trainee_group = 'ALL';

create or replace temp table before_cell as
with compared as (
  select distinct plan_year, before_until_day
  from marts.priority_scope
  where month(before_until_day) < 12 or day(before_until_day) < 31
)

select
  compared.plan_year,
  coalesce(session.city_code, 'ALL') as city_code,
  case
    when session.industry_code is not null then 'industry'
    when session.trainee_group is not null then 'group'
    else 'total'
  end as dimension,
  coalesce(session.industry_code, session.trainee_group, 'ALL') as member,
  count(*) as sessions,
  count_if(session.is_priority) as priority
from marts.fct_training_session as session
inner join compared
  on session.plan_year = compared.plan_year - 1 and session.end_date <= compared.before_until_day
where session.is_counted
group by
  compared.plan_year,
  grouping sets (
    (session.city_code), (), (session.city_code, session.industry_code), (session.industry_code),
    (session.city_code, session.trainee_group), (session.trainee_group)
  );
"""

Cell = tuple[int, str, str, str]


def hidden_cells(
    con: duckdb.DuckDBPyConnection, cities: frozenset[str], least: int
) -> Iterable[tuple[str, int, str, str, str]]:
    """(family, plan year, city, dimension, member) of what must hide from `cities`; `con` has the version as current.

    CannotCover when a small cell can't be hidden.
    """
    con.execute(_CELLS)
    # Years before the plan are some persons' history and not all training: of others they are not shown at all.
    years = {year for (year,) in con.execute("select plan_year from marts.target_progress union select 0").fetchall()}
    for family, sql in FAMILIES.items():
        found: dict[Cell, list[int]] = {
            # What is not assessed tells of nobody.
            tuple(row[:4]): [count or 0 for count in row[4]]
            for row in con.execute(sql).fetchall()
            if row[0] in years
        }
        keys = sorted(found)
        table = _table(family, keys, found, cities, least)
        for cell in sorted(table.cover()):
            yield family, *keys[cell]


def _table(family: str, keys: list[Cell], found: dict[Cell, list[int]], cities: frozenset[str], least: int) -> Table:
    atoms = [_of_others(key, found, cities) for key in keys]
    # A course by month hides whole: what has been reached to date would give its months back.
    block = [key[:3] if key[2] == "month" else key for key in keys]
    small = {of for of, counts in zip(block, atoms, strict=True) if any(0 < count < least for count in counts)}
    return Table(
        atoms=atoms,
        own=[
            key[1] in cities or _is_of_province(family, key, of in small) for key, of in zip(keys, block, strict=True)
        ],
        block=block,
        weight=[_weight(key) for key in keys],
        sums=list(_sums(family, keys)),
        least=least,
    )


def _is_of_province(family: str, key: Cell, is_small: bool) -> bool:
    """Whether the cell is told of the province as one (target_progress, progress_month): it covers no other.

    Its totals are told whatever they are, its months by the course of a year in which none is small.
    """
    _, city, dimension, _ = key
    if city != "ALL":
        return False
    return (dimension == "total" and family in _TOTALS) or (
        dimension == "month" and family == "counted" and not is_small
    )


def _of_others(key: Cell, found: dict[Cell, list[int]], cities: frozenset[str]) -> list[int]:
    """A cell's counts; of the whole province what it tells of all others together."""
    year, city, dimension, member = key
    if city != "ALL":
        return found[key]
    own = [found.get((year, city, dimension, member)) for city in cities]
    return [total - sum(counts[n] for counts in own if counts) for n, total in enumerate(found[key])]


def _weight(key: Cell) -> int:
    _, city, dimension, _ = key
    return (city == "ALL") + 2 * (dimension == "total")


def _sums(family: str, keys: list[Cell]) -> Iterable[list[int]]:
    """Every sum of the family's cells, the total last."""
    place = {key: cell for cell, key in enumerate(keys)}
    lines: dict[tuple, list[int]] = defaultdict(list)
    for (year, city, dimension, member), cell in place.items():
        if city != "ALL" and (total := place.get((year, "ALL", dimension, member))) is not None:
            lines["city", total].append(cell)
        if dimension in _ADDITIVE and (total := place.get((year, city, "total", "ALL"))) is not None:
            lines[dimension, total].append(cell)
        if year and family in _BY_YEAR and (total := place.get((0, city, dimension, member))) is not None:
            lines["year", total].append(cell)
    for (_, total), cells in lines.items():
        yield [*cells, total]
