with

filed as (
  select * from marts.fct_training_session
  where status in ('enrolled', 'in_training', 'completed')
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
from filed
group by
  person_key,
  institution_uscc,
  class_id
having count(*) > 1
order by
  count(*) desc,
  institution_uscc,
  class_id asc,
  person_key asc
