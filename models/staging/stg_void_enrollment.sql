{{ config(materialized = 'table') }}

with

enrollment as {{ inlined() }} (
  select * from {{ source('raw', 'enrollment') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'enrollment'
),

void_now as (
  select
    enrollment.enrollment_id,
    enrollment.person_key,
    enrollment.class_id,
    enrollment.institution_uscc,
    enrollment.county_code,
    enrollment.batch_id
  from enrollment
  semi join batch
    on enrollment.batch_id = batch.batch_id
  anti join superseded_row
    on
      enrollment.batch_id = superseded_row.batch_id
      and enrollment.row_number = superseded_row.row_number
  where enrollment.status = 'void'
),

-- A record may be filed void several times: it is void since the first of the void versions that nothing else follows.
-- What it was before is superseded now: few rows, and found by numbers.
last_valid as (
  select
    enrollment.enrollment_id,
    max(enrollment.batch_id) as batch_id
  from enrollment
  semi join superseded_row
    on
      enrollment.batch_id = superseded_row.batch_id
      and enrollment.row_number = superseded_row.row_number
  where enrollment.status <> 'void'
  group by enrollment.enrollment_id
),

void_since as (
  select
    enrollment.enrollment_id,
    min(batch.landed_at) as voided_at
  from enrollment
  inner join batch
    on enrollment.batch_id = batch.batch_id
  semi join void_now
    on enrollment.enrollment_id = void_now.enrollment_id
  left join last_valid
    on enrollment.enrollment_id = last_valid.enrollment_id
  where
    enrollment.status = 'void'
    and enrollment.batch_id > coalesce(last_valid.batch_id, -1)
  group by enrollment.enrollment_id
)

select
  void_now.enrollment_id,
  void_now.person_key,
  void_now.class_id,
  void_now.institution_uscc,
  void_now.county_code,
  void_since.voided_at
from void_now
inner join void_since
  on void_now.enrollment_id = void_since.enrollment_id
