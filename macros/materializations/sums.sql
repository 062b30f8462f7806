{#-
  A table of counts and sums by the columns that are not in `sums` (macros/sums.sql). A build of everything makes an ordinary
  table. A build of changes adds the model's rows, which are of touched rows alone, to those that are there; what then has
  no row left, by the first of `sums`, is gone.
-#}
{% materialization sums, adapter = 'duckdb' %}
  {%- if var('since_batch', none) is none -%}
    {% do return(materialization_table_duckdb()) %}
  {%- endif -%}
  {%- set kept = table_to_change(this) -%}
  {%- set columns = adapter.get_columns_in_relation(kept) -%}
  {%- set sums = config.require('sums') -%}
  {%- set keys = columns | rejectattr('name', 'in', sums) | map(attribute='quoted') | join(', ') -%}
  {%- set all = columns | map(attribute='quoted') | join(', ') -%}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    create or replace temp table {{ this.identifier }}_summed as
    select
      {%- for column in columns %}
      {% if column.name in sums %}cast(sum({{ column.quoted }}) as {{ column.dtype }}) as {% endif %}{{ column.quoted }}
      {{- ',' if not loop.last }}
      {%- endfor %}
    from (
      select {{ all }} from {{ kept }}
      union all
      select {{ all }} from ({{ compiled_code }})
    )
    {% if keys %}group by {{ keys }}{% endif %}
    having sum({{ sums[0] }}) <> 0;
    truncate {{ kept }};
    insert into {{ kept }} ({{ all }})
    select {{ all }} from {{ this.identifier }}_summed;
    drop table {{ this.identifier }}_summed;
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [kept]}) }}
{% endmaterialization %}

{#- On Spark every build makes everything anew. -#}
{% materialization sums, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
