{{
  config(
    materialized = 'table',
    pre_hook = '{{ joins_as_written() }}',
    post_hook = '{{ joins_as_written(until_here = true) }}'
  )
}}

with

certification as {{ inlined() }} (
  select * from {{ source('raw', 'certification') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'certification'
),

-- Few numbers come twice: their versions alone are read.
repeated as (
  select distinct certification.certificate_no
  from certification
  semi join superseded_row
    on
      certification.batch_id = superseded_row.batch_id
      and certification.row_number = superseded_row.row_number
),

versions as (
  select
    certification.certificate_no,
    certification.enrollment_id,
    certification.person_key,
    certification.issued_on,
    certification.batch_id,
    certification.row_number,
    batch.landed_at
  from certification
  inner join batch
    on certification.batch_id = batch.batch_id
  semi join repeated
    on certification.certificate_no = repeated.certificate_no
  where certification.issued_on <= {{ as_of() }}
)

select
  certificate_no,
  enrollment_id,
  person_key,
  issued_on,
  batch_id,
  row_number,
  landed_at
from versions
