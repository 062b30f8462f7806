{#- As deep as folders are looked through for the sender; landing (skillsdw/landing/senders.py) reads them all. -#}
{% set depth = 8 %}

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

-- landing/<extract>/<folders>/<file>: the file's name is level 0, the folder that it lies in level 1, and so on.
part as (
  {% for level in range(depth + 1) %}
    select
      batch_id,
      {{ level }} as level,
      lower(regexp_extract(file_name, '([^/]+)(/[^/]+){{ '{' ~ level ~ '}' }}$', 1)) as part
    from batch
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

-- A city as people write it: with and without 市, in English, and its counties.
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
  where name_en is not null
  union
  select
    city_code,
    name_zh as spelling
  from county
  where length(name_zh) > 2
),

-- A code is a word of its own: four digits or six, with no digit before or behind.
code as (
  select
    city_code,
    '(^|[^0-9])' || left(city_code, 4) || '([0-9]{2})?([^0-9]|$)' as pattern
  from city
),

named as (
  select
    part.batch_id,
    part.level,
    spelling.city_code
  from part
  inner join spelling
    on contains(part.part, spelling.spelling)
  union
  select
    part.batch_id,
    part.level,
    code.city_code
  from part
  inner join code
    on regexp_extract(part.part, code.pattern, 0) <> ''
),

-- What names two cities names none.
clear as (
  select
    batch_id,
    level,
    min(city_code) as city_code
  from named
  group by
    batch_id,
    level
  having count(*) = 1
)

-- The innermost folder that names a city says whose a file is.
select
  batch_id,
  case when level = 0 then 'name' else 'folder' end as part,
  min_by(city_code, level) as city_code
from clear
group by
  batch_id,
  case when level = 0 then 'name' else 'folder' end
