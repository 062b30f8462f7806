{{ config(materialized = 'kept', touched = {'extract_column': 'extract', 'column': 'record_key'}) }}

{#- An occupation that has no code was compared by its name. -#}
{% set occupation_and_level -%}
  coalesce('occupation_code=' || session.occupation_code, 'occupation_name=' || session.occupation_name)
  || ' skill_level=' || session.skill_level
{%- endset %}

with

session as {{ inlined() }} (
  select * from {{ ref('fct_training_session') }}
),

touched_session as {{ inlined() }} (
  select * from {{ touched('fct_training_session') }}
),

session_violation as (
  select * from {{ ref('int_session_violation') }}
),

certification as (
  select * from {{ current('certification') }}
),

employment as (
  select * from {{ current('employment') }}
),

payment_violation as (
  select * from {{ ref('int_payment_violation') }}
),

payment as (
  select * from {{ touched('int_payment') }}
),

rule as (
  select * from {{ ref('rule') }}
),

-- detail names what the rule looked at, so that a bureau sees why without running SQL.
of_session as (
  select
    'enrollment' as extract,
    session.enrollment_id as record_key,
    session.enrollment_id,
    session_violation.rule_code,
    session.city_code,
    session.plan_year,
    case session_violation.rule_code
      when 'HOURS_MIN' then 'class_hours=' || session.class_hours
      when 'FUND_MATCH' then 'funding_source=' || session.funding_source || ' training_type=' || session.training_type
      when 'UI_ONLY' then 'funding_source=' || session.funding_source
      when 'PROJECT_EMPLOYER' then 'employer_uscc is null'
      when 'LICENCE'
        then
          'institution_uscc=' || session.institution_uscc
          || ' class=' || session.start_date || '/' || session.end_date
      when 'AGE' then 'start_date=' || session.start_date
      when 'LONG_OPEN' then 'start_date=' || session.start_date || ' status=' || session.status
      when 'REPEAT' then {{ occupation_and_level }}
      when 'DOWNGRADE' then {{ occupation_and_level }}
      else 'end_date=' || session.end_date
    end as detail
  from session_violation
  inner join touched_session as session
    on session_violation.enrollment_id = session.enrollment_id
),

-- Nearly every certificate meets its session by number and person. What is looked up in, the largest table there is,
-- holds these two alone; city and year are fetched for the few that do not.
stray_certificate as (
  select certification.*
  from certification
  anti join session
    on
      certification.enrollment_id = session.enrollment_id
      and certification.person_key = session.person_key
),

of_certificate as (
  select
    'certification' as extract,
    certification.certificate_no as record_key,
    certification.enrollment_id,
    case when session.enrollment_id is null then 'CERT_ORPHAN' else 'CERT_PERSON' end as rule_code,
    session.city_code,
    session.plan_year,
    'enrollment_id=' || certification.enrollment_id as detail
  from stray_certificate as certification
  left join session
    on certification.enrollment_id = session.enrollment_id
),

of_evidence as (
  select
    'employment' as extract,
    employment.record_id as record_key,
    cast(null as string) as enrollment_id,
    'EMPLOYMENT_ORPHAN' as rule_code,
    left(employment.county_code, 4) || '00' as city_code,
    cast(null as integer) as plan_year,
    'evidence_from=' || employment.evidence_from as detail
  from employment
  anti join touched_session
    on employment.person_key = touched_session.person_key
),

of_payment as (
  select
    'subsidy' as extract,
    payment.payment_id as record_key,
    payment.enrollment_id,
    payment_violation.rule_code,
    payment.city_code,
    payment.attributed_year as plan_year,
    'component=' || payment.component || ' funding_source=' || payment.funding_source || ' paid_on=' || payment.paid_on
    || ' amount_yuan=' || payment.amount_yuan as detail
  from payment_violation
  inner join payment
    on payment_violation.payment_id = payment.payment_id
),

combined as (
  select * from of_session
  union all
  select * from of_certificate
  union all
  select * from of_evidence
  union all
  select * from of_payment
)

select
  combined.extract,
  combined.record_key,
  combined.enrollment_id,
  combined.rule_code,
  rule.severity,
  combined.city_code,
  combined.plan_year,
  combined.detail
from combined
inner join rule
  on combined.rule_code = rule.rule_code
