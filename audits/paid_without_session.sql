with

payment as (
  select * from marts.fct_subsidy
  where amount_yuan > 0
),

session as (
  select enrollment_id from marts.fct_training_session
),

void_payment as (
  select
    payment_id,
    voided_at
  from marts.audit_payment_after_void
)

select
  payment.payment_id,
  payment.enrollment_id,
  payment.component,
  payment.funding_source,
  payment.amount_yuan,
  payment.paid_on,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code,
  payment.park_code,
  void_payment.voided_at
from payment
anti join session
  on payment.enrollment_id = session.enrollment_id
left join void_payment
  on payment.payment_id = void_payment.payment_id
order by
  payment.paid_on,
  payment.payment_id
