with

institution_year as (
  select * from {{ ref('int_institution_year') }}
  where institution_code <> 'ALL'
),

rule as (
  select * from {{ ref('rule') }}
),

counted as (
  select * from {{ ref('int_institution_violation') }}
),

payment_asked as (
  select
    plan_year,
    institution_uscc as institution_code,
    rule_code,
    cast(sum(sessions) as bigint) as sessions
  from {{ ref('int_payment_asked') }}
  group by
    plan_year,
    institution_uscc,
    rule_code
),

left_open as (
  select
    plan_year,
    institution_uscc as institution_code,
    rule_code,
    cast(sum(sessions) as bigint) as sessions
  from {{ ref('int_open_rule_cell') }}
  group by
    plan_year,
    institution_uscc,
    rule_code
),

rule_assessed as (
  select * from {{ ref('int_rule_assessed') }}
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
      when 'ineligible' then institution_year.subsidised_sessions - coalesce(left_open.sessions, 0)
      when 'warning' then institution_year.completed_sessions
      else coalesce(payment_asked.sessions, 0)
    end as assessed_sessions,
    -- Where no payment, or no session, can be judged by a rule, nothing is said of it.
    rule_assessed.is_assessed
    and (rule.severity <> 'payment' or payment_asked.sessions is not null)
    and coalesce(left_open.sessions < institution_year.subsidised_sessions, true) as is_assessed
  from institution_year
  inner join rule
    on
      rule.extract in ('enrollment', 'subsidy')
      and rule.rule_code <> 'LONG_OPEN'
  inner join rule_assessed
    on rule.rule_code = rule_assessed.rule_code
  left join payment_asked
    on
      institution_year.plan_year = payment_asked.plan_year
      and institution_year.institution_code = payment_asked.institution_code
      and rule.rule_code = payment_asked.rule_code
  left join left_open
    on
      institution_year.plan_year = left_open.plan_year
      and institution_year.institution_code = left_open.institution_code
      and rule.rule_code = left_open.rule_code
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
