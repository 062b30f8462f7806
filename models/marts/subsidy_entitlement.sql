{#- The plan lets AI training be paid at most this much above its standard (四(二)). -#}
{% set ai_uplift = 1.2 %}

with

session as (
  select * from {{ ref('fct_training_session') }}
),

certification as (
  select * from {{ ref('stg_certification') }}
),

employment as (
  select * from {{ ref('stg_employment') }}
),

payment as (
  select * from {{ ref('stg_subsidy') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

project_subsidy as (
  select * from {{ ref('project_subsidy') }}
),

subsidy_standard as (
  select * from {{ ref('subsidy_standard') }}
),

counted as (
  select
    enrollment_id,
    person_key,
    funding_source,
    training_type,
    occupation_code,
    skill_level,
    city_code,
    industry_code,
    plan_year,
    end_date,
    employment_status,
    training_type = 'project' and funding_source = 'special_account' as is_plan_project,
    industry_code = 'AI' or coalesce(programme = 'ai', false) as is_ai
  from session
  where is_counted
),

-- The closest standard in force wins: a city's own before the province's, a level's before an occupation's.
closest_standard as (
  select
    counted.enrollment_id,
    cast(subsidy_standard.amount_yuan as decimal(14, 2)) as standard_yuan
  from counted
  inner join subsidy_standard
    on
      counted.training_type = subsidy_standard.training_type
      and coalesce(counted.occupation_code = subsidy_standard.occupation_code, subsidy_standard.occupation_code is null)
      and coalesce(counted.skill_level = subsidy_standard.skill_level, subsidy_standard.skill_level is null)
      and coalesce(counted.city_code = subsidy_standard.city_code, subsidy_standard.city_code is null)
      and counted.end_date >= subsidy_standard.valid_from
      and counted.end_date <= coalesce(subsidy_standard.valid_to, date '9999-12-31')
  qualify
    row_number() over (
      partition by counted.enrollment_id
      order by
        subsidy_standard.city_code is null,
        subsidy_standard.occupation_code is null,
        subsidy_standard.skill_level is null,
        subsidy_standard.valid_from desc
    ) = 1
),

-- Project training from the special account has the plan's own two components; all else has the training component,
-- at the province's standard where it has filled one in.
component as (
  select
    counted.*,
    project_subsidy.component,
    'plan' as basis,
    cast(project_subsidy.amount_yuan as decimal(14, 2)) as standard_yuan
  from counted
  cross join project_subsidy
  where counted.is_plan_project
  union all
  select
    counted.*,
    'training' as component,
    case when closest_standard.enrollment_id is null then 'not_assessed' else 'standard' end as basis,
    closest_standard.standard_yuan
  from counted
  left join closest_standard
    on counted.enrollment_id = closest_standard.enrollment_id
  where not counted.is_plan_project
),

completion as (
  select
    enrollment_id,
    min(issued_on) as issued_on,
    arg_min(certificate_no, (issued_on, certificate_no)) as certificate_no
  from certification
  where
    certificate_kind = 'project_completion'
    and result = 'pass'
  group by enrollment_id
),

-- Evidence that covers the window from three to six months after the end date, as the employment status has it.
evidence as (
  select
    counted.enrollment_id,
    arg_min(employment.record_id, (employment.evidence_from, employment.record_id)) as record_id,
    min(greatest(employment.evidence_from, cast(counted.end_date + interval 3 month as date))) as proven_on
  from counted
  inner join employment
    on
      counted.person_key = employment.person_key
      and employment.evidence_from <= cast(counted.end_date + interval 6 month as date)
      and coalesce(employment.evidence_to, date '9999-12-31') >= cast(counted.end_date + interval 3 month as date)
  where
    counted.is_plan_project
    and counted.employment_status = 'employed'
  group by counted.enrollment_id
),

matured as (
  select
    component.*,
    case
      when component.basis <> 'plan' then component.end_date
      when component.component = 'training' then completion.issued_on
      else evidence.proven_on
    end as matured_on,
    case
      when component.basis <> 'plan' then null
      when component.component = 'training' then completion.certificate_no
      else evidence.record_id
    end as proven_by
  from component
  left join completion
    on component.enrollment_id = completion.enrollment_id
  left join evidence
    on component.enrollment_id = evidence.enrollment_id
),

paid as (
  select
    enrollment_id,
    component,
    sum(amount_yuan) as paid_yuan
  from payment
  group by
    enrollment_id,
    component
),

-- While no payments have landed, nothing is known of what was paid, which is not 0.
landed as (
  select count(*) > 0 as has_landed from batch
  where extract = 'subsidy'
),

entitled as (
  select
    matured.*,
    case
      when matured.standard_yuan is null then null
      when matured.matured_on is null then 0
      else matured.standard_yuan
    end as entitled_yuan,
    case when landed.has_landed then coalesce(paid.paid_yuan, 0) end as paid_yuan
  from matured
  cross join landed
  left join paid
    on
      matured.enrollment_id = paid.enrollment_id
      and matured.component = paid.component
)

select
  enrollment_id,
  component,
  funding_source,
  training_type,
  city_code,
  industry_code,
  plan_year,
  is_ai,
  basis,
  standard_yuan,
  cast(
    case when basis = 'standard' and is_ai then standard_yuan * {{ ai_uplift }} else standard_yuan end as decimal(14, 2)
  ) as ceiling_yuan,
  matured_on,
  proven_by,
  cast(entitled_yuan as decimal(14, 2)) as entitled_yuan,
  cast(paid_yuan as decimal(14, 2)) as paid_yuan,
  cast(paid_yuan - entitled_yuan as decimal(14, 2)) as difference_yuan
from entitled
