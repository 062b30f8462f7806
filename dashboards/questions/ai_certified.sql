select
  city.{name} as city,
  session.enrollment_id,
  session.person_key,
  occupation.{name} as occupation,
  session.skill_level,
  kind.{name} as training,
  session.institution_uscc,
  session.end_date,
  session.certified_on,
  session.employment_status,
  session.plan_year
from marts.fct_training_session as session
inner join marts.dim_city as city on session.city_code = city.city_code
left join marts.dim_occupation as occupation on session.occupation_code = occupation.occupation_code
left join marts.dim_training_type as kind on session.training_type = kind.training_type_code
where
  session.industry_code = 'AI'
  and session.is_counted
  and session.is_certified
  and session.plan_year in (select target.plan_year from marts.target_progress as target)
  and session.city_code = '{city}'
order by city.sort_order, session.end_date, session.enrollment_id
