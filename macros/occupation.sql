{#-
  What an occupation is compared by: its code, else its name. A name begins with a space here, which no code does, so that
  a name never equals a code.
-#}
{% macro compared_occupation() -%} coalesce(occupation_code, ' ' || lower(occupation_name)) {%- endmacro %}
