with

record as (
  select * from {{ ref('stg_enrollment') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'enrollment'
)

select record.*
from record
semi join touched_record
  on record.enrollment_id = touched_record.record_key
