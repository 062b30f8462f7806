with

institution_year as (
  select * from {{ ref('int_institution_year') }}
  where institution_code <> 'ALL'
),

rule as (
  select * from {{ ref('rule') }}
),

session as (
  select * from {{ ref('fct_training_session') }}
),

payment as (
  select * from {{ ref('fct_subsidy') }}
),

institution_payment as (
  select * from {{ ref('int_institution_payment') }}
),

rule_assessed as (
  select * from {{ ref('int_rule_assessed') }}
),

broken as (
  select
    plan_year,
    institution_uscc as institution_code,
    unnest(violations) as rule_code,
    enrollment_id
  from session
  where
    is_completed
    and len(violations) > 0
  union all
  select
    plan_year,
    institution_uscc as institution_code,
    unnest(violations) as rule_code,
    enrollment_id
  from payment
  where len(violations) > 0
),

-- Several payments of one session may break the same rule.
counted as (
  select
    plan_year,
    institution_code,
    rule_code,
    count(distinct enrollment_id) as sessions
  from broken
  group by
    plan_year,
    institution_code,
    rule_code
),

-- What a rule is held against. LONG_OPEN is of sessions that never ended, and the
-- rules of certificates and evidence are of records, not of an institution.
assessed as (
  select
    institution_year.plan_year,
    institution_year.institution_code,
    rule.rule_code,
    rule.severity,
    case rule.severity
      when 'ineligible' then institution_year.subsidised_sessions
      when 'warning' then institution_year.completed_sessions
      else coalesce(institution_payment.paid_sessions, 0)
    end as assessed_sessions,
    rule_assessed.is_assessed
  from institution_year
  inner join rule
    on
      rule.extract in ('enrollment', 'subsidy')
      and rule.rule_code <> 'LONG_OPEN'
  inner join rule_assessed
    on rule.rule_code = rule_assessed.rule_code
  left join institution_payment
    on
      institution_year.plan_year = institution_payment.plan_year
      and institution_year.institution_code = institution_payment.institution_code
)

select
  assessed.plan_year,
  assessed.institution_code,
  assessed.rule_code,
  assessed.severity,
  case when assessed.is_assessed then assessed.assessed_sessions end as assessed_sessions,
  case when assessed.is_assessed then coalesce(counted.sessions, 0) end as sessions,
  case when assessed.is_assessed then coalesce(counted.sessions, 0) / nullif(assessed.assessed_sessions, 0) end as share
from assessed
left join counted
  on
    assessed.plan_year = counted.plan_year
    and assessed.institution_code = counted.institution_code
    and assessed.rule_code = counted.rule_code
