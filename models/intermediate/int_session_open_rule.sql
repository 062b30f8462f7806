{#- The rules whose values can be unreadable (seeds/rule_column.csv), each a column of int_session_eligibility. -#}
{% set rules = ['DOWNGRADE', 'FUND_MATCH', 'LICENCE', 'PROJECT_EMPLOYER', 'REPEAT', 'UI_ONLY'] %}

{{ config(materialized = 'view') }}

with

eligibility as (
  select * from {{ ref('int_session_eligibility') }}
),

left_open as (
  {% for rule in rules %}
    select
      enrollment_id,
      '{{ rule }}' as rule_code
    from eligibility
    where leaves_open_{{ rule | lower }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  enrollment_id,
  rule_code
from left_open
