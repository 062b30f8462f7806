{{ config(materialized = 'view') }}

with

enrollment as {{ inlined() }} (
  select * from {{ current('enrollment') }}
),

employment as {{ inlined() }} (
  select * from {{ current('employment') }}
),

-- Calendar months, clipped to the month's last day: 31 August + 6 months is the last day of February.
session as {{ inlined() }} (
  select
    *,
    status = 'completed' and end_date <= {{ as_of() }} as is_completed,
    cast(end_date + interval 3 month as date) as window_start,
    cast(end_date + interval 6 month as date) as window_end
  from enrollment
),

covered as (
  select session.enrollment_id
  from session
  semi join employment
    on
      session.person_key = employment.person_key
      and session.window_end >= employment.evidence_from
      and session.window_start <= {{ proven_until() }}
  where
    session.is_completed
    and session.window_start <= {{ as_of() }}
),

unread_evidence as (
  select
    employment.person_key,
    employment.evidence_from
  from employment
  where
    employment.unread_columns is not null
    and {{ is_unread('employment', 'evidence_to') }}
),

-- Evidence whose end could not be read proves its first day. Whether it lasted into the window nobody can tell: that is
-- no proof of a job, nor of none, so the session waits for the evidence to be corrected.
undecided as (
  select session.enrollment_id
  from session
  semi join unread_evidence
    on
      session.person_key = unread_evidence.person_key
      and session.window_start > unread_evidence.evidence_from
  where
    session.is_completed
    and session.window_start <= {{ as_of() }}
),

-- The window is the session's own, so its row is not looked up again: only who was employed is.
outcome as (
  select
    session.*,
    case
      when not coalesce(session.is_completed, false) then null
      when session.window_start > {{ as_of() }} then 'too_early'
      when covered.enrollment_id is not null then 'employed'
      when session.window_end < {{ as_of() }} and undecided.enrollment_id is null then 'not_employed'
      else 'awaiting'
    end as employment_status
  from session
  left join covered
    on session.enrollment_id = covered.enrollment_id
  left join undecided
    on session.enrollment_id = undecided.enrollment_id
)

select
  enrollment_id,
  person_key,
  class_id,
  institution_uscc,
  county_code,
  industry_code,
  occupation_code,
  occupation_name,
  skill_level,
  training_type,
  programme,
  trainee_group,
  funding_source,
  park_code,
  project_id,
  brand_name,
  status,
  class_hours,
  start_date,
  end_date,
  is_completed,
  employment_status
from outcome
