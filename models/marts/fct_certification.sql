{{ config(materialized = 'kept', touched = {'extract': 'certification', 'column': 'certificate_no'}) }}

with

certification as (
  select * from {{ current('certification') }}
)

select
  certificate_no,
  enrollment_id,
  person_key,
  certificate_kind,
  occupation_code,
  occupation_name,
  skill_level,
  result,
  issued_on,
  assessor_uscc
from certification
