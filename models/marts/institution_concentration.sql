with

class as (
  select * from {{ ref('int_institution_class') }}
),

summed as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    institution_code,
    cast(sum(counted_sessions) as bigint) as counted_sessions
  from class
  group by
    plan_year,
    institution_code,
    rollup(city_code)
  having sum(counted_sessions) > 0
),

ordered as (
  select
    *,
    row_number() over (partition by plan_year, city_code order by counted_sessions desc, institution_code asc) as place
  from summed
),

-- The Herfindahl index, the sum of squared shares, from whole numbers: they add up alike in any order.
concentrated as (
  select
    plan_year,
    city_code,
    count(*) as institutions,
    sum(counted_sessions) as counted_sessions,
    max(institution_code) filter (where place = 1) as largest_institution_code,
    max(counted_sessions) as largest_sessions,
    sum(counted_sessions) filter (where place <= 4) as top_four_sessions,
    sum(counted_sessions * counted_sessions) as squared_sessions
  from ordered
  group by
    plan_year,
    city_code
)

select
  plan_year,
  city_code,
  institutions,
  cast(counted_sessions as bigint) as counted_sessions,
  largest_institution_code,
  largest_sessions / counted_sessions as largest_share,
  top_four_sessions / counted_sessions as top_four_share,
  squared_sessions / (counted_sessions * counted_sessions) as herfindahl_index
from concentrated
