{{ config(pre_hook="analyze {{ ref('assessed') }}") }}

with recursive session as (
    select
        enrollment_id, person_key, end_date, year, occupation_code, skill_level,
        occupation_code || '/' || skill_level as level
    from {{ ref('assessed') }}
    where not (hours_min or fund_match or ui_only or project_employer or licence)
),

higher as (
    select distinct session.enrollment_id
    from session
    inner join {{ ref('certification') }} as certificate
        on
            session.person_key = certificate.person_key
            and session.occupation_code = certificate.occupation_code
            and certificate.skill_level < session.skill_level
            and certificate.issued_on <= session.end_date
    where certificate.result = 'pass'
),

several as (select person_key from session group by person_key having count(*) > 1),

candidate as materialized (
    select
        session.enrollment_id, session.person_key, session.year, session.level,
        higher.enrollment_id is not null as downgrade,
        row_number() over (partition by person_key order by end_date, enrollment_id) as place
    from session left join higher using (enrollment_id)
    where session.person_key in (select person_key from several)
),

walked as (
    select
        enrollment_id, person_key, place, false as annual_cap, false as lifetime_cap, false as repeated, downgrade,
        case when downgrade then 0 else 1 end as used,
        case when not downgrade then year end as last_year,
        case when downgrade then array[]::text[] else array[level] end as levels
    from candidate where place = 1
    union all
    select
        enrollment_id, person_key, place, annual_cap, lifetime_cap, repeated, downgrade,
        used + cast(is_eligible as integer),
        case when is_eligible then year else last_year end,
        case when is_eligible then array_append(levels, level) else levels end
    from (
        select judged.*, not (annual_cap or lifetime_cap or repeated or downgrade) as is_eligible
        from (
            select
                candidate.*, walked.used, walked.last_year, walked.levels,
                walked.last_year is not distinct from candidate.year as annual_cap,
                walked.used >= 3 as lifetime_cap,
                coalesce(candidate.level = any(walked.levels), false) as repeated
            from walked inner join candidate
                on walked.person_key = candidate.person_key and candidate.place = walked.place + 1
        ) as judged
    ) as step
)

select enrollment_id, annual_cap, lifetime_cap, repeated as repeat, downgrade from walked
union all
select enrollment_id, false, false, false, true
from session
where
    person_key not in (select person_key from several)
    and enrollment_id in (select enrollment_id from higher)
