{#- Fewer than this, sessions or persons, say too little of a rate: of an institution, of a city, of any part. -#}
{% macro least_sessions() -%} 30 {%- endmacro %}

{#-
  Whether limits on the arcsine scale can judge a unit: enough sessions, and enough expected on either side of the
  province's value. With fewer, chance alone puts several in a hundred outside limits that two in a thousand should pass
  (docs/methods.md). Where the province's value is 0 or 1 nobody differs from it, and size alone decides.
-#}
{% macro can_be_judged(denominator, province_value) -%}
  {{ denominator }} >= {{ least_sessions() }}
  and (
    {{ province_value }} in (0, 1)
    or {{ denominator }} * least({{ province_value }}, 1 - {{ province_value }}) >= 5
  )
{%- endmacro %}

{#-
  The units of a funnel plot that can't be judged, as the CTE `too_few` after those of `funnel_plot`: they stand beside the
  others and widen nobody's limits. `is_unit` is the condition on `measure` for a unit that would be scored if it were
  large enough.
-#}
{% macro funnel_too_few(unit_code, is_unit) -%}
too_few as (
  select
    measure.plan_year,
    measure.{{ unit_code }},
    measure.measure,
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
    {{ is_unit }}
    and measure.value is not null
    and not measure.is_compared
)
{%- endmacro %}

{#- The rows of a funnel plot: what `funnel_plot` judged, and what `funnel_too_few` left unjudged. -#}
{% macro funnel_rows(unit_code) -%}
select
  plan_year,
  measure,
  {{ unit_code }},
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
  {{ unit_code }},
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
{%- endmacro %}

{#-
  The additive (random-effects) variance between units from the dispersion of their scores, the moment estimator of
  DerSimonian and Laird that Spiegelhalter (2005, 2012) takes for funnel plots: 0 while chance alone explains the spread.
  `weight` and `squared_weight` are the sums of 1 / s² and of its square.
-#}
{% macro between_variance(units, dispersion, weight, squared_weight) -%}
  case
    when {{ units }} > 1 and {{ units }} * {{ dispersion }} > {{ units }} - 1
      then ({{ units }} * {{ dispersion }} - ({{ units }} - 1)) / ({{ weight }} - {{ squared_weight }} / {{ weight }})
    else 0e0
  end
{%- endmacro %}

{#- A limit about an arcsine angle as a proportion again; the angle stays within [0, π / 2], where sin² does not fold back. -#}
{% macro funnel_limit(angle, error, quantile, bound) -%}
  {%- if bound == 'low' -%}
    power(sin(greatest(0e0, {{ angle }} - {{ quantile }} * {{ error }})), 2)
  {%- else -%}
    power(sin(least(pi() / 2, {{ angle }} + {{ quantile }} * {{ error }})), 2)
  {%- endif -%}
{%- endmacro %}

{#-
  The steps of a funnel plot, as CTEs that begin at `measure` and end at `judged`: each unit's score against the province,
  the dispersion of the scores, and the limits with it. `measure` has plan_year, measure, numerator, denominator, value,
  the column `unit_code` with a row ALL for the province, and the boolean `is_compared`: which units are scored.
-#}
{% macro funnel_plot(unit_code, is_compared) -%}
province as (
  select
    plan_year,
    measure,
    value
  from measure
  where {{ unit_code }} = 'ALL'
),

-- On the arcsine scale the spread of a proportion does not depend on the proportion itself (Spiegelhalter 2005).
unit as (
  select
    measure.plan_year,
    measure.{{ unit_code }},
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
    measure.{{ is_compared }}
    and measure.denominator > 0
),

scored as (
  select
    *,
    (angle - province_angle) / standard_error as z_score,
    1 / power(standard_error, 2) as weight
  from unit
),

-- Spiegelhalter (2005): the tenth at either end is pulled in, so that a unit out of line does not widen the limits that
-- are to show it.
winsor_bound as (
  select
    plan_year,
    measure,
    {{ quantile_between('z_score', '0.1') }} as lowest,
    {{ quantile_between('z_score', '0.9') }} as highest
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

-- phi, the mean square of the scores, is 1 when chance alone makes units differ. Sums of fractions are taken in a
-- fixed order, here and elsewhere: their last digit depends on it, and the same input must give the same bytes.
dispersed as (
  select
    plan_year,
    measure,
    count(*) as units,
    {{ mean_in_order('z_winsorised * z_winsorised', unit_code) }} as dispersion,
    {{ sum_in_order('weight', unit_code) }} as weight,
    {{ sum_in_order('weight * weight', unit_code) }} as squared_weight
  from winsorised
  group by
    plan_year,
    measure
),

-- The additive (random-effects) variance between units: limits that do not close in on large units without end.
between_units as (
  select
    plan_year,
    measure,
    dispersion,
    {{ between_variance('units', 'dispersion', 'weight', 'squared_weight') }} as between_variance
  from dispersed
),

limited as (
  select
    winsorised.*,
    between_units.dispersion,
    between_units.between_variance,
    sqrt(power(winsorised.standard_error, 2) + between_units.between_variance) as adjusted_error
  from winsorised
  inner join between_units
    on
      winsorised.plan_year = between_units.plan_year
      and winsorised.measure = between_units.measure
),

scored_with_dispersion as (
  select
    *,
    (angle - province_angle) / adjusted_error as adjusted_z
  from limited
),

judged as (
  select
    plan_year,
    measure,
    {{ unit_code }},
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
  from scored_with_dispersion
)
{%- endmacro %}

{#-
  The limits as a curve over the denominator, as CTEs that begin at `funnel`, the rows of a funnel plot that have limits,
  and end at `curve`.
-#}
{% macro funnel_curve() -%}
{#- How many points draw a limit as a curve. #}
{%- set points = 60 -%}
frame as (
  select
    plan_year,
    measure,
    min(province_value) as province_value,
    min(between_variance) as between_variance,
    min(denominator) * 8e-1 as smallest,
    max(denominator) * 11e-1 as largest
  from funnel
  group by
    plan_year,
    measure
),

step as (
  select {{ each(series(0, points - 1)) }} as step_order
),

-- Points close together where the curve bends: even steps of the logarithm.
point as (
  select
    frame.plan_year,
    frame.measure,
    step.step_order,
    frame.province_value,
    greatest(1, round(frame.smallest * power(frame.largest / frame.smallest, step.step_order / {{ points - 1 }}e0)))
      as denominator,
    frame.between_variance
  from frame
  cross join step
),

limited as (
  select
    *,
    asin(sqrt(province_value)) as province_angle,
    sqrt(1 / (4e0 * denominator) + between_variance) as adjusted_error
  from point
),

curve as (
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
)
{%- endmacro %}
