{{ config(materialized = 'view') }}

with

funnel_step as (
  select * from {{ ref('int_funnel_step') }}
)

select
  city_code,
  funnel_year,
  start_year,
  steps,
  cause,
  violations,
  sessions
from funnel_step
where coalesce(open_since <= {{ as_of() }}, true)
