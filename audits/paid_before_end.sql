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
  session.status,
  session.start_date,
  session.end_date,
  payment.paid_on,
  payment.funding_source,
  payment.amount_yuan,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code
from payment
inner join session
  on payment.enrollment_id = session.enrollment_id
where
  payment.component = 'training'
  and (
    not session.is_completed
    or payment.paid_on < session.end_date
  )
order by
  payment.paid_on,
  payment.payment_id
