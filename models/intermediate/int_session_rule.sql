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

unread_value as (
  select * from {{ ref('int_unread_value') }}
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
    occupation_name,
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

-- A value that a rule needs and that could not be read leaves the rule open for its session.
unread_session as (
  select
    record_key as enrollment_id,
    bool_or(rule_code = 'FUND_MATCH') as is_park_unread,
    bool_or(rule_code = 'UI_ONLY') as is_insurance_unread,
    bool_or(rule_code = 'PROJECT_EMPLOYER') as is_employer_unread
  from unread_value
  where extract = 'enrollment'
  group by record_key
),

unread_end as (
  select
    batch_id,
    row_number
  from unread_value
  where
    extract = 'institution'
    and rule_code = 'LICENCE'
),

licence_period as (
  select
    institution.institution_uscc,
    institution.licence_from,
    coalesce(institution.licence_to, date '9999-12-31') as licence_to,
    unread_end.batch_id is not null as is_end_unread
  from institution
  left join unread_end
    on
      institution.batch_id = unread_end.batch_id
      and institution.row_number = unread_end.row_number
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
  semi join licence_period
    on
      class_period.institution_uscc = licence_period.institution_uscc
      and class_period.start_date >= licence_period.licence_from
      and class_period.end_date <= licence_period.licence_to
      and not licence_period.is_end_unread
),

-- Whether a licence whose end could not be read covers the class cannot be told.
doubtful_period as (
  select class_period.*
  from class_period
  semi join licence_period
    on
      class_period.institution_uscc = licence_period.institution_uscc
      and class_period.start_date >= licence_period.licence_from
      and licence_period.is_end_unread
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

unproven_period as (
  select
    unlicensed_period.*,
    doubtful_period.institution_uscc is not null as is_doubtful
  from unlicensed_period
  left join doubtful_period
    on
      unlicensed_period.institution_uscc = doubtful_period.institution_uscc
      and unlicensed_period.start_date = doubtful_period.start_date
      and unlicensed_period.end_date = doubtful_period.end_date
),

evaluated as (
  select
    session.enrollment_id,
    session.person_key,
    session.occupation_code,
    session.occupation_name,
    session.skill_level,
    session.end_date,
    coalesce(session.training_type = 'specialised' and session.class_hours < 28, false) as breaks_hours_min,
    fund_training_type.funding_source is null as is_pair_refused,
    session.funding_source = 'employment_subsidy'
    and session.training_type = 'project'
    and session.park_code is null as lacks_park,
    session.funding_source = 'unemployment_insurance'
    and coalesce(not session.receives_unemployment_insurance, true) as lacks_insurance,
    session.training_type = 'project' and session.employer_uscc is null as lacks_employer,
    unproven_period.institution_uscc is not null as lacks_licence,
    coalesce(unread_session.is_park_unread, false) as is_park_unread,
    coalesce(unread_session.is_insurance_unread, false) as is_insurance_unread,
    coalesce(unread_session.is_employer_unread, false) as is_employer_unread,
    coalesce(unproven_period.is_doubtful, false) as is_licence_unread
  from completed_subsidised as session
  left join fund_training_type
    on
      session.funding_source = fund_training_type.funding_source
      and session.training_type = fund_training_type.training_type
  left join unproven_period
    on
      session.institution_uscc = unproven_period.institution_uscc
      and session.start_date = unproven_period.start_date
      and session.end_date = unproven_period.end_date
  left join unread_session
    on session.enrollment_id = unread_session.enrollment_id
),

decided as (
  select
    *,
    is_pair_refused or (lacks_park and not is_park_unread) as breaks_fund_match,
    lacks_insurance and not is_insurance_unread as breaks_ui_only,
    lacks_employer and not is_employer_unread as breaks_project_employer,
    lacks_licence and not is_licence_unread as breaks_licence
  from evaluated
)

select
  enrollment_id,
  person_key,
  occupation_code,
  occupation_name,
  skill_level,
  end_date,
  breaks_hours_min,
  breaks_fund_match,
  breaks_ui_only,
  breaks_project_employer,
  breaks_licence,
  not is_pair_refused and lacks_park and is_park_unread as leaves_open_fund_match,
  lacks_insurance and is_insurance_unread as leaves_open_ui_only,
  lacks_employer and is_employer_unread as leaves_open_project_employer,
  lacks_licence and is_licence_unread as leaves_open_licence,
  not breaks_hours_min
  and not breaks_fund_match
  and not breaks_ui_only
  and not breaks_project_employer
  and not breaks_licence as is_walked
from decided
