with

progress as (
  select * from {{ ref('fct_progress') }}
),

target as (
  select * from {{ ref('target') }}
),

counted as (
  select
    progress.plan_year,
    progress.city_code,
    progress.trainee_group,
    target.priority_share as priority_target,
    progress.counted_sessions,
    progress.priority_sessions,
    -- What stood at the end of last month: sessions that ended before this one.
    case when progress.end_month < date_trunc('month', {{ as_of() }}) then progress.counted_sessions else 0 end
      as earlier_sessions,
    case when progress.end_month < date_trunc('month', {{ as_of() }}) then progress.priority_sessions else 0 end
      as earlier_priority_sessions
  from progress
  inner join target
    on progress.plan_year = target.plan_year
),

part as (
  select
    plan_year,
    'city' as dimension,
    city_code as code,
    priority_target,
    counted_sessions,
    priority_sessions,
    earlier_sessions,
    earlier_priority_sessions
  from counted
  union all
  select
    plan_year,
    'trainee_group' as dimension,
    trainee_group as code,
    priority_target,
    counted_sessions,
    priority_sessions,
    earlier_sessions,
    earlier_priority_sessions
  from counted
),

summed as (
  select
    plan_year,
    dimension,
    code,
    max(priority_target) as priority_target,
    sum(counted_sessions) as counted_sessions,
    sum(priority_sessions) as priority_sessions,
    sum(earlier_sessions) as earlier_sessions,
    sum(earlier_priority_sessions) as earlier_priority_sessions
  from part
  group by
    plan_year,
    dimension,
    code
),

against_province as (
  select
    *,
    sum(counted_sessions) over (partition by plan_year, dimension) as province_sessions,
    sum(earlier_sessions) over (partition by plan_year, dimension) as earlier_province_sessions
  from summed
),

contributed as (
  select
    plan_year,
    dimension,
    code,
    counted_sessions,
    priority_sessions,
    priority_sessions / nullif(province_sessions, 0) as share_points,
    (priority_sessions - priority_target * counted_sessions) / nullif(province_sessions, 0) as points_from_target,
    earlier_priority_sessions / nullif(earlier_province_sessions, 0) as share_points_before
  from against_province
)

select
  plan_year,
  dimension,
  code,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(priority_sessions as bigint) as priority_sessions,
  share_points,
  points_from_target,
  share_points_before,
  share_points - share_points_before as share_points_change
from contributed
