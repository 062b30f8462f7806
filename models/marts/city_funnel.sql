with

measure as (
  select * from {{ ref('int_city_measure') }}
),

{{ funnel_plot('city_code', 'is_ranked') }}

select
  plan_year,
  measure,
  city_code,
  numerator,
  denominator,
  value,
  province_value,
  dispersion,
  between_variance,
  z_score,
  adjusted_z,
  limit_95_low,
  limit_95_high,
  limit_998_low,
  limit_998_high,
  funnel_status,
  side
from judged
