with

funnel as (
  select * from {{ ref('city_funnel') }}
  where funnel_status <> 'too_few'
),

{{ funnel_curve() }}

select
  plan_year,
  measure,
  step_order,
  denominator,
  province_value,
  limit_95_low,
  limit_95_high,
  limit_998_low,
  limit_998_high
from curve
