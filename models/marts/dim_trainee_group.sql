with

trainee_group as (
  select * from {{ ref('trainee_group') }}
),

ordered as (
  select
    trainee_group as trainee_group_code,
    name_zh,
    name_en,
    is_priority,
    row_number() over (
      order by
        not is_priority,
        trainee_group in ('other', 'other_priority'),
        trainee_group
    ) as sort_order
  from trainee_group
)

select
  trainee_group_code,
  name_zh,
  name_en,
  is_priority,
  cast(sort_order as integer) as sort_order
from ordered
