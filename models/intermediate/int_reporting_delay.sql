with

session as (
  select * from {{ ref('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

enrollment as (
  select * from {{ ref('stg_enrollment') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

superseded_row as (
  select * from {{ ref('stg_superseded_row') }}
),

landed_version as (
  select * from {{ source('raw', 'enrollment') }}
),

counted as (
  select
    enrollment_id,
    city_code,
    end_month
  from session
  where
    is_counted
    and plan_year in (select target.plan_year from target)
),

-- A completion was reported when a version first said so: corrected records were known before their correction.
earlier_version as (
  select
    landed_version.enrollment_id,
    min(batch.landed_at) as landed_at
  from landed_version
  semi join superseded_row
    on
      landed_version.batch_id = superseded_row.batch_id
      and landed_version.row_number = superseded_row.row_number
      and superseded_row.extract = 'enrollment'
  inner join batch
    on landed_version.batch_id = batch.batch_id
  where landed_version.status = 'completed'
  group by landed_version.enrollment_id
),

reported as (
  select
    counted.city_code,
    counted.end_month,
    cast(least(batch.landed_at, coalesce(earlier_version.landed_at, batch.landed_at)) as date) as reported_on
  from counted
  inner join enrollment
    on counted.enrollment_id = enrollment.enrollment_id
  inner join batch
    on enrollment.batch_id = batch.batch_id
  left join earlier_version
    on counted.enrollment_id = earlier_version.enrollment_id
)

select
  city_code,
  end_month,
  reported_on,
  count(*) as sessions
from reported
group by
  city_code,
  end_month,
  reported_on
