{#-
  What a table must be, in one test: one row a key and no part of a key null (`keys`, a list of column lists), columns
  that are never null (`filled`), values that stand in another table (`references`, column: table.column), and values
  out of a list (`accepted`, column: values). Null points nowhere and is in every list. One row a fault.

  One test a table, not one a column: dbt spends longer on a test than DuckDB does.
-#}
{% test sound(model, keys=[], filled=[], references={}, accepted={}) %}
  with

  tested as (
    select * from {{ model }}
  ),

  {% for columns in keys %}
  repeated_key_{{ loop.index }} as (
    select {{ columns | join(', ') }}
    from tested
    group by {{ columns | join(', ') }}
    having
      count(*) > 1
      {%- for column in columns %}
      or {{ column }} is null
      {%- endfor %}
  ),
  {% endfor %}

  {% if filled %}
  missing as (
    select
      {%- for column in filled %}
      count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
      {%- endfor %}
    from tested
  ),
  {% endif %}

  fault as (
    select
      cast(null as varchar) as fault,
      cast(null as varchar) as column_name,
      cast(null as varchar) as shown
    where false
    {% for columns in keys %}
    union all
    select
      'key' as fault,
      '{{ columns | join(', ') }}' as column_name,
      concat_ws(' / ', {{ columns | join(', ') }}) as shown
    from repeated_key_{{ loop.index }}
    {% endfor %}
    {% if filled %}
    union all
    select
      'null' as fault,
      column_name,
      cast(faults as varchar) as shown
    from (unpivot missing on columns(*) into name column_name value faults)
    where faults > 0
    {% endif %}
    {% for column, target in references.items() %}
    {%- set table, key = target.split('.') %}
    union all
    select distinct
      'reference' as fault,
      '{{ column }}' as column_name,
      cast(tested.{{ column }} as varchar) as shown
    from tested
    anti join {{ ref(table) }} as parent
      on tested.{{ column }} = parent.{{ key }}
    where tested.{{ column }} is not null
    {% endfor %}
    {% for column, values in accepted.items() %}
    union all
    select distinct
      'value' as fault,
      '{{ column }}' as column_name,
      cast({{ column }} as varchar) as shown
    from tested
    where {{ column }} not in ('{{ values | join("', '") }}')
    {% endfor %}
  )

  select
    fault,
    column_name,
    shown
  from fault
{% endtest %}
