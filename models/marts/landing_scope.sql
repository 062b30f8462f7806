with

file as (
  select * from {{ ref('landing_file') }}
),

city as (
  select * from {{ ref('city') }}
),

extract as (
  select * from {{ ref('extract') }}
),

place as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

kind as (
  select extract from extract
  union all
  select 'ALL' as extract
),

-- A file of several cities, or of none that can be told, is in ALL only.
in_place as (
  select
    *,
    city_code as place_code
  from file
  union all
  select
    *,
    'ALL' as place_code
  from file
),

in_scope as (
  select
    *,
    extract as kind_code
  from in_place
  union all
  select
    *,
    'ALL' as kind_code
  from in_place
),

counted as (
  select
    place_code,
    kind_code,
    count(*) as files,
    count_if(status = 'refused') as refused_files,
    sum(rows_read) as rows_read,
    sum(rows_landed) as rows_landed,
    sum(rows_rejected) as rows_rejected
  from in_scope
  group by
    place_code,
    kind_code
)

select
  place.city_code,
  kind.extract,
  cast(coalesce(counted.files, 0) as bigint) as files,
  cast(coalesce(counted.refused_files, 0) as bigint) as refused_files,
  cast(coalesce(counted.rows_read, 0) as bigint) as rows_read,
  cast(coalesce(counted.rows_landed, 0) as bigint) as rows_landed,
  cast(coalesce(counted.rows_rejected, 0) as bigint) as rows_rejected,
  counted.rows_rejected / nullif(counted.rows_read, 0) as rejected_share
from place
cross join kind
left join counted
  on
    place.city_code = counted.place_code
    and kind.extract = counted.kind_code
