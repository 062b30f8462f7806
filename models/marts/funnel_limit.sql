{#- How many points draw a limit as a curve. -#}
{% set points = 60 %}

with

funnel as (
  select * from {{ ref('city_funnel') }}
),

frame as (
  select
    plan_year,
    measure,
    min(province_value) as province_value,
    min(between_variance) as between_variance,
    min(denominator) * 0.8 as smallest,
    max(denominator) * 1.1 as largest
  from funnel
  group by
    plan_year,
    measure
),

step as (
  select unnest(generate_series(0, {{ points - 1 }})) as step_order
),

-- Points close together where the curve bends: even steps of the logarithm.
point as (
  select
    frame.plan_year,
    frame.measure,
    step.step_order,
    frame.province_value,
    greatest(1, round(frame.smallest * power(frame.largest / frame.smallest, step.step_order / {{ points - 1 }}.0)))
      as denominator,
    frame.between_variance
  from frame
  cross join step
),

limited as (
  select
    *,
    asin(sqrt(province_value)) as province_angle,
    sqrt(1 / (4.0 * denominator) + between_variance) as adjusted_error
  from point
)

select
  plan_year,
  measure,
  cast(step_order as integer) as step_order,
  cast(denominator as bigint) as denominator,
  province_value,
  {{ funnel_limit('province_angle', 'adjusted_error', z_95(), 'low') }} as limit_95_low,
  {{ funnel_limit('province_angle', 'adjusted_error', z_95(), 'high') }} as limit_95_high,
  {{ funnel_limit('province_angle', 'adjusted_error', z_998(), 'low') }} as limit_998_low,
  {{ funnel_limit('province_angle', 'adjusted_error', z_998(), 'high') }} as limit_998_high
from limited
