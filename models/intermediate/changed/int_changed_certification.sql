with

record as (
  select * from {{ ref('stg_certification') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'certification'
)

select record.*
from record
semi join touched_record
  on record.certificate_no = touched_record.record_key
