with

batch as (
  select * from {{ source('raw', 'batch') }}
),

visible as (
  select
    batch_id,
    extract,
    file_name,
    landed_at,
    rows_read,
    rows_landed,
    rows_rejected
  from batch
  where
    status = 'landed'
    and landed_at <= {{ known_at() }}
)

select * from visible
