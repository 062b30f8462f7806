{#-
  What a table must be, in one test: one row a key and no part of a key null (`keys`, a list of column lists), columns
  that are never null (`filled`), values that stand in another table (`references`, column: table.column), and values
  out of a list (`accepted`, column: values). Null points nowhere and is in every list. One row a fault.

  One test a table, not one a column: dbt spends longer on a test than DuckDB does. Of a table that a build of changes
  alters in place the touched rows are tested: the others were, and whoever shares a key with a touched row is touched.
-#}
{% test sound(model, keys=[], filled=[], references={}, accepted={}) %}
  {%- set touched = none -%}
  {%- if execute and var('since_batch', none) is not none -%}
    {%- set rows_of = altered_rows(model) -%}
    {%- set touched = adapter.get_relation(database=rows_of.database, schema=rows_of.schema, identifier=rows_of.identifier) -%}
  {%- endif %}
  {#- The table itself, not a selection of it: DuckDB would hold that in memory whole, since it is read several times. #}
  {%- set tested = 'touched_row' if touched else model %}
  with

  {% if touched %}
  touched_row as (
    select * from {{ touched }}
    where sign = 1
  ),
  {% endif %}

  {% for columns in keys %}
  -- Keys that come twice share a fingerprint, which is quicker to group by; only what does is looked at itself.
  repeated_fingerprint_{{ loop.index }} as (
    select fingerprint from (select {{ fingerprint(columns) }} as fingerprint from {{ tested }}) as printed
    group by fingerprint
    having count(*) > 1
  ),

  repeated_key_{{ loop.index }} as (
    select
      {%- for column in columns %}
      {{ column }} as part_{{ loop.index }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ tested }} as tested
    where
      {{ fingerprint(columns) }} in (select fingerprint from repeated_fingerprint_{{ loop.index }})
      {%- for column in columns %}
      or {{ column }} is null
      {%- endfor %}
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
    from {{ tested }} as tested
  ),
  {% endif %}

  fault as (
    select
      cast(null as string) as fault,
      cast(null as string) as column_name,
      cast(null as string) as shown
    where false
    {% for columns in keys %}
    union all
    select
      'key' as fault,
      '{{ columns | join(', ') }}' as column_name,
      concat_ws(' / ' {%- for column in columns %}, part_{{ loop.index }} {%- endfor %}) as shown
    from repeated_key_{{ loop.index }}
    {% endfor %}
    {% if filled %}
    {%- for column in filled %}
    union all
    select
      'null' as fault,
      '{{ column }}' as column_name,
      cast({{ column }} as string) as shown
    from missing
    where {{ column }} > 0
    {%- endfor %}
    {% endif %}
    {% for column, target in references.items() %}
    {%- set table, key = target.split('.') %}
    union all
    select distinct
      'reference' as fault,
      '{{ column }}' as column_name,
      cast(tested.{{ column }} as string) as shown
    from {{ tested }} as tested
    anti join {{ ref(table) }} as parent
      on tested.{{ column }} = parent.{{ key }}
    where tested.{{ column }} is not null
    {% endfor %}
    {% for column, values in accepted.items() %}
    union all
    select distinct
      'value' as fault,
      '{{ column }}' as column_name,
      cast({{ column }} as string) as shown
    from {{ tested }} as tested
    where {{ column }} not in ('{{ values | join("', '") }}')
    {% endfor %}
  )

  select
    fault,
    column_name,
    shown
  from fault
{% endtest %}
