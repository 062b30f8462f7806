with

training_type as (
  select * from {{ ref('training_type') }}
),

ordered as (
  select
    training_type as training_type_code,
    name_zh,
    name_en,
    row_number() over (order by training_type) as sort_order
  from training_type
)

select
  training_type_code,
  name_zh,
  name_en,
  cast(sort_order as integer) as sort_order
from ordered
