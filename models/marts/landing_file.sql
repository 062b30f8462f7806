{#- A file belongs to a city when at least this share of its landed rows does. -#}
{% set own_share = 0.9 %}

with

batch as (
  select * from {{ source('raw', 'batch') }}
),

batch_city as (
  select * from {{ ref('int_batch_city') }}
),

city as (
  select * from {{ ref('city') }}
),

visible as (
  select * from batch
  where landed_at <= {{ known_at() }}
),

by_rows as (
  select
    batch_id,
    max_by(city_code, (landed_rows, city_code)) as city_code
  from batch_city
  group by batch_id
  having max(landed_rows) >= {{ own_share }} * sum(landed_rows)
),

-- Of a refused file nothing has landed: its name may say whose it is. A file of several cities is nobody's, whatever
-- its name.
by_name as (
  select
    visible.batch_id,
    min(city.city_code) as city_code
  from visible
  inner join city
    on
      contains(visible.file_name, left(city.city_code, 4))
      or contains(visible.file_name, city.name_zh)
  where visible.batch_id not in (select batch_city.batch_id from batch_city)
  group by visible.batch_id
  having count(*) = 1
)

select
  visible.batch_id,
  visible.extract,
  visible.file_name,
  coalesce(by_rows.city_code, by_name.city_code) as city_code,
  visible.landed_at,
  visible.status,
  visible.rows_read,
  visible.rows_landed,
  visible.rows_rejected,
  visible.message
from visible
left join by_rows
  on visible.batch_id = by_rows.batch_id
left join by_name
  on visible.batch_id = by_name.batch_id
