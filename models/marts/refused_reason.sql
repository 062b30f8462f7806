with

refused_row as (
  select * from {{ ref('refused_row') }}
),

reason as (
  select * from {{ ref('reason') }}
),

-- A file of several cities, or of none that can be told, is in ALL only.
in_scope as (
  select
    city_code as scope_code,
    batch_id,
    row_number,
    reason_code,
    is_open
  from refused_row
  where city_code is not null
  union all
  select
    'ALL' as scope_code,
    batch_id,
    row_number,
    reason_code,
    is_open
  from refused_row
),

counted as (
  select
    scope_code,
    reason_code,
    count(*) as faults,
    count(distinct cast(batch_id as string) || '/' || cast(row_number as string)) as refused_rows,
    count(
      distinct case when is_open then cast(batch_id as string) || '/' || cast(row_number as string) end
    ) as open_rows,
    count(distinct batch_id) as files
  from in_scope
  group by
    scope_code,
    reason_code
)

select
  counted.scope_code as city_code,
  counted.reason_code,
  reason.message_zh,
  reason.message_en,
  cast(counted.faults as bigint) as faults,
  cast(counted.refused_rows as bigint) as refused_rows,
  cast(counted.open_rows as bigint) as open_rows,
  cast(counted.files as bigint) as files,
  counted.faults / sum(counted.faults) over (partition by counted.scope_code) as share_of_faults
from counted
left join reason
  on counted.reason_code = reason.reason_code
