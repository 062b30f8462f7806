with

certificate as (
  select * from marts.fct_certification
),

session as (
  select * from marts.fct_training_session
)

select
  session.institution_uscc,
  count(*) as certificates,
  count(distinct certificate.person_key) as persons,
  count(distinct session.class_id) as classes,
  count(distinct certificate.assessor_uscc) as assessors,
  min(certificate.issued_on) as first_issued_on,
  max(certificate.issued_on) as last_issued_on,
  list(distinct session.city_code order by session.city_code) as city_codes
from certificate
inner join session
  on certificate.enrollment_id = session.enrollment_id
group by session.institution_uscc
having
  count(*) >= $assessed_least
  and count(*) = count_if(certificate.result = 'pass')
order by
  count(*) desc,
  session.institution_uscc
