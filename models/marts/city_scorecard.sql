with

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

city_target as (
  select * from {{ ref('int_city_target') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

headcount as (
  select * from {{ ref('headcount') }}
),

violation as (
  select * from {{ ref('fct_rule_violation') }}
),

scope as (
  select
    target.plan_year,
    city.city_code,
    city.population_2020
  from target
  cross join city
),

counted as (
  select
    plan_year,
    city_code,
    sum(subsidised_sessions) as subsidised_sessions,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions,
    sum(employed_sessions) as employed_sessions,
    sum(employed_sessions + not_employed_sessions) as settled_sessions,
    sum(employed_sessions + not_employed_sessions + awaiting_sessions) as due_sessions
  from progress
  group by
    plan_year,
    city_code
),

violating as (
  select
    plan_year,
    city_code,
    count(distinct enrollment_id) as violating_sessions
  from violation
  where
    severity = 'ineligible'
    and plan_year is not null
  group by
    plan_year,
    city_code
),

scorecard as (
  select
    scope.plan_year,
    scope.city_code,
    city_target.target_sessions,
    city_target.target_basis,
    coalesce(counted.counted_sessions, 0) as counted_sessions,
    coalesce(counted.counted_sessions, 0) * 10000.0 / scope.population_2020 as sessions_per_10k,
    headcount.persons,
    headcount.priority_persons,
    headcount.priority_share_persons,
    headcount.priority_share_sessions,
    counted.certified_sessions / nullif(counted.counted_sessions, 0) as certification_rate,
    counted.employed_sessions / nullif(counted.due_sessions, 0) as employment_rate,
    counted.settled_sessions / nullif(counted.due_sessions, 0) as observation_complete,
    coalesce(violating.violating_sessions, 0) / nullif(counted.subsidised_sessions, 0) as violation_rate
  from scope
  left join city_target
    on
      scope.plan_year = city_target.plan_year
      and scope.city_code = city_target.city_code
  left join counted
    on
      scope.plan_year = counted.plan_year
      and scope.city_code = counted.city_code
  left join headcount
    on
      scope.plan_year = headcount.plan_year
      and scope.city_code = headcount.city_code
      and headcount.industry_code = 'ALL'
      and headcount.trainee_group = 'ALL'
  left join violating
    on
      scope.plan_year = violating.plan_year
      and scope.city_code = violating.city_code
)

select
  plan_year,
  city_code,
  target_sessions,
  target_basis,
  cast(counted_sessions as bigint) as counted_sessions,
  counted_sessions / nullif(target_sessions, 0) as attainment,
  sessions_per_10k,
  cast(coalesce(persons, 0) as bigint) as persons,
  cast(coalesce(priority_persons, 0) as bigint) as priority_persons,
  priority_share_persons,
  priority_share_sessions,
  certification_rate,
  employment_rate,
  observation_complete,
  violation_rate
from scorecard
