with

city as (
  select * from {{ ref('city') }}
),

-- The 14 cities in the order of their codes, the regional level last.
ordered as (
  select
    city_code,
    name_zh,
    name_en,
    population_2020,
    city_code <> '450000' as is_city,
    row_number() over (order by city_code = '450000', city_code) as sort_order
  from city
)

select
  city_code,
  name_zh,
  name_en,
  population_2020,
  is_city,
  cast(sort_order as integer) as sort_order
from ordered
