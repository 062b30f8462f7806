{{ config(materialized = 'sums', sums = ['sessions', 'open_sessions', 'open_yuan']) }}

with

entitlement as (
  select * from {{ altered('subsidy_entitlement') }}
),

session as (
  select * from {{ altered('fct_training_session') }}
),

-- A component is open while nothing is proven and nothing paid yet.
component as (
  select
    session.end_date,
    session.employment_status,
    entitlement.standard_yuan,
    entitlement.matured_on is null and coalesce(entitlement.paid_yuan, 0) = 0 as is_open
    {{- and_sign('session') }}
  from entitlement
  inner join session
    on
      entitlement.enrollment_id = session.enrollment_id
      and {{ same_sign('entitlement', 'session') }}
  where
    entitlement.component = 'post_employment'
    and entitlement.basis = 'plan'
)

select
  end_date,
  employment_status,
  {{ tally() }} as sessions,
  {{ tally('is_open') }} as open_sessions,
  {{ tally_sum('standard_yuan', 'is_open') }} as open_yuan
from component
group by
  end_date,
  employment_status
