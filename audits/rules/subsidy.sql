with

violation as (
  select * from marts.fct_rule_violation
  where rule_code = '$rule_code'
),

payment as (
  select * from marts.fct_subsidy
),

entitlement as (
  select * from marts.subsidy_entitlement
)

select
  payment.payment_id,
  violation.city_code,
  violation.plan_year,
  payment.enrollment_id,
  payment.component,
  payment.funding_source,
  payment.amount_yuan,
  payment.paid_on,
  entitlement.entitled_yuan,
  entitlement.paid_yuan as paid_in_all_yuan,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code,
  payment.park_code,
  violation.detail
from violation
inner join payment
  on violation.record_key = payment.payment_id
left join entitlement
  on
    payment.enrollment_id = entitlement.enrollment_id
    and payment.component = entitlement.component
order by
  violation.city_code,
  payment.paid_on,
  payment.payment_id
