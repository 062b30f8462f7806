with

violation as (
  select * from marts.fct_rule_violation
  where rule_code = '$rule_code'
),

session as (
  select * from marts.fct_training_session
),

extract_state as (
  select has_landed from marts.extract_state
  where extract = 'subsidy'
),

paid as (
  select
    enrollment_id,
    sum(amount_yuan) as amount_yuan
  from marts.fct_subsidy
  group by enrollment_id
)

select
  session.enrollment_id,
  session.city_code,
  session.plan_year,
  session.person_key,
  session.institution_uscc,
  session.class_id,
  session.training_type,
  session.funding_source,
  session.status,
  session.start_date,
  session.end_date,
  session.class_hours,
  case when extract_state.has_landed then coalesce(paid.amount_yuan, 0) end as amount_yuan,
  violation.detail
from violation
inner join session
  on violation.enrollment_id = session.enrollment_id
cross join extract_state
left join paid
  on session.enrollment_id = paid.enrollment_id
order by
  session.city_code,
  session.enrollment_id
