{{ config(materialized = 'view') }}

with

session_rule as (
  select * from {{ ref('int_session_rule') }}
),

session_walk as (
  select * from {{ ref('int_session_walk') }}
),

evaluated as (
  select
    session_rule.enrollment_id,
    session_rule.breaks_hours_min,
    session_rule.breaks_fund_match,
    session_rule.breaks_ui_only,
    session_rule.breaks_project_employer,
    session_rule.breaks_licence,
    coalesce(session_walk.breaks_annual_cap, false) as breaks_annual_cap,
    coalesce(session_walk.breaks_lifetime_cap, false) as breaks_lifetime_cap,
    coalesce(session_walk.breaks_repeat, false) as breaks_repeat,
    coalesce(session_walk.breaks_downgrade, false) as breaks_downgrade,
    session_rule.leaves_open_fund_match,
    session_rule.leaves_open_ui_only,
    session_rule.leaves_open_project_employer,
    session_rule.leaves_open_licence,
    coalesce(session_walk.leaves_open_repeat, false) as leaves_open_repeat,
    coalesce(session_walk.leaves_open_downgrade, false) as leaves_open_downgrade
  from session_rule
  left join session_walk
    on session_rule.enrollment_id = session_walk.enrollment_id
)

select * from evaluated
