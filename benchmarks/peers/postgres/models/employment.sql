with latest as (
    select distinct on (record_id) *
    from raw.employment
    order by record_id, file desc, position desc
),

key_of as (
    select person_id, {{ person_key('person_id') }} as person_key
    from (select distinct person_id from latest) as person
)

select
    record_id, person_key, employer_uscc, evidence_type, cast(evidence_from as date) as evidence_from,
    cast(evidence_to as date) as evidence_to, county_code, industry_code
from latest inner join key_of using (person_id)
