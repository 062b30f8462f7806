select
  city.{name} as city,
  rule.{name} as rule,
  rule.clause,
  payment.payment_id,
  payment.enrollment_id,
  payment.component,
  fund.{name} as fund,
  payment.amount_yuan,
  payment.paid_on,
  payment.institution_uscc,
  broken.detail
from marts.fct_rule_violation as broken
inner join marts.fct_subsidy as payment on broken.record_key = payment.payment_id
inner join marts.dim_rule as rule on broken.rule_code = rule.rule_code
left join marts.dim_city as city on payment.city_code = city.city_code
left join marts.dim_funding_source as fund on payment.funding_source = fund.funding_source_code
where
  broken.severity = 'payment'
  and payment.city_code = '{city}'
order by rule.sort_order, payment.amount_yuan desc, payment.payment_id
