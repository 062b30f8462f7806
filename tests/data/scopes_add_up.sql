-- What pages read by scope is what the facts hold: a scope that differs from them, with both figures.
with

progress as (
  select
    plan_year,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions
  from {{ ref('fct_progress') }}
  where plan_year in (select plan_year from {{ ref('target') }})
  group by plan_year
),

outcome as (
  select
    plan_year,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions
  from {{ ref('outcome_month') }}
  where city_code = 'ALL'
  group by plan_year
),

scope as (
  select
    plan_year,
    counted_sessions,
    certified_sessions
  from {{ ref('outcome_scope') }}
  where
    plan_year <> 0
    and city_code = 'ALL'
    and industry_code = 'ALL'
    and trainee_group = 'ALL'
    and training_type = 'ALL'
),

-- The same rates in the scorecard and in the scopes that pages cut.
city as (
  select
    scorecard.plan_year,
    scorecard.city_code,
    scorecard.counted_sessions,
    scorecard.certification_rate,
    scorecard.employment_rate,
    scorecard.violation_rate
  from {{ ref('city_scorecard') }} as scorecard
  where scorecard.counted_sessions > 0
),

uncounted as (
  select * from {{ ref('uncounted_scope') }}
),

outcome_city as (
  select * from {{ ref('outcome_scope') }}
  where
    industry_code = 'ALL'
    and trainee_group = 'ALL'
    and training_type = 'ALL'
),

-- Nobody has two counted sessions in one year: priority_month takes sessions for persons.
head as (
  select
    plan_year,
    persons,
    counted_sessions
  from {{ ref('headcount') }}
  where plan_year <> 0
)

select
  'outcome_month' as table_name,
  progress.plan_year,
  progress.counted_sessions as expected,
  outcome.counted_sessions as found
from progress
left join outcome
  on progress.plan_year = outcome.plan_year
where
  progress.counted_sessions > 0
  and (
    progress.counted_sessions is distinct from outcome.counted_sessions
    or progress.certified_sessions is distinct from outcome.certified_sessions
  )
union all
select
  'outcome_scope' as table_name,
  progress.plan_year,
  progress.counted_sessions as expected,
  scope.counted_sessions as found
from progress
left join scope
  on progress.plan_year = scope.plan_year
where
  progress.counted_sessions > 0
  and (
    progress.counted_sessions is distinct from scope.counted_sessions
    or progress.certified_sessions is distinct from scope.certified_sessions
  )
union all
select
  'priority_month' as table_name,
  plan_year,
  counted_sessions as expected,
  persons as found
from head
where persons <> counted_sessions
union all
select
  'uncounted_scope ' || city.city_code as table_name,
  city.plan_year,
  city.counted_sessions as expected,
  uncounted.counted_sessions as found
from city
left join uncounted
  on
    city.plan_year = uncounted.plan_year
    and city.city_code = uncounted.city_code
where
  city.counted_sessions is distinct from uncounted.counted_sessions
  or city.violation_rate is distinct from uncounted.violation_rate
union all
select
  'outcome_scope ' || city.city_code as table_name,
  city.plan_year,
  city.counted_sessions as expected,
  outcome_city.counted_sessions as found
from city
left join outcome_city
  on
    city.plan_year = outcome_city.plan_year
    and city.city_code = outcome_city.city_code
where
  city.counted_sessions is distinct from outcome_city.counted_sessions
  or city.certification_rate is distinct from outcome_city.certification_rate
  or city.employment_rate is distinct from outcome_city.employment_rate
