with

session as (
  select * from marts.fct_training_session
),

institution as (
  select * from marts.dim_institution
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
),

unlicensed as (
  select
    session.institution_uscc,
    institution.is_registered,
    institution.licence_from,
    institution.licence_to,
    session.enrollment_id,
    session.class_id,
    session.city_code,
    session.start_date,
    session.end_date,
    paid.amount_yuan
  from session
  inner join institution
    on session.institution_uscc = institution.institution_code
  left join paid
    on session.enrollment_id = paid.enrollment_id
  where
    list_contains(session.violations, 'LICENCE')
    or (
      not institution.is_registered
      and session.status in ('in_training', 'completed')
    )
),

by_institution as (
  select
    institution_uscc,
    is_registered,
    licence_from,
    licence_to,
    count(*) as sessions,
    count(distinct class_id) as classes,
    min(start_date) as start_date,
    max(end_date) as end_date,
    coalesce(sum(amount_yuan), 0) as amount_yuan,
    list(distinct city_code order by city_code) as city_codes
  from unlicensed
  group by
    institution_uscc,
    is_registered,
    licence_from,
    licence_to
)

select
  by_institution.institution_uscc,
  by_institution.is_registered,
  by_institution.licence_from,
  by_institution.licence_to,
  by_institution.sessions,
  by_institution.classes,
  by_institution.start_date,
  by_institution.end_date,
  case when extract_state.has_landed then by_institution.amount_yuan end as amount_yuan,
  by_institution.city_codes
from by_institution
cross join extract_state
order by
  by_institution.sessions desc,
  by_institution.institution_uscc asc
