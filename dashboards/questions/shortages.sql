select
  city.{name} as city,
  industry.{name} as industry,
  coalesce(occupation.{name}, gap.occupation_name) as occupation,
  gap.surveyed_month,
  gap.vacancies,
  gap.hard_to_fill,
  gap.training_intent,
  gap.certified_sessions,
  gap.gap,
  gap.is_window_over
from marts.fct_demand_gap as gap
inner join marts.dim_city as city on gap.city_code = city.city_code
inner join marts.dim_industry as industry on gap.industry_code = industry.industry_code
left join marts.dim_occupation as occupation on gap.occupation_code = occupation.occupation_code
where
  gap.surveyed_month = (select max(surveyed_month) from marts.fct_demand_gap)
  and gap.city_code = '{city}'
order by gap.gap desc, gap.vacancies desc, city.sort_order, gap.occupation_code
limit 200
