{{ config(materialized = 'sums', sums = ['records', 'persons']) }}

with

violation as (
  select * from {{ altered('fct_rule_violation') }}
),

training_session as (
  select * from {{ altered('fct_training_session') }}
),

-- Certificates, evidence and payments are of no person that is counted here.
placed as (
  select
    plan_year,
    city_code,
    rule_code,
    severity,
    case when extract = 'enrollment' then enrollment_id end as session_id
    {{- and_sign() }}
  from violation
),

traced as (
  select
    placed.plan_year,
    placed.city_code,
    placed.rule_code,
    placed.severity,
    training_session.person_key
    {{- and_sign('placed') }}
  from placed
  left join training_session
    on
      placed.session_id = training_session.enrollment_id
      and {{ same_sign('placed', 'training_session') }}
)

select
  plan_year,
  city_code,
  rule_code,
  severity,
  {{ tally() }} as records,
  {{ tally_distinct('person_key') }} as persons
from traced
group by
  plan_year,
  city_code,
  rule_code,
  severity
