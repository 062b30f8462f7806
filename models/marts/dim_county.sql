with

county as (
  select * from {{ ref('county') }}
),

city as (
  select * from {{ ref('city') }}
),

-- A class may be approved by the city's own bureau: its code ends in 00.
combined as (
  select
    county_code,
    name_zh,
    name_en,
    city_code
  from county
  union all
  select
    city_code as county_code,
    name_zh,
    name_en,
    city_code
  from city
),

ordered as (
  select
    county_code,
    name_zh,
    name_en,
    city_code,
    row_number() over (order by city_code = '450000', county_code) as sort_order
  from combined
)

select
  county_code,
  name_zh,
  name_en,
  city_code,
  cast(sort_order as integer) as sort_order
from ordered
