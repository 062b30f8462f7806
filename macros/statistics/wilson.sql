{#- The standard normal quantiles in use: 95 % and 99.8 % two-sided. -#}
{% macro z_95() -%} 1.959963984540054e0 {%- endmacro %}
{% macro z_998() -%} 3.090232306167813e0 {%- endmacro %}

{#-
  Wilson's score interval for a proportion (Wilson 1927; Newcombe 1998, method 3): its lower or upper end, at 95 % unless
  another normal quantile is given. Null when there are no trials. `bound` is low or high.
-#}
{% macro wilson(successes, trials, bound, quantile=z_95()) -%}
  {#- The ends are exact: floating error must not put a limit on the wrong side of the share itself. #}
  case
    when {{ trials }} > 0 and {{ successes }} = {{ '0' if bound == 'low' else trials }}
      then {{ '0e0' if bound == 'low' else '1e0' }}
    when {{ trials }} > 0
      {%- set spread -%}
        {{ quantile }} * sqrt(
          cast({{ successes }} as double) * ({{ trials }} - {{ successes }}) / {{ trials }} + {{ quantile }} * {{ quantile }} / 4
        )
      {%- endset %}
      then {% if bound == 'low' %}greatest(0e0, {% else %}least(1e0, {% endif -%}
        ({{ successes }} + {{ quantile }} * {{ quantile }} / 2 {{ '-' if bound == 'low' else '+' }} {{ spread }})
        / ({{ trials }} + {{ quantile }} * {{ quantile }}))
  end
{%- endmacro %}

{#-
  The lower limit of the difference of two proportions, first minus second, from their Wilson intervals, at the level of
  those (Newcombe 1998, method 10). The upper limit is minus the lower one of the difference the other way round.
-#}
{% macro difference_low(first, first_low, second, second_high) -%}
  {{ first }} - {{ second }} - sqrt(power({{ first }} - {{ first_low }}, 2) + power({{ second_high }} - {{ second }}, 2))
{%- endmacro %}

{#-
  Byar's approximation to the exact Poisson limits of a count (Breslow and Day 1987, p. 69): its lower or upper end, at 95 %
  unless another normal quantile is given.
-#}
{% macro byar(observed, bound, quantile=z_95()) -%}
  {%- if bound == 'low' -%}
    case
      when {{ observed }} > 0
        then {{ observed }} * power(1 - 1 / (9e0 * {{ observed }}) - {{ quantile }} / (3 * sqrt({{ observed }})), 3)
      else 0e0
    end
  {%- else -%}
    ({{ observed }} + 1)
    * power(1 - 1 / (9e0 * ({{ observed }} + 1)) + {{ quantile }} / (3 * sqrt({{ observed }} + 1)), 3)
  {%- endif -%}
{%- endmacro %}

{#- What an interval allows to be said against a limit: below, undecided or at_or_above. Null without an interval. -#}
{% macro position(low, high, limit) -%}
  case
    when {{ low }} is null or {{ limit }} is null then null
    when {{ high }} < {{ limit }} then 'below'
    when {{ low }} >= {{ limit }} then 'at_or_above'
    else 'undecided'
  end
{%- endmacro %}
