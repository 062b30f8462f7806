{#- Proves a grain of several columns: one row a combination. Nulls are a value like any other here. -#}
{% test unique_combination(model, columns) %}
  select {{ columns | join(', ') }}
  from {{ model }}
  group by {{ columns | join(', ') }}
  having count(*) > 1
{% endtest %}
