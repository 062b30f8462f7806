select
    'enrollment' as extract, enrollment_id as record_key, enrollment_id, rule_code, city_code, year
from {{ ref('broken') }} inner join {{ ref('training_session') }} using (enrollment_id)
union all
select
    'certification', certificate_no, certificate.enrollment_id,
    case when session.enrollment_id is null then 'CERT_ORPHAN' else 'CERT_PERSON' end, city_code, year
from {{ ref('certification') }} as certificate
left join {{ ref('training_session') }} as session on certificate.enrollment_id = session.enrollment_id
where session.enrollment_id is null or session.person_key <> certificate.person_key
union all
select 'employment', record_id, null, 'EMPLOYMENT_ORPHAN', left(county_code, 4) || '00', null
from {{ ref('employment') }} as evidence
where not exists (
    select 1 from {{ ref('training_session') }} as session where session.person_key = evidence.person_key
)
