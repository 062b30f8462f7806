{{ config(materialized = 'table') }}

with

training_session as (
  select * from {{ ref('fct_training_session') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

year_elapsed as (
  select * from {{ ref('int_year_elapsed') }}
),

-- The same days of the year before: what a year that still runs can fairly stand beside. Only plan years are compared,
-- for before them only some of the training is held.
compared as (
  select
    own.plan_year,
    before.plan_year as plan_year_before,
    cast(least(own.last_day, own.as_of) - interval 1 year as date) as until_day
  from year_elapsed as own
  inner join year_elapsed as before
    on own.plan_year = before.plan_year + 1
  where own.first_day <= own.as_of
),

-- Whole months have been summed already; of the month that runs the days are needed.
cell as (
  select
    compared.plan_year,
    compared.until_day,
    progress.city_code,
    progress.industry_code,
    progress.trainee_group,
    progress.counted_sessions,
    progress.priority_sessions
  from progress
  inner join compared
    on
      progress.plan_year = compared.plan_year_before
      and progress.end_month < date_trunc('month', compared.until_day)
  where progress.counted_sessions > 0
  union all
  select
    compared.plan_year,
    compared.until_day,
    training_session.city_code,
    training_session.industry_code,
    training_session.trainee_group,
    1 as counted_sessions,
    case when training_session.is_priority then 1 else 0 end as priority_sessions
  from training_session
  inner join compared
    on training_session.end_month = cast(date_trunc('month', compared.until_day) as date)
  where
    training_session.is_counted
    and training_session.end_date <= compared.until_day
)

select
  plan_year,
  until_day,
  city_code,
  industry_code,
  trainee_group,
  cast(sum(counted_sessions) as bigint) as counted_sessions,
  cast(sum(priority_sessions) as bigint) as priority_sessions
from cell
group by
  plan_year,
  until_day,
  city_code,
  industry_code,
  trainee_group
