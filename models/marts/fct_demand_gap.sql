with

demand as (
  select * from {{ ref('stg_demand') }}
),

session as (
  select * from {{ ref('fct_training_session') }}
),

-- A shortage that was surveyed twice in one month counts as it was last.
ranked as (
  select
    *,
    {{ compared_occupation() }} as occupation,
    row_number() over (
      partition by
        date_trunc('month', surveyed_on),
        county_code,
        park_code,
        industry_code,
        {{ compared_occupation() }}
      order by surveyed_on desc, survey_id desc
    ) as age
  from demand
),

latest as (
  select * from ranked
  where age = 1
),

surveyed as (
  select
    left(county_code, 4) || '00' as city_code,
    industry_code,
    occupation,
    min(occupation_code) as occupation_code,
    min(occupation_name) as occupation_name,
    cast(date_trunc('month', surveyed_on) as date) as surveyed_month,
    sum(vacancies) as vacancies,
    sum(hard_to_fill) as hard_to_fill,
    sum(training_intent) as training_intent
  from latest
  group by
    left(county_code, 4) || '00',
    industry_code,
    occupation,
    date_trunc('month', surveyed_on)
),

completed as (
  select
    city_code,
    industry_code,
    {{ compared_occupation() }} as occupation,
    end_month,
    count(*) as completed_sessions,
    count_if(is_certified) as certified_sessions
  from session
  where
    is_completed
    and coalesce(occupation_code, occupation_name) is not null
  group by
    city_code,
    industry_code,
    {{ compared_occupation() }},
    end_month
),

-- What a survey of one month can have brought: the twelve months after it.
answered as (
  select
    surveyed.city_code,
    surveyed.industry_code,
    surveyed.occupation,
    surveyed.surveyed_month,
    any_value(surveyed.occupation_code) as occupation_code,
    any_value(surveyed.occupation_name) as occupation_name,
    any_value(surveyed.vacancies) as vacancies,
    any_value(surveyed.hard_to_fill) as hard_to_fill,
    any_value(surveyed.training_intent) as training_intent,
    coalesce(sum(completed.completed_sessions), 0) as completed_sessions,
    coalesce(sum(completed.certified_sessions), 0) as certified_sessions
  from surveyed
  left join completed
    on
      surveyed.city_code = completed.city_code
      and surveyed.industry_code = completed.industry_code
      and surveyed.occupation = completed.occupation
      and surveyed.surveyed_month < completed.end_month
      and surveyed.surveyed_month + interval 12 month >= completed.end_month
  group by
    surveyed.city_code,
    surveyed.industry_code,
    surveyed.occupation,
    surveyed.surveyed_month
)

select
  city_code,
  industry_code,
  occupation_code,
  occupation_name,
  surveyed_month,
  last_day(cast(surveyed_month + interval 12 month as date)) < {{ as_of() }} as is_window_over,
  cast(vacancies as bigint) as vacancies,
  cast(hard_to_fill as bigint) as hard_to_fill,
  cast(training_intent as bigint) as training_intent,
  cast(completed_sessions as bigint) as completed_sessions,
  cast(certified_sessions as bigint) as certified_sessions,
  certified_sessions / nullif(vacancies, 0) as coverage,
  cast(greatest(vacancies - certified_sessions, 0) as bigint) as gap,
  cast(greatest(certified_sessions - vacancies, 0) as bigint) as over_supply,
  completed_sessions / nullif(training_intent, 0) as intent_coverage
from answered
