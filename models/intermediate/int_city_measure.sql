{#- Measure, whether more is better, its part and its whole. A completed subsidised session is not counted exactly when
    it breaks a rule. -#}
{% set measures = [
  ('priority_share_persons', 'true', 'priority_persons', 'persons'),
  ('certification_rate', 'true', 'certified_sessions', 'counted_sessions'),
  ('employment_rate', 'true', 'employed_sessions', 'due_sessions'),
  ('observation_complete', 'true', 'settled_sessions', 'due_sessions'),
  ('violation_rate', 'false', 'subsidised_sessions - counted_sessions', 'subsidised_sessions')
] %}

with

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

headcount as (
  select * from {{ ref('headcount') }}
),

place as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

scope as (
  select
    target.plan_year,
    place.city_code
  from target
  cross join place
),

summed as (
  select
    plan_year,
    coalesce(city_code, 'ALL') as city_code,
    sum(subsidised_sessions) as subsidised_sessions,
    sum(counted_sessions) as counted_sessions,
    sum(certified_sessions) as certified_sessions,
    sum(employed_sessions) as employed_sessions,
    sum(employed_sessions + not_employed_sessions) as settled_sessions,
    sum(employed_sessions + not_employed_sessions + awaiting_sessions) as due_sessions
  from progress
  group by
    plan_year,
    rollup(city_code)
),

person as (
  select
    plan_year,
    city_code,
    persons,
    priority_persons
  from headcount
  where
    industry_code = 'ALL'
    and trainee_group = 'ALL'
),

counted as (
  select
    scope.plan_year,
    scope.city_code,
    coalesce(summed.subsidised_sessions, 0) as subsidised_sessions,
    coalesce(summed.counted_sessions, 0) as counted_sessions,
    coalesce(summed.certified_sessions, 0) as certified_sessions,
    coalesce(summed.employed_sessions, 0) as employed_sessions,
    coalesce(summed.settled_sessions, 0) as settled_sessions,
    coalesce(summed.due_sessions, 0) as due_sessions,
    coalesce(person.persons, 0) as persons,
    coalesce(person.priority_persons, 0) as priority_persons
  from scope
  left join summed
    on
      scope.plan_year = summed.plan_year
      and scope.city_code = summed.city_code
  left join person
    on
      scope.plan_year = person.plan_year
      and scope.city_code = person.city_code
),

measured as (
  {% for measure, higher_is_better, part, whole in measures %}
    select
      plan_year,
      city_code,
      '{{ measure }}' as measure,
      {{ higher_is_better }} as higher_is_better,
      {{ part }} as part,
      {{ whole }} as whole
    from counted
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

valued as (
  select
    *,
    city_code not in ('ALL', '450000') as is_ranked,
    part / nullif(whole, 0) as value,
    max(case when city_code = 'ALL' then part / nullif(whole, 0) end) over (partition by plan_year, measure)
      as province_value
  from measured
)

select
  plan_year,
  city_code,
  is_ranked,
  coalesce(is_ranked and value is not null and {{ can_be_judged('whole', 'province_value') }}, false) as is_compared,
  measure,
  higher_is_better,
  cast(part as bigint) as numerator,
  cast(whole as bigint) as denominator,
  value,
  {{ wilson('part', 'whole', 'low') }} as value_low,
  {{ wilson('part', 'whole', 'high') }} as value_high
from valued
