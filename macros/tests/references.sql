{#- Every value of a column stands in the table it points to (column: table.column); null points nowhere. One row a value
    that stands nowhere. -#}
{% test references(model, columns) %}
  {%- for column, target in columns.items() %}
  {%- set table, key = target.split('.') %}
  select distinct
    '{{ column }}' as column_name,
    cast(child.{{ column }} as varchar) as unknown_value
  from {{ model }} as child
  anti join {{ ref(table) }} as parent
    on child.{{ column }} = parent.{{ key }}
  where child.{{ column }} is not null
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{% endtest %}
