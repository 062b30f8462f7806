{#-
  A table that a build of changes (macros/delta.sql) alters in place: the model's rows, which are of touched records alone,
  come where the rows of these records were. `touched` names the extract and the column with its key, or the column that
  names the extract (`extract_column`). Without `touched` rows only come. A build of everything makes an ordinary table.

  The touched rows, as they were and as they are, stand in the table of its name in the schema `altered`: models that follow
  (`touched`, `altered`), tests (`sound`) and publishing read them there. Most of them are as they were. The keys of the
  others stand in the table of its name in the schema `changed`: their rows alone are exchanged, here and in the published
  file, and gate 2 looks at them.
-#}
{% materialization kept, adapter = 'duckdb' %}
  {%- if var('since_batch', none) is none -%}
    {% do return(materialization_table_duckdb()) %}
  {%- endif -%}
  {%- set kept = table_to_change(this) -%}
  {%- set touched = config.get('touched') -%}
  {%- set rows, changed = altered_rows(this), changed_keys(this) -%}
  {%- set key = [touched.extract_column, touched.column] | select | join(', ') if touched -%}
  {%- set columns = adapter.get_columns_in_relation(kept) | map(attribute='quoted') | join(', ') -%}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    {% if touched %}
      {#- `in`, not a correlated `exists`: for that DuckDB first makes every key of the whole table distinct. #}
      create or replace table {{ rows }} as
      select {{ columns }}, -1 as sign from {{ kept }}
      where ({{ key }}) in (
        select ({{ 'extract, ' if touched.extract_column }}record_key)
        from {{ api.Relation.create(database=this.database, schema='intermediate', identifier='int_touched_record') }}
        {%- if touched.extract %}
        where extract = '{{ touched.extract }}'
        {%- endif %}
      );
      insert into {{ rows }}
      select {{ columns }}, 1 as sign from ({{ compiled_code }});
      create or replace table {{ changed }} as
      select distinct {{ key }}
      from (select {{ key }} from {{ rows }} group by {{ columns }} having sum(sign) <> 0);
      delete from {{ kept }}
      where ({{ key }}) in (select ({{ key }}) from {{ changed }});
      insert into {{ kept }} ({{ columns }})
      select {{ columns }} from {{ rows }}
      where sign = 1 and ({{ key }}) in (select ({{ key }}) from {{ changed }});
    {% else %}
      insert into {{ kept }} ({{ columns }})
      select {{ columns }} from ({{ compiled_code }});
    {% endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [kept, rows, changed] if touched else [kept]}) }}
{% endmaterialization %}

{#- What the build before left of a model that is to be changed, not made anew. -#}
{% macro table_to_change(relation) -%}
  {%- set found = load_cached_relation(relation) -%}
  {%- if found is none or not found.is_table -%}
    {{ exceptions.raise_compiler_error(relation ~ " is not there to be changed: build everything (skillsdw build --full)") }}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{#- Where a kept table's touched rows stand in a build of changes, as they were (`sign` -1) and as they are (1). -#}
{% macro altered_rows(relation) -%}
  {{ return(api.Relation.create(database=relation.database, schema='altered', identifier=relation.identifier)) }}
{%- endmacro %}

{#- Where the keys of its rows that became others stand. -#}
{% macro changed_keys(relation) -%}
  {{ return(api.Relation.create(database=relation.database, schema='changed', identifier=relation.identifier)) }}
{%- endmacro %}

{#- On Spark every build makes everything anew. -#}
{% materialization kept, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
