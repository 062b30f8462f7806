with

record as (
  select * from {{ ref('stg_enrollment') }}
),

touched_record as (
  select record_key from {{ ref('int_touched_record') }}
  where extract = 'enrollment'
)

select
  record.enrollment_id,
  record.person_key,
  record.class_id,
  record.institution_uscc,
  record.county_code,
  record.industry_code,
  record.occupation_code,
  record.occupation_name,
  record.skill_level,
  record.training_type,
  record.programme,
  record.trainee_group,
  record.funding_source,
  record.employer_uscc,
  record.park_code,
  record.project_id,
  record.brand_name,
  record.status,
  record.birth_year,
  record.sex,
  record.origin_region,
  record.class_hours,
  record.receives_unemployment_insurance,
  record.start_date,
  record.end_date,
  record.unread_columns,
  record.batch_id,
  record.row_number
from record
semi join touched_record
  on record.enrollment_id = touched_record.record_key
