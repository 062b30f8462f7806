with latest as (
    select distinct on (enrollment_id) *
    from raw.enrollment
    order by enrollment_id, file desc, position desc
),

key_of as (
    select person_id, {{ person_key('person_id') }} as person_key
    from (select distinct person_id from latest) as person
)

select
    enrollment_id, person_key, class_id, institution_uscc, county_code, industry_code, occupation_code, skill_level,
    training_type, programme, trainee_group, funding_source, cast(start_date as date) as start_date,
    cast(end_date as date) as end_date, cast(class_hours as integer) as class_hours, status, employer_uscc,
    cast(receives_unemployment_insurance as boolean) as receives_unemployment_insurance, park_code, project_id,
    cast(substr(person_id, 7, 4) as integer) as birth_year
from latest inner join key_of using (person_id)
