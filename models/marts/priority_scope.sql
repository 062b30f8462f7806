with

headcount as (
  select * from {{ ref('headcount') }}
),

before as (
  select * from {{ ref('int_year_before') }}
),

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

industry as (
  select * from {{ ref('industry') }}
),

scope_year as (
  select
    plan_year,
    priority_share as priority_target
  from target
  union all
  select
    0 as plan_year,
    max(priority_share) as priority_target
  from target
),

-- The province, its cities and its industries. Their cross is not here: its cells are small.
scope_place as (
  select
    'ALL' as city_code,
    'ALL' as industry_code
  union all
  select
    city_code,
    'ALL' as industry_code
  from city
  union all
  select
    'ALL' as city_code,
    industry_code
  from industry
),

before_scope as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(industry_code, 'ALL') as industry_code,
    sum(counted_sessions) as sessions_before,
    sum(priority_sessions) as priority_before
  from before
  group by
    plan_year,
    cube(city_code, industry_code)
),

compared_year as (
  select distinct
    plan_year,
    until_day
  from before
),

scope as (
  select
    scope_year.plan_year,
    scope_year.priority_target,
    scope_place.city_code,
    scope_place.industry_code,
    coalesce(headcount.persons, 0) as persons,
    coalesce(headcount.priority_persons, 0) as priority_persons,
    coalesce(headcount.counted_sessions, 0) as counted_sessions,
    coalesce(headcount.priority_sessions, 0) as priority_sessions,
    headcount.priority_share_persons,
    headcount.priority_share_persons_low,
    headcount.priority_share_persons_high,
    headcount.priority_share_sessions,
    headcount.priority_share_sessions_low,
    headcount.priority_share_sessions_high,
    compared_year.until_day as before_until_day,
    case when compared_year.plan_year is not null then coalesce(before_scope.sessions_before, 0) end as sessions_before,
    case when compared_year.plan_year is not null then coalesce(before_scope.priority_before, 0) end as priority_before
  from scope_year
  cross join scope_place
  left join headcount
    on
      scope_year.plan_year = headcount.plan_year
      and scope_place.city_code = headcount.city_code
      and scope_place.industry_code = headcount.industry_code
      and headcount.trainee_group = 'ALL'
  left join compared_year
    on scope_year.plan_year = compared_year.plan_year
  left join before_scope
    on
      scope_year.plan_year = before_scope.plan_year
      and scope_place.city_code = before_scope.city_code
      and scope_place.industry_code = before_scope.industry_code
),

-- Within a year nobody has two counted sessions (ANNUAL_CAP): its share by sessions is that by persons.
with_before as (
  select
    *,
    priority_before / nullif(sessions_before, 0) as share_before,
    {{ wilson('priority_before', 'sessions_before', 'low') }} as share_before_low,
    {{ wilson('priority_before', 'sessions_before', 'high') }} as share_before_high
  from scope
),

changed as (
  select
    *,
    priority_share_persons - share_before as share_change,
    {{ difference_low(
      'priority_share_persons', 'priority_share_persons_low', 'share_before', 'share_before_high'
    ) }} as share_change_low,
    -({{ difference_low(
      'share_before', 'share_before_low', 'priority_share_persons', 'priority_share_persons_high'
    ) }}) as share_change_high
  from with_before
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  industry_code,
  cast(persons as bigint) as persons,
  cast(priority_persons as bigint) as priority_persons,
  priority_share_persons,
  priority_share_persons_low,
  priority_share_persons_high,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(priority_sessions as bigint) as priority_sessions,
  priority_share_sessions,
  priority_share_sessions_low,
  priority_share_sessions_high,
  priority_target,
  {{ position('priority_share_persons_low', 'priority_share_persons_high', 'priority_target') }} as priority_standing,
  {{ sessions_to_share('priority_persons', 'persons', 'priority_target') }} as persons_to_70,
  before_until_day,
  cast(sessions_before as bigint) as sessions_before,
  cast(priority_before as bigint) as priority_before,
  share_before,
  share_change,
  share_change_low,
  share_change_high,
  case
    when share_change is null then null
    when share_change_low > 0 then 'up'
    when share_change_high < 0 then 'down'
    else 'undecided'
  end as change_standing
from changed
