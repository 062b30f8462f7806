{%- set keys = {
  'enrollment': 'enrollment_id',
  'certification': 'certificate_no',
  'employment': 'record_id',
  'institution': 'institution_uscc',
  'subsidy': 'payment_id'
} -%}

with

rule_column as (
  select * from {{ ref('rule_column') }}
),

{% for extract in keys %}
  {{ extract }} as {{ inlined() }} (
    select * from {{ ref('stg_' ~ extract) }}
    where unread_columns is not null
  ),

{% endfor %}
-- Few rows: an optional value that could not be read is not there, and its column is named.
unread as (
  {% for extract, key in keys.items() %}
    select
      '{{ extract }}' as extract,
      {{ key }} as record_key,
      batch_id,
      row_number,
      {{ each("split(unread_columns, ',')") }} as column_name
    from {{ extract }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  unread.extract,
  unread.record_key,
  unread.batch_id,
  unread.row_number,
  unread.column_name,
  rule_column.rule_code
from unread
inner join rule_column
  on
    unread.extract = rule_column.extract
    and unread.column_name = rule_column.column_name
