{#- A file belongs to a city when at least this share of its landed rows does. -#}
{% set own_share = 0.9 %}

with

batch as (
  select * from {{ source('raw', 'batch') }}
),

batch_release as (
  select
    batch_id,
    min(released_at) as released_at,
    min_by(reason, released_at) as release_reason
  from {{ source('raw', 'batch_release') }}
  group by batch_id
),

batch_city as (
  select * from {{ ref('int_batch_city') }}
),

file_place as (
  select * from {{ ref('int_file_place') }}
),

rejected_row as (
  select * from {{ ref('int_rejected_row') }}
),

file_correction as (
  select * from {{ ref('int_correction') }}
  where row_number is null
),

released as (
  select * from batch_release
  where released_at <= {{ known_at() }}
),

-- A batch that was held is so until its release, also for a build that knows less than today's.
visible as (
  select
    batch.batch_id,
    batch.extract,
    batch.file_name,
    batch.landed_at,
    case
      when batch.status = 'landed' and batch_release.batch_id is not null and released.batch_id is null then 'held'
      else batch.status
    end as status,
    batch.rows_read,
    batch.rows_landed,
    batch.rows_rejected,
    batch.message,
    released.released_at,
    released.release_reason
  from batch
  left join batch_release
    on batch.batch_id = batch_release.batch_id
  left join released
    on batch.batch_id = released.batch_id
  where batch.landed_at <= {{ known_at() }}
),

with_rows as (
  select distinct batch_id from batch_city
),

by_rows as (
  select
    batch_id,
    max_by(city_code, (landed_rows, city_code)) as city_code
  from batch_city
  group by batch_id
  having max(landed_rows) >= {{ own_share }} * sum(landed_rows)
),

by_folder as (
  select * from file_place
  where part = 'folder'
),

-- A name says whose a file is only where its rows do not: a file of several cities is nobody's, whatever its name.
by_name as (
  select file_place.*
  from file_place
  anti join with_rows
    on file_place.batch_id = with_rows.batch_id
  where file_place.part = 'name'
),

refused as (
  select
    batch_id,
    count(distinct case when is_open then row_number end) as open_rows,
    count(distinct case when corrected_by is not null then row_number end) as corrected_rows
  from rejected_row
  group by batch_id
),

corrected_by_file as (
  select
    file_correction.batch_id,
    file_correction.corrected_by,
    batch.file_name
  from file_correction
  inner join batch
    on file_correction.corrected_by = batch.batch_id
)

select
  visible.batch_id,
  visible.extract,
  visible.file_name,
  coalesce(by_rows.city_code, by_folder.city_code, by_name.city_code) as city_code,
  case
    when by_rows.batch_id is not null then 'rows'
    when by_folder.batch_id is not null then 'folder'
    when by_name.batch_id is not null then 'name'
  end as city_basis,
  visible.landed_at,
  visible.status,
  visible.rows_read,
  visible.rows_landed,
  visible.rows_rejected,
  -- Of a file that was refused as a whole the file is to be sent again, not its rows.
  cast(case when visible.status = 'refused' then 0 else coalesce(refused.open_rows, 0) end as bigint) as open_rows,
  cast(coalesce(refused.corrected_rows, 0) as bigint) as corrected_rows,
  visible.status = 'refused' and corrected_by_file.batch_id is null as is_open,
  corrected_by_file.corrected_by,
  corrected_by_file.file_name as corrected_by_file,
  visible.released_at,
  visible.release_reason,
  visible.message
from visible
left join by_rows
  on visible.batch_id = by_rows.batch_id
left join by_folder
  on visible.batch_id = by_folder.batch_id
left join by_name
  on visible.batch_id = by_name.batch_id
left join refused
  on visible.batch_id = refused.batch_id
left join corrected_by_file
  on visible.batch_id = corrected_by_file.batch_id
