{#- Rule and the column of int_payment_rule that says of which payments it can be asked. -#}
{% set rules = [
  ('PAID_NOT_IN_SYSTEM', 'asks_subsidy'),
  ('DOUBLE_FUND', 'asks_subsidy'),
  ('DUPLICATE_PAYMENT', 'asks_subsidy'),
  ('OVERPAID', 'asks_overpaid'),
  ('EARLY_POST_EMPLOYMENT', 'asks_early_post_employment'),
  ('PARK_BUDGET', 'asks_park_budget')
] %}

with

payment as (
  select * from {{ ref('int_payment') }}
),

payment_rule as (
  select * from {{ ref('int_payment_rule') }}
),

placed as (
  select
    payment.attributed_year as plan_year,
    payment.city_code,
    payment.institution_uscc,
    payment.enrollment_id,
    payment_rule.asks_subsidy,
    payment_rule.asks_overpaid,
    payment_rule.asks_early_post_employment,
    payment_rule.asks_park_budget
  from payment_rule
  inner join payment
    on payment_rule.payment_id = payment.payment_id
),

asked as (
  {% for rule, asks in rules %}
    select
      plan_year,
      city_code,
      institution_uscc,
      '{{ rule }}' as rule_code,
      count(*) as payments,
      count(distinct enrollment_id) as sessions
    from placed
    where {{ asks }}
    group by
      plan_year,
      city_code,
      institution_uscc
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  plan_year,
  city_code,
  institution_uscc,
  rule_code,
  payments,
  sessions
from asked
