with

payment as (
  select * from marts.fct_subsidy
  where amount_yuan > 0
),

session as (
  select * from marts.fct_training_session
)

select
  payment.payment_id,
  payment.enrollment_id,
  session.city_code,
  session.class_id,
  session.institution_uscc,
  payment.payee_code,
  payment.component,
  payment.funding_source,
  payment.amount_yuan,
  payment.paid_on
from payment
inner join session
  on payment.enrollment_id = session.enrollment_id
where
  payment.payee_type = 'institution'
  and payment.payee_code <> session.institution_uscc
order by
  payment.payee_code,
  payment.paid_on,
  payment.payment_id
