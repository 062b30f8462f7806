{#-
  Tables and views, made in their place: what stood there goes in the transaction that makes the new one, and stays when that
  fails. dbt's own materializations make each under another name, rename twice and drop, and every one of these steps costs
  more than most models do (a quarter of dbt's part of a small build, docs/benchmarks.md). Python writes under another name.
  No model here has indexes, grants, foreign keys or hooks outside the transaction, and none is minded.
-#}
{% materialization table, adapter = 'duckdb', supported_languages = ['sql', 'python'] %}
  {%- set table = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks) }}
  {%- if model['language'] == 'python' -%}
    {%- set fresh = make_intermediate_relation(table) -%}
    {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
    {% call statement('main', language = 'python') -%}
      {{ create_table_as(False, fresh, compiled_code, 'python') }}
    {%- endcall %}
    {% call statement('in_place') -%}
      {{ drop_what_stands(table) }}
      alter table {{ fresh }} rename to {{ adapter.quote(table.identifier) }};
    {%- endcall %}
  {%- else -%}
    {% call statement('main') -%}
      {{ drop_what_stands(table) }}
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
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') -%}
    {{ drop_what_stands(view) }}
    {{ create_view_as(view, compiled_code) }}
  {%- endcall %}
  {% do persist_docs(view, model) %}
  {{ run_hooks(post_hooks) }}
  {{ adapter.commit() }}
  {{ return({'relations': [view]}) }}
{% endmaterialization %}

{#- The statement that drops it by what it is: a view where a table is to be must go as a view. -#}
{% macro drop_what_stands(relation) -%}
  {%- set last = load_cached_relation(relation) -%}
  {%- if last is not none and last.type != relation.type -%}
    {%- do adapter.cache_dropped(last) -%}
  {%- endif -%}
  drop {{ relation.type if last is none else last.type }} if exists {{ relation }};
{%- endmacro %}
