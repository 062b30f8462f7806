with

industry as (
  select * from {{ ref('industry') }}
),

ordered as (
  select
    industry_code,
    name_zh,
    name_en,
    list_status,
    industry_code <> 'OTHER' as is_in_plan,
    row_number() over (
      order by
        case industry_code when 'AI' then 0 when 'OTHER' then 2 else 1 end,
        industry_code
    ) as sort_order
  from industry
)

select
  industry_code,
  name_zh,
  name_en,
  list_status,
  is_in_plan,
  cast(sort_order as integer) as sort_order
from ordered
