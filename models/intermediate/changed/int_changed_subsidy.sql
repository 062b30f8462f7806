with

record as (
  select * from {{ ref('stg_subsidy') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'subsidy'
)

select record.*
from record
semi join touched_record
  on record.payment_id = touched_record.record_key
