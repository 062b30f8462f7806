{{ config(materialized = 'kept', touched = {'extract': 'enrollment', 'column': 'enrollment_id'}) }}

with

session as {{ inlined() }} (
  select * from {{ touched('fct_training_session') }}
),

counted as {{ inlined() }} (
  select
    enrollment_id,
    person_key,
    plan_year,
    city_code,
    industry_code,
    trainee_group,
    is_priority
  from session
  where is_counted
),

returning_person as (
  select person_key
  from counted
  group by person_key
  having count(*) > 1
)

select counted.*
from counted
semi join returning_person
  on counted.person_key = returning_person.person_key
