{#-
  The additive (random-effects) variance between units from the dispersion of their scores, the moment estimator of
  DerSimonian and Laird that Spiegelhalter (2005, 2012) takes for funnel plots: 0 while chance alone explains the spread.
  `weight` and `squared_weight` are the sums of 1 / s² and of its square.
-#}
{% macro between_variance(units, dispersion, weight, squared_weight) -%}
  case
    when {{ units }} > 1 and {{ units }} * {{ dispersion }} > {{ units }} - 1
      then ({{ units }} * {{ dispersion }} - ({{ units }} - 1)) / ({{ weight }} - {{ squared_weight }} / {{ weight }})
    else 0.0
  end
{%- endmacro %}

{#- A limit about an arcsine angle as a proportion again; the angle stays within [0, π / 2], where sin² does not fold back. -#}
{% macro funnel_limit(angle, error, quantile, bound) -%}
  {%- if bound == 'low' -%}
    power(sin(greatest(0.0, {{ angle }} - {{ quantile }} * {{ error }})), 2)
  {%- else -%}
    power(sin(least(pi() / 2, {{ angle }} + {{ quantile }} * {{ error }})), 2)
  {%- endif -%}
{%- endmacro %}
