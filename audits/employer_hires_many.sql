with

evidence as (
  select * from marts.fct_employment
),

session as (
  select * from marts.fct_training_session
),

-- A person begins at an employer once, however many pay slips follow.
begun as (
  select
    employer_uscc,
    person_key,
    cast(date_trunc('month', min(evidence_from)) as date) as month
  from evidence
  where employer_uscc is not null
  group by
    employer_uscc,
    person_key
),

employer_month as (
  select
    employer_uscc,
    month,
    count(*) as persons
  from begun
  group by
    employer_uscc,
    month
),

province as (
  select median(persons) as usual_persons from employer_month
),

large as (
  select * from employer_month
  where persons >= $persons_least
),

own as (
  select
    large.employer_uscc,
    large.month,
    count(*) as other_months,
    median(employer_month.persons) as usual_persons
  from large
  inner join employer_month
    on
      large.employer_uscc = employer_month.employer_uscc
      and large.month <> employer_month.month
  group by
    large.employer_uscc,
    large.month
),

-- An employer with fewer than three other months has no usual month of its own: the province's stands in.
compared as (
  select
    large.employer_uscc,
    large.month,
    large.persons,
    coalesce(own.other_months, 0) as other_months,
    case when own.other_months >= 3 then own.usual_persons else province.usual_persons end as usual_persons
  from large
  cross join province
  left join own
    on
      large.employer_uscc = own.employer_uscc
      and large.month = own.month
),

improbable as (
  select * from compared
  where persons > $times_usual * usual_persons
),

-- The institution that trained most of those who begin: of each person the latest class that ended by then.
trained as (
  select
    improbable.employer_uscc,
    improbable.month,
    begun.person_key,
    arg_max(session.institution_uscc, (session.end_date, session.enrollment_id)) as institution_uscc
  from improbable
  inner join begun
    on
      improbable.employer_uscc = begun.employer_uscc
      and improbable.month = begun.month
  inner join session
    on
      begun.person_key = session.person_key
      and session.is_completed
      and session.end_date <= last_day(begun.month)
  group by
    improbable.employer_uscc,
    improbable.month,
    begun.person_key
),

of_institution as (
  select
    employer_uscc,
    month,
    institution_uscc,
    count(*) as persons
  from trained
  group by
    employer_uscc,
    month,
    institution_uscc
),

main_institution as (
  select
    employer_uscc,
    month,
    arg_max(institution_uscc, (persons, institution_uscc)) as main_institution_uscc,
    max(persons) as main_institution_persons
  from of_institution
  group by
    employer_uscc,
    month
)

select
  improbable.employer_uscc,
  improbable.month,
  improbable.persons,
  improbable.other_months,
  cast(improbable.usual_persons as decimal(10, 1)) as usual_persons,
  main_institution.main_institution_uscc,
  coalesce(main_institution.main_institution_persons, 0) as main_institution_persons,
  cast(coalesce(main_institution.main_institution_persons, 0) / improbable.persons as decimal(5, 4))
    as main_institution_share
from improbable
left join main_institution
  on
    improbable.employer_uscc = main_institution.employer_uscc
    and improbable.month = main_institution.month
order by
  improbable.persons desc,
  improbable.employer_uscc asc,
  improbable.month asc
