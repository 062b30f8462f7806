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
)

select
    enrollment.*,
    left(enrollment.county_code, 4) || '00' as city_code,
    cast(extract(year from enrollment.end_date) as integer) as year,
    enrollment.trainee_group not in ('enterprise_employee', 'other') as is_priority,
    eligible.enrollment_id is not null as is_counted,
    certificate.certified_on,
    case
        when enrollment.status <> 'completed' or enrollment.end_date > date '{{ var("as_of") }}' then null
        when enrollment.end_date + interval '3 month' > date '{{ var("as_of") }}' then 'too_early'
        when covered.enrollment_id is not null then 'employed'
        when enrollment.end_date + interval '6 month' < date '{{ var("as_of") }}' then 'not_employed'
        else 'awaiting'
    end as employment_status
from {{ ref('enrollment') }} as enrollment
left join {{ ref('eligible') }} as eligible using (enrollment_id)
left join certificate using (enrollment_id)
left join covered using (enrollment_id)
where enrollment.status <> 'void'
