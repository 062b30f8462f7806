{#-
  A table of counts and sums by the columns that are not in `sums` (macros/sums.sql). A build of everything makes an ordinary
  table. A build of changes adds the model's rows, which are of touched rows alone, to those that are there; what then has
  no row left, by the first of `sums`, is gone.
-#}
{% materialization sums, adapter = 'duckdb' %}
  {%- if var('since_batch', none) is none -%}
    {% do return(materialization_table_duckdb()) %}
  {%- endif -%}
  {%- set last = table_to_change(this) -%}
  {%- set columns = adapter.get_columns_in_relation(last) -%}
  {%- set sums = config.require('sums') -%}
  {%- set keys = columns | rejectattr('name', 'in', sums) | map(attribute='quoted') | join(', ') -%}
  {%- set all = columns | map(attribute='quoted') | join(', ') -%}
  {#- A new table, not other rows in this one: of those that went it would keep the place. -#}
  {%- set final = this.incorporate(type='table') -%}
  {%- set fresh = make_intermediate_relation(final) -%}
  {%- set summed -%}
    select
      {%- for column in columns %}
      {% if column.name in sums %}cast(sum({{ column.quoted }}) as {{ column.dtype }}) as {% endif %}{{ column.quoted }}
      {{- ',' if not loop.last }}
      {%- endfor %}
    from (
      select {{ all }} from {{ last }}
      union all
      select {{ all }} from ({{ compiled_code }}) as altered
    ) as summand
    group by {{ keys }}
    having sum({{ sums[0] }}) <> 0
  {%- endset -%}
  {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    {{ create_table_as(False, fresh, summed) }}
    drop table {{ last }};
    alter table {{ fresh }} rename to {{ adapter.quote(final.identifier) }};
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [final]}) }}
{% endmaterialization %}

{#- On Spark every build makes everything anew. -#}
{% materialization sums, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
