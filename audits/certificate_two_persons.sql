with

landed as (
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
  landed.certificate_no,
  landed.person_key,
  landed.is_current,
  landed.enrollment_id,
  session.city_code,
  session.institution_uscc,
  landed.issued_on,
  landed.first_batch_id,
  landed.last_batch_id,
  landed.first_landed_at,
  landed.last_landed_at
from landed
left join session
  on landed.enrollment_id = session.enrollment_id
order by
  landed.certificate_no,
  landed.first_batch_id,
  landed.person_key
