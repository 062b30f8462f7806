select
  city.{name} as city,
  rule.{name} as rule,
  rule.clause,
  broken.enrollment_id,
  session.institution_uscc,
  institution.{name} as institution,
  session.start_date,
  session.end_date,
  session.class_hours,
  broken.detail
from marts.fct_rule_violation as broken
inner join marts.fct_training_session as session on broken.enrollment_id = session.enrollment_id
inner join marts.dim_rule as rule on broken.rule_code = rule.rule_code
inner join marts.dim_city as city on session.city_code = city.city_code
left join marts.dim_institution as institution on session.institution_uscc = institution.institution_code
where
  broken.severity = 'ineligible'
  and session.plan_year = {year}
  and session.city_code = '{city}'
order by city.sort_order, rule.sort_order, session.end_date, broken.enrollment_id
