with

record as (
  select * from {{ ref('stg_subsidy') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'subsidy'
)

select
  record.payment_id,
  record.enrollment_id,
  record.component,
  record.funding_source,
  record.amount_yuan,
  record.paid_on,
  record.payee_type,
  record.payee_key,
  record.payee_code,
  record.park_code,
  record.advanced_by_type,
  record.advanced_by_key,
  record.advanced_by_code,
  record.unread_columns,
  record.batch_id,
  record.row_number
from record
semi join touched_record
  on record.payment_id = touched_record.record_key
