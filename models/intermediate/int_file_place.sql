with

batch as (
  select * from {{ source('raw', 'batch') }}
),

city as (
  select * from {{ ref('city') }}
),

county as (
  select * from {{ ref('county') }}
),

-- landing/<extract>/<folders>/<file>: the folder is the sender's, the name is what somebody called the file.
path as (
  select
    batch_id,
    lower(regexp_extract(file_name, '^(.*/)?[^/]*$', 1)) as folder,
    lower(regexp_extract(file_name, '^(.*/)?([^/]*)$', 2)) as name
  from batch
),

-- A city as people write it: with and without 市, in English, and any county that no other city has one of that name.
spelling as (
  select
    city_code,
    regexp_replace(name_zh, '市$', '') as spelling
  from city
  union
  select
    city_code,
    lower(name_en) as spelling
  from city
  union
  select
    min(city_code) as city_code,
    name_zh as spelling
  from county
  group by name_zh
  having count(distinct city_code) = 1
),

-- A code is a word of its own: four digits, six or twelve, with no digit before or behind.
code as (
  select
    city_code,
    '(^|[^0-9])' || left(city_code, 4) || '([0-9]{2}|[0-9]{8})?([^0-9]|$)' as pattern
  from city
),

named as (
  select
    path.batch_id,
    'folder' as part,
    spelling.city_code
  from path
  inner join spelling
    on contains(path.folder, spelling.spelling)
  union
  select
    path.batch_id,
    'name' as part,
    spelling.city_code
  from path
  inner join spelling
    on contains(path.name, spelling.spelling)
  union
  select
    path.batch_id,
    'folder' as part,
    code.city_code
  from path
  inner join code
    on regexp_extract(path.folder, code.pattern, 0) <> ''
  union
  select
    path.batch_id,
    'name' as part,
    code.city_code
  from path
  inner join code
    on regexp_extract(path.name, code.pattern, 0) <> ''
)

-- What names two cities names none.
select
  batch_id,
  part,
  min(city_code) as city_code
from named
group by
  batch_id,
  part
having count(*) = 1
