with

programme as (
  select * from {{ ref('programme') }}
),

ordered as (
  select
    programme as programme_code,
    name_zh,
    name_en,
    clause,
    row_number() over (order by programme) as sort_order
  from programme
)

select
  programme_code,
  name_zh,
  name_en,
  clause,
  cast(sort_order as integer) as sort_order
from ordered
