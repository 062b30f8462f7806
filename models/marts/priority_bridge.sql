with

headcount as (
  select * from {{ ref('headcount') }}
),

target as (
  select * from {{ ref('target') }}
),

scope as (
  select
    plan_year,
    city_code,
    persons,
    priority_persons,
    counted_sessions - persons as repeats,
    priority_sessions - priority_persons as priority_repeats
  from headcount
  where
    industry_code = 'ALL'
    and trainee_group = 'ALL'
    and (plan_year = 0 or plan_year in (select target.plan_year from target))
),

-- Further sessions of the same people come on top of the head-count, first those of priority groups, then the others.
bridged as (
  select
    plan_year,
    city_code,
    unnest([
      {step_order: 1, step: 'persons', priority: priority_persons, whole: persons},
      {
        step_order: 2,
        step: 'priority_repeats',
        priority: priority_persons + priority_repeats,
        whole: persons + priority_repeats
      },
      {step_order: 3, step: 'other_repeats', priority: priority_persons + priority_repeats, whole: persons + repeats}
    ], recursive := true)
  from scope
),

stepped as (
  select
    *,
    priority / nullif(whole, 0) as share,
    lag(priority / nullif(whole, 0)) over (partition by plan_year, city_code order by step_order) as share_before
  from bridged
)

select
  plan_year,
  city_code,
  cast(step_order as integer) as step_order,
  step,
  cast(priority as bigint) as priority_count,
  cast(whole as bigint) as total_count,
  share,
  share - share_before as share_change
from stepped
