{{
  config(
    materialized = 'sums',
    sums = [
      'completed_sessions', 'subsidised_sessions', 'counted_sessions', 'priority_sessions', 'certified_sessions',
      'employed_sessions', 'not_employed_sessions', 'awaiting_sessions', 'too_early_sessions', 'class_hours'
    ]
  )
}}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

completed as (
  select * from session
  where is_completed
)

select
  plan_year,
  end_month,
  city_code,
  industry_code,
  trainee_group,
  cast({{ tally() }} as bigint) as completed_sessions,
  cast({{ tally('is_subsidised') }} as bigint) as subsidised_sessions,
  cast({{ tally('is_counted') }} as bigint) as counted_sessions,
  cast({{ tally('is_counted and is_priority') }} as bigint) as priority_sessions,
  cast({{ tally('is_counted and is_certified') }} as bigint) as certified_sessions,
  cast({{ tally("is_counted and employment_status = 'employed'") }} as bigint) as employed_sessions,
  cast({{ tally("is_counted and employment_status = 'not_employed'") }} as bigint) as not_employed_sessions,
  cast({{ tally("is_counted and employment_status = 'awaiting'") }} as bigint) as awaiting_sessions,
  cast({{ tally("is_counted and employment_status = 'too_early'") }} as bigint) as too_early_sessions,
  cast({{ tally_sum('class_hours') }} as bigint) as class_hours
from completed
group by
  plan_year,
  end_month,
  city_code,
  industry_code,
  trainee_group
