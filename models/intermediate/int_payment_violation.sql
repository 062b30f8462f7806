{#- One named column a rule, as for sessions: adding a rule is a row of seeds/rule.csv, an expression, a line here. -#}
{% set rules = [
  'DOUBLE_FUND', 'DUPLICATE_PAYMENT', 'EARLY_POST_EMPLOYMENT', 'OVERPAID', 'PAID_NOT_IN_SYSTEM', 'PARK_BUDGET'
] %}

{{ config(materialized = 'view') }}

with

payment_rule as (
  select * from {{ ref('int_payment_rule') }}
),

violation as (
  {% for rule in rules %}
    select
      payment_id,
      '{{ rule }}' as rule_code
    from payment_rule
    where breaks_{{ rule | lower }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  payment_id,
  rule_code
from violation
