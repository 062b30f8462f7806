{#- The columns that are never null, in one pass over the table: one row a column that is. -#}
{% test filled(model, columns) %}
  with

  missing as (
    select
      {%- for column in columns %}
      count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ model }}
  )

  select
    column_name,
    missing_values
  from (unpivot missing on columns(*) into name column_name value missing_values)
  where missing_values > 0
{% endtest %}
