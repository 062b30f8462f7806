with

conflict as (
  select * from marts.audit_certificate_conflict
),

session as (
  select
    enrollment_id,
    city_code,
    institution_uscc
  from marts.fct_training_session
)

select
  conflict.certificate_no,
  conflict.person_key,
  conflict.is_current,
  conflict.enrollment_id,
  session.city_code,
  session.institution_uscc,
  conflict.issued_on,
  conflict.first_batch_id,
  conflict.last_batch_id,
  conflict.first_landed_at,
  conflict.last_landed_at
from conflict
left join session
  on conflict.enrollment_id = session.enrollment_id
order by
  conflict.certificate_no,
  conflict.first_batch_id,
  conflict.person_key
