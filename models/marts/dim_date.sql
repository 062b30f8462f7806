with

-- Before the plan for the history that the caps look back on, after it for the windows that close in 2028.
day as (
  select cast(day_of_list as date) as date_day
  from (select {{ each(series("date '2015-01-01'", "date '2030-12-31'", 'interval 1 day')) }} as day_of_list) as listed
)

select
  cast(date_day as string) as date_code,
  date_day,
  cast(year(date_day) as integer) as calendar_year,
  cast(date_trunc('month', date_day) as date) as month_start,
  concat(year(date_day), '年', month(date_day), '月', day(date_day), '日') as name_zh,
  {{ english_day('date_day') }} as name_en,
  cast(row_number() over (order by date_day) as integer) as sort_order
from day
