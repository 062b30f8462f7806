with

record as (
  select * from {{ ref('stg_certification') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'certification'
)

select
  record.certificate_no,
  record.enrollment_id,
  record.person_key,
  record.certificate_kind,
  record.occupation_code,
  record.occupation_name,
  record.skill_level,
  record.result,
  record.assessor_uscc,
  record.issued_on,
  record.unread_columns,
  record.batch_id,
  record.row_number
from record
semi join touched_record
  on record.certificate_no = touched_record.record_key
