with

violation as (
  select * from {{ ref('fct_rule_violation') }}
),

training_session as (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

lost as (
  select
    violation.plan_year,
    violation.city_code,
    violation.rule_code,
    count(*) as lost_sessions,
    count(distinct training_session.person_key) as persons
  from violation
  inner join target
    on violation.plan_year = target.plan_year
  inner join training_session
    on violation.enrollment_id = training_session.enrollment_id
  where violation.severity = 'ineligible'
  group by
    violation.plan_year,
    violation.city_code,
    violation.rule_code
),

cells as (
  select
    plan_year as block,
    city_code as row_code,
    rule_code as column_code,
    persons
  from lost
),

{{ cover_small_cells('cells') }}

select
  lost.plan_year,
  lost.city_code,
  lost.rule_code,
  case when not covered.is_suppressed then cast(lost.lost_sessions as bigint) end as lost_sessions,
  covered.is_suppressed
from lost
inner join covered
  on
    lost.plan_year = covered.block
    and lost.city_code = covered.row_code
    and lost.rule_code = covered.column_code
