{#- How many of the nearest are shown as peers. -#}
{% set peers = 4 %}

with

city as (
  select * from {{ ref('dim_city') }}
),

headcount as (
  select * from {{ ref('headcount') }}
),

-- The three plan years together: a list of peers should not change with the month.
trained as (
  select
    city_code,
    counted_sessions
  from headcount
  where
    plan_year = 0
    and industry_code = 'ALL'
    and trainee_group = 'ALL'
),

unit as (
  select
    city.city_code,
    city.population_2020,
    trained.counted_sessions,
    trained.counted_sessions * 1e4 / city.population_2020 as sessions_per_10k
  from city
  inner join trained
    on city.city_code = trained.city_code
  where city.is_city
),

mix as (
  select
    headcount.city_code,
    'industry' as dimension,
    headcount.industry_code as category,
    headcount.counted_sessions / trained.counted_sessions as share
  from headcount
  inner join trained
    on headcount.city_code = trained.city_code
  where
    headcount.plan_year = 0
    and headcount.industry_code <> 'ALL'
    and headcount.trainee_group = 'ALL'
  union all
  select
    headcount.city_code,
    'group' as dimension,
    headcount.trainee_group as category,
    headcount.counted_sessions / trained.counted_sessions as share
  from headcount
  inner join trained
    on headcount.city_code = trained.city_code
  where
    headcount.plan_year = 0
    and headcount.industry_code = 'ALL'
    and headcount.trainee_group <> 'ALL'
),

-- Hellinger's distance of two mixes: 0 for the same shares, 1 for nothing in common.
affinity as (
  select
    own.city_code,
    other.city_code as peer_code,
    own.dimension,
    {{ sum_in_order('sqrt(own.share * other.share)', 'own.category') }} as affinity
  from mix as own
  inner join mix as other
    on
      own.dimension = other.dimension
      and own.category = other.category
      and own.city_code <> other.city_code
  group by
    own.city_code,
    other.city_code,
    own.dimension
),

pair as (
  select
    own.city_code,
    other.city_code as peer_code,
    own.population_2020,
    other.population_2020 as peer_population_2020,
    own.sessions_per_10k,
    other.sessions_per_10k as peer_sessions_per_10k,
    abs(ln(own.population_2020) - ln(other.population_2020)) as population_distance,
    abs(ln(own.sessions_per_10k) - ln(other.sessions_per_10k)) as intensity_distance,
    sqrt(1 - least(coalesce(industry.affinity, 0), 1)) as industry_distance,
    sqrt(1 - least(coalesce(trainee_group.affinity, 0), 1)) as group_distance
  from unit as own
  inner join unit as other
    on own.city_code <> other.city_code
  left join affinity as industry
    on
      own.city_code = industry.city_code
      and other.city_code = industry.peer_code
      and industry.dimension = 'industry'
  left join affinity as trainee_group
    on
      own.city_code = trainee_group.city_code
      and other.city_code = trainee_group.peer_code
      and trainee_group.dimension = 'group'
),

mean_pair as (
  select
    {{ mean_in_order('population_distance', 'city_code, peer_code') }} as population_distance,
    {{ mean_in_order('intensity_distance', 'city_code, peer_code') }} as intensity_distance,
    {{ mean_in_order('industry_distance', 'city_code, peer_code') }} as industry_distance,
    {{ mean_in_order('group_distance', 'city_code, peer_code') }} as group_distance
  from pair
),

-- Each ingredient in units of its own mean over all pairs, so that none outweighs the others by its scale.
standardised as (
  select
    pair.*,
    sqrt(
      power(coalesce(pair.population_distance / nullif(mean_pair.population_distance, 0), 0), 2)
      + power(coalesce(pair.intensity_distance / nullif(mean_pair.intensity_distance, 0), 0), 2)
      + power(coalesce(pair.industry_distance / nullif(mean_pair.industry_distance, 0), 0), 2)
      + power(coalesce(pair.group_distance / nullif(mean_pair.group_distance, 0), 0), 2)
    ) as distance
  from pair
  cross join mean_pair
),

ranked as (
  select
    *,
    row_number() over (partition by city_code order by distance, peer_code) as peer_rank
  from standardised
)

select
  city_code,
  cast(peer_rank as integer) as peer_rank,
  peer_code,
  peer_rank <= {{ peers }} as is_peer,
  distance,
  population_2020,
  peer_population_2020,
  sessions_per_10k,
  peer_sessions_per_10k,
  population_distance,
  intensity_distance,
  industry_distance,
  group_distance
from ranked
