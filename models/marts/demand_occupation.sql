with

latest as (
  select * from {{ ref('int_demand_half') }}
),

cells as (
  select
    surveyed_half || industry_code as block,
    surveyed_half,
    industry_code,
    city_code as row_code,
    occupation as column_code,
    certified_sessions as persons
  from latest
  where certified_sessions > 0
),

{{ cover_small_cells('cells') }},

scope as (
  select
    surveyed_half,
    coalesce(city_code, 'ALL') as city_code,
    industry_code,
    occupation,
    min(occupation_code) as occupation_code,
    min(occupation_name) as occupation_name,
    count(*) as shortages,
    bool_and(is_window_over) as is_window_over,
    sum(vacancies) as vacancies,
    sum(hard_to_fill) as hard_to_fill,
    sum(certified_sessions) as certified_sessions,
    sum(gap) as gap,
    sum(over_supply) as over_supply
  from latest
  group by
    surveyed_half,
    industry_code,
    occupation,
    rollup(city_code)
),

-- In one city the gap is the vacancies less those certified: where these hide, it hides with them.
shown as (
  select
    scope.*,
    coalesce(covered.is_suppressed, false)
    or (scope.city_code = 'ALL' and scope.certified_sessions between 1 and {{ least_persons() }} - 1) as is_suppressed
  from scope
  left join covered
    on
      scope.surveyed_half = covered.surveyed_half
      and scope.industry_code = covered.industry_code
      and scope.city_code = covered.row_code
      and scope.occupation = covered.column_code
)

select
  surveyed_half,
  city_code,
  industry_code,
  occupation_code,
  occupation_name,
  cast(shortages as bigint) as shortages,
  is_window_over,
  cast(vacancies as bigint) as vacancies,
  cast(hard_to_fill as bigint) as hard_to_fill,
  is_suppressed,
  case when not is_suppressed then cast(certified_sessions as bigint) end as certified_sessions,
  case when not is_suppressed then cast(gap as bigint) end as gap,
  case when not is_suppressed then cast(over_supply as bigint) end as over_supply,
  case when not is_suppressed then (vacancies - gap) / nullif(vacancies, 0) end as filled_share
from shown
