with

rejected_row as (
  select * from {{ source('raw', 'rejected_row') }}
),

file_correction as (
  select * from {{ ref('int_correction') }}
  where row_number is null
),

row_correction as (
  select * from {{ ref('int_correction') }}
  where row_number is not null
),

corrected as (
  select
    rejected_row.batch_id,
    rejected_row.row_number,
    rejected_row.column_name,
    rejected_row.reason_code,
    coalesce(row_correction.corrected_by, file_correction.corrected_by) as corrected_by
  from rejected_row
  left join row_correction
    on
      rejected_row.batch_id = row_correction.batch_id
      and rejected_row.row_number = row_correction.row_number
  left join file_correction
    on rejected_row.batch_id = file_correction.batch_id
)

-- Of a row that a later one of its own file replaces nothing is missing.
select
  batch_id,
  row_number,
  column_name,
  reason_code,
  corrected_by,
  corrected_by is null and reason_code <> 'superseded_in_file' as is_open
from corrected
