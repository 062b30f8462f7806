{#-
  The landed versions of one extract that a newer version of the same key replaces, newest by (batch_id, row_number).
  Few keys come twice, so the window runs over those alone: over six million wide rows it would be the dearest step. They
  are found by their fingerprints; a key that only shares another's is one version, the newest. In a build of changes
  these are the keys of new batches, and what is superseded already is left out.
-#}
{% macro superseded_rows(extract, key) -%}
  {%- set landed_key = [] -%}
  {%- for column in key -%} {%- do landed_key.append('landed.' ~ column) -%} {%- endfor -%}
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
        select {{ fingerprint(key) }} as fingerprint
        from {{ source('raw', extract) }}
        {% if is_delta -%}
        where batch_id > {{ var('since_batch') }}
        {%- else -%}
        where batch_id in (select visible_batch.batch_id from visible_batch)
        group by {{ fingerprint(key) }}
        having count(*) > 1
        {%- endif %}
      ) as repeated
        on {{ fingerprint(landed_key) }} = repeated.fingerprint
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
