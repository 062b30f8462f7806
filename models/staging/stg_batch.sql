with

batch as (
  select * from {{ source('raw', 'batch') }}
),

batch_release as (
  select
    batch_id,
    min(released_at) as released_at
  from {{ source('raw', 'batch_release') }}
  group by batch_id
),

-- A batch that was held counts from its release on.
visible as (
  select
    batch.batch_id,
    batch.extract,
    batch.file_name,
    batch.landed_at,
    batch.rows_read,
    batch.rows_landed,
    batch.rows_rejected
  from batch
  left join batch_release
    on batch.batch_id = batch_release.batch_id
  where
    batch.status = 'landed'
    and coalesce(batch_release.released_at, batch.landed_at) <= {{ known_at() }}
)

select * from visible
