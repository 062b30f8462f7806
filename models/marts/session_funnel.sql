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
  {% for step in ['declared', 'completed', 'subsidised', 'eligible', 'certified', 'employed'] %}
    select
      plan_year,
      {{ loop.index }} as step_order,
      '{{ step }}' as step,
      {{ step }} as sessions
    from with_plan
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

ordered as (
  select
    plan_year,
    step_order,
    step,
    sessions,
    lag(sessions) over (partition by plan_year order by step_order) - sessions as lost_sessions
  from step
)

select
  cast(plan_year as integer) as plan_year,
  cast(step_order as integer) as step_order,
  step,
  cast(sessions as bigint) as sessions,
  cast(coalesce(lost_sessions, 0) as bigint) as lost_sessions
from ordered
