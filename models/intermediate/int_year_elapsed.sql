{{ config(materialized = 'view') }}

with

profile as (
  select * from {{ ref('int_season_profile') }}
),

-- Within a month by the day: on 1 January one day of the year has elapsed.
month_elapsed as (
  select
    plan_year,
    month_number,
    profile_basis,
    month_share,
    days_in_month,
    least(
      greatest({{ days_between('month_end', as_of()) }} + days_in_month, 0),
      days_in_month
    ) as elapsed_days
  from profile
)

select
  plan_year,
  make_date(plan_year, 1, 1) as first_day,
  make_date(plan_year, 12, 31) as last_day,
  {{ as_of() }} as as_of,
  min(profile_basis) as profile_basis,
  -- A year that is over is over, whatever its floating shares add up to.
  case
    when sum(elapsed_days) = sum(days_in_month) then 1.0
    else {{ sum_in_order('month_share * elapsed_days / days_in_month', 'month_number') }}
  end as expected_share_elapsed,
  {{ sum_in_order('1 - elapsed_days / days_in_month', 'month_number') }} as months_left
from month_elapsed
group by plan_year
