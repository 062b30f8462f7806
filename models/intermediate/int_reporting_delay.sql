{{ config(materialized = 'sums', sums = ['sessions']) }}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

landed_version as (
  select * from {{ source('raw', 'enrollment') }}
),

completed_version as {{ inlined() }} (
  select
    landed_version.enrollment_id,
    cast(batch.landed_at as date) as landed_on
  from landed_version
  inner join batch
    on landed_version.batch_id = batch.batch_id
  where landed_version.status = 'completed'
),

counted as {{ inlined() }} (
  select
    enrollment_id,
    city_code,
    end_month
    {{- and_sign() }}
  from session
  where
    is_counted
    and plan_year in (select target.plan_year from target)
),

-- Who may have been sent more than once: of the few that a build of changes looks at, anybody.
corrected as (
  {% if var('since_batch', none) is not none %}
    select distinct enrollment_id from counted
  {% else %}
    select distinct landed_version.enrollment_id
    from landed_version
    semi join {{ ref('stg_superseded_row') }} as superseded_row
      on
        landed_version.batch_id = superseded_row.batch_id
        and landed_version.row_number = superseded_row.row_number
        and superseded_row.extract = 'enrollment'
  {% endif %}
),

-- Most were sent once, and there is nothing to look for.
once as (
  select
    counted.city_code,
    counted.end_month,
    completed_version.landed_on as reported_on
    {{- and_sign('counted') }}
  from counted
  inner join completed_version
    on counted.enrollment_id = completed_version.enrollment_id
  where counted.enrollment_id not in (select corrected.enrollment_id from corrected)
),

-- A completion was reported when a version first said so: corrected records were known before their correction. What
-- lands later makes no difference.
again as (
  select
    counted.city_code,
    counted.end_month,
    min(completed_version.landed_on) as reported_on
    {{- and_sign('counted') }}
  from counted
  inner join completed_version
    on counted.enrollment_id = completed_version.enrollment_id
  where counted.enrollment_id in (select corrected.enrollment_id from corrected)
  group by
    counted.enrollment_id,
    counted.city_code,
    counted.end_month
    {{- and_sign('counted') }}
),

reported as (
  select * from once
  union all
  select * from again
)

select
  city_code,
  end_month,
  reported_on,
  {{ tally() }} as sessions
from reported
group by
  city_code,
  end_month,
  reported_on
