{{ config(materialized = 'sums', sums = ['sessions']) }}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

payment as (
  select * from {{ altered('fct_subsidy') }}
),

broken as (
  select
    plan_year,
    institution_uscc as institution_code,
    {{ each('violations') }} as rule_code,
    enrollment_id
    {{- and_sign() }}
  from session
  where
    is_completed
    and {{ list_length('violations') }} > 0
  union all
  select
    attributed_year as plan_year,
    institution_uscc as institution_code,
    {{ each('violations') }} as rule_code,
    enrollment_id
    {{- and_sign() }}
  from payment
  where {{ list_length('violations') }} > 0
)

-- Several payments of one session may break the same rule; no rule is both of sessions and of payments.
select
  plan_year,
  institution_code,
  rule_code,
  {{ tally_distinct('enrollment_id') }} as sessions
from broken
group by
  plan_year,
  institution_code,
  rule_code
