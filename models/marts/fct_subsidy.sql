{{ config(materialized = 'kept', touched = {'extract': 'subsidy', 'column': 'payment_id'}) }}

with

payment as (
  select * from {{ touched('int_payment') }}
),

violation as (
  select * from {{ ref('int_payment_violation') }}
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
  payment.park_code,
  payment.city_code,
  payment.training_type,
  payment.plan_year,
  payment.attributed_year,
  payment.institution_uscc,
  coalesce(violated.violations, {{ no_text() }}) as violations
from payment
left join violated
  on payment.payment_id = violated.payment_id
