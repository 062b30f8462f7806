{#- For how many months a month's sessions are followed to their certificates. -#}
{% set months_followed = 6 %}

with

certified as (
  select * from {{ ref('int_certified_after') }}
),

certified_after as (
  select
    plan_year,
    end_month,
    coalesce(city_code, 'ALL') as city_code,
    months_since,
    sum(sessions) as sessions
  from certified
  group by
    plan_year,
    end_month,
    months_since,
    rollup(city_code)
),

cohort as (
  select
    plan_year,
    end_month,
    city_code,
    sum(sessions) as counted_sessions
  from certified_after
  group by
    plan_year,
    end_month,
    city_code
),

followed_month as (
  select {{ each(series(0, months_followed)) }} as months_since
),

-- A month of a cohort is shown once it is over: a point that can still rise is none.
followed as (
  select
    cohort.plan_year,
    cohort.end_month,
    cohort.city_code,
    cohort.counted_sessions,
    followed_month.months_since
  from cohort
  cross join followed_month
  where last_day({{ months_later('cohort.end_month', 'followed_month.months_since') }}) <= {{ as_of() }}
),

-- A certificate from before the end of its month counts from the first month on.
curve as (
  select
    followed.plan_year,
    followed.end_month,
    followed.city_code,
    followed.months_since,
    any_value(followed.counted_sessions) as counted_sessions,
    coalesce(sum(certified_after.sessions), 0) as certified_sessions
  from followed
  left join certified_after
    on
      followed.end_month = certified_after.end_month
      and followed.city_code = certified_after.city_code
      and followed.months_since >= certified_after.months_since
  group by
    followed.plan_year,
    followed.end_month,
    followed.city_code,
    followed.months_since
)

select
  plan_year,
  end_month,
  city_code,
  cast(months_since as integer) as months_since,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(certified_sessions as bigint) as certified_sessions,
  certified_sessions / counted_sessions as certification_rate
from curve
