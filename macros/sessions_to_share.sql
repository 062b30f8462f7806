{#-
  The least n with (priority + n) / (persons + n) >= target, in whole basis points: floating shares would ask for one
  session too many or too few at the border. Null when the target is 1 or nobody is counted.
-#}
{% macro sessions_to_share(priority_persons, persons, target) -%}
  case
    when {{ persons }} > 0 and {{ target }} < 1
      then
        greatest(
          0,
          cast(
            -(
              -(cast(round({{ target }} * 10000) as bigint) * {{ persons }} - 10000 * {{ priority_persons }})
              // (10000 - cast(round({{ target }} * 10000) as bigint))
            ) as bigint
          )
        )
  end
{%- endmacro %}
