with

target as (
  select * from {{ ref('target') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

profile as (
  select * from {{ ref('int_season_profile') }}
),

projection as (
  select * from {{ ref('int_projection') }}
),

year_month as (
  select
    target.plan_year,
    profile.month_end,
    make_date(target.plan_year, profile.month_number, 1) as end_month,
    target.target_sessions * profile.cumulative_share as target_cumulative
  from target
  inner join profile
    on target.plan_year = profile.plan_year
),

-- As said now: what was said earlier is the backtest's.
projected as (
  select
    plan_year,
    end_month,
    delay_sessions,
    projected_sessions,
    cumulative,
    cumulative_low,
    cumulative_high
  from projection
  where
    end_month is not null
    and evaluated_on = {{ as_of() }}
),

counted as (
  select
    end_month,
    sum(counted_sessions) as counted_sessions
  from progress
  group by end_month
),

course as (
  select
    year_month.plan_year,
    year_month.end_month,
    year_month.month_end,
    year_month.end_month > {{ as_of() }} as is_future,
    year_month.month_end <= {{ as_of() }} as is_complete_month,
    coalesce(counted.counted_sessions, 0) as counted_sessions,
    sum(coalesce(counted.counted_sessions, 0)) over (
      partition by year_month.plan_year order by year_month.end_month
    ) as cumulative_sessions,
    year_month.target_cumulative,
    projected.delay_sessions,
    projected.projected_sessions,
    projected.cumulative as cumulative_projection,
    projected.cumulative_low as cumulative_projection_low,
    projected.cumulative_high as cumulative_projection_high
  from year_month
  left join counted
    on year_month.end_month = counted.end_month
  left join projected
    on
      year_month.plan_year = projected.plan_year
      and year_month.end_month = projected.end_month
)

-- A month that has not begun has no count, which is not a count of 0.
select
  plan_year,
  end_month,
  cast(month(end_month) as integer) as months_elapsed,
  case when not is_future then cast(counted_sessions as bigint) end as counted_sessions,
  case when not is_future then cast(cumulative_sessions as bigint) end as cumulative_sessions,
  cast(round(target_cumulative) as bigint) as target_cumulative,
  delay_sessions,
  projected_sessions,
  cumulative_projection,
  cumulative_projection_low,
  cumulative_projection_high,
  is_complete_month,
  is_future
from course
