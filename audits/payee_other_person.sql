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
  session.institution_uscc,
  session.class_id,
  session.person_key,
  payment.payee_key,
  payment.component,
  payment.funding_source,
  payment.amount_yuan,
  payment.paid_on
from payment
inner join session
  on payment.enrollment_id = session.enrollment_id
where
  payment.payee_type = 'person'
  and payment.payee_key <> session.person_key
order by
  payment.payee_key,
  payment.paid_on,
  payment.payment_id
