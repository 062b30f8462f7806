with

as_of as (
  select as_of from marts.published_version
),

-- A class that is still open is held to run until the as-of date; one left open for a year has a rule of its own.
running as (
  select
    session.person_key,
    session.enrollment_id,
    session.city_code,
    session.institution_uscc,
    session.class_id,
    session.start_date,
    coalesce(session.end_date, greatest(session.start_date, as_of.as_of)) as last_date,
    session.is_counted
  from marts.fct_training_session as session
  cross join as_of
  where
    session.status in ('completed', 'in_training')
    and not list_contains(session.violations, 'LONG_OPEN')
),

-- Most persons train once: the others alone are held against each other.
trained_again as (
  select person_key from running
  group by person_key
  having count(*) > 1
),

several as (
  select running.* from running
  semi join trained_again
    on running.person_key = trained_again.person_key
),

overlapping as (
  select
    one.person_key,
    one.enrollment_id,
    one.city_code,
    one.institution_uscc,
    one.class_id,
    one.start_date,
    one.last_date,
    one.is_counted,
    other.enrollment_id as other_enrollment_id,
    other.city_code as other_city_code,
    other.institution_uscc as other_institution_uscc,
    other.class_id as other_class_id,
    other.start_date as other_start_date,
    other.last_date as other_last_date,
    other.is_counted as other_is_counted,
    least(one.last_date, other.last_date) - greatest(one.start_date, other.start_date) + 1 as shared_days
  from several as one
  inner join several as other
    on
      one.person_key = other.person_key
      and one.enrollment_id < other.enrollment_id
      and one.start_date <= other.last_date
      and one.last_date >= other.start_date
  where
    one.class_id <> other.class_id
    or one.institution_uscc <> other.institution_uscc
)

select
  person_key,
  enrollment_id,
  other_enrollment_id,
  shared_days,
  city_code,
  other_city_code,
  institution_uscc,
  other_institution_uscc,
  class_id,
  other_class_id,
  start_date,
  last_date,
  other_start_date,
  other_last_date,
  is_counted,
  other_is_counted
from overlapping
order by
  shared_days desc,
  enrollment_id asc,
  other_enrollment_id asc
