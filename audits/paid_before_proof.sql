with

payment as (
  select * from marts.fct_subsidy
),

entitlement as (
  select * from marts.subsidy_entitlement
)

select
  payment.payment_id,
  payment.enrollment_id,
  payment.city_code,
  payment.institution_uscc,
  payment.component,
  payment.paid_on,
  entitlement.matured_on,
  entitlement.proven_by,
  payment.funding_source,
  payment.amount_yuan,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code
from payment
inner join entitlement
  on
    payment.enrollment_id = entitlement.enrollment_id
    and payment.component = entitlement.component
where
  entitlement.basis = 'plan'
  and payment.amount_yuan > 0
  and payment.paid_on < entitlement.matured_on
order by
  payment.paid_on,
  payment.payment_id
