select
    year, end_month, city_code, industry_code, trainee_group,
    count(*) as completed_sessions,
    count(*) filter (where is_subsidised) as subsidised_sessions,
    count(*) filter (where is_counted) as counted_sessions,
    count(*) filter (where is_counted and is_priority) as priority_sessions,
    count(*) filter (where is_counted and is_certified) as certified_sessions,
    {% for status in ['employed', 'not_employed', 'awaiting', 'too_early'] %}
    count(*) filter (where is_counted and employment_status = '{{ status }}') as {{ status }}_sessions,
    {% endfor %}
    sum(class_hours) as class_hours
from {{ ref('training_session') }}
where is_completed
group by year, end_month, city_code, industry_code, trainee_group
