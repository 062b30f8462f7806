{{ config(materialized = 'view') }}

with

correction as (
  select * from {{ source('raw', 'correction') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
)

-- The first batch that landed what was refused, among those that count.
select
  correction.batch_id,
  correction.row_number,
  min(correction.by_batch_id) as corrected_by
from correction
inner join batch
  on correction.by_batch_id = batch.batch_id
group by
  correction.batch_id,
  correction.row_number
