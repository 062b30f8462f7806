select
  city.{name} as city,
  score.employment_rate,
  score.employment_rate_low,
  score.employment_rate_high,
  score.employment_rate_rank,
  score.employment_rate_rank_low,
  score.employment_rate_rank_high,
  score.observation_complete,
  score.counted_sessions
from marts.city_scorecard as score
inner join marts.dim_city as city on score.city_code = city.city_code
where
  score.plan_year = {year}
  and score.city_code = '{city}'
order by score.employment_rate desc
