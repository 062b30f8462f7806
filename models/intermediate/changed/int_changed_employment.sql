with

record as (
  select * from {{ ref('stg_employment') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'employment'
)

select record.*
from record
semi join touched_record
  on record.record_id = touched_record.record_key
