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

scope_city as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

-- ALL is everything, IN_PLAN is AI and the 19 pillars together.
scope_industry as (
  select industry_code from industry
  union all
  select 'ALL' as industry_code
  union all
  select 'IN_PLAN' as industry_code
),

own_cell as (
  select
    headcount.plan_year,
    headcount.city_code,
    headcount.industry_code,
    headcount.counted_sessions
  from headcount
  inner join target
    on headcount.plan_year = target.plan_year
  where headcount.trainee_group = 'ALL'
),

before_cell as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(industry_code, 'ALL') as industry_code,
    sum(counted_sessions) as counted_sessions
  from before
  group by
    plan_year,
    cube(city_code, industry_code)
),

period_cell as (
  select
    'own' as period,
    plan_year,
    city_code,
    industry_code,
    counted_sessions
  from own_cell
  union all
  select
    'before' as period,
    plan_year,
    city_code,
    industry_code,
    counted_sessions
  from before_cell
),

-- Within a year nobody has two counted sessions (ANNUAL_CAP): sessions are persons.
cells as (
  select
    period || plan_year as block,
    period,
    plan_year,
    city_code as row_code,
    industry_code as column_code,
    counted_sessions as persons
  from period_cell
  where
    city_code <> 'ALL'
    and industry_code <> 'ALL'
),

{{ cover_small_cells('cells') }},

-- What a city trains outside the plan's industries is what the plan's leave over: they hide together.
hidden as (
  select
    period,
    plan_year,
    row_code as city_code,
    column_code as industry_code
  from covered
  where is_suppressed
  union all
  select
    period,
    plan_year,
    row_code as city_code,
    'IN_PLAN' as industry_code
  from covered
  where
    is_suppressed
    and column_code = 'OTHER'
),

in_plan as (
  select
    period,
    plan_year,
    city_code,
    'IN_PLAN' as industry_code,
    sum(counted_sessions) as counted_sessions
  from period_cell
  where industry_code not in ('ALL', 'OTHER')
  group by
    period,
    plan_year,
    city_code
),

summed as (
  select * from period_cell
  union all
  select * from in_plan
),

compared_year as (
  select distinct
    plan_year,
    until_day
  from before
),

scope as (
  select
    target.plan_year,
    scope_city.city_code,
    scope_industry.industry_code,
    compared_year.until_day as before_until_day,
    coalesce(own.counted_sessions, 0) as counted_sessions,
    total.counted_sessions as scope_sessions,
    own_hidden.city_code is not null as is_suppressed,
    case when compared_year.plan_year is not null then coalesce(earlier.counted_sessions, 0) end as sessions_before,
    before_hidden.city_code is not null as is_before_suppressed
  from target
  cross join scope_city
  cross join scope_industry
  left join compared_year
    on target.plan_year = compared_year.plan_year
  left join summed as own
    on
      target.plan_year = own.plan_year
      and scope_city.city_code = own.city_code
      and scope_industry.industry_code = own.industry_code
      and own.period = 'own'
  left join summed as total
    on
      target.plan_year = total.plan_year
      and scope_city.city_code = total.city_code
      and total.industry_code = 'ALL'
      and total.period = 'own'
  left join summed as earlier
    on
      target.plan_year = earlier.plan_year
      and scope_city.city_code = earlier.city_code
      and scope_industry.industry_code = earlier.industry_code
      and earlier.period = 'before'
  left join hidden as own_hidden
    on
      target.plan_year = own_hidden.plan_year
      and scope_city.city_code = own_hidden.city_code
      and scope_industry.industry_code = own_hidden.industry_code
      and own_hidden.period = 'own'
  left join hidden as before_hidden
    on
      target.plan_year = before_hidden.plan_year
      and scope_city.city_code = before_hidden.city_code
      and scope_industry.industry_code = before_hidden.industry_code
      and before_hidden.period = 'before'
),

shown as (
  select
    plan_year,
    city_code,
    industry_code,
    before_until_day,
    is_suppressed,
    is_before_suppressed,
    scope_sessions,
    case when not is_suppressed then counted_sessions end as counted_sessions,
    case when not is_before_suppressed then sessions_before end as sessions_before
  from scope
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  industry_code,
  cast(counted_sessions as bigint) as counted_sessions,
  is_suppressed,
  counted_sessions / nullif(scope_sessions, 0) as counted_share,
  before_until_day,
  cast(sessions_before as bigint) as sessions_before,
  is_before_suppressed,
  cast(counted_sessions - sessions_before as bigint) as sessions_change
from shown
