select
  city.{name} as city,
  session.plan_year,
  count(*) as counted_sessions,
  count_if(session.is_certified) as certified_sessions,
  count_if(session.is_certified) / count(*) as certification_rate,
  count(distinct session.person_key) as persons
from marts.fct_training_session as session
inner join marts.dim_city as city on session.city_code = city.city_code
where
  session.industry_code = 'AI'
  and session.is_counted
  and session.plan_year in (select target.plan_year from marts.target_progress as target)
  and session.city_code = '{city}'
group by city.{name}, city.sort_order, session.plan_year
order by city.sort_order, session.plan_year
