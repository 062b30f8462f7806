with latest as (
    select distinct on (certificate_no) *
    from raw.certification
    order by certificate_no, file desc, position desc
),

key_of as (
    select person_id, {{ person_key('person_id') }} as person_key
    from (select distinct person_id from latest) as person
)

select
    certificate_no, enrollment_id, person_key, certificate_kind, occupation_code, skill_level, result,
    cast(issued_on as date) as issued_on, assessor_uscc
from latest inner join key_of using (person_id)
