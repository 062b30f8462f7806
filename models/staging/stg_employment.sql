with

employment as (
  select * from {{ source('raw', 'employment') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'employment'
),

current_record as (
  select
    employment.record_id,
    employment.person_key,
    employment.employer_uscc,
    employment.evidence_type,
    employment.county_code,
    employment.industry_code,
    employment.evidence_from,
    employment.evidence_to,
    employment.unread_columns,
    employment.batch_id,
    employment.row_number
  from employment
  semi join visible_batch
    on employment.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      employment.batch_id = superseded_row.batch_id
      and employment.row_number = superseded_row.row_number
  where employment.evidence_from <= {{ as_of() }}
)

select * from current_record
