with

city_target as (
  select * from {{ ref('int_city_target') }}
),

year_elapsed as (
  select * from {{ ref('int_year_elapsed') }}
),

scorecard as (
  select * from {{ ref('city_scorecard') }}
),

progress as (
  select * from {{ ref('target_progress') }}
),

expected as (
  select
    city_target.plan_year,
    city_target.city_code,
    city_target.target_sessions,
    city_target.target_basis,
    scorecard.counted_sessions,
    progress.pace as province_pace,
    city_target.target_sessions * year_elapsed.expected_share_elapsed as expected_sessions
  from city_target
  inner join year_elapsed
    on city_target.plan_year = year_elapsed.plan_year
  inner join scorecard
    on
      city_target.plan_year = scorecard.plan_year
      and city_target.city_code = scorecard.city_code
  inner join progress
    on city_target.plan_year = progress.plan_year
  where year_elapsed.expected_share_elapsed > 0
),

-- What a city would lack at the province's pace is owed to its size, the rest to its own pace.
parted as (
  select
    *,
    expected_sessions - counted_sessions as gap_sessions,
    expected_sessions * (1 - province_pace) as gap_of_size,
    expected_sessions * province_pace - counted_sessions as gap_of_pace,
    greatest(expected_sessions - counted_sessions, 0) as lack_sessions
  from expected
),

ranked as (
  select
    *,
    sum(lack_sessions) over (partition by plan_year) as all_lack_sessions,
    row_number() over (partition by plan_year order by gap_sessions desc, city_code asc) as gap_rank
  from parted
)

select
  plan_year,
  city_code,
  target_sessions,
  target_basis,
  counted_sessions,
  expected_sessions,
  counted_sessions / nullif(expected_sessions, 0) as pace,
  gap_sessions,
  cast(gap_rank as integer) as gap_rank,
  gap_of_size,
  gap_of_pace,
  lack_sessions / nullif(all_lack_sessions, 0) as gap_share,
  sum(lack_sessions) over (
    partition by plan_year
    order by gap_rank asc
  ) / nullif(all_lack_sessions, 0) as gap_share_so_far,
  case
    when gap_sessions <= 0 then null
    when gap_of_pace <= 0 then 'size'
    when gap_of_pace >= gap_of_size then 'pace'
    else 'size_and_pace'
  end as gap_cause
from ranked
