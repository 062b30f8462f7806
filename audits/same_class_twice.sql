with

filed as (
  select * from marts.fct_training_session
  where status in ('enrolled', 'in_training', 'completed')
),

-- Few enrolments are one of two: their numbers alone are gathered.
filed_again as (
  select
    person_key,
    institution_uscc,
    class_id
  from filed
  group by
    person_key,
    institution_uscc,
    class_id
  having count(*) > 1
),

repeated as (
  select filed.* from filed
  semi join filed_again
    on
      filed.person_key = filed_again.person_key
      and filed.institution_uscc = filed_again.institution_uscc
      and filed.class_id = filed_again.class_id
)

select
  person_key,
  institution_uscc,
  class_id,
  count(*) as sessions,
  count_if(is_counted) as counted_sessions,
  min(start_date) as start_date,
  max(end_date) as end_date,
  list(distinct city_code order by city_code) as city_codes,
  list(enrollment_id order by enrollment_id) as enrollment_ids
from repeated
group by
  person_key,
  institution_uscc,
  class_id
order by
  count(*) desc,
  institution_uscc asc,
  class_id asc,
  person_key asc
