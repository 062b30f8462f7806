{#-
  Tables and views, made in their place: what stood there goes in the transaction that makes the new one, and stays when that
  fails. dbt's own materializations make each under another name, rename twice and drop, and every one of these steps costs
  more than most models do (a quarter of dbt's part of a small build, docs/benchmarks.md). Python writes under another name.
-#}
{% materialization table, adapter = 'duckdb', supported_languages = ['sql', 'python'] %}
  {%- set table = this.incorporate(type='table') -%}
  {{ make_way_for(table) }}
  {{ run_hooks(pre_hooks) }}
  {%- if model['language'] == 'python' -%}
    {%- set fresh = make_intermediate_relation(table) -%}
    {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
    {% call statement('main', language = 'python') -%}
      {{ create_table_as(False, fresh, compiled_code, 'python') }}
    {%- endcall %}
    {% call statement('in_place') -%}
      drop table if exists {{ table }};
      alter table {{ fresh }} rename to {{ adapter.quote(table.identifier) }};
    {%- endcall %}
  {%- else -%}
    {% call statement('main') -%}
      drop table if exists {{ table }};
      {{ create_table_as(False, table, compiled_code) }}
    {%- endcall %}
  {%- endif -%}
  {% do persist_docs(table, model) %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [table]}) }}
{% endmaterialization %}

{% materialization view, adapter = 'duckdb' %}
  {%- set view = this.incorporate(type='view') -%}
  {{ make_way_for(view) }}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    drop view if exists {{ view }};
    {{ create_view_as(view, compiled_code) }}
  {%- endcall %}
  {% do persist_docs(view, model) %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [view]}) }}
{% endmaterialization %}

{#- A view where a table is to be, or a table where a view: dropped by what it is. -#}
{% macro make_way_for(relation) -%}
  {%- set last = load_cached_relation(relation) -%}
  {%- if last is not none and last.type != relation.type -%}
    {{ adapter.drop_relation(last) }}
  {%- endif -%}
{%- endmacro %}
