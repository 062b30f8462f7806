{#-
  A build makes everything anew, or it changes what the last one left: then `since_batch` is the last batch that the last
  one knew and `since_as_of` its business date (skillsdw/state.py says when that may be). Either gives the same rows.

  In such a build models/intermediate/changed says which records can have changed. What follows from a record is worked out
  for those alone, and tables that are `kept` (macros/materializations/kept.sql) take it in.
-#}

{#- The current records of an extract: all of them, or in a build of changes those that can have changed. -#}
{% macro current(extract) -%}
  {%- if var('since_batch', none) is not none -%}
    {{ ref('int_changed_' ~ extract) }}
  {%- else -%}
    {{ ref('stg_' ~ extract) }}
  {%- endif -%}
{%- endmacro %}

{#- The rows of a kept table: all of them, or in a build of changes those of touched records. -#}
{% macro touched(kept) -%}
  {%- set relation = ref(kept) -%}
  {{ relation if var('since_batch', none) is none else '(select * from altered.' ~ kept ~ ' where sign = 1)' }}
{%- endmacro %}

{#-
  Whether a day, or the same day so many months later, is that of either build or between them: only then is what hangs on
  it another. The months are added to the few days that may be meant alone: a month's last day is the end of several.
-#}
{% macro is_passed(day, months=0) -%}
  {%- set since_as_of = "cast('" ~ var("since_as_of") ~ "' as date)" -%}
  {%- if months -%}
    ({{ day }} between cast({{ since_as_of }} - interval {{ months }} month - interval 4 day as date)
    and cast({{ as_of() }} - interval {{ months }} month + interval 4 day as date)
    and cast({{ day }} + interval {{ months }} month as date) between {{ since_as_of }} and {{ as_of() }})
  {%- else -%}
    {{ day }} between {{ since_as_of }} and {{ as_of() }}
  {%- endif -%}
{%- endmacro %}
