with

shortage as (
  select * from {{ ref('int_demand_half') }}
),

scope as (
  select
    surveyed_half,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(industry_code, 'ALL') as industry_code,
    count(*) as shortages,
    bool_and(is_window_over) as is_window_over,
    sum(vacancies) as vacancies,
    sum(hard_to_fill) as hard_to_fill,
    sum(training_intent) as training_intent,
    sum(completed_sessions) as completed_sessions,
    sum(certified_sessions) as certified_sessions,
    sum(gap) as gap,
    sum(over_supply) as over_supply,
    sum(completed_sessions) filter (where training_intent is not null) as completed_with_intent
  from shortage
  group by
    surveyed_half,
    cube(city_code, industry_code)
)

-- A surplus in one occupation fills no vacancy of another: what is filled is counted occupation by occupation.
select
  surveyed_half,
  city_code,
  industry_code,
  cast(shortages as bigint) as shortages,
  is_window_over,
  cast(vacancies as bigint) as vacancies,
  cast(hard_to_fill as bigint) as hard_to_fill,
  cast(training_intent as bigint) as training_intent,
  cast(completed_sessions as bigint) as completed_sessions,
  cast(certified_sessions as bigint) as certified_sessions,
  cast(gap as bigint) as gap,
  cast(over_supply as bigint) as over_supply,
  (vacancies - gap) / nullif(vacancies, 0) as filled_share,
  completed_with_intent / nullif(training_intent, 0) as intent_coverage
from scope
