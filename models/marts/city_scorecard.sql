{#- The measures that a city is compared by, each with its interval, its rank and the rank's range. -#}
{% set measures = [
  'priority_share_persons', 'certification_rate', 'employment_rate', 'observation_complete', 'violation_rate'
] %}

with

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

city_target as (
  select * from {{ ref('int_city_target') }}
),

headcount as (
  select * from {{ ref('headcount') }}
),

measure as (
  select * from {{ ref('int_city_measure') }}
),

city_rank as (
  select * from {{ ref('int_city_rank') }}
),

scope as (
  select
    target.plan_year,
    target.priority_share as priority_target,
    city.city_code,
    city.population_2020
  from target
  cross join city
),

compared as (
  select
    measure.plan_year,
    measure.city_code,
    measure.measure,
    measure.value,
    measure.value_low,
    measure.value_high,
    city_rank.rank,
    city_rank.rank_low,
    city_rank.rank_high
  from measure
  left join city_rank
    on
      measure.plan_year = city_rank.plan_year
      and measure.city_code = city_rank.city_code
      and measure.measure = city_rank.measure
),

-- One row a city: each measure's value and what is said of it side by side.
side_by_side as (
  select
    {% for measure in measures %}
      max(value) filter (where measure = '{{ measure }}') as {{ measure }},
      max(value_low) filter (where measure = '{{ measure }}') as {{ measure }}_low,
      max(value_high) filter (where measure = '{{ measure }}') as {{ measure }}_high,
      max(rank) filter (where measure = '{{ measure }}') as {{ measure }}_rank,
      max(rank_low) filter (where measure = '{{ measure }}') as {{ measure }}_rank_low,
      max(rank_high) filter (where measure = '{{ measure }}') as {{ measure }}_rank_high,
    {% endfor %}
    plan_year,
    city_code
  from compared
  group by
    plan_year,
    city_code
),

scorecard as (
  select
    scope.plan_year,
    scope.city_code,
    scope.priority_target,
    city_target.target_sessions,
    city_target.target_basis,
    coalesce(headcount.counted_sessions, 0) as counted_sessions,
    coalesce(headcount.counted_sessions, 0) / nullif(city_target.target_sessions, 0) as attainment,
    coalesce(headcount.counted_sessions, 0) * 1e4 / scope.population_2020 as sessions_per_10k,
    coalesce(headcount.persons, 0) as persons,
    coalesce(headcount.priority_persons, 0) as priority_persons,
    headcount.priority_share_sessions
  from scope
  left join city_target
    on
      scope.plan_year = city_target.plan_year
      and scope.city_code = city_target.city_code
  left join headcount
    on
      scope.plan_year = headcount.plan_year
      and scope.city_code = headcount.city_code
      and headcount.industry_code = 'ALL'
      and headcount.trainee_group = 'ALL'
),

-- Sessions are counted, not sampled: the order of attainments has no range. The regional level is never ranked, and
-- where nothing has been counted yet there is nothing to rank.
attained as (
  select
    plan_year,
    city_code,
    rank() over (partition by plan_year order by attainment desc) as attainment_rank
  from scorecard
  where
    attainment is not null
    and city_code <> '450000'
  qualify sum(counted_sessions) over (partition by plan_year) > 0
)

select
  scorecard.plan_year,
  scorecard.city_code,
  scorecard.target_sessions,
  scorecard.target_basis,
  cast(scorecard.counted_sessions as bigint) as counted_sessions,
  scorecard.attainment,
  cast(attained.attainment_rank as integer) as attainment_rank,
  scorecard.sessions_per_10k,
  cast(scorecard.persons as bigint) as persons,
  cast(scorecard.priority_persons as bigint) as priority_persons,
  scorecard.priority_share_sessions,
  {% for measure in measures %}
    side_by_side.{{ measure }},
    side_by_side.{{ measure }}_low,
    side_by_side.{{ measure }}_high,
    side_by_side.{{ measure }}_rank,
    side_by_side.{{ measure }}_rank_low,
    side_by_side.{{ measure }}_rank_high,
  {% endfor %}
  {{ position(
    'side_by_side.priority_share_persons_low', 'side_by_side.priority_share_persons_high', 'scorecard.priority_target'
  ) }} as priority_standing,
  {{ sessions_to_share('scorecard.priority_persons', 'scorecard.persons', 'scorecard.priority_target') }}
    as sessions_to_70,
  {{ sessions_to_share('scorecard.priority_persons', 'scorecard.persons', 'scorecard.priority_target') }}
    as persons_to_70
from scorecard
inner join side_by_side
  on
    scorecard.plan_year = side_by_side.plan_year
    and scorecard.city_code = side_by_side.city_code
left join attained
  on
    scorecard.plan_year = attained.plan_year
    and scorecard.city_code = attained.city_code
