{% macro spark__each(items) -%} explode({{ items }}) {%- endmacro %}

{% macro spark__series(first, last, step) -%}
  sequence({{ first }}, {{ last }}{% if step %}, {{ step }}{% endif %})
{%- endmacro %}

{% macro spark__sorted_list(value) -%} array_sort(collect_list({{ value }})) {%- endmacro %}

{% macro spark__no_text() -%} cast(array() as array<string>) {%- endmacro %}

{% macro spark__list_length(items) -%} size({{ items }}) {%- endmacro %}

{% macro spark__days_between(first, last) -%} datediff({{ last }}, {{ first }}) {%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%} ({{ dividend }}) div ({{ divisor }}) {%- endmacro %}

{#- Spark adds up in whatever order rows come: they are put in order first. A null is no summand. -#}
{% macro spark__sum_in_order(value, keys) -%}
  aggregate(
    transform(array_sort(collect_list(struct({{ keys }}, {{ value }} as summand))), item -> item.summand),
    cast(null as double),
    (total, item) -> case when item is null then total else coalesce(total, 0d) + item end
  )
{%- endmacro %}

{% macro spark__mean_in_order(value, keys) -%}
  {{ spark__sum_in_order(value, keys) }} / count({{ value }})
{%- endmacro %}

{% macro spark__quantile_between(value, quantile) -%} percentile({{ value }}, {{ quantile }}) {%- endmacro %}

{% macro spark__english_day(day) -%} date_format({{ day }}, 'd MMM yyyy') {%- endmacro %}

{% macro spark__months_later(day, months) -%} add_months({{ day }}, {{ months }}) {%- endmacro %}

{#- A type of the contracts and of the seeds, which are written in DuckDB's words, as Spark calls it. -#}
{% macro spark_type(name) -%}
  {%- set word = name | trim | lower -%}
  {%- if word.endswith('[]') -%}
    array<{{ spark_type(word[:-2]) }}>
  {%- else -%}
    {{ {'varchar': 'string', 'uuid': 'string', 'integer': 'int', 'timestamp': 'timestamp_ntz'}.get(word, word) }}
  {%- endif -%}
{%- endmacro %}

{#- dbt-spark's own takes a contract's types as they stand. -#}
{% macro spark__get_empty_schema_sql(columns) %}
  select
    {%- for name in columns %}
    cast(null as {{ spark_type(columns[name]['data_type']) }}) as {{ columns[name]['name'] }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#- dbt-spark's own writes an empty cell as the word None, and stumbles over an apostrophe. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set statements = [] -%}
  {%- for chunk in agate_table.rows | batch(1000) -%}
    {%- set sql -%}
      insert into {{ this.render() }} values
      {%- for row in chunk %}
      (
        {%- for column in agate_table.column_names -%}
        cast({{ spark_literal(row[loop.index0]) }} as {{ spark_type(types.get(column, adapter.convert_type(agate_table, loop.index0))) }})
        {{- ', ' if not loop.last -}}
        {%- endfor -%}
      ){{ ',' if not loop.last }}
      {%- endfor %}
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {%- do statements.append(sql) if loop.first -%}
  {%- endfor -%}
  {{ return(statements[0]) }}
{% endmacro %}

{% macro spark_literal(value) -%}
  {%- if value is none -%}
    null
  {%- else -%}
    '{{ (value | string).replace('\\', '\\\\').replace("'", "\\'") }}'
  {%- endif -%}
{%- endmacro %}

{% macro spark__create_csv_table(model, agate_table) %}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set sql -%}
    create table {{ this.render() }} (
      {%- for column in agate_table.column_names -%}
      {{ column }} {{ spark_type(types.get(column, adapter.convert_type(agate_table, loop.index0))) }}
      {{- ', ' if not loop.last -}}
      {%- endfor -%}
    )
    {{ file_format_clause() }}
  {%- endset -%}
  {%- call statement('_') -%} {{ sql }} {%- endcall -%}
  {{ return(sql) }}
{% endmacro %}

{#-
  Before a build: the extracts as the landing laid them out (skillsdw/lake.py), a folder of Parquet files each, under the
  names of the sources. `SKILLSDW_LAKE` is their folder as Spark sees it.
-#}
{% macro spark__before_build() %}
  {%- for schema in ['raw', 'seeds', 'staging', 'intermediate', 'marts'] -%}
    {%- do run_query('create schema if not exists ' ~ schema) -%}
  {%- endfor -%}
  {%- for source in graph.sources.values() if source.source_name == 'raw' -%}
    {%- do run_query('drop table if exists raw.' ~ source.name) -%}
    {%- do run_query(
      'create table raw.' ~ source.name ~ " using parquet location '" ~ env_var('SKILLSDW_LAKE') ~ '/' ~ source.name ~ "'"
    ) -%}
  {%- endfor -%}
{% endmacro %}

{% macro spark__fingerprint(columns) -%} xxhash64({{ columns | join(', ') }}) {%- endmacro %}

{#- Spark plans again by what it has seen. -#}
{% macro spark__joins_as_written(until_here) -%} {%- endmacro %}

{#- Spark holds no selection. -#}
{% macro spark__inlined() -%} {%- endmacro %}
