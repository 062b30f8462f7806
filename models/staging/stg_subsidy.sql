with

subsidy as (
  select * from {{ source('raw', 'subsidy') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'subsidy'
),

current_record as (
  select
    subsidy.payment_id,
    subsidy.enrollment_id,
    subsidy.component,
    subsidy.funding_source,
    subsidy.amount_yuan,
    subsidy.paid_on,
    subsidy.payee_type,
    subsidy.payee_key,
    subsidy.payee_code,
    subsidy.park_code,
    subsidy.advanced_by_type,
    subsidy.advanced_by_key,
    subsidy.advanced_by_code,
    subsidy.unread_columns,
    subsidy.batch_id,
    subsidy.row_number
  from subsidy
  semi join visible_batch
    on subsidy.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      subsidy.batch_id = superseded_row.batch_id
      and subsidy.row_number = superseded_row.row_number
  where subsidy.paid_on <= {{ as_of() }}
)

select * from current_record
