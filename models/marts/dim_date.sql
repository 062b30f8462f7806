with

-- Before the plan for the history that the caps look back on, after it for the windows that close in 2028.
day as (
  select cast(generate_series as date) as date_day
  from generate_series(date '2015-01-01', date '2030-12-31', interval 1 day)
)

select
  strftime(date_day, '%Y-%m-%d') as date_code,
  date_day,
  cast(year(date_day) as integer) as calendar_year,
  cast(date_trunc('month', date_day) as date) as month_start,
  strftime(date_day, '%Y年%-m月%-d日') as name_zh,
  strftime(date_day, '%-d %b %Y') as name_en,
  cast(row_number() over (order by date_day) as integer) as sort_order
from day
