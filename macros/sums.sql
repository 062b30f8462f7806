{#-
  Counts and sums of the rows of kept tables that a build of changes alters instead of making them anew
  (macros/materializations/sums.sql): what the touched rows were goes off, what they are comes on.

  A model reads its rows by `altered` and counts by `tally`, `tally_sum` and `tally_distinct`. In a build of everything these
  are all rows and the plain aggregates. In a build of changes they are the touched rows alone, as they were and as they
  are, told apart by `sign`; rows that are joined must agree in it (`same_sign`), and rows that are grouped on the way keep
  it (`and_sign`). Rows of `raw` never change: new ones are added (`is_new`), which must be done once.

  Whatever the day changes must reach such a model through touched rows: it may not ask for `as_of` itself.
-#}

{#- The rows of a kept table, by which a table of sums is made or altered. -#}
{% macro altered(kept) -%}
  {%- set relation = ref(kept) -%}
  {{ relation if var('since_batch', none) is none else 'altered.' ~ kept }}
{%- endmacro %}

{#- Aggregate: how many rows, or how many of which a condition is true. -#}
{% macro tally(condition=none) -%}
  {%- if var('since_batch', none) is not none -%}
    cast(sum(case when {{ condition or 'true' }} then sign else 0 end) as bigint)
  {%- else -%}
    cast({{ 'count_if(' ~ condition ~ ')' if condition else 'count(*)' }} as bigint)
  {%- endif -%}
{%- endmacro %}

{#- Aggregate: the sum of whole numbers or decimals; 0 where there are none. -#}
{% macro tally_sum(value, condition='true') -%}
  {%- set sign = 'sign * ' if var('since_batch', none) is not none else '' -%}
  coalesce(sum({{ sign }}{{ value }}) filter (where {{ condition }}), 0)
{%- endmacro %}

{#-
  Aggregate: how many different values. Exact only of values whose rows are touched all together or not at all: persons, and
  enrolments by their payments, under keys that no session of theirs shares.
-#}
{% macro tally_distinct(value, condition='true') -%}
  {%- if var('since_batch', none) is none -%}
    count(distinct {{ value }}) filter (where {{ condition }})
  {%- else -%}
    count(distinct {{ value }}) filter (where sign = 1 and {{ condition }})
    - count(distinct {{ value }}) filter (where sign = -1 and {{ condition }})
  {%- endif -%}
{%- endmacro %}

{#- A condition of joins between two selections of altered rows. -#}
{% macro same_sign(left, right) -%}
  {{ left ~ '.sign = ' ~ right ~ '.sign' if var('since_batch', none) is not none else 'true' }}
{%- endmacro %}

{#- One more column, to select or to group by; of which selection, where there are several. -#}
{% macro and_sign(of=none) -%}
  {%- if var('since_batch', none) is not none -%} , {{ of ~ '.' if of }}sign {%- endif -%}
{%- endmacro %}

{#- The same column of rows of `raw`, which come and never change. -#}
{% macro and_sign_of_new() -%}
  {%- if var('since_batch', none) is not none -%} , 1 as sign {%- endif -%}
{%- endmacro %}

{#- A condition that holds rows of `raw` to new ones. -#}
{% macro is_new(batch_id) -%}
  {{ batch_id ~ ' > ' ~ var('since_batch') if var('since_batch', none) is not none else 'true' }}
{%- endmacro %}

{#- A condition of joins with `raw`: to rows as they were belongs what had landed by then. -#}
{% macro had_landed(batch_id, altered) -%}
  {%- if var('since_batch', none) is not none -%}
    ({{ altered }}.sign = 1 or {{ batch_id }} <= {{ var('since_batch') }})
  {%- else -%}
    true
  {%- endif -%}
{%- endmacro %}
