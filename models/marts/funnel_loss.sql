{#- The step that a session did not reach, by how many it reached. -#}
{% set missed = {1: 'completed', 2: 'subsidised', 3: 'eligible', 4: 'certified', 5: 'employed'} %}

with

declared_step as (
  select * from {{ ref('int_declared_step') }}
),

target as (
  select * from {{ ref('target') }}
),

rule as (
  select * from {{ ref('rule') }}
),

declared as (
  select
    funnel_year,
    case steps
      {% for number, step in missed.items() %}
        when {{ number }} then '{{ step }}'
      {% endfor %}
    end as step,
    cause,
    violations,
    sessions
  from declared_step
  where funnel_year in (select target.plan_year from target)
),

-- A session that breaks several rules is lost to each of them.
loss as (
  select
    declared.funnel_year,
    declared.step,
    rule.rule_code as cause,
    declared.sessions
  from declared
  inner join rule
    on
      array_contains(declared.violations, rule.rule_code)
      and rule.severity = 'ineligible'
  union all
  select
    funnel_year,
    step,
    cause,
    sessions
  from declared
  where cause is not null
),

counted as (
  select
    funnel_year as plan_year,
    step,
    cause,
    sum(sessions) as lost_sessions
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
    sum(sessions) as lost_sessions
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
