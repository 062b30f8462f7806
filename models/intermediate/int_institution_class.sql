{{
  config(
    materialized = 'sums',
    sums = [
      'completed_sessions', 'subsidised_sessions', 'counted_sessions', 'priority_sessions', 'certified_sessions',
      'employed_sessions', 'settled_sessions', 'due_sessions'
    ]
  )
}}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
)

-- Everything said of institutions is summed from here: the sessions themselves are read once. A class is the finest
-- that any of it needs; its trainees may end in different months and, by error, belong to different cities.
select
  plan_year,
  end_month,
  city_code,
  institution_uscc as institution_code,
  class_id,
  {{ tally() }} as completed_sessions,
  {{ tally('is_subsidised') }} as subsidised_sessions,
  {{ tally('is_counted') }} as counted_sessions,
  {{ tally('is_counted and is_priority') }} as priority_sessions,
  {{ tally('is_counted and is_certified') }} as certified_sessions,
  {{ tally("is_counted and employment_status = 'employed'") }} as employed_sessions,
  {{ tally("is_counted and employment_status in ('employed', 'not_employed')") }} as settled_sessions,
  {{ tally("is_counted and employment_status <> 'too_early'") }} as due_sessions
from session
where
  is_completed
  and plan_year in (select target.plan_year from target)
group by
  plan_year,
  end_month,
  city_code,
  institution_uscc,
  class_id
