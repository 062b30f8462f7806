"""What is counted of a city's year, by itself and cut by one property at a time: the true counts, before treatment."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

TOTAL = ("total", "ALL")
STATES = {
    "certification": ("certified", "not_certified"),
    "employment": ("employed", "not_employed", "awaiting", "too_early"),
    "priority": ("priority", "other"),
}

# plan year, city, dimension, member, measure, count; `con` has the working file as `warehouse`.
_CELLS = """
with plan_year as (
  select plan_year from warehouse.seeds.target
),

progress as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    cast(end_month as varchar) as end_month,
    counted_sessions as counted,
    subsidised_sessions - counted_sessions as uncounted,
    certified_sessions as certified,
    counted_sessions - certified_sessions as not_certified,
    employed_sessions as employed,
    not_employed_sessions as not_employed,
    awaiting_sessions as awaiting,
    counted_sessions - employed_sessions - not_employed_sessions - awaiting_sessions as too_early,
    priority_sessions as priority,
    counted_sessions - priority_sessions as other
  from warehouse.marts.fct_progress
  where plan_year in (select plan_year from plan_year) and city_code is not null
),

stratum as (
  select
    plan_year,
    city_code,
    trainee_group,
    training_type,
    industry_code,
    counted_sessions as counted,
    certified_sessions as certified,
    counted_sessions - certified_sessions as not_certified,
    employed_sessions as employed,
    settled_sessions - employed_sessions as not_employed,
    due_sessions - settled_sessions as awaiting,
    counted_sessions - due_sessions as too_early
  from warehouse.intermediate.int_outcome_stratum
  where city_code is not null
),

sliced as (
  select
    * exclude (industry_code, trainee_group, end_month),
    unnest(['total', 'industry', 'group', 'month']) as dimension,
    unnest(['ALL', industry_code, trainee_group, end_month]) as member
  from progress
  union all by name
  select
    * exclude (trainee_group, training_type, industry_code),
    -- By its mix a city is standardised; that is told of the province alone.
    unnest(['type', 'mix']) as dimension,
    unnest([training_type, concat_ws('|', trainee_group, training_type, industry_code)]) as member
  from stratum
)

select
  plan_year,
  city_code,
  dimension,
  member,
  measure,
  cast(sum(count) as bigint) as count
from (
  unpivot sliced
  on counted, uncounted, certified, not_certified, employed, not_employed, awaiting, too_early, priority, other
  into name measure value count
)
group by all
having sum(count) <> 0
"""

# Persons who came back within the plan, and records of rules: cells that add up to nothing.
_SINGLE = """
select
  plan_year,
  city_code,
  case when industry_code <> 'ALL' then 'industry' when trainee_group <> 'ALL' then 'group' else 'total' end
    as dimension,
  case when industry_code <> 'ALL' then industry_code else trainee_group end as member,
  unnest(['priority_repeats', 'other_repeats']) as measure,
  cast(
    unnest(
      [
        priority_sessions - priority_persons,
        greatest(sessions - persons - (priority_sessions - priority_persons), 0)
      ]
    ) as bigint
  ) as count
from warehouse.intermediate.int_returning_scope
where
  plan_year = 0
  and (industry_code = 'ALL' or trainee_group = 'ALL')
union all
select
  plan_year,
  coalesce(city_code, ''),
  'rule',
  rule_code,
  'records:' || severity,
  cast(sum(records) as bigint)
from warehouse.intermediate.int_violation_cell
where plan_year in (select plan_year from warehouse.seeds.target)
group by all
union all
select
  plan_year,
  coalesce(city_code, ''),
  'rule',
  rule_code,
  'open_sessions',
  cast(sum(sessions) as bigint)
from warehouse.intermediate.int_open_rule_cell
where plan_year in (select plan_year from warehouse.seeds.target)
group by all
union all
select
  plan_year,
  coalesce(city_code, ''),
  'rule',
  rule_code,
  unnest(['asked_payments', 'asked_sessions']),
  cast(unnest([sum(payments), sum(sessions)]) as bigint)
from warehouse.intermediate.int_payment_asked
where plan_year in (select plan_year from warehouse.seeds.target)
group by all
"""

# The same days of the year before, of the province.
_BEFORE = """
select
  plan_year,
  until_day,
  case grouping_id(industry_code, trainee_group) when 1 then 'industry' when 2 then 'group' else 'total' end
    as dimension,
  coalesce(industry_code, trainee_group, 'ALL') as member,
  cast(sum(priority_sessions) as bigint) as priority,
  cast(sum(counted_sessions) - sum(priority_sessions) as bigint) as other
from warehouse.intermediate.int_year_before
group by plan_year, until_day, grouping sets ((industry_code), (trainee_group), ())
"""

Place = tuple[int, str]  # plan year (0: the plan as a whole), city


@dataclass
class Cells:
    """The counts of one city's year: (dimension, member, measure) → count."""

    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def of(self, dimension: str, measure: str) -> dict[str, int]:
        """Member → count."""
        return {
            member: count
            for (own, member, counted), count in self.counts.items()
            if (own, counted) == (dimension, measure)
        }

    def total(self, measure: str) -> int:
        """The count of the year as a whole."""
        return self.counts.get((*TOTAL, measure), 0)


@dataclass(frozen=True)
class Before:
    """A plan year, the day up to which the year before it is compared, and counts (dimension, member, measure)."""

    plan_year: int
    until_day: object
    counts: dict[tuple[str, str, str], int]


def read_cells(con: duckdb.DuckDBPyConnection) -> dict[Place, Cells]:
    """The counts of every city's plan years, and of its plan as a whole what is no sum of years."""
    found: dict[Place, Cells] = defaultdict(Cells)
    for sql in (_CELLS, _SINGLE):
        for year, city, dimension, member, measure, count in con.execute(sql).fetchall():
            found[year, city].counts[dimension, member, measure] = count
    return dict(found)


def read_before(con: duckdb.DuckDBPyConnection) -> Iterable[Before]:
    """The counts of the same days of the year before."""
    found: dict[tuple[int, object], dict[tuple[str, str, str], int]] = defaultdict(dict)
    for year, day, dimension, member, priority, other in con.execute(_BEFORE).fetchall():
        found[year, day] |= {(dimension, member, "priority"): priority, (dimension, member, "other"): other}
    return [Before(year, day, counts) for (year, day), counts in sorted(found.items())]
