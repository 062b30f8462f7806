with licensed as (
    select distinct class.institution_uscc, class.start_date, class.end_date
    from (select distinct institution_uscc, start_date, end_date from {{ ref('enrollment') }}) as class
    inner join {{ ref('institution') }} as licence
        on
            class.institution_uscc = licence.institution_uscc
            and class.start_date >= licence.licence_from
            and class.end_date <= coalesce(licence.licence_to, date '9999-12-31')
)

select
    enrollment_id, person_key, end_date, cast(extract(year from end_date) as integer) as year,
    occupation_code || '/' || skill_level as level, occupation_code, skill_level,
    row_number() over (partition by person_key order by end_date, enrollment_id) as place
from {{ ref('enrollment') }} inner join licensed using (institution_uscc, start_date, end_date)
where
    status = 'completed' and end_date <= date '{{ var("as_of") }}'
    and funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
    and not (training_type = 'specialised' and class_hours < 28)
    and case funding_source
        when 'employment_subsidy' then training_type <> 'project' or park_code is not null
        when 'special_account' then training_type = 'project'
        else true
    end
    and (funding_source <> 'unemployment_insurance' or coalesce(receives_unemployment_insurance, false))
    and (training_type <> 'project' or employer_uscc is not null)
