with

refused_row as (
  select * from {{ ref('refused_row') }}
),

reason as (
  select * from {{ ref('reason') }}
),

cause as (
  select
    extract,
    coalesce(city_code, 'NONE') as city_code,
    column_name,
    reason_code,
    count(*) as faults,
    count(distinct cast(batch_id as string) || '/' || cast(row_number as string)) as refused_rows,
    count(
      distinct case when is_open then cast(batch_id as string) || '/' || cast(row_number as string) end
    ) as open_rows,
    count(distinct batch_id) as files,
    max(landed_at) as last_landed_at
  from refused_row
  group by
    extract,
    coalesce(city_code, 'NONE'),
    column_name,
    reason_code
)

select
  cause.extract,
  nullif(cause.city_code, 'NONE') as city_code,
  cause.column_name,
  cause.reason_code,
  reason.message_zh,
  reason.message_en,
  cast(cause.faults as bigint) as faults,
  cast(cause.refused_rows as bigint) as refused_rows,
  cast(cause.open_rows as bigint) as open_rows,
  cast(cause.files as bigint) as files,
  cause.last_landed_at
from cause
left join reason
  on cause.reason_code = reason.reason_code
