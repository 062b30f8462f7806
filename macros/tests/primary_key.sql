{#- Proves a grain: one row a key, and no part of a key null. -#}
{% test primary_key(model, columns) %}
  select {{ columns | join(', ') }}
  from {{ model }}
  group by {{ columns | join(', ') }}
  having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
