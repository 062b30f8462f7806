{#-
  The landed versions of one extract that a newer version of the same key replaces, newest by (batch_id, row_number).
  Few keys come twice, so the window runs over those alone: over six million wide rows it would be the dearest step. In a
  build of changes these are the keys of new batches, and what is superseded already is left out.
-#}
{% macro superseded_rows(extract, key) -%}
  {%- set is_delta = var('since_batch', none) is not none -%}
  select
    '{{ extract }}' as extract,
    batch_id,
    row_number
  from
    (
      select
        batch_id,
        row_number,
        row_number() over (partition by {{ key | join(', ') }} order by batch_id desc, row_number desc) as age
      from {{ source('raw', extract) }}
      where
        batch_id in (select batch_id from visible_batch)
        and ({{ key | join(', ') }}) in (
          select {% if key | length > 1 %}({{ key | join(', ') }}){% else %}{{ key[0] }}{% endif %}
          from {{ source('raw', extract) }}
          {% if is_delta -%}
          where batch_id > {{ var('since_batch') }}
          {%- else -%}
          where batch_id in (select batch_id from visible_batch)
          group by {{ key | join(', ') }}
          having count(*) > 1
          {%- endif %}
        )
    ) as version
  where
    age > 1
    {% if is_delta -%}
    and (version.batch_id, version.row_number) not in (
      select (known.batch_id, known.row_number) from {{ this }} as known
      where known.extract = '{{ extract }}'
    )
    {%- endif %}
{%- endmacro %}
