with

certification as (
  select * from {{ ref('stg_certification') }}
)

select
  certificate_no,
  enrollment_id,
  person_key,
  certificate_kind,
  occupation_code,
  skill_level,
  result,
  issued_on,
  assessor_uscc
from certification
