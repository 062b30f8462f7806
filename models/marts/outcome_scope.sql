with

stratum as (
  select * from {{ ref('int_outcome_stratum') }}
),

scope as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(industry_code, 'ALL') as industry_code,
    coalesce(trainee_group, 'ALL') as trainee_group,
    coalesce(training_type, 'ALL') as training_type,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions,
    sum(due_sessions) as due_sessions,
    sum(employed_sessions) as employed_sessions,
    sum(settled_sessions) as settled_sessions
  from stratum
  group by cube(plan_year, city_code, industry_code, trainee_group, training_type)
  having sum(counted_sessions) > 0
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  industry_code,
  trainee_group,
  training_type,
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
from scope
