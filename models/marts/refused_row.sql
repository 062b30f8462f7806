with

rejected_row as (
  select * from {{ source('raw', 'rejected_row') }}
),

file as (
  select * from {{ ref('landing_file') }}
)

-- Without the value: the row's number leads the bureau to it, and nobody else needs it.
select
  file.batch_id,
  file.extract,
  file.file_name,
  file.city_code,
  file.landed_at,
  rejected_row.row_number,
  rejected_row.column_name,
  rejected_row.reason_code
from rejected_row
inner join file
  on rejected_row.batch_id = file.batch_id
