with

extract as (
  select * from {{ ref('extract') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

enrollment as (
  select * from {{ ref('stg_enrollment') }}
),

certification as (
  select * from {{ ref('stg_certification') }}
),

employment as (
  select * from {{ ref('stg_employment') }}
),

institution as (
  select * from {{ ref('stg_institution') }}
),

subsidy as (
  select * from {{ ref('stg_subsidy') }}
),

demand as (
  select * from {{ ref('stg_demand') }}
),

landed as (
  select
    extract,
    count(*) as batches,
    sum(rows_landed) as rows_landed,
    sum(rows_rejected) as rows_rejected,
    max(batch_id) as last_batch_id,
    max(landed_at) as last_landed_at
  from batch
  group by extract
),

latest as (
  select
    'enrollment' as extract,
    max(end_date) filter (where status = 'completed' and end_date <= {{ as_of() }}) as business_date
  from enrollment
  union all
  select
    'certification' as extract,
    max(issued_on) as business_date
  from certification
  union all
  select
    'employment' as extract,
    max(evidence_from) as business_date
  from employment
  union all
  select
    'institution' as extract,
    max(licence_from) filter (where licence_from <= {{ as_of() }}) as business_date
  from institution
  union all
  select
    'subsidy' as extract,
    max(paid_on) as business_date
  from subsidy
  union all
  select
    'demand' as extract,
    max(surveyed_on) as business_date
  from demand
),

-- A file of which every row was rejected brought nothing: the extract is as absent as before.
state as (
  select
    extract.extract,
    extract.name_zh,
    extract.name_en,
    extract.is_required,
    coalesce(landed.rows_landed, 0) > 0 as has_landed,
    coalesce(landed.batches, 0) as batches,
    coalesce(landed.rows_landed, 0) as rows_landed,
    coalesce(landed.rows_rejected, 0) as rows_rejected,
    landed.last_batch_id,
    landed.last_landed_at,
    latest.business_date as latest_business_date
  from extract
  left join landed
    on extract.extract = landed.extract
  left join latest
    on extract.extract = latest.extract
)

select
  extract,
  name_zh,
  name_en,
  is_required,
  has_landed,
  cast(batches as bigint) as batches,
  cast(rows_landed as bigint) as rows_landed,
  cast(rows_rejected as bigint) as rows_rejected,
  last_batch_id,
  last_landed_at,
  latest_business_date
from state
