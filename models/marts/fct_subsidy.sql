{{ config(materialized = 'kept', touched = {'extract': 'subsidy', 'column': 'payment_id'}) }}

with

payment as (
  select * from {{ touched('int_payment') }}
),

violation as (
  select * from {{ ref('int_payment_violation') }}
),

payment_rule as (
  select * from {{ touched('int_payment_rule') }}
),

left_open as (
  {% for rule in ['EARLY_POST_EMPLOYMENT', 'OVERPAID', 'PARK_BUDGET'] %}
    select
      payment_id,
      '{{ rule }}' as rule_code
    from payment_rule
    where leaves_open_{{ rule | lower }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

not_assessed as (
  select
    payment_id,
    {{ sorted_list('rule_code') }} as rules_not_assessed
  from left_open
  group by payment_id
),

violated as (
  select
    payment_id,
    {{ sorted_list('rule_code') }} as violations
  from violation
  group by payment_id
)

select
  payment.payment_id,
  payment.enrollment_id,
  payment.component,
  payment.funding_source,
  payment.amount_yuan,
  payment.paid_on,
  cast(date_trunc('month', payment.paid_on) as date) as paid_month,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code,
  payment.advanced_by_type,
  payment.advanced_by_key,
  payment.advanced_by_code,
  payment.park_code,
  payment.city_code,
  payment.training_type,
  payment.plan_year,
  payment.attributed_year,
  payment.institution_uscc,
  coalesce(violated.violations, {{ no_text() }}) as violations,
  coalesce(not_assessed.rules_not_assessed, {{ no_text() }}) as rules_not_assessed
from payment
left join violated
  on payment.payment_id = violated.payment_id
left join not_assessed
  on payment.payment_id = not_assessed.payment_id
