with certificate as (
    select enrollment_id, min(issued_on) as certified_on
    from {{ ref('certification') }}
    where result = 'pass' and issued_on <= date '{{ var("as_of") }}'
    group by enrollment_id
),

covered as (
    select distinct enrollment.enrollment_id
    from {{ ref('enrollment') }} as enrollment
    inner join {{ ref('employment') }} as employment
        on
            enrollment.person_key = employment.person_key
            and employment.evidence_from <= enrollment.end_date + interval '6 month'
            and coalesce(employment.evidence_to, date '9999-12-31') >= enrollment.end_date + interval '3 month'
    where
        enrollment.status = 'completed' and enrollment.end_date + interval '3 month' <= date '{{ var("as_of") }}'
        and employment.evidence_from <= date '{{ var("as_of") }}'
),

violated as (
    select
        enrollment_id, array_agg(rule_code order by rule_code) as violations,
        bool_or(rule_code not in ('AGE', 'LONG_OPEN')) as is_barred
    from {{ ref('broken') }}
    group by enrollment_id
),

flagged as (
    select
        enrollment.*,
        funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
            as is_subsidised,
        coalesce(status = 'completed' and end_date <= date '{{ var("as_of") }}', false) as is_completed
    from {{ ref('enrollment') }} as enrollment
    where status <> 'void'
)

select
    enrollment_id, person_key, class_id, institution_uscc, left(county_code, 4) || '00' as city_code, county_code,
    industry_code, occupation_code, skill_level, training_type, programme, trainee_group,
    trainee_group not in ('enterprise_employee', 'other') as is_priority,
    funding_source, park_code, project_id, start_date, end_date,
    case when is_completed then cast(date_trunc('month', end_date) as date) end as end_month,
    case when is_completed then cast(extract(year from end_date) as integer) end as year,
    class_hours, status, is_subsidised, is_completed,
    is_completed and is_subsidised and not coalesce(is_barred, false) as is_counted,
    coalesce(violations, array[]::text[]) as violations,
    certified_on is not null as is_certified, certified_on,
    case
        when not is_completed then null
        when end_date + interval '3 month' > date '{{ var("as_of") }}' then 'too_early'
        when covered.enrollment_id is not null then 'employed'
        when end_date + interval '6 month' < date '{{ var("as_of") }}' then 'not_employed'
        else 'awaiting'
    end as employment_status
from flagged
left join violated using (enrollment_id)
left join certificate using (enrollment_id)
left join covered using (enrollment_id)
