{{
  config(
    materialized = 'sums',
    sums = ['counted_sessions', 'certified_sessions', 'due_sessions', 'employed_sessions', 'settled_sessions']
  )
}}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

counted as (
  select
    plan_year,
    city_code,
    trainee_group,
    training_type,
    industry_code,
    is_certified,
    employment_status
    {{- and_sign() }}
  from session
  where
    is_counted
    and plan_year in (select target.plan_year from target)
)

select
  plan_year,
  city_code,
  trainee_group,
  training_type,
  industry_code,
  {{ tally() }} as counted_sessions,
  {{ tally('is_certified') }} as certified_sessions,
  {{ tally("employment_status <> 'too_early'") }} as due_sessions,
  {{ tally("employment_status = 'employed'") }} as employed_sessions,
  {{ tally("employment_status in ('employed', 'not_employed')") }} as settled_sessions
from counted
group by
  plan_year,
  city_code,
  trainee_group,
  training_type,
  industry_code
