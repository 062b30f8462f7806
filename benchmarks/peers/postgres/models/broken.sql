{% for model, rules in [
    ('assessed', ['hours_min', 'fund_match', 'ui_only', 'project_employer', 'licence']),
    ('walked', ['annual_cap', 'lifetime_cap', 'repeat', 'downgrade'])
] %}
{% for rule in rules %}
select enrollment_id, '{{ rule | upper }}' as rule_code from {{ ref(model) }} where {{ rule }}
union all
{% endfor %}
{% endfor %}
select enrollment_id, 'AGE' as rule_code
from {{ ref('enrollment') }}
where status <> 'void' and extract(year from start_date) - birth_year < 16
union all
select enrollment_id, 'LONG_OPEN' as rule_code
from {{ ref('enrollment') }}
where status in ('enrolled', 'in_training') and start_date < date '{{ var("as_of") }}' - 365
