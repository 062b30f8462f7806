with

session as {{ inlined() }} (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

rule as (
  select * from {{ ref('rule') }}
),

declared as {{ inlined() }} (
  select
    *,
    coalesce(plan_year, year(start_date)) as funnel_year
  from session
  where
    start_date <= {{ as_of() }}
    and coalesce(plan_year, year(start_date)) in (select target.plan_year from target)
),

not_completed as (
  select
    funnel_year,
    'completed' as step,
    status as cause
  from declared
  where not is_completed
),

not_subsidised as (
  select
    funnel_year,
    'subsidised' as step,
    funding_source as cause
  from declared
  where
    is_completed
    and not is_subsidised
),

-- A session that breaks several rules is lost to each of them.
not_eligible as (
  select
    declared.funnel_year,
    'eligible' as step,
    rule.rule_code as cause
  from declared
  inner join rule
    on
      array_contains(declared.violations, rule.rule_code)
      and rule.severity = 'ineligible'
  where
    declared.is_completed
    and declared.is_subsidised
    and not declared.is_counted
),

not_certified as (
  select
    funnel_year,
    'certified' as step,
    'not_certified' as cause
  from declared
  where
    is_counted
    and not is_certified
),

not_employed as (
  select
    funnel_year,
    'employed' as step,
    employment_status as cause
  from declared
  where
    is_counted
    and is_certified
    and employment_status <> 'employed'
),

loss as (
  select * from not_completed
  union all
  select * from not_subsidised
  union all
  select * from not_eligible
  union all
  select * from not_certified
  union all
  select * from not_employed
),

counted as (
  select
    funnel_year as plan_year,
    step,
    cause,
    count(*) as lost_sessions
  from loss
  group by
    funnel_year,
    step,
    cause
  union all
  select
    0 as plan_year,
    step,
    cause,
    count(*) as lost_sessions
  from loss
  group by
    step,
    cause
)

select
  cast(plan_year as integer) as plan_year,
  step,
  cause,
  cast(lost_sessions as bigint) as lost_sessions,
  cast(row_number() over (partition by plan_year, step order by lost_sessions desc, cause asc) as integer) as sort_order
from counted
