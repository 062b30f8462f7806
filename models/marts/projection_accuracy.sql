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
  {{ mean_in_order('abs(projection_error) / actual_sessions', 'evaluated_on') }} as mean_absolute_error,
  {{ mean_in_order('abs(straight_line_error) / actual_sessions', 'evaluated_on') }} as mean_absolute_error_straight,
  cast(count_if(is_covered) as integer) as covered_evaluations,
  cast(count_if(delay_basis = 'hindsight') as integer) as hindsight_evaluations
from forecast
group by plan_year
