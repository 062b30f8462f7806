{#- One named column a rule: adding a rule is one row of seeds/rule.csv, one expression in its model, one line here. -#}
{% set ineligible = [
  'ANNUAL_CAP', 'DOWNGRADE', 'FUND_MATCH', 'HOURS_MIN', 'LICENCE', 'LIFETIME_CAP', 'PROJECT_EMPLOYER', 'REPEAT', 'UI_ONLY'
] %}
{% set warning = ['AGE', 'LONG_OPEN'] %}

with

eligibility as (
  select * from {{ ref('int_session_eligibility') }}
),

session_warning as (
  select * from {{ ref('int_session_warning') }}
),

violation as (
  {% for rule in ineligible %}
    select
      enrollment_id,
      '{{ rule }}' as rule_code
    from eligibility
    where breaks_{{ rule | lower }}
    union all
  {% endfor %}
  {% for rule in warning %}
    select
      enrollment_id,
      '{{ rule }}' as rule_code
    from session_warning
    where breaks_{{ rule | lower }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  enrollment_id,
  rule_code
from violation
