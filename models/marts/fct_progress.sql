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
  {{ tally() }} as completed_sessions,
  {{ tally('is_subsidised') }} as subsidised_sessions,
  {{ tally('is_counted') }} as counted_sessions,
  {{ tally('is_counted and is_priority') }} as priority_sessions,
  {{ tally('is_counted and is_certified') }} as certified_sessions,
  {{ tally("is_counted and employment_status = 'employed'") }} as employed_sessions,
  {{ tally("is_counted and employment_status = 'not_employed'") }} as not_employed_sessions,
  {{ tally("is_counted and employment_status = 'awaiting'") }} as awaiting_sessions,
  {{ tally("is_counted and employment_status = 'too_early'") }} as too_early_sessions,
  cast({{ tally_sum('class_hours') }} as bigint) as class_hours
from completed
group by
  plan_year,
  end_month,
  city_code,
  industry_code,
  trainee_group
