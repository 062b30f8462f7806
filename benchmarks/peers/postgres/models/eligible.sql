{{ config(pre_hook="analyze {{ ref('session') }}") }}

with recursive higher as (
    select distinct session.enrollment_id
    from {{ ref('session') }} as session
    inner join {{ ref('certification') }} as certificate
        on
            session.person_key = certificate.person_key
            and session.occupation_code = certificate.occupation_code
            and certificate.skill_level < session.skill_level
            and certificate.issued_on <= session.end_date
    where certificate.result = 'pass'
),

several as (select person_key from {{ ref('session') }} group by person_key having count(*) > 1),

candidate as materialized (
    select session.*, higher.enrollment_id is not null as is_downgrade
    from {{ ref('session') }} as session left join higher using (enrollment_id)
    where session.person_key in (select person_key from several)
),

walked as (
    select
        enrollment_id, person_key, place, not is_downgrade as is_eligible,
        case when is_downgrade then 0 else 1 end as used,
        case when not is_downgrade then year end as last_year,
        case when is_downgrade then array[]::text[] else array[level] end as levels
    from candidate where place = 1
    union all
    select
        step.enrollment_id, step.person_key, step.place, step.is_eligible,
        step.used + cast(step.is_eligible as integer),
        case when step.is_eligible then step.year else step.last_year end,
        case when step.is_eligible then array_append(step.levels, step.level) else step.levels end
    from (
        select
            candidate.enrollment_id, candidate.person_key, candidate.place, candidate.year, candidate.level,
            walked.used, walked.last_year, walked.levels,
            not candidate.is_downgrade
            and walked.used < 3
            and walked.last_year is distinct from candidate.year
            and not coalesce(candidate.level = any(walked.levels), false) as is_eligible
        from walked inner join candidate
            on walked.person_key = candidate.person_key and candidate.place = walked.place + 1
    ) as step
)

select enrollment_id from walked where is_eligible
union all
select session.enrollment_id
from {{ ref('session') }} as session
left join several using (person_key)
left join higher using (enrollment_id)
where several.person_key is null and higher.enrollment_id is null
