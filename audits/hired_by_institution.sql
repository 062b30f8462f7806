with

session as (
  select * from marts.fct_training_session
),

evidence as (
  select * from marts.fct_employment
),

institution as (
  select
    institution_code,
    kind
  from marts.dim_institution
)

select
  session.enrollment_id,
  session.person_key,
  session.city_code,
  session.institution_uscc,
  institution.kind as institution_kind,
  session.class_id,
  session.is_counted,
  session.employment_status,
  session.start_date,
  session.end_date,
  evidence.record_id,
  evidence.evidence_type,
  evidence.evidence_from,
  evidence.evidence_to
from session
inner join evidence
  on
    session.person_key = evidence.person_key
    and session.institution_uscc = evidence.employer_uscc
    and session.end_date < evidence.evidence_from
    and cast(session.end_date + interval 6 month as date) >= evidence.evidence_from
left join institution
  on session.institution_uscc = institution.institution_code
where session.is_completed
order by
  session.institution_uscc,
  session.enrollment_id,
  evidence.record_id
