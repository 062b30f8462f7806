{#-
  The landed versions of one extract that a newer version of the same key replaces, newest by (batch_id, row_number).
  Few keys come twice, so the window runs over those alone: over six million wide rows it would be the dearest step. In a
  build of changes these are the keys of new batches, and what is superseded already is left out.
-#}
{% macro superseded_rows(extract, key) -%}
  {%- set is_delta = var('since_batch', none) is not none -%}
  select
    '{{ extract }}' as extract,
    version.batch_id,
    version.row_number
  from
    (
      select
        landed.batch_id,
        landed.row_number,
        row_number() over (
          partition by landed.{{ key | join(', landed.') }}
          order by landed.batch_id desc, landed.row_number desc
        ) as age
      from {{ source('raw', extract) }} as landed
      semi join (
        select {{ key | join(', ') }}
        from {{ source('raw', extract) }}
        {% if is_delta -%}
        where batch_id > {{ var('since_batch') }}
        {%- else -%}
        where batch_id in (select visible_batch.batch_id from visible_batch)
        group by {{ key | join(', ') }}
        having count(*) > 1
        {%- endif %}
      ) as repeated
        on
          {% for column in key -%}
          {{ 'and ' if not loop.first }}landed.{{ column }} = repeated.{{ column }}
          {% endfor %}
      where landed.batch_id in (select visible_batch.batch_id from visible_batch)
    ) as version
  {% if is_delta -%}
  anti join {{ this }} as known
    on
      version.batch_id = known.batch_id
      and version.row_number = known.row_number
      and known.extract = '{{ extract }}'
  {%- endif %}
  where version.age > 1
{%- endmacro %}
