{{ config(materialized = 'view') }}

with

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

city_target as (
  select * from {{ ref('city_target') }}
),

official as (
  select
    plan_year,
    city_code,
    target_sessions
  from city_target
),

official_sum as (
  select
    plan_year,
    sum(target_sessions) as target_sessions
  from official
  group by plan_year
),

-- Cities without an official target share what the official ones leave of the province's: all, while there are none.
unassigned as (
  select
    target.plan_year,
    city.city_code,
    city.population_2020,
    greatest(target.target_sessions - coalesce(official_sum.target_sessions, 0), 0) as sessions_to_share,
    sum(city.population_2020) over (partition by target.plan_year) as population_to_share
  from target
  cross join city
  left join official_sum
    on target.plan_year = official_sum.plan_year
  anti join official
    on
      target.plan_year = official.plan_year
      and city.city_code = official.city_code
  where city.population_2020 is not null
),

-- Largest remainder in whole numbers: floors first, then one more each to the largest remainders.
floored as (
  select
    plan_year,
    city_code,
    sessions_to_share,
    {{ whole_quotient('sessions_to_share * cast(population_2020 as bigint)', 'population_to_share') }}
      as floor_sessions,
    sessions_to_share * cast(population_2020 as bigint) % population_to_share as remainder
  from unassigned
),

ranked as (
  select
    plan_year,
    city_code,
    floor_sessions,
    sessions_to_share - sum(floor_sessions) over (partition by plan_year) as left_over,
    row_number() over (partition by plan_year order by remainder desc, city_code asc) as remainder_rank
  from floored
),

resolved as (
  select
    plan_year,
    city_code,
    target_sessions,
    'official' as target_basis
  from official
  union all
  select
    plan_year,
    city_code,
    floor_sessions + case when remainder_rank <= left_over then 1 else 0 end as target_sessions,
    'reference' as target_basis
  from ranked
)

select
  plan_year,
  city_code,
  cast(target_sessions as bigint) as target_sessions,
  target_basis
from resolved
