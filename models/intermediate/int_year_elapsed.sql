{{ config(materialized = 'view') }}

with

target as (
  select * from {{ ref('target') }}
),

-- By the calendar, in days: 1 January counts one day of the year.
elapsed as (
  select
    plan_year,
    make_date(plan_year, 1, 1) as first_day,
    make_date(plan_year, 12, 31) as last_day,
    least(greatest({{ as_of() }} - make_date(plan_year - 1, 12, 31), 0), make_date(plan_year, 12, 31) - make_date(plan_year - 1, 12, 31))
      as elapsed_days
  from target
)

select
  plan_year,
  first_day,
  last_day,
  elapsed_days / (last_day - first_day + 1) as expected_share_elapsed
from elapsed
