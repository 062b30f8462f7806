{{ config(materialized = 'view') }}

with

certification as (
  select * from {{ current('certification') }}
),

certified as (
  select
    enrollment_id,
    min(issued_on) as certified_on
  from certification
  where result = 'pass'
  group by enrollment_id
)

select
  enrollment_id,
  certified_on
from certified
