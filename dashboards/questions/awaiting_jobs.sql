select
  city.{name} as city,
  session.enrollment_id,
  session.institution_uscc,
  institution.{name} as institution,
  session.end_date,
  session.employment_status
from marts.fct_training_session as session
inner join marts.dim_city as city on session.city_code = city.city_code
left join marts.dim_institution as institution on session.institution_uscc = institution.institution_code
where
  session.is_counted
  and session.employment_status = 'awaiting'
  and session.city_code = '{city}'
order by session.end_date, city.sort_order, session.enrollment_id
