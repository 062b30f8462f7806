with

cell as (
  select * from {{ ref('int_occupation_cell') }}
),

city as (
  select * from {{ ref('city') }}
),

training_type as (
  select * from {{ ref('training_type') }}
),

place as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

kind as (
  select training_type from training_type
  union all
  select 'ALL' as training_type
),

counted as (
  select
    coalesce(city_code, 'ALL') as city_code,
    coalesce(training_type, 'ALL') as training_type,
    sum(sessions) as sessions,
    sum(code_sessions) as code_sessions,
    sum(name_sessions) as name_sessions
  from cell
  group by cube(city_code, training_type)
),

scope as (
  select
    place.city_code,
    kind.training_type,
    coalesce(counted.sessions, 0) as sessions,
    coalesce(counted.code_sessions, 0) as code_sessions,
    coalesce(counted.name_sessions, 0) as name_sessions
  from place
  cross join kind
  left join counted
    on
      place.city_code = counted.city_code
      and kind.training_type = counted.training_type
)

select
  city_code,
  training_type,
  cast(sessions as bigint) as sessions,
  cast(code_sessions as bigint) as code_sessions,
  cast(name_sessions as bigint) as name_sessions,
  cast(sessions - code_sessions - name_sessions as bigint) as no_occupation_sessions,
  code_sessions / nullif(sessions, 0) as code_share,
  name_sessions / nullif(sessions, 0) as name_share,
  (sessions - code_sessions - name_sessions) / nullif(sessions, 0) as no_occupation_share
from scope
