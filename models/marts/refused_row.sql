with

rejected_row as (
  select * from {{ ref('int_rejected_row') }}
),

file as (
  select * from {{ ref('landing_file') }}
),

correcting_file as (
  select
    batch_id,
    file_name
  from file
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
  rejected_row.reason_code,
  rejected_row.is_open,
  rejected_row.corrected_by,
  correcting_file.file_name as corrected_by_file
from rejected_row
inner join file
  on rejected_row.batch_id = file.batch_id
left join correcting_file
  on rejected_row.corrected_by = correcting_file.batch_id
