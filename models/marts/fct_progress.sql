with

session as (
  select * from {{ ref('fct_training_session') }}
),

completed as (
  select * from session
  where is_completed
),

progress as (
  select
    plan_year,
    end_month,
    city_code,
    industry_code,
    trainee_group,
    count(*) as completed_sessions,
    count_if(is_subsidised) as subsidised_sessions,
    count_if(is_counted) as counted_sessions,
    count_if(is_counted and is_priority) as priority_sessions,
    count_if(is_counted and is_certified) as certified_sessions,
    count_if(is_counted and employment_status = 'employed') as employed_sessions,
    count_if(is_counted and employment_status = 'not_employed') as not_employed_sessions,
    count_if(is_counted and employment_status = 'awaiting') as awaiting_sessions,
    count_if(is_counted and employment_status = 'too_early') as too_early_sessions,
    sum(class_hours) as class_hours
  from completed
  group by
    plan_year,
    end_month,
    city_code,
    industry_code,
    trainee_group
)

select
  plan_year,
  end_month,
  city_code,
  industry_code,
  trainee_group,
  cast(completed_sessions as bigint) as completed_sessions,
  cast(subsidised_sessions as bigint) as subsidised_sessions,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(priority_sessions as bigint) as priority_sessions,
  cast(certified_sessions as bigint) as certified_sessions,
  cast(employed_sessions as bigint) as employed_sessions,
  cast(not_employed_sessions as bigint) as not_employed_sessions,
  cast(awaiting_sessions as bigint) as awaiting_sessions,
  cast(too_early_sessions as bigint) as too_early_sessions,
  cast(class_hours as bigint) as class_hours
from progress
