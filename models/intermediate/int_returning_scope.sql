{{ config(materialized = 'sums', sums = ['sessions', 'persons', 'priority_sessions', 'priority_persons']) }}

with

target as (
  select * from {{ ref('target') }}
),

returning_session as (
  select * from {{ altered('int_returning_session') }}
),

-- The cap leaves a person one counted session a year, whatever its rule is made to say: who has more is looked for.
twice_in_a_year as (
  select
    person_key,
    plan_year
    {{- and_sign() }}
  from returning_session
  group by
    person_key,
    plan_year
    {{- and_sign() }}
  having count(*) > 1
),

-- The whole plan is a span beside its years.
spanned as (
  select
    returning_session.plan_year,
    returning_session.person_key,
    returning_session.city_code,
    returning_session.industry_code,
    returning_session.trainee_group,
    returning_session.is_priority
    {{- and_sign('returning_session') }}
  from returning_session
  semi join twice_in_a_year
    on
      returning_session.person_key = twice_in_a_year.person_key
      and returning_session.plan_year = twice_in_a_year.plan_year
      and {{ same_sign('returning_session', 'twice_in_a_year') }}
  union all
  select
    0 as plan_year,
    person_key,
    city_code,
    industry_code,
    trainee_group,
    is_priority
    {{- and_sign() }}
  from returning_session
  where plan_year in (select target.plan_year from target)
)

select
  plan_year,
  coalesce(city_code, 'ALL') as city_code,
  coalesce(industry_code, 'ALL') as industry_code,
  coalesce(trainee_group, 'ALL') as trainee_group,
  {{ tally() }} as sessions,
  {{ tally_distinct('person_key') }} as persons,
  {{ tally('is_priority') }} as priority_sessions,
  {{ tally_distinct('person_key', 'is_priority') }} as priority_persons
from spanned
group by
  plan_year,
  cube(city_code, industry_code, trainee_group)
