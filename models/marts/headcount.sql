with

session as (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

counted as (
  select
    person_key,
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority,
    plan_year in (select target.plan_year from target) as is_in_plan
  from session
  where is_counted
),

-- A person with one counted session is one person of every scope that holds it: plain counting is exact for them,
-- and distinct counting, the dear part, is left to those who came back.
returning_person as (
  select person_key
  from counted
  group by person_key
  having count(*) > 1
),

marked as (
  select
    counted.*,
    case when returning_person.person_key is not null then counted.person_key end as returning_key
  from counted
  left join returning_person
    on counted.person_key = returning_person.person_key
),

scope_year as (
  select
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    count(*) as counted_sessions,
    count_if(is_priority) as priority_sessions,
    count_if(returning_key is null) + count(distinct returning_key) as persons,
    count_if(is_priority and returning_key is null)
    + count(distinct case when is_priority then returning_key end) as priority_persons
  from marked
  group by
    plan_year,
    cube(city_code, industry_code, trainee_group)
),

scope_plan as (
  select
    0 as plan_year,
    city_code,
    industry_code,
    trainee_group,
    count(*) as counted_sessions,
    count_if(is_priority) as priority_sessions,
    count_if(returning_key is null) + count(distinct returning_key) as persons,
    count_if(is_priority and returning_key is null)
    + count(distinct case when is_priority then returning_key end) as priority_persons
  from marked
  where is_in_plan
  group by cube(city_code, industry_code, trainee_group)
),

scope as (
  select * from scope_year
  union all
  select * from scope_plan
  where counted_sessions > 0
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
