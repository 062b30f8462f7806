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
),

-- Staff are not hired by the class: what counts is the first evidence of a person at an employer.
first_evidence as (
  select
    person_key,
    employer_uscc,
    min(evidence_from) as evidence_from,
    arg_min(record_id, (evidence_from, record_id)) as record_id,
    arg_min(evidence_type, (evidence_from, record_id)) as evidence_type,
    arg_min(evidence_to, (evidence_from, record_id)) as evidence_to
  from evidence
  where employer_uscc is not null
  group by
    person_key,
    employer_uscc
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
  first_evidence.record_id,
  first_evidence.evidence_type,
  first_evidence.evidence_from,
  first_evidence.evidence_to
from session
inner join first_evidence
  on
    session.person_key = first_evidence.person_key
    and session.institution_uscc = first_evidence.employer_uscc
    and session.end_date < first_evidence.evidence_from
    and cast(session.end_date + interval 6 month as date) >= first_evidence.evidence_from
left join institution
  on session.institution_uscc = institution.institution_code
where session.is_completed
order by
  session.institution_uscc,
  session.enrollment_id,
  first_evidence.record_id
