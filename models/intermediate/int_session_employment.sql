{{ config(materialized = 'view') }}

with

enrollment as {{ inlined() }} (
  select * from {{ current('enrollment') }}
),

employment as (
  select * from {{ current('employment') }}
),

-- Calendar months, clipped to the month's last day: 31 August + 6 months is the last day of February.
completed as {{ inlined() }} (
  select
    enrollment_id,
    person_key,
    cast(end_date + interval 3 month as date) as window_start,
    cast(end_date + interval 6 month as date) as window_end
  from enrollment
  where
    status = 'completed'
    and end_date <= {{ as_of() }}
),

covered as (
  select completed.enrollment_id
  from completed
  semi join employment
    on
      completed.person_key = employment.person_key
      and completed.window_end >= employment.evidence_from
      and completed.window_start <= coalesce(employment.evidence_to, date '9999-12-31')
  where completed.window_start <= {{ as_of() }}
),

outcome as (
  select
    completed.enrollment_id,
    case
      when completed.window_start > {{ as_of() }} then 'too_early'
      when covered.enrollment_id is not null then 'employed'
      when completed.window_end < {{ as_of() }} then 'not_employed'
      else 'awaiting'
    end as employment_status
  from completed
  left join covered
    on completed.enrollment_id = covered.enrollment_id
)

select
  enrollment_id,
  employment_status
from outcome
