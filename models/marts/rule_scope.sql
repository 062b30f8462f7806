{% set assessed = 'coalesce(scope.assessed_sessions, scope.assessed_payments)' %}

with

violation_cell as (
  select * from {{ ref('int_violation_cell') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

rule as (
  select * from {{ ref('rule') }}
),

city as (
  select * from {{ ref('city') }}
),

target as (
  select * from {{ ref('target') }}
),

rule_assessed as (
  select * from {{ ref('int_rule_assessed') }}
),

payment_asked as (
  select * from {{ ref('int_payment_asked') }}
),

rule_loss as (
  select * from {{ ref('city_rule_loss') }}
),

open_rule_cell as (
  select * from {{ ref('int_open_rule_cell') }}
),

assessed_rule as (
  select
    rule.rule_code,
    rule.severity,
    rule.extract,
    rule.has_year,
    rule_assessed.is_assessed,
    rule_assessed.missing_extract
  from rule
  inner join rule_assessed
    on rule.rule_code = rule_assessed.rule_code
),

scope_year as (
  select plan_year from target
  union all
  select 0 as plan_year
),

scope_city as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

-- What has no year or no city of its own (a certificate that fits no session) stands in the totals alone.
placed as (
  select
    coalesce(plan_year, -1) as plan_year,
    coalesce(city_code, 'NONE') as city_code,
    rule_code,
    records
  from violation_cell
  where
    plan_year is null
    or plan_year in (select target.plan_year from target)
),

found as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    rule_code,
    sum(records) as records
  from placed
  group by
    rule_code,
    cube(plan_year, city_code)
),

assessed_session as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    sum(subsidised_sessions) as sessions
  from progress
  where plan_year in (select target.plan_year from target)
  group by cube(plan_year, city_code)
),

-- Sessions that lack what a rule needs, or whose value could not be read, are not among those that it was asked of.
open_session as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    rule_code,
    sum(sessions) as sessions
  from open_rule_cell
  where plan_year in (select target.plan_year from target)
  group by
    rule_code,
    cube(plan_year, city_code)
),

-- A rule on payments is asked of those that can be judged: without a standard nothing can be overpaid.
asked as (
  select
    coalesce(plan_year, -1) as plan_year,
    coalesce(city_code, 'NONE') as city_code,
    rule_code,
    payments
  from payment_asked
  where
    plan_year is null
    or plan_year in (select target.plan_year from target)
),

assessed_payment as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    rule_code,
    sum(payments) as payments
  from asked
  group by
    rule_code,
    cube(plan_year, city_code)
),

scope as (
  select
    scope_year.plan_year,
    scope_city.city_code,
    assessed_rule.rule_code,
    assessed_rule.severity,
    assessed_rule.extract,
    assessed_rule.missing_extract,
    -- Of what has no year nothing is said of one: it stands in the totals.
    case
      when scope_year.plan_year <> 0 and not assessed_rule.has_year then null
      when assessed_rule.severity = 'payment' and coalesce(assessed_payment.payments, 0) = 0 then null
      when assessed_rule.severity = 'ineligible' and open_session.sessions = assessed_session.sessions then null
      when assessed_rule.is_assessed then coalesce(found.records, 0)
    end as records,
    case
      when assessed_rule.is_assessed and assessed_rule.severity = 'payment' then coalesce(assessed_payment.payments, 0)
    end as assessed_payments,
    case
      when assessed_rule.is_assessed and assessed_rule.severity = 'ineligible'
        then coalesce(assessed_session.sessions, 0) - coalesce(open_session.sessions, 0)
    end as assessed_sessions,
    case when assessed_rule.severity = 'ineligible' then coalesce(open_session.sessions, 0) end as not_assessed_sessions
  from scope_year
  cross join scope_city
  cross join assessed_rule
  left join found
    on
      scope_year.plan_year = found.plan_year
      and scope_city.city_code = found.city_code
      and assessed_rule.rule_code = found.rule_code
  left join assessed_payment
    on
      scope_year.plan_year = assessed_payment.plan_year
      and scope_city.city_code = assessed_payment.city_code
      and assessed_rule.rule_code = assessed_payment.rule_code
  left join assessed_session
    on
      scope_year.plan_year = assessed_session.plan_year
      and scope_city.city_code = assessed_session.city_code
  left join open_session
    on
      scope_year.plan_year = open_session.plan_year
      and scope_city.city_code = open_session.city_code
      and assessed_rule.rule_code = open_session.rule_code
)

select
  cast(scope.plan_year as integer) as plan_year,
  scope.city_code,
  scope.rule_code,
  scope.severity,
  scope.extract,
  scope.missing_extract,
  coalesce(rule_loss.is_suppressed, false) as is_suppressed,
  cast(scope.records as bigint) as records,
  cast(scope.assessed_sessions as bigint) as assessed_sessions,
  cast(scope.assessed_payments as bigint) as assessed_payments,
  cast(scope.not_assessed_sessions as bigint) as not_assessed_sessions,
  scope.records / nullif({{ assessed }}, 0) as violation_rate,
  {{ wilson('scope.records', assessed, 'low') }} as violation_rate_low,
  {{ wilson('scope.records', assessed, 'high') }} as violation_rate_high
from scope
left join rule_loss
  on
    scope.plan_year = rule_loss.plan_year
    and scope.city_code = rule_loss.city_code
    and scope.rule_code = rule_loss.rule_code
