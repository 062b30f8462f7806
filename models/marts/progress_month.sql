with

target as (
  select * from {{ ref('target') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

calendar_month as (
  select unnest(generate_series(1, 12)) as month_number
),

year_month as (
  select
    target.plan_year,
    target.target_sessions,
    make_date(target.plan_year, calendar_month.month_number, 1) as end_month,
    last_day(make_date(target.plan_year, calendar_month.month_number, 1)) as month_end
  from target
  cross join calendar_month
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
    year_month.target_sessions
    * (year_month.month_end - make_date(year_month.plan_year - 1, 12, 31))
    / (make_date(year_month.plan_year, 12, 31) - make_date(year_month.plan_year - 1, 12, 31)) as target_cumulative
  from year_month
  left join counted
    on year_month.end_month = counted.end_month
)

-- A month that has not begun has no count, which is not a count of 0.
select
  plan_year,
  end_month,
  cast(month(end_month) as integer) as months_elapsed,
  case when not is_future then cast(counted_sessions as bigint) end as counted_sessions,
  case when not is_future then cast(cumulative_sessions as bigint) end as cumulative_sessions,
  cast(round(target_cumulative) as bigint) as target_cumulative,
  is_complete_month,
  is_future
from course
