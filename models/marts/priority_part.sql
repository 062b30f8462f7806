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

trainee_group as (
  select * from {{ ref('trainee_group') }}
),

scope_year as (
  select plan_year from target
  union all
  select 0 as plan_year
),

scope_city as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

own_cell as (
  select
    headcount.plan_year,
    headcount.city_code,
    headcount.trainee_group,
    headcount.persons,
    headcount.counted_sessions
  from headcount
  inner join scope_year
    on headcount.plan_year = scope_year.plan_year
  where headcount.industry_code = 'ALL'
),

before_cell as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(trainee_group, 'ALL') as trainee_group,
    sum(counted_sessions) as sessions_before
  from before
  group by
    plan_year,
    cube(city_code, trainee_group)
),

cells as (
  select
    'own ' || plan_year as block,
    plan_year,
    city_code as row_code,
    trainee_group as column_code,
    persons
  from own_cell
  where
    city_code <> 'ALL'
    and trainee_group <> 'ALL'
  union all
  select
    'before ' || plan_year as block,
    plan_year,
    city_code as row_code,
    trainee_group as column_code,
    sessions_before as persons
  from before_cell
  where
    city_code <> 'ALL'
    and trainee_group <> 'ALL'
),

{{ cover_small_cells('cells') }},

-- What hides in one year hides in the three together as well, which less the other two would be that year.
hidden as (
  select distinct
    shown_year.plan_year,
    covered.row_code as city_code,
    covered.column_code as trainee_group
  from covered
  inner join scope_year as shown_year
    on
      covered.plan_year = shown_year.plan_year
      or shown_year.plan_year = 0
  where covered.is_suppressed
),

compared_year as (
  select distinct plan_year
  from before
),

part as (
  select
    scope_year.plan_year,
    scope_city.city_code,
    trainee_group.trainee_group,
    trainee_group.is_priority,
    hidden.city_code is not null as is_suppressed,
    coalesce(own_cell.persons, 0) as persons,
    coalesce(own_cell.counted_sessions, 0) as counted_sessions,
    coalesce(own_total.counted_sessions, 0) as scope_sessions,
    case when compared_year.plan_year is not null then coalesce(before_cell.sessions_before, 0) end as sessions_before,
    case when compared_year.plan_year is not null then coalesce(before_total.sessions_before, 0) end
      as scope_sessions_before
  from scope_year
  cross join scope_city
  cross join trainee_group
  left join own_cell
    on
      scope_year.plan_year = own_cell.plan_year
      and scope_city.city_code = own_cell.city_code
      and trainee_group.trainee_group = own_cell.trainee_group
  left join own_cell as own_total
    on
      scope_year.plan_year = own_total.plan_year
      and scope_city.city_code = own_total.city_code
      and own_total.trainee_group = 'ALL'
  left join compared_year
    on scope_year.plan_year = compared_year.plan_year
  left join before_cell
    on
      scope_year.plan_year = before_cell.plan_year
      and scope_city.city_code = before_cell.city_code
      and trainee_group.trainee_group = before_cell.trainee_group
  left join before_cell as before_total
    on
      scope_year.plan_year = before_total.plan_year
      and scope_city.city_code = before_total.city_code
      and before_total.trainee_group = 'ALL'
  left join hidden
    on
      scope_year.plan_year = hidden.plan_year
      and scope_city.city_code = hidden.city_code
      and trainee_group.trainee_group = hidden.trainee_group
),

shared as (
  select
    *,
    counted_sessions / nullif(scope_sessions, 0) as part,
    {{ wilson('counted_sessions', 'scope_sessions', 'low') }} as part_low,
    {{ wilson('counted_sessions', 'scope_sessions', 'high') }} as part_high,
    sessions_before / nullif(scope_sessions_before, 0) as part_before,
    {{ wilson('sessions_before', 'scope_sessions_before', 'low') }} as part_before_low,
    {{ wilson('sessions_before', 'scope_sessions_before', 'high') }} as part_before_high
  from part
),

changed as (
  select
    *,
    part - part_before as part_change,
    {{ difference_low('part', 'part_low', 'part_before', 'part_before_high') }} as part_change_low,
    -({{ difference_low('part_before', 'part_before_low', 'part', 'part_high') }}) as part_change_high
  from shared
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  trainee_group,
  is_priority,
  is_suppressed,
  case when not is_suppressed then cast(persons as bigint) end as persons,
  case when not is_suppressed then cast(counted_sessions as bigint) end as counted_sessions,
  case when not is_suppressed then part end as part,
  case when not is_suppressed then part_low end as part_low,
  case when not is_suppressed then part_high end as part_high,
  case when not is_suppressed then part_before end as part_before,
  case when not is_suppressed then part_change end as part_change,
  case when not is_suppressed then part_change_low end as part_change_low,
  case when not is_suppressed then part_change_high end as part_change_high,
  case
    when is_suppressed or part_change is null then null
    when part_change_low > 0 then 'up'
    when part_change_high < 0 then 'down'
    else 'undecided'
  end as change_standing
from changed
