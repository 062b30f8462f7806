{#- The business date of the build (spec 2): nothing dated after it counts. Default: today in Beijing. -#}
{% macro as_of() -%}
  cast('{{ var("as_of", none) or (run_started_at + modules.datetime.timedelta(hours=8)).strftime("%Y-%m-%d") }}' as date)
{%- endmacro %}

{#- Only batches landed at or before this moment are read (Beijing time). Default: all. -#}
{% macro known_at() -%}
  cast('{{ var("known_at", none) or "9999-12-31 00:00:00" }}' as timestamp)
{%- endmacro %}
