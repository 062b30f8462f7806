with

measure as (
  select * from {{ ref('int_institution_measure') }}
),

{{ funnel_plot('institution_code', 'is_compared') }},

-- What has too few sessions for limits stands beside the others, unjudged, and widens nobody's limits.
too_few as (
  select
    measure.plan_year,
    measure.measure,
    measure.institution_code,
    measure.numerator,
    measure.denominator,
    measure.value,
    province.value as province_value
  from measure
  inner join province
    on
      measure.plan_year = province.plan_year
      and measure.measure = province.measure
  where
    measure.institution_code <> 'ALL'
    and measure.value is not null
    and not measure.is_compared
)

select
  plan_year,
  measure,
  institution_code,
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
union all
select
  plan_year,
  measure,
  institution_code,
  numerator,
  denominator,
  value,
  province_value,
  null as dispersion,
  null as between_variance,
  null as z_score,
  null as adjusted_z,
  null as limit_95_low,
  null as limit_95_high,
  null as limit_998_low,
  null as limit_998_high,
  'too_few' as funnel_status,
  null as side
from too_few
