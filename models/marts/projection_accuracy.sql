with

backtest as (
  select * from {{ ref('projection_backtest') }}
),

-- December's own end is no forecast: the year is over.
forecast as (
  select * from backtest
  where
    actual_sessions > 0
    and month(evaluated_on) < 12
)

select
  plan_year,
  cast(count(*) as integer) as evaluations,
  avg(abs(projection_error) / actual_sessions) as mean_absolute_error,
  avg(abs(straight_line_error) / actual_sessions) as mean_absolute_error_straight,
  cast(count_if(is_covered) as integer) as covered_evaluations
from forecast
group by plan_year
