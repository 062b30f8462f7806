{#- Fewer persons than this are not shown to others (spec 4). -#}
{% set least_persons = 10 %}

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

small as (
  select
    *,
    persons < {{ least_persons }} as is_small
  from lost
),

-- One cell that is missing from a city's row is what its others leave over: the next smallest goes with it. A rule's
-- column, whose total stands in funnel_loss, comes last, so that it is always covered.
covered_by_city as (
  select
    *,
    is_small
    or (
      count_if(is_small) over (partition by plan_year, city_code) = 1
      and row_number() over (
        partition by plan_year, city_code, is_small
        order by lost_sessions asc, rule_code asc
      ) = 1
    ) as is_covered
  from small
),

covered_by_rule as (
  select
    *,
    is_covered
    or (
      count_if(is_covered) over (partition by plan_year, rule_code) = 1
      and row_number() over (
        partition by plan_year, rule_code, is_covered
        order by lost_sessions asc, city_code asc
      ) = 1
    ) as is_suppressed
  from covered_by_city
)

select
  plan_year,
  city_code,
  rule_code,
  case when not is_suppressed then cast(lost_sessions as bigint) end as lost_sessions,
  is_suppressed
from covered_by_rule
