{{ config(materialized = 'view') }}

with

enrollment as (
  select * from {{ current('enrollment') }}
),

evaluated as (
  select
    enrollment_id,
    year(start_date) - birth_year < 16 as breaks_age,
    status in ('enrolled', 'in_training') and {{ days_between('start_date', as_of()) }} > 365 as breaks_long_open
  from enrollment
)

select
  enrollment_id,
  breaks_age,
  breaks_long_open
from evaluated
where breaks_age or breaks_long_open
