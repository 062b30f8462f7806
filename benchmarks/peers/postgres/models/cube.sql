select
    year, city_code, industry_code, trainee_group, count(*) as counted_sessions,
    count(*) filter (where is_priority) as priority_sessions,
    count(distinct person_key) as persons,
    count(distinct person_key) filter (where is_priority) as priority_persons
from {{ ref('training_session') }}
where is_counted
group by cube (year, city_code, industry_code, trainee_group)
