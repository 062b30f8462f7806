with

occupation as (
  select * from {{ ref('occupation') }}
),

-- Several job types (工种) share their occupation's code: the occupation gives the code its name.
named as (
  select
    occupation_code,
    name_zh,
    name_en,
    level_range,
    suggested_programme,
    code_confidence,
    row_number() over (partition by occupation_code order by kind = 'job_type', name_zh) as choice
  from occupation
  where occupation_code is not null
),

ordered as (
  select
    occupation_code,
    name_zh,
    name_en,
    level_range,
    suggested_programme,
    code_confidence,
    row_number() over (order by occupation_code) as sort_order
  from named
  where choice = 1
)

select
  occupation_code,
  name_zh,
  name_en,
  level_range,
  suggested_programme,
  code_confidence,
  cast(sort_order as integer) as sort_order
from ordered
