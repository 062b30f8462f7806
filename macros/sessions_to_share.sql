{#-
  The least n with (priority + n) / (persons + n) >= target, in whole basis points: floating shares would ask for one
  session too many or too few at the border. Null when the target is 1 or nobody is counted.
-#}
{% macro sessions_to_share(priority_persons, persons, target) -%}
  {%- set target_bp = "cast(round(" ~ target ~ " * 10000) as bigint)" -%}
  case
    when {{ persons }} > 0 and {{ target }} < 1
      -- Whole division truncates towards zero: adding the divisor less one rounds a positive gap up.
      then greatest(
        0,
        {{ whole_quotient(
          target_bp ~ ' * ' ~ persons ~ ' - 10000 * ' ~ priority_persons ~ ' + 9999 - ' ~ target_bp,
          '10000 - ' ~ target_bp
        ) }}
      )
  end
{%- endmacro %}
