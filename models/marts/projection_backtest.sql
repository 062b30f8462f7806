with

projection as (
  select * from {{ ref('int_projection') }}
),

elapsed as (
  select * from {{ ref('int_year_elapsed') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

counted as (
  select
    plan_year,
    sum(counted_sessions) as counted_sessions
  from progress
  group by plan_year
),

-- What a year came to is known three months after its end, when its last months have been reported; until then there is
-- nothing to measure an error against.
closed as (
  select
    elapsed.plan_year,
    counted.counted_sessions as actual_sessions
  from elapsed
  inner join counted
    on elapsed.plan_year = counted.plan_year
  where cast(elapsed.last_day + interval 3 month as date) < elapsed.as_of
),

said as (
  select
    projection.plan_year,
    projection.evaluated_on,
    projection.profile_basis,
    projection.delay_basis,
    projection.observed_sessions,
    projection.cumulative as projection,
    projection.cumulative_low as projection_low,
    projection.cumulative_high as projection_high,
    projection.straight_line,
    closed.actual_sessions
  from projection
  left join closed
    on projection.plan_year = closed.plan_year
  where
    projection.end_month is null
    and year(projection.evaluated_on) = projection.plan_year
)

select
  plan_year,
  evaluated_on,
  profile_basis,
  delay_basis,
  observed_sessions,
  projection,
  projection_low,
  projection_high,
  straight_line,
  cast(actual_sessions as bigint) as actual_sessions,
  projection - actual_sessions as projection_error,
  straight_line - actual_sessions as straight_line_error,
  actual_sessions between projection_low and projection_high as is_covered
from said
