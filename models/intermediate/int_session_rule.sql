with

enrollment as {{ inlined() }} (
  select * from {{ current('enrollment') }}
),

funding_source as (
  select * from {{ ref('funding_source') }}
),

fund_training_type as (
  select * from {{ ref('fund_training_type') }}
),

institution as (
  select * from {{ ref('stg_institution') }}
),

public_fund as (
  select funding_source from funding_source
  where is_public
),

completed_subsidised as {{ inlined() }} (
  select
    enrollment_id,
    person_key,
    institution_uscc,
    training_type,
    funding_source,
    occupation_code,
    skill_level,
    park_code,
    employer_uscc,
    receives_unemployment_insurance,
    class_hours,
    start_date,
    end_date
  from enrollment
  where
    status = 'completed'
    and end_date <= {{ as_of() }}
    and funding_source in (select public_fund.funding_source from public_fund)
),

-- A class repeats its institution and dates for every trainee: each combination is held against the register once.
class_period as (
  select distinct
    institution_uscc,
    start_date,
    end_date
  from completed_subsidised
),

licensed_period as (
  select class_period.*
  from class_period
  semi join institution
    on
      class_period.institution_uscc = institution.institution_uscc
      and class_period.start_date >= institution.licence_from
      and class_period.end_date <= coalesce(institution.licence_to, date '9999-12-31')
),

-- While no register has landed, nobody's licence is in doubt: LICENCE is not assessed.
unlicensed_period as (
  select class_period.*
  from class_period
  anti join licensed_period
    on
      class_period.institution_uscc = licensed_period.institution_uscc
      and class_period.start_date = licensed_period.start_date
      and class_period.end_date = licensed_period.end_date
  where exists (select institution.institution_uscc from institution)
),

evaluated as (
  select
    session.enrollment_id,
    session.person_key,
    session.occupation_code,
    session.skill_level,
    session.end_date,
    coalesce(session.training_type = 'specialised' and session.class_hours < 28, false) as breaks_hours_min,
    fund_training_type.funding_source is null
    or (
      session.funding_source = 'employment_subsidy'
      and session.training_type = 'project'
      and session.park_code is null
    ) as breaks_fund_match,
    session.funding_source = 'unemployment_insurance'
    and coalesce(not session.receives_unemployment_insurance, true) as breaks_ui_only,
    session.training_type = 'project' and session.employer_uscc is null as breaks_project_employer,
    unlicensed_period.institution_uscc is not null as breaks_licence
  from completed_subsidised as session
  left join fund_training_type
    on
      session.funding_source = fund_training_type.funding_source
      and session.training_type = fund_training_type.training_type
  left join unlicensed_period
    on
      session.institution_uscc = unlicensed_period.institution_uscc
      and session.start_date = unlicensed_period.start_date
      and session.end_date = unlicensed_period.end_date
)

select
  enrollment_id,
  person_key,
  occupation_code,
  skill_level,
  end_date,
  breaks_hours_min,
  breaks_fund_match,
  breaks_ui_only,
  breaks_project_employer,
  breaks_licence,
  not breaks_hours_min
  and not breaks_fund_match
  and not breaks_ui_only
  and not breaks_project_employer
  and not breaks_licence as is_walked
from evaluated
