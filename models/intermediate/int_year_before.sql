{{ config(materialized = 'table') }}

with

training_session as (
  select * from {{ ref('fct_training_session') }}
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
)

select
  compared.plan_year,
  compared.until_day,
  training_session.city_code,
  training_session.industry_code,
  training_session.trainee_group,
  cast(count(*) as bigint) as counted_sessions,
  cast(count_if(training_session.is_priority) as bigint) as priority_sessions
from training_session
inner join compared
  on training_session.plan_year = compared.plan_year_before
where
  training_session.is_counted
  and training_session.end_date <= compared.until_day
group by
  compared.plan_year,
  compared.until_day,
  training_session.city_code,
  training_session.industry_code,
  training_session.trainee_group
