{#- Fewer persons than this are not shown to others (spec 4): the setting of dbt_project.yml. -#}
{% macro least_persons() -%} {{ var('least_persons') }} {%- endmacro %}

{#-
  CTEs from `cells` to `covered`: which cells of a cross table hide, so that none is of fewer than ten persons and none can
  be worked out from the totals of its row and column. `cells` has the columns `block` (one table each), `row_code`,
  `column_code` and `persons`, all above 0; `covered` adds is_suppressed.

  A small cell that is the only one hidden in its row takes the next smallest of the row with it, then likewise by column.
  What a column takes can stand alone in its row again: the two take turns, three times.
-#}
{% macro cover_small_cells(cells) -%}
covered_0 as (
  select
    *,
    persons < {{ least_persons() }} as is_covered_0
  from {{ cells }}
),

{% for line in ['row_code', 'column_code'] * 3 %}
covered_{{ loop.index }} as (
  select
    *,
    is_covered_{{ loop.index0 }}
    or (
      count_if(is_covered_{{ loop.index0 }}) over (partition by block, {{ line }}) = 1
      and row_number() over (
        partition by block, {{ line }}, is_covered_{{ loop.index0 }}
        order by persons asc, row_code asc, column_code asc
      ) = 1
    ) as is_covered_{{ loop.index }}
  from covered_{{ loop.index0 }}
),

{% endfor %}
covered as (
  select
    *,
    is_covered_6 as is_suppressed
  from covered_6
)
{%- endmacro %}
