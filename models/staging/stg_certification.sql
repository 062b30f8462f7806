with

certification as (
  select * from {{ source('raw', 'certification') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'certification'
),

current_record as (
  select
    certification.certificate_no,
    certification.enrollment_id,
    certification.person_key,
    certification.certificate_kind,
    certification.occupation_code,
    certification.occupation_name,
    certification.skill_level,
    certification.result,
    certification.assessor_uscc,
    certification.issued_on,
    certification.unread_columns,
    certification.batch_id,
    certification.row_number
  from certification
  semi join visible_batch
    on certification.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      certification.batch_id = superseded_row.batch_id
      and certification.row_number = superseded_row.row_number
  where certification.issued_on <= {{ as_of() }}
)

select * from current_record
