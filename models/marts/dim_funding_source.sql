with

funding_source as (
  select * from {{ ref('funding_source') }}
),

ordered as (
  select
    funding_source as funding_source_code,
    name_zh,
    name_en,
    is_public,
    row_number() over (order by not is_public, funding_source) as sort_order
  from funding_source
)

select
  funding_source_code,
  name_zh,
  name_en,
  is_public,
  cast(sort_order as integer) as sort_order
from ordered
