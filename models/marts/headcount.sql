with

progress as (
  select * from {{ ref('fct_progress') }}
),

target as (
  select * from {{ ref('target') }}
),

returning_scope as (
  select * from {{ ref('int_returning_scope') }}
),

-- The whole plan is a span beside its years.
spanned as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    counted_sessions,
    priority_sessions
  from progress
  where counted_sessions > 0
  union all
  select
    0 as plan_year,
    city_code,
    industry_code,
    trainee_group,
    counted_sessions,
    priority_sessions
  from progress
  where
    counted_sessions > 0
    and plan_year in (select target.plan_year from target)
),

scope_session as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(industry_code, 'ALL') as industry_code,
    coalesce(trainee_group, 'ALL') as trainee_group,
    sum(counted_sessions) as counted_sessions,
    sum(priority_sessions) as priority_sessions
  from spanned
  group by
    plan_year,
    cube(city_code, industry_code, trainee_group)
),

-- A person with one counted session of a span is one person of every scope that holds it: plain counting is exact for
-- them, and distinct counting, the dear part, is left to those who came back within the span.
scope as (
  select
    scope_session.*,
    scope_session.counted_sessions - coalesce(returning_scope.sessions - returning_scope.persons, 0) as persons,
    scope_session.priority_sessions
    - coalesce(returning_scope.priority_sessions - returning_scope.priority_persons, 0) as priority_persons
  from scope_session
  left join returning_scope
    on
      scope_session.plan_year = returning_scope.plan_year
      and scope_session.city_code = returning_scope.city_code
      and scope_session.industry_code = returning_scope.industry_code
      and scope_session.trainee_group = returning_scope.trainee_group
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  industry_code,
  trainee_group,
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
