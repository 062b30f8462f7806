{{ config(materialized = 'sums', sums = ['sessions']) }}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

left_open as (
  select
    plan_year,
    city_code,
    institution_uscc,
    {{ each('rules_not_assessed') }} as rule_code
    {{- and_sign() }}
  from session
  where {{ list_length('rules_not_assessed') }} > 0
)

select
  plan_year,
  city_code,
  institution_uscc,
  rule_code,
  {{ tally() }} as sessions
from left_open
group by
  plan_year,
  city_code,
  institution_uscc,
  rule_code
