{{ config(materialized = 'sums', sums = ['sessions']) }}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

-- How far each session got, and why no further. Of all that are not over, or would be before they began, the day of
-- their start is kept: one that is still to come is not declared yet.
placed as (
  select
    city_code,
    coalesce(plan_year, year(start_date)) as funnel_year,
    year(start_date) as start_year,
    case when not is_completed or start_date > end_date then start_date end as open_since,
    case
      when not is_completed then 1
      when not is_subsidised then 2
      when not is_counted then 3
      when not is_certified then 4
      when coalesce(employment_status <> 'employed', true) then 5
      else 6
    end as steps,
    case
      when not is_completed then status
      when not is_subsidised then funding_source
      when not is_counted then null
      when not is_certified then 'not_certified'
      when employment_status <> 'employed' then employment_status
    end as cause,
    case when is_completed and is_subsidised and not is_counted then violations else {{ no_text() }} end as violations
    {{- and_sign() }}
  from session
)

select
  city_code,
  funnel_year,
  start_year,
  open_since,
  steps,
  cause,
  violations,
  {{ tally() }} as sessions
from placed
group by
  city_code,
  funnel_year,
  start_year,
  open_since,
  steps,
  cause,
  violations
