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
    count_if(is_open) as open_files,
    count_if(status = 'refused' and not is_open) as corrected_files,
    count_if(status = 'held') as held_files,
    sum(rows_read) as rows_read,
    sum(rows_landed) filter (where status <> 'held') as rows_landed,
    sum(rows_landed) filter (where status = 'held') as held_rows,
    sum(rows_rejected) as rows_rejected,
    sum(open_rows) as open_rows,
    sum(corrected_rows) as corrected_rows
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
  cast(coalesce(counted.open_files, 0) as bigint) as open_files,
  cast(coalesce(counted.corrected_files, 0) as bigint) as corrected_files,
  cast(coalesce(counted.held_files, 0) as bigint) as held_files,
  cast(coalesce(counted.rows_read, 0) as bigint) as rows_read,
  cast(coalesce(counted.rows_landed, 0) as bigint) as rows_landed,
  cast(coalesce(counted.held_rows, 0) as bigint) as held_rows,
  cast(coalesce(counted.rows_rejected, 0) as bigint) as rows_rejected,
  cast(coalesce(counted.open_rows, 0) as bigint) as open_rows,
  cast(coalesce(counted.corrected_rows, 0) as bigint) as corrected_rows,
  counted.rows_rejected / nullif(counted.rows_read, 0) as rejected_share,
  counted.open_rows / nullif(counted.rows_read, 0) as open_share
from place
cross join kind
left join counted
  on
    place.city_code = counted.place_code
    and kind.extract = counted.kind_code
