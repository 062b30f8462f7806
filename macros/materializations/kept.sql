{#-
  A table that a build of changes (macros/delta.sql) alters in place: the rows of touched records go, and the model's rows,
  which are of touched records alone, come. `touched` names the extract and the column with its key, or the column that
  names the extract (`extract_column`). Without `touched` nothing goes. A build of everything makes an ordinary table.

  Which rows of a kept table are touched stands in the table of its name in the schema `touched`, by the kept table's own
  columns: gate 2 and publishing look there. The rows themselves, as they were and as they are, stand in the table of its name
  in the schema `altered`: models that follow (`touched`, `altered`), tests (`sound`) and publishing read them there.
-#}
{% materialization kept, adapter = 'duckdb' %}
  {%- if var('since_batch', none) is none -%}
    {% do return(materialization_table_duckdb()) %}
  {%- endif -%}
  {%- set kept = table_to_change(this) -%}
  {%- set touched = config.get('touched') -%}
  {%- set keys = touched_keys(this) -%}
  {%- set key = [touched.extract_column, touched.column] | select | join(', ') if touched -%}
  {%- set columns = adapter.get_columns_in_relation(kept) | map(attribute='quoted') | join(', ') -%}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    {% if touched %}
      create or replace table {{ keys }} as
      select
        {%- if touched.extract_column %}
        extract as {{ touched.extract_column }},
        {%- endif %}
        record_key as {{ touched.column }}
      from {{ api.Relation.create(database=this.database, schema='intermediate', identifier='int_touched_record') }}
      {%- if touched.extract %}
      where extract = '{{ touched.extract }}'
      {%- endif %};
      {#- `in`, not a correlated `exists`: for that DuckDB first makes every key of the whole table distinct. #}
      create or replace table {{ altered_rows(this) }} as
      select {{ columns }}, -1 as sign from {{ kept }}
      where ({{ key }}) in (select ({{ key }}) from {{ keys }});
      insert into {{ altered_rows(this) }}
      select {{ columns }}, 1 as sign from ({{ compiled_code }});
      delete from {{ kept }}
      where ({{ key }}) in (select ({{ key }}) from {{ keys }});
      insert into {{ kept }} ({{ columns }})
      select {{ columns }} from {{ altered_rows(this) }}
      where sign = 1;
    {% else %}
      insert into {{ kept }} ({{ columns }})
      select {{ columns }} from ({{ compiled_code }});
    {% endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [kept, keys, altered_rows(this)] if touched else [kept]}) }}
{% endmaterialization %}

{#- What the build before left of a model that is to be changed, not made anew. -#}
{% macro table_to_change(relation) -%}
  {%- set found = load_cached_relation(relation) -%}
  {%- if found is none or not found.is_table -%}
    {{ exceptions.raise_compiler_error(relation ~ " is not there to be changed: build everything (skillsdw build --full)") }}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{#- Where the keys of a kept table's touched rows stand in a build of changes. -#}
{% macro touched_keys(relation) -%}
  {{ return(api.Relation.create(database=relation.database, schema='touched', identifier=relation.identifier)) }}
{%- endmacro %}

{#- Where a kept table's touched rows stand in a build of changes, as they were (`sign` -1) and as they are (1). -#}
{% macro altered_rows(relation) -%}
  {{ return(api.Relation.create(database=relation.database, schema='altered', identifier=relation.identifier)) }}
{%- endmacro %}

{#- On Spark every build makes everything anew. -#}
{% materialization kept, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
