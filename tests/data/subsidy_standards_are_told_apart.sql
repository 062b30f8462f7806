-- Two standards for the same training, place and days: which of them is due could not be told.
with

standard as (
  select
    *,
    coalesce(occupation_code, '*') as any_occupation,
    coalesce(skill_level, '*') as any_level,
    coalesce(city_code, '*') as any_city,
    coalesce(valid_to, date '9999-12-31') as last_day,
    row_number() over (order by training_type, occupation_code, skill_level, city_code, valid_from, amount_yuan) as line
  from {{ ref('subsidy_standard') }}
)

select
  one.training_type,
  one.occupation_code,
  one.skill_level,
  one.city_code,
  one.valid_from,
  one.amount_yuan,
  other.amount_yuan as other_amount_yuan
from standard as one
inner join standard as other
  on
    one.training_type = other.training_type
    and one.any_occupation = other.any_occupation
    and one.any_level = other.any_level
    and one.any_city = other.any_city
    and one.line <> other.line
    and one.valid_from <= other.last_day
    and one.last_day >= other.valid_from
union all
select
  training_type,
  occupation_code,
  skill_level,
  city_code,
  valid_from,
  amount_yuan,
  null as other_amount_yuan
from standard
where last_day < valid_from
