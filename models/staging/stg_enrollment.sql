with

enrollment as (
  select * from {{ source('raw', 'enrollment') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'enrollment'
),

current_record as (
  select
    enrollment.enrollment_id,
    enrollment.person_key,
    enrollment.class_id,
    enrollment.institution_uscc,
    enrollment.county_code,
    enrollment.industry_code,
    enrollment.occupation_code,
    enrollment.occupation_name,
    enrollment.skill_level,
    enrollment.training_type,
    enrollment.programme,
    enrollment.trainee_group,
    enrollment.funding_source,
    enrollment.employer_uscc,
    enrollment.park_code,
    enrollment.project_id,
    enrollment.brand_name,
    enrollment.status,
    enrollment.birth_year,
    enrollment.sex,
    enrollment.origin_region,
    enrollment.class_hours,
    enrollment.receives_unemployment_insurance,
    enrollment.start_date,
    enrollment.end_date,
    enrollment.unread_columns,
    enrollment.batch_id,
    enrollment.row_number
  from enrollment
  semi join visible_batch
    on enrollment.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      enrollment.batch_id = superseded_row.batch_id
      and enrollment.row_number = superseded_row.row_number
  where enrollment.status <> 'void'
)

select * from current_record
