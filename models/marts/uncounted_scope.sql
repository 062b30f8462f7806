with

progress as (
  select * from {{ ref('fct_progress') }}
),

target as (
  select * from {{ ref('target') }}
),

scope as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    sum(subsidised_sessions) as subsidised_sessions,
    sum(counted_sessions) as counted_sessions,
    sum(subsidised_sessions) - sum(counted_sessions) as uncounted_sessions
  from progress
  where plan_year in (select target.plan_year from target)
  group by cube(plan_year, city_code)
  having sum(subsidised_sessions) > 0
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  cast(subsidised_sessions as bigint) as subsidised_sessions,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(uncounted_sessions as bigint) as uncounted_sessions,
  uncounted_sessions / subsidised_sessions as violation_rate,
  {{ wilson('uncounted_sessions', 'subsidised_sessions', 'low') }} as violation_rate_low,
  {{ wilson('uncounted_sessions', 'subsidised_sessions', 'high') }} as violation_rate_high
from scope
