{{ config(materialized = 'sums', sums = ['sessions', 'code_sessions', 'name_sessions']) }}

with

session as (
  select * from {{ altered('fct_training_session') }}
)

select
  city_code,
  training_type,
  {{ tally() }} as sessions,
  {{ tally('occupation_code is not null') }} as code_sessions,
  {{ tally('occupation_name is not null') }} as name_sessions
from session
group by
  city_code,
  training_type
