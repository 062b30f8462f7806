{{ config(materialized = 'view') }}

with

measure as (
  select * from {{ ref('int_city_measure') }}
),

ranked_city as (
  select
    plan_year,
    city_code,
    measure,
    -- As if every measure were better when higher: a low violation rate is a high rate of clean sessions.
    case when higher_is_better then value else -value end as value,
    case when higher_is_better then value_low else -value_high end as value_low,
    case when higher_is_better then value_high else -value_low end as value_high
  from measure
  where
    is_ranked
    and value is not null
),

-- One city is told from another only when the interval of their difference leaves out 0.
compared as (
  select
    own.plan_year,
    own.city_code,
    own.measure,
    other.city_code as other_code,
    other.value > own.value as other_is_higher,
    {{ difference_low('other.value', 'other.value_low', 'own.value', 'own.value_high') }} > 0 as other_is_surely_better,
    {{ difference_low('own.value', 'own.value_low', 'other.value', 'other.value_high') }} > 0 as other_is_surely_worse
  from ranked_city as own
  left join ranked_city as other
    on
      own.plan_year = other.plan_year
      and own.measure = other.measure
      and own.city_code <> other.city_code
)

select
  plan_year,
  city_code,
  measure,
  cast(1 + count_if(other_is_higher) as integer) as rank,
  cast(1 + count_if(other_is_surely_better) as integer) as rank_low,
  cast(1 + count(other_code) - count_if(other_is_surely_worse) as integer) as rank_high,
  cast(1 + count(other_code) as integer) as ranked_cities
from compared
group by
  plan_year,
  city_code,
  measure
