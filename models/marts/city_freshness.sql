with

batch_city as (
  select * from {{ ref('int_batch_city') }}
),

file as (
  select * from {{ ref('landing_file') }}
),

record_day as (
  select * from {{ ref('int_record_day') }}
),

demand as (
  select * from {{ ref('stg_demand') }}
),

city as (
  select * from {{ ref('city') }}
),

extract as (
  select * from {{ ref('extract') }}
),

-- A record of this city in another city's file is no file of this city.
sent as (
  select
    file.extract,
    batch_city.city_code,
    count(*) as files,
    sum(batch_city.landed_rows) as landed_rows,
    max(file.landed_at) as last_landed_at
  from batch_city
  inner join file
    on batch_city.batch_id = file.batch_id
  where
    file.status = 'landed'
    and coalesce(file.city_code = batch_city.city_code, true)
  group by
    file.extract,
    batch_city.city_code
),

-- What the newest record tells of: a bureau that sends old records on time is not up to date.
newest as (
  select
    extract,
    city_code,
    max(told_of) as newest_on
  from record_day
  where
    extract <> 'enrollment'
    or told_of <= {{ as_of() }}
  group by
    extract,
    city_code
  union all
  select
    'demand' as extract,
    left(county_code, 4) || '00' as city_code,
    max(surveyed_on) as newest_on
  from demand
  group by left(county_code, 4) || '00'
)

select
  city.city_code,
  extract.extract,
  cast(coalesce(sent.files, 0) as bigint) as files,
  cast(coalesce(sent.landed_rows, 0) as bigint) as rows_landed,
  sent.last_landed_at,
  newest.newest_on,
  cast({{ days_between('newest.newest_on', as_of()) }} as integer) as days_behind,
  extract.late_after_days,
  case
    when sent.city_code is null then 'never'
    when newest.newest_on is null then 'landed'
    when {{ days_between('newest.newest_on', as_of()) }} > extract.late_after_days then 'late'
    else 'current'
  end as freshness
from city
cross join extract
left join sent
  on
    city.city_code = sent.city_code
    and extract.extract = sent.extract
left join newest
  on
    city.city_code = newest.city_code
    and extract.extract = newest.extract
