with

measure as (
  select * from {{ ref('int_city_measure') }}
),

province as (
  select
    plan_year,
    measure,
    value
  from measure
  where city_code = 'ALL'
),

-- On the arcsine scale the spread of a proportion does not depend on the proportion itself (Spiegelhalter 2005).
unit as (
  select
    measure.plan_year,
    measure.city_code,
    measure.measure,
    measure.numerator,
    measure.denominator,
    measure.value,
    province.value as province_value,
    asin(sqrt(measure.value)) as angle,
    asin(sqrt(province.value)) as province_angle,
    1 / (2 * sqrt(measure.denominator)) as standard_error
  from measure
  inner join province
    on
      measure.plan_year = province.plan_year
      and measure.measure = province.measure
  where
    measure.is_ranked
    and measure.denominator > 0
),

scored as (
  select
    *,
    (angle - province_angle) / standard_error as z_score,
    1 / power(standard_error, 2) as weight
  from unit
),

-- Spiegelhalter (2005): the tenth at either end is pulled in, so that a city out of line does not widen the limits that
-- are to show it.
winsor_bound as (
  select
    plan_year,
    measure,
    quantile_cont(z_score, 0.1) as lowest,
    quantile_cont(z_score, 0.9) as highest
  from scored
  group by
    plan_year,
    measure
),

winsorised as (
  select
    scored.*,
    least(greatest(scored.z_score, winsor_bound.lowest), winsor_bound.highest) as z_winsorised
  from scored
  inner join winsor_bound
    on
      scored.plan_year = winsor_bound.plan_year
      and scored.measure = winsor_bound.measure
),

-- phi, the mean square of the scores, is 1 when chance alone makes cities differ. Sums of fractions are taken in a
-- fixed order, here and elsewhere: their last digit depends on it, and the same input must give the same bytes.
dispersed as (
  select
    plan_year,
    measure,
    count(*) as cities,
    avg(z_winsorised * z_winsorised order by city_code) as dispersion,
    sum(weight order by city_code) as weight,
    sum(weight * weight order by city_code) as squared_weight
  from winsorised
  group by
    plan_year,
    measure
),

-- The additive (random-effects) variance between cities: limits that do not close in on large cities without end.
between_cities as (
  select
    plan_year,
    measure,
    dispersion,
    {{ between_variance('cities', 'dispersion', 'weight', 'squared_weight') }} as between_variance
  from dispersed
),

limited as (
  select
    winsorised.*,
    between_cities.dispersion,
    between_cities.between_variance,
    sqrt(power(winsorised.standard_error, 2) + between_cities.between_variance) as adjusted_error
  from winsorised
  inner join between_cities
    on
      winsorised.plan_year = between_cities.plan_year
      and winsorised.measure = between_cities.measure
),

judged as (
  select
    *,
    (angle - province_angle) / adjusted_error as adjusted_z
  from limited
)

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
  {{ funnel_limit('province_angle', 'adjusted_error', z_95(), 'low') }} as limit_95_low,
  {{ funnel_limit('province_angle', 'adjusted_error', z_95(), 'high') }} as limit_95_high,
  {{ funnel_limit('province_angle', 'adjusted_error', z_998(), 'low') }} as limit_998_low,
  {{ funnel_limit('province_angle', 'adjusted_error', z_998(), 'high') }} as limit_998_high,
  case
    when abs(adjusted_z) > {{ z_998() }} then 'alarm'
    when abs(adjusted_z) > {{ z_95() }} then 'alert'
    else 'inside'
  end as funnel_status,
  case when adjusted_z < 0 then 'below' else 'above' end as side
from judged
