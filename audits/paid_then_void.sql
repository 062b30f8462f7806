select
  payment_id,
  enrollment_id,
  city_code,
  person_key,
  class_id,
  institution_uscc,
  component,
  funding_source,
  amount_yuan,
  paid_on,
  voided_at,
  payee_type,
  payee_key,
  payee_code
from marts.audit_payment_after_void
where
  not is_after_void
  and amount_yuan > 0
order by
  paid_on,
  payment_id
