{{ config(materialized = 'view') }}

with

target as (
  select * from {{ ref('target') }}
),

year_bounds as (
  select
    plan_year,
    make_date(plan_year, 1, 1) as first_day,
    make_date(plan_year, 12, 31) as last_day
  from target
),

-- By the calendar, in days: on 1 January one day has elapsed.
elapsed as (
  select
    plan_year,
    first_day,
    last_day,
    last_day - first_day + 1 as days_in_year,
    least(greatest({{ as_of() }} - first_day + 1, 0), last_day - first_day + 1) as elapsed_days
  from year_bounds
)

select
  plan_year,
  first_day,
  last_day,
  elapsed_days / days_in_year as expected_share_elapsed
from elapsed
