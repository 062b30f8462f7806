{#-
  A table that a build of changes (macros/delta.sql) alters in place: the rows of touched records go, and the model's rows,
  which are of touched records alone, come. `touched` names the extract and the column with its key, or the column that
  names the extract (`extract_column`). Without `touched` nothing goes. A build of everything makes an ordinary table.
-#}
{% materialization kept, adapter = 'duckdb' %}
  {%- if var('since_batch', none) is none -%}
    {% do return(materialization_table_duckdb()) %}
  {%- endif -%}
  {%- set kept = load_cached_relation(this) -%}
  {%- if kept is none or not kept.is_table -%}
    {{ exceptions.raise_compiler_error(this ~ " is not there to be changed: build everything (skillsdw build --full)") }}
  {%- endif -%}
  {%- set touched = config.get('touched') -%}
  {%- set record = api.Relation.create(database=this.database, schema='intermediate', identifier='int_touched_record') -%}
  {%- set columns = adapter.get_columns_in_relation(kept) | map(attribute='quoted') | join(', ') -%}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    {% if touched %}
      {#- `in`, not a correlated `exists`: for that DuckDB first makes every key of the whole table distinct. #}
      delete from {{ kept }}
      where
        {% if 'extract_column' in touched -%}
        {{ touched.extract_column }} || '/' || {{ touched.column }} in (select extract || '/' || record_key from {{ record }})
        {%- else -%}
        {{ touched.column }} in (select record_key from {{ record }} where extract = '{{ touched.extract }}')
        {%- endif %};
    {% endif %}
    insert into {{ kept }} ({{ columns }})
    select {{ columns }} from ({{ compiled_code }});
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [kept]}) }}
{% endmaterialization %}

{#- On Spark every build makes everything anew. -#}
{% materialization kept, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
