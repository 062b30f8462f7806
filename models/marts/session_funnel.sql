with

session as (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

-- A session that is not completed has no year of its end yet: it stands in the year of its start.
declared as (
  select
    coalesce(plan_year, year(start_date)) as plan_year,
    is_completed,
    is_completed and is_subsidised as is_completed_subsidised,
    is_counted,
    is_counted and is_certified as is_counted_certified,
    is_counted and is_certified and employment_status = 'employed' as is_counted_employed
  from session
  where start_date <= {{ as_of() }}
),

by_year as (
  select
    plan_year,
    count(*) as declared,
    count_if(is_completed) as completed,
    count_if(is_completed_subsidised) as subsidised,
    count_if(is_counted) as eligible,
    count_if(is_counted_certified) as certified,
    count_if(is_counted_employed) as employed
  from declared
  where plan_year in (select target.plan_year from target)
  group by plan_year
),

with_plan as (
  select
    plan_year,
    declared,
    completed,
    subsidised,
    eligible,
    certified,
    employed
  from by_year
  union all
  select
    0 as plan_year,
    coalesce(sum(declared), 0) as declared,
    coalesce(sum(completed), 0) as completed,
    coalesce(sum(subsidised), 0) as subsidised,
    coalesce(sum(eligible), 0) as eligible,
    coalesce(sum(certified), 0) as certified,
    coalesce(sum(employed), 0) as employed
  from by_year
),

step as (
  unpivot with_plan
  on declared, completed, subsidised, eligible, certified, employed
  into name step value sessions
),

step_order as (
  select
    unnest(['declared', 'completed', 'subsidised', 'eligible', 'certified', 'employed']) as step,
    unnest([1, 2, 3, 4, 5, 6]) as step_order
),

ordered as (
  select
    step.plan_year,
    step_order.step_order,
    step.step,
    step.sessions,
    lag(step.sessions) over (partition by step.plan_year order by step_order.step_order) - step.sessions
      as lost_sessions
  from step
  inner join step_order
    on step.step = step_order.step
)

select
  cast(plan_year as integer) as plan_year,
  cast(step_order as integer) as step_order,
  step,
  cast(sessions as bigint) as sessions,
  cast(coalesce(lost_sessions, 0) as bigint) as lost_sessions
from ordered
