with

class as (
  select * from {{ ref('int_institution_class') }}
)

select
  plan_year,
  coalesce(institution_code, 'ALL') as institution_code,
  count(distinct class_id) as classes,
  cast(sum(completed_sessions) as bigint) as completed_sessions,
  cast(sum(subsidised_sessions) as bigint) as subsidised_sessions,
  cast(sum(counted_sessions) as bigint) as counted_sessions,
  cast(sum(priority_sessions) as bigint) as priority_sessions,
  cast(sum(certified_sessions) as bigint) as certified_sessions,
  cast(sum(employed_sessions) as bigint) as employed_sessions,
  cast(sum(settled_sessions) as bigint) as settled_sessions,
  cast(sum(due_sessions) as bigint) as due_sessions
from class
group by
  plan_year,
  rollup(institution_code)
