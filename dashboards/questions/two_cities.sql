select
  session.person_key,
  count(distinct session.city_code) as cities,
  string_agg(distinct city.{name}, ', ' order by city.{name}) as city_names,
  count(*) as counted_sessions,
  min(session.end_date) as first_end,
  max(session.end_date) as last_end
from marts.fct_training_session as session
inner join marts.dim_city as city on session.city_code = city.city_code
where
  session.is_counted
  and session.plan_year in (select target.plan_year from marts.target_progress as target)
group by session.person_key
having
  count(distinct session.city_code) > 1
  and bool_or(session.city_code = '{city}')
order by counted_sessions desc, session.person_key
