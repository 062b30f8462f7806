select
  city.{name} as city,
  institution.{name} as institution,
  score.institution_code,
  score.licence_state,
  institution.licence_to,
  score.star_rating,
  score.counted_sessions,
  score.violating_sessions
from marts.institution_scorecard as score
inner join marts.dim_city as city on score.city_code = city.city_code
left join marts.dim_institution as institution on score.institution_code = institution.institution_code
where
  score.licence_state <> 'valid'
  and score.plan_year = {year}
  and score.city_code = '{city}'
order by score.counted_sessions desc, score.institution_code
