with

certificate as (
  select * from marts.fct_certification
),

session as (
  select * from marts.fct_training_session
)

select
  certificate.certificate_no,
  certificate.enrollment_id,
  session.city_code,
  session.institution_uscc,
  session.class_id,
  certificate.person_key,
  certificate.certificate_kind,
  certificate.result,
  certificate.issued_on,
  session.start_date,
  session.end_date,
  session.is_counted
from certificate
inner join session
  on certificate.enrollment_id = session.enrollment_id
where certificate.issued_on < session.start_date
order by
  certificate.issued_on,
  certificate.certificate_no
