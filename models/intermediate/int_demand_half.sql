with

demand as (
  select * from {{ ref('stg_demand') }}
),

gap as (
  select * from {{ ref('fct_demand_gap') }}
),

-- Of several surveys of one shortage in a half-year the latest counts: their twelve months overlap.
ranked as (
  select
    make_date(year(surveyed_on), case when month(surveyed_on) > 6 then 7 else 1 end, 1) as surveyed_half,
    left(county_code, 4) || '00' as city_code,
    industry_code,
    {{ compared_occupation() }} as occupation,
    occupation_code,
    occupation_name,
    cast(date_trunc('month', surveyed_on) as date) as surveyed_month,
    vacancies,
    hard_to_fill,
    training_intent,
    row_number() over (
      partition by
        make_date(year(surveyed_on), case when month(surveyed_on) > 6 then 7 else 1 end, 1),
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
    surveyed_half,
    city_code,
    industry_code,
    occupation,
    min(occupation_code) as occupation_code,
    min(occupation_name) as occupation_name,
    max(surveyed_month) as surveyed_month,
    sum(vacancies) as vacancies,
    sum(hard_to_fill) as hard_to_fill,
    sum(training_intent) as training_intent
  from latest
  group by
    surveyed_half,
    city_code,
    industry_code,
    occupation
),

answered as (
  select
    *,
    {{ compared_occupation() }} as occupation
  from gap
)

-- What has answered it is counted from the latest survey of the half-year on.
select
  surveyed.surveyed_half,
  surveyed.city_code,
  surveyed.industry_code,
  surveyed.occupation,
  surveyed.occupation_code,
  surveyed.occupation_name,
  gap.is_window_over,
  cast(surveyed.vacancies as bigint) as vacancies,
  cast(surveyed.hard_to_fill as bigint) as hard_to_fill,
  cast(surveyed.training_intent as bigint) as training_intent,
  gap.completed_sessions,
  gap.certified_sessions,
  cast(greatest(surveyed.vacancies - gap.certified_sessions, 0) as bigint) as gap,
  cast(greatest(gap.certified_sessions - surveyed.vacancies, 0) as bigint) as over_supply
from surveyed
inner join answered as gap
  on
    surveyed.city_code = gap.city_code
    and surveyed.industry_code = gap.industry_code
    and surveyed.occupation = gap.occupation
    and surveyed.surveyed_month = gap.surveyed_month
