with

progress as (
  select * from {{ ref('fct_progress') }}
),

target as (
  select * from {{ ref('target') }}
),

-- Nobody has two counted sessions in one year (ANNUAL_CAP): within it sessions are persons.
monthly as (
  select
    plan_year,
    end_month,
    coalesce(city_code, 'ALL') as city_code,
    sum(counted_sessions) as counted_sessions,
    sum(priority_sessions) as priority_sessions
  from progress
  where plan_year in (select target.plan_year from target)
  group by
    plan_year,
    end_month,
    rollup(city_code)
  having sum(counted_sessions) > 0
),

to_date as (
  select
    *,
    sum(counted_sessions) over since_january as counted_to_date,
    sum(priority_sessions) over since_january as priority_to_date
  from monthly
  window since_january as (partition by plan_year, city_code order by end_month)
)

select
  plan_year,
  end_month,
  city_code,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(priority_sessions as bigint) as priority_sessions,
  priority_sessions / counted_sessions as priority_share,
  {{ wilson('priority_sessions', 'counted_sessions', 'low') }} as priority_share_low,
  {{ wilson('priority_sessions', 'counted_sessions', 'high') }} as priority_share_high,
  cast(counted_to_date as bigint) as counted_to_date,
  cast(priority_to_date as bigint) as priority_to_date,
  priority_to_date / counted_to_date as priority_share_to_date,
  {{ wilson('priority_to_date', 'counted_to_date', 'low') }} as priority_share_to_date_low,
  {{ wilson('priority_to_date', 'counted_to_date', 'high') }} as priority_share_to_date_high
from to_date
