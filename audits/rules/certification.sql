with

violation as (
  select * from marts.fct_rule_violation
  where rule_code = '$rule_code'
),

certificate as (
  select * from marts.fct_certification
)

select
  certificate.certificate_no,
  violation.city_code,
  violation.plan_year,
  certificate.enrollment_id,
  certificate.person_key,
  certificate.certificate_kind,
  certificate.occupation_code,
  certificate.skill_level,
  certificate.result,
  certificate.issued_on,
  certificate.assessor_uscc,
  violation.detail
from violation
inner join certificate
  on violation.record_key = certificate.certificate_no
order by
  violation.city_code,
  certificate.certificate_no
