{{ config(materialized = 'kept') }}

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

subsidy as (
  {{ superseded_rows('subsidy', ['payment_id']) }}
),

demand as (
  {{ superseded_rows('demand', ['survey_id']) }}
),

superseded as (
  select * from enrollment
  union all
  select * from certification
  union all
  select * from employment
  union all
  select * from institution
  union all
  select * from subsidy
  union all
  select * from demand
)

select
  extract,
  batch_id,
  row_number
from superseded
