{{ config(materialized = 'table') }}

with

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

enrollment as (
  {{ superseded_rows('enrollment', ['enrollment_id']) }}
),

certification as (
  {{ superseded_rows('certification', ['certificate_no']) }}
),

employment as (
  {{ superseded_rows('employment', ['record_id']) }}
),

institution as (
  {{ superseded_rows('institution', ['institution_uscc', 'licence_from']) }}
),

superseded as (
  select * from enrollment
  union all
  select * from certification
  union all
  select * from employment
  union all
  select * from institution
)

select
  extract,
  batch_id,
  row_number
from superseded
