with

payment as (
  select * from marts.fct_subsidy
),

session as (
  select * from marts.fct_training_session
)

select
  payment.payment_id,
  payment.enrollment_id,
  payment.city_code,
  payment.institution_uscc,
  payment.component,
  payment.paid_on,
  payment.funding_source,
  session.funding_source as session_funding_source,
  payment.amount_yuan,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code
from payment
inner join session
  on payment.enrollment_id = session.enrollment_id
where
  payment.amount_yuan > 0
  and payment.funding_source <> session.funding_source
order by
  payment.paid_on,
  payment.payment_id
