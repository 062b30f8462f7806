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
    enrollment_id, person_key, end_date, cast(extract(year from end_date) as integer) as year, occupation_code,
    skill_level,
    coalesce(training_type = 'specialised' and class_hours < 28, false) as hours_min,
    case funding_source
        when 'employment_subsidy' then training_type = 'project' and park_code is null
        when 'special_account' then training_type <> 'project'
        else false
    end as fund_match,
    funding_source = 'unemployment_insurance' and not coalesce(receives_unemployment_insurance, false) as ui_only,
    training_type = 'project' and employer_uscc is null as project_employer,
    licensed.institution_uscc is null as licence
from {{ ref('enrollment') }} left join licensed using (institution_uscc, start_date, end_date)
where
    status = 'completed' and end_date <= date '{{ var("as_of") }}'
    and funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
