with

entitlement as (
  select * from {{ ref('subsidy_entitlement') }}
),

session as (
  select * from {{ ref('fct_training_session') }}
),

component as (
  select
    entitlement.enrollment_id,
    entitlement.standard_yuan,
    entitlement.matured_on,
    entitlement.paid_yuan,
    session.end_date,
    session.employment_status
  from entitlement
  inner join session
    on entitlement.enrollment_id = session.enrollment_id
  where
    entitlement.component = 'post_employment'
    and entitlement.basis = 'plan'
),

-- Post-employment components that are still open: the window has not closed, nothing is proven and nothing paid yet.
open_component as (
  select
    enrollment_id,
    standard_yuan,
    date_trunc('month', greatest(cast(end_date + interval 3 month as date), {{ as_of() }})) as due_month
  from component
  where
    matured_on is null
    and coalesce(paid_yuan, 0) = 0
    and employment_status in ('too_early', 'awaiting')
),

-- How often it came due so far, of windows that have closed: an open one shows its successes first.
closed as (
  select
    count_if(employment_status = 'employed') as employed_sessions,
    count(*) as closed_sessions
  from component
  where
    employment_status in ('employed', 'not_employed')
    and cast(end_date + interval 6 month as date) < {{ as_of() }}
),

due as (
  select
    cast(due_month as date) as due_month,
    count(*) as open_sessions,
    sum(standard_yuan) as high_yuan
  from open_component
  group by due_month
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
