{#- With fewer counted sessions, or fewer months with any, an earlier year says too little about the seasons. -#}
{% set least_sessions = 1000 %}
{% set least_months = 10 %}

with

target as (
  select * from {{ ref('target') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

calendar_month as (
  select {{ each(series(1, 12)) }} as month_number
),

year_month as (
  select
    target.plan_year,
    calendar_month.month_number,
    last_day(make_date(target.plan_year, calendar_month.month_number, 1)) as month_end
  from target
  cross join calendar_month
),

monthly as (
  select
    plan_year,
    month(end_month) as month_number,
    sum(counted_sessions) as counted_sessions
  from progress
  group by
    plan_year,
    month(end_month)
),

-- Plan years that were over before the one in question and are over now: a year that still runs has no profile.
earlier as (
  select
    year_month.plan_year,
    year_month.month_number,
    sum(coalesce(monthly.counted_sessions, 0)) as counted_sessions
  from year_month
  inner join target as earlier_year
    on
      year_month.plan_year > earlier_year.plan_year
      and earlier_year.plan_year < year({{ as_of() }})
  left join monthly
    on
      earlier_year.plan_year = monthly.plan_year
      and year_month.month_number = monthly.month_number
  group by
    year_month.plan_year,
    year_month.month_number
),

of_year as (
  select
    plan_year,
    sum(counted_sessions) as counted_sessions,
    count_if(counted_sessions > 0) as months_with_any
  from earlier
  group by plan_year
),

profiled as (
  select
    earlier.plan_year,
    earlier.month_number,
    earlier.counted_sessions / of_year.counted_sessions as month_share
  from earlier
  inner join of_year
    on earlier.plan_year = of_year.plan_year
  where
    of_year.counted_sessions >= {{ least_sessions }}
    and of_year.months_with_any >= {{ least_months }}
),

shared as (
  select
    year_month.plan_year,
    year_month.month_number,
    year_month.month_end,
    day(year_month.month_end) as days_in_month,
    case when profiled.plan_year is not null then 'season' else 'calendar' end as profile_basis,
    coalesce(
      profiled.month_share,
      day(year_month.month_end)
      / {{ days_between('make_date(year_month.plan_year - 1, 12, 31)', 'make_date(year_month.plan_year, 12, 31)') }}
    ) as month_share
  from year_month
  left join profiled
    on
      year_month.plan_year = profiled.plan_year
      and year_month.month_number = profiled.month_number
)

select
  plan_year,
  cast(month_number as integer) as month_number,
  month_end,
  cast(days_in_month as integer) as days_in_month,
  profile_basis,
  month_share,
  case
    when month_number = 12 then 1.0
    else sum(month_share) over (partition by plan_year order by month_number)
  end as cumulative_share
from shared
