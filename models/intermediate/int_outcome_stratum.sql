with

session as (
  select * from {{ ref('fct_training_session') }}
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
  count(*) as counted_sessions,
  count_if(is_certified) as certified_sessions,
  count_if(employment_status <> 'too_early') as due_sessions,
  count_if(employment_status = 'employed') as employed_sessions,
  count_if(employment_status in ('employed', 'not_employed')) as settled_sessions
from counted
group by
  plan_year,
  city_code,
  trainee_group,
  training_type,
  industry_code
