with

session as (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

returning_session as (
  select * from {{ ref('int_returning_session') }}
),

counted as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority
  from session
  where is_counted
),

-- The cap leaves a person one counted session a year, whatever its rule is made to say: who has more is looked for.
twice_in_a_year as (
  select
    person_key,
    plan_year
  from returning_session
  group by
    person_key,
    plan_year
  having count(*) > 1
),

-- A person with one counted session of a span is one person of every scope that holds it: plain counting is exact for
-- them, and distinct counting, the dear part, is left to those who came back within the span.
cell as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority,
    count(*) as sessions
  from counted
  group by
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority
),

again as (
  select
    returning_session.plan_year,
    returning_session.person_key,
    returning_session.city_code,
    returning_session.industry_code,
    returning_session.trainee_group,
    returning_session.is_priority
  from returning_session
  semi join twice_in_a_year
    on
      returning_session.person_key = twice_in_a_year.person_key
      and returning_session.plan_year = twice_in_a_year.plan_year
  union all
  select
    0 as plan_year,
    person_key,
    city_code,
    industry_code,
    trainee_group,
    is_priority
  from returning_session
  where plan_year in (select target.plan_year from target)
),

-- The whole plan is a span beside its years.
spanned as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority,
    sessions
  from cell
  union all
  select
    0 as plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority,
    sessions
  from cell
  where plan_year in (select target.plan_year from target)
),

scope_session as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    sum(sessions) as counted_sessions,
    coalesce(sum(sessions) filter (where is_priority), 0) as priority_sessions
  from spanned
  group by
    plan_year,
    cube(city_code, industry_code, trainee_group)
),

scope_again as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    count(*) as sessions,
    count(distinct person_key) as persons,
    count_if(is_priority) as priority_sessions,
    count(distinct person_key) filter (where is_priority) as priority_persons
  from again
  group by
    plan_year,
    cube(city_code, industry_code, trainee_group)
),

scope as (
  select
    scope_session.*,
    scope_session.counted_sessions - coalesce(scope_again.sessions - scope_again.persons, 0) as persons,
    scope_session.priority_sessions
    - coalesce(scope_again.priority_sessions - scope_again.priority_persons, 0) as priority_persons
  from scope_session
  left join scope_again
    on
      scope_session.plan_year = scope_again.plan_year
      and scope_session.city_code is not distinct from scope_again.city_code
      and scope_session.industry_code is not distinct from scope_again.industry_code
      and scope_session.trainee_group is not distinct from scope_again.trainee_group
)

select
  cast(plan_year as integer) as plan_year,
  coalesce(city_code, 'ALL') as city_code,
  coalesce(industry_code, 'ALL') as industry_code,
  coalesce(trainee_group, 'ALL') as trainee_group,
  cast(persons as bigint) as persons,
  cast(priority_persons as bigint) as priority_persons,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(priority_sessions as bigint) as priority_sessions,
  priority_persons / persons as priority_share_persons,
  {{ wilson('priority_persons', 'persons', 'low') }} as priority_share_persons_low,
  {{ wilson('priority_persons', 'persons', 'high') }} as priority_share_persons_high,
  priority_sessions / counted_sessions as priority_share_sessions,
  {{ wilson('priority_sessions', 'counted_sessions', 'low') }} as priority_share_sessions_low,
  {{ wilson('priority_sessions', 'counted_sessions', 'high') }} as priority_share_sessions_high
from scope
