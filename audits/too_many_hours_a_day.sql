with

filed as (
  select * from marts.fct_training_session
  where
    status = 'completed'
    and end_date is not null
)

select
  institution_uscc,
  class_id,
  start_date,
  end_date,
  end_date - start_date + 1 as days,
  max(class_hours) as class_hours,
  cast(max(class_hours) / (end_date - start_date + 1) as decimal(10, 2)) as hours_a_day,
  count(*) as sessions,
  count_if(is_counted) as counted_sessions,
  list(distinct city_code order by city_code) as city_codes
from filed
group by
  institution_uscc,
  class_id,
  start_date,
  end_date
having max(class_hours) > $hours_a_day * (end_date - start_date + 1)
order by
  max(class_hours) / (end_date - start_date + 1) desc,
  institution_uscc,
  class_id asc,
  start_date asc,
  end_date asc
