with

post_employment as (
  select * from {{ ref('int_post_employment') }}
),

-- Post-employment components that are still open: the window has not closed, nothing is proven and nothing paid yet.
due as (
  select
    cast(
      date_trunc('month', greatest(cast(end_date + interval 3 month as date), {{ as_of() }})) as date
    ) as due_month,
    cast(sum(open_sessions) as bigint) as open_sessions,
    sum(open_yuan) as high_yuan
  from post_employment
  where
    open_sessions > 0
    and employment_status in ('too_early', 'awaiting')
  group by date_trunc('month', greatest(cast(end_date + interval 3 month as date), {{ as_of() }}))
),

-- How often it came due so far, of windows that have closed: an open one shows its successes first.
closed as (
  select
    cast(
      coalesce(sum(sessions) filter (where employment_status = 'employed'), 0) as bigint
    ) as employed_sessions,
    cast(coalesce(sum(sessions), 0) as bigint) as closed_sessions
  from post_employment
  where
    employment_status in ('employed', 'not_employed')
    and cast(end_date + interval 6 month as date) < {{ as_of() }}
),

valued as (
  select
    due.due_month,
    due.open_sessions,
    cast(
      due.high_yuan * {{ wilson('closed.employed_sessions', 'closed.closed_sessions', 'low') }} as decimal(18, 2)
    ) as low_yuan,
    cast(
      due.high_yuan * closed.employed_sessions / nullif(closed.closed_sessions, 0) as decimal(18, 2)
    ) as expected_yuan,
    cast(due.high_yuan as decimal(18, 2)) as high_yuan
  from due
  cross join closed
)

select
  *,
  cast(sum(low_yuan) over so_far as decimal(18, 2)) as low_yuan_so_far,
  cast(sum(expected_yuan) over so_far as decimal(18, 2)) as expected_yuan_so_far,
  cast(sum(high_yuan) over so_far as decimal(18, 2)) as high_yuan_so_far
from valued
window so_far as (
  order by due_month asc
  rows between unbounded preceding and current row
)
