with

record as (
  select * from {{ ref('stg_employment') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'employment'
)

select
  record.record_id,
  record.person_key,
  record.employer_uscc,
  record.evidence_type,
  record.county_code,
  record.industry_code,
  record.evidence_from,
  record.evidence_to,
  record.unread_columns,
  record.batch_id,
  record.row_number
from record
semi join touched_record
  on record.record_id = touched_record.record_key
