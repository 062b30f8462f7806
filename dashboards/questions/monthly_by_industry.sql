select
  industry.{name} as industry,
  progress.end_month,
  sum(progress.counted_sessions) as counted_sessions,
  sum(progress.priority_sessions) as priority_sessions,
  sum(progress.certified_sessions) as certified_sessions
from marts.fct_progress as progress
inner join marts.dim_industry as industry on progress.industry_code = industry.industry_code
where
  progress.plan_year = {year}
  and progress.city_code = '{city}'
group by industry.{name}, industry.sort_order, progress.end_month
order by industry.sort_order, progress.end_month
