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
    -- In the order of the plan's clauses, 四(一) to 四(六).
    row_number() over (order by instr('一二三四五六七八九', substr(clause, 3, 1)), programme) as sort_order
  from programme
)

select
  programme_code,
  name_zh,
  name_en,
  clause,
  cast(sort_order as integer) as sort_order
from ordered
