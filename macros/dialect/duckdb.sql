{% macro duckdb__each(items) -%} unnest({{ items }}) {%- endmacro %}

{% macro duckdb__series(first, last, step) -%}
  generate_series({{ first }}, {{ last }}{% if step %}, {{ step }}{% endif %})
{%- endmacro %}

{% macro duckdb__sorted_list(value) -%} list({{ value }} order by {{ value }}) {%- endmacro %}

{% macro duckdb__no_text() -%} cast([] as varchar[]) {%- endmacro %}

{% macro duckdb__list_length(items) -%} len({{ items }}) {%- endmacro %}

{% macro duckdb__days_between(first, last) -%} date_diff('day', {{ first }}, {{ last }}) {%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%} ({{ dividend }}) // ({{ divisor }}) {%- endmacro %}

{% macro duckdb__sum_in_order(value, keys) -%} sum({{ value }} order by {{ keys }}) {%- endmacro %}

{% macro duckdb__mean_in_order(value, keys) -%} avg({{ value }} order by {{ keys }}) {%- endmacro %}

{% macro duckdb__quantile_between(value, quantile) -%} quantile_cont({{ value }}, {{ quantile }}) {%- endmacro %}

{% macro duckdb__english_day(day) -%} strftime({{ day }}, '%-d %b %Y') {%- endmacro %}

{% macro duckdb__months_later(day, months) -%} cast({{ day }} + to_months(cast({{ months }} as integer)) as date) {%- endmacro %}

{#- A build by dbt alone leaves tables that `skillsdw build` knows nothing of: it must not go on from them. -#}
{% macro duckdb__before_build() %}
  {%- if flags.WHICH in ('build', 'run') -%}
    {#- `touched` is what builds left before `altered` and `changed` were. -#}
    {%- for schema in ['altered', 'changed', 'state', 'touched'] -%}
      {%- do run_query('drop schema if exists ' ~ schema ~ ' cascade') -%}
    {%- endfor -%}
    {#- What a killed build leaves of a model in Python, and left of every model before they were made in their place. -#}
    {%- set left -%}
      select schema_name, table_name from duckdb_tables()
      where database_name = current_database() and regexp_matches(table_name, '__dbt_(tmp|backup)$')
    {%- endset -%}
    {%- for schema, name in run_query(left).rows -%}
      {%- do run_query('drop table ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(name)) -%}
    {%- endfor -%}
    {%- if var('since_batch', none) is not none -%}
      {%- do run_query('create schema altered; create schema changed') -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{% macro duckdb__fingerprint(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{% macro duckdb__joins_as_written(until_here) -%}
  {{ 'reset disabled_optimizers' if until_here else "set disabled_optimizers = 'build_side_probe_side'" }}
{%- endmacro %}

{% macro duckdb__inlined() -%} not materialized {%- endmacro %}
