with

progress as (
  select * from {{ ref('fct_progress') }}
),

target as (
  select * from {{ ref('target') }}
),

cohort as (
  select
    plan_year,
    end_month,
    coalesce(city_code, 'ALL') as city_code,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions,
    sum(employed_sessions) as employed_sessions,
    sum(employed_sessions + not_employed_sessions) as settled_sessions,
    sum(employed_sessions + not_employed_sessions + awaiting_sessions) as due_sessions
  from progress
  where plan_year in (select target.plan_year from target)
  group by
    plan_year,
    end_month,
    rollup(city_code)
  having sum(counted_sessions) > 0
)

select
  plan_year,
  end_month,
  city_code,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(certified_sessions as bigint) as certified_sessions,
  certified_sessions / counted_sessions as certification_rate,
  {{ wilson('certified_sessions', 'counted_sessions', 'low') }} as certification_rate_low,
  {{ wilson('certified_sessions', 'counted_sessions', 'high') }} as certification_rate_high,
  cast(due_sessions as bigint) as due_sessions,
  cast(employed_sessions as bigint) as employed_sessions,
  employed_sessions / nullif(due_sessions, 0) as employment_rate,
  {{ wilson('employed_sessions', 'due_sessions', 'low') }} as employment_rate_low,
  {{ wilson('employed_sessions', 'due_sessions', 'high') }} as employment_rate_high,
  settled_sessions / nullif(due_sessions, 0) as observation_complete
from cohort
