{#-
  Where SQL of DuckDB and of Spark differ. Models are written in what both understand and ask these macros for the rest;
  what a word becomes on either is in duckdb.sql and spark.sql beside this file. Another engine is another such file.
-#}

{#- One row for each item of a list, beside the row's other columns. -#}
{% macro each(items) -%} {{ adapter.dispatch('each', 'skillsdw')(items) }} {%- endmacro %}

{#- The list of whole numbers from `first` to `last`; of days with a `step`, an interval. -#}
{% macro series(first, last, step=none) -%} {{ adapter.dispatch('series', 'skillsdw')(first, last, step) }} {%- endmacro %}

{#- Aggregate: the values of a group as a list, in order. -#}
{% macro sorted_list(value) -%} {{ adapter.dispatch('sorted_list', 'skillsdw')(value) }} {%- endmacro %}

{#- A list of no text. -#}
{% macro no_text() -%} {{ adapter.dispatch('no_text', 'skillsdw')() }} {%- endmacro %}

{#- How many items a list has. -#}
{% macro list_length(items) -%} {{ adapter.dispatch('list_length', 'skillsdw')(items) }} {%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(first, last) -%} {{ adapter.dispatch('days_between', 'skillsdw')(first, last) }} {%- endmacro %}

{#- A whole number by a whole number, truncated towards zero. -#}
{% macro whole_quotient(dividend, divisor) -%}
  {{ adapter.dispatch('whole_quotient', 'skillsdw')(dividend, divisor) }}
{%- endmacro %}

{#-
  Aggregate: the sum of floating numbers in a fixed order. Its last digit depends on the order, and the same input must give
  the same bytes.
-#}
{% macro sum_in_order(value, keys) -%} {{ adapter.dispatch('sum_in_order', 'skillsdw')(value, keys) }} {%- endmacro %}

{#- Aggregate: their mean, likewise. -#}
{% macro mean_in_order(value, keys) -%} {{ adapter.dispatch('mean_in_order', 'skillsdw')(value, keys) }} {%- endmacro %}

{#- Aggregate: a quantile, interpolated between the two values beside it. -#}
{% macro quantile_between(value, quantile) -%}
  {{ adapter.dispatch('quantile_between', 'skillsdw')(value, quantile) }}
{%- endmacro %}

{#- A day as English writes it short: 5 Mar 2026. -#}
{% macro english_day(day) -%} {{ adapter.dispatch('english_day', 'skillsdw')(day) }} {%- endmacro %}

{#- The same day of the month so many months later, or the month's last. -#}
{% macro months_later(day, months) -%} {{ adapter.dispatch('months_later', 'skillsdw')(day, months) }} {%- endmacro %}

{#- What has to stand before a build, or to go. -#}
{% macro before_build() -%}
  {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed') -%}
    {%- do adapter.dispatch('before_build', 'skillsdw')() -%}
  {%- endif -%}
{%- endmacro %}

{#- A number that is the same for the same values, and seldom for others: quicker to group by than texts. -#}
{% macro fingerprint(columns) -%} {{ adapter.dispatch('fingerprint', 'skillsdw')(columns) }} {%- endmacro %}

{#-
  Of a selection that is read several times and costs less to read again than to hold: `counted as {{ inlined() }} (…)`.
-#}
{% macro inlined() -%} {{ adapter.dispatch('inlined', 'skillsdw')() }} {%- endmacro %}

{#-
  Before and after a model whose joins are to be done as they are written, the larger table on the left: a planner that
  guesses it too small would hold that one in memory instead, and lose the order of its rows.
-#}
{% macro joins_as_written(until_here=false) -%}
  {{ adapter.dispatch('joins_as_written', 'skillsdw')(until_here) }}
{%- endmacro %}
