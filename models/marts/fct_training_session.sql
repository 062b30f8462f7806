{{
  config(
    materialized = 'kept',
    touched = {'extract': 'enrollment', 'column': 'enrollment_id'},
    pre_hook = '{{ joins_as_written() }}',
    post_hook = '{{ joins_as_written(until_here = true) }}'
  )
}}

with

enrollment as (
  select * from {{ ref('int_session_employment') }}
),

funding_source as (
  select * from {{ ref('funding_source') }}
),

trainee_group as (
  select * from {{ ref('trainee_group') }}
),

session_violation as (
  select * from {{ ref('int_session_violation') }}
),

session_open_rule as (
  select * from {{ ref('int_session_open_rule') }}
),

rule_assessed as (
  select * from {{ ref('int_rule_assessed') }}
),

session_certification as (
  select * from {{ ref('int_session_certification') }}
),

rule as (
  select * from {{ ref('rule') }}
),

violated as (
  select
    session_violation.enrollment_id,
    {{ sorted_list('session_violation.rule_code') }} as violations,
    bool_or(rule.severity = 'ineligible') as is_barred
  from session_violation
  inner join rule
    on session_violation.rule_code = rule.rule_code
  group by session_violation.enrollment_id
),

-- Rules of sessions that nothing is asked of, because an extract that they need has never landed.
missing_rule as {{ inlined() }} (
  select rule.rule_code
  from rule
  inner join rule_assessed
    on rule.rule_code = rule_assessed.rule_code
  where
    rule.extract = 'enrollment'
    and not rule_assessed.is_assessed
),

missing as (
  select coalesce({{ sorted_list('rule_code') }}, {{ no_text() }}) as rules_not_assessed
  from missing_rule
),

-- Few sessions have a value that could not be read.
open_rule as {{ inlined() }} (
  select
    session_open_rule.enrollment_id,
    session_open_rule.rule_code
  from session_open_rule
  union
  select
    session_open_rule.enrollment_id,
    missing_rule.rule_code
  from session_open_rule
  cross join missing_rule
),

left_open as (
  select
    enrollment_id,
    {{ sorted_list('rule_code') }} as rules_not_assessed
  from open_rule
  group by enrollment_id
),

flagged as (
  select
    enrollment.*,
    trainee_group.is_priority,
    funding_source.is_public as is_subsidised
  from enrollment
  left join trainee_group
    on enrollment.trainee_group = trainee_group.trainee_group
  left join funding_source
    on enrollment.funding_source = funding_source.funding_source
),

session as (
  select
    flagged.*,
    coalesce(violated.violations, {{ no_text() }}) as violations,
    case
      when flagged.is_completed and flagged.is_subsidised
        then coalesce(left_open.rules_not_assessed, missing.rules_not_assessed)
      else {{ no_text() }}
    end as rules_not_assessed,
    flagged.is_completed and flagged.is_subsidised and not coalesce(violated.is_barred, false) as is_eligible,
    session_certification.certified_on
  from flagged
  left join violated
    on flagged.enrollment_id = violated.enrollment_id
  left join left_open
    on flagged.enrollment_id = left_open.enrollment_id
  left join session_certification
    on flagged.enrollment_id = session_certification.enrollment_id
  cross join missing
)

select
  enrollment_id,
  person_key,
  class_id,
  institution_uscc,
  left(county_code, 4) || '00' as city_code,
  county_code,
  industry_code,
  occupation_code,
  occupation_name,
  skill_level,
  training_type,
  programme,
  trainee_group,
  is_priority,
  funding_source,
  park_code,
  project_id,
  brand_name,
  start_date,
  end_date,
  case when is_completed then cast(date_trunc('month', end_date) as date) end as end_month,
  case when is_completed then cast(year(end_date) as integer) end as plan_year,
  class_hours,
  status,
  is_subsidised,
  is_completed,
  is_eligible,
  is_eligible as is_counted,
  violations,
  rules_not_assessed,
  certified_on is not null as is_certified,
  certified_on,
  employment_status
from session
