select
  city.{name} as city,
  institution.{name} as institution,
  funnel.institution_code,
  funnel.measure,
  funnel.numerator,
  funnel.denominator,
  funnel.value as measured_share,
  funnel.province_value as province_share,
  funnel.side,
  funnel.funnel_status
from marts.institution_funnel as funnel
inner join marts.institution_scorecard as score
  on funnel.plan_year = score.plan_year and funnel.institution_code = score.institution_code
left join marts.dim_city as city on score.main_city_code = city.city_code
left join marts.dim_institution as institution on funnel.institution_code = institution.institution_code
where
  funnel.funnel_status in ('alert', 'alarm')
  and funnel.plan_year = {year}
  and score.main_city_code = '{city}'
order by funnel.funnel_status, funnel.measure, abs(funnel.adjusted_z) desc
