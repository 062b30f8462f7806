with

target as (
  select * from {{ ref('target') }}
),

year_elapsed as (
  select * from {{ ref('int_year_elapsed') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

declared_step as (
  select * from {{ ref('int_declared_step') }}
),

headcount as (
  select * from {{ ref('headcount') }}
),

projection as (
  select * from {{ ref('int_projection') }}
),

completed_by_year as (
  select
    plan_year,
    sum(completed_sessions) as completed_sessions
  from progress
  group by plan_year
),

enrolled_by_year as (
  select
    start_year as plan_year,
    sum(sessions) as enrolled_sessions
  from declared_step
  group by start_year
),

year_row as (
  select
    target.plan_year,
    target.target_sessions,
    target.priority_share as priority_target,
    year_elapsed.expected_share_elapsed,
    year_elapsed.profile_basis,
    year_elapsed.months_left,
    target.target_sessions * year_elapsed.expected_share_elapsed as expected_sessions,
    coalesce(completed_by_year.completed_sessions, 0) as completed_sessions,
    coalesce(enrolled_by_year.enrolled_sessions, 0) as enrolled_sessions
  from target
  inner join year_elapsed
    on target.plan_year = year_elapsed.plan_year
  left join completed_by_year
    on target.plan_year = completed_by_year.plan_year
  left join enrolled_by_year
    on target.plan_year = enrolled_by_year.plan_year
),

-- plan_year 0 is the three years together.
plan_row as (
  select
    0 as plan_year,
    sum(target_sessions) as target_sessions,
    max(priority_target) as priority_target,
    {{ sum_in_order('expected_sessions', 'plan_year') }} / sum(target_sessions) as expected_share_elapsed,
    cast(null as string) as profile_basis,
    {{ sum_in_order('months_left', 'plan_year') }} as months_left,
    {{ sum_in_order('expected_sessions', 'plan_year') }} as expected_sessions,
    sum(completed_sessions) as completed_sessions,
    sum(enrolled_sessions) as enrolled_sessions
  from year_row
),

scope as (
  select * from year_row
  union all
  select * from plan_row
),

counted as (
  select
    scope.*,
    coalesce(headcount.persons, 0) as persons,
    coalesce(headcount.priority_persons, 0) as priority_persons,
    coalesce(headcount.counted_sessions, 0) as counted_sessions,
    coalesce(headcount.priority_sessions, 0) as priority_sessions,
    headcount.priority_share_persons,
    headcount.priority_share_persons_low,
    headcount.priority_share_persons_high,
    headcount.priority_share_sessions
  from scope
  left join headcount
    on
      scope.plan_year = headcount.plan_year
      and headcount.city_code = 'ALL'
      and headcount.industry_code = 'ALL'
      and headcount.trainee_group = 'ALL'
),

-- What is said now of each year as a whole; of the three together nothing is, while one of them has not begun.
projected as (
  select
    plan_year,
    delay_basis,
    delay_sessions,
    projected_sessions,
    cumulative,
    cumulative_low,
    cumulative_high
  from projection
  where
    end_month is null
    and evaluated_on = {{ as_of() }}
),

assessed as (
  select
    counted.*,
    projected.delay_basis,
    projected.delay_sessions,
    projected.projected_sessions,
    projected.cumulative as projection,
    projected.cumulative_low as projection_low,
    projected.cumulative_high as projection_high
  from counted
  left join projected
    on counted.plan_year = projected.plan_year
)

select
  plan_year,
  cast(target_sessions as bigint) as target_sessions,
  counted_sessions,
  cast(enrolled_sessions as bigint) as enrolled_sessions,
  cast(completed_sessions as bigint) as completed_sessions,
  persons,
  priority_persons,
  priority_sessions,
  counted_sessions / target_sessions as attainment,
  expected_share_elapsed,
  profile_basis,
  case when expected_sessions > 0 then counted_sessions / expected_sessions end as pace,
  months_left,
  case when months_left > 0 then greatest(target_sessions - counted_sessions, 0) / months_left end
    as required_monthly_sessions,
  delay_basis,
  delay_sessions,
  projected_sessions,
  projection,
  projection_low,
  projection_high,
  priority_share_persons,
  priority_share_persons_low,
  priority_share_persons_high,
  {{ position('priority_share_persons_low', 'priority_share_persons_high', 'priority_target') }} as priority_standing,
  priority_share_sessions,
  priority_target,
  {{ sessions_to_share('priority_persons', 'persons', 'priority_target') }} as sessions_to_70,
  {{ sessions_to_share('priority_persons', 'persons', 'priority_target') }} as persons_to_70
from assessed
