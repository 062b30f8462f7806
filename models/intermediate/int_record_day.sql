{{ config(materialized = 'sums', sums = ['records']) }}

with

session as {{ inlined() }} (
  select * from {{ altered('fct_training_session') }}
),

certification as (
  select * from {{ altered('fct_certification') }}
),

employment as (
  select * from {{ altered('fct_employment') }}
),

payment as (
  select * from {{ altered('fct_subsidy') }}
),

dated as (
  select
    'enrollment' as extract,
    city_code,
    case when is_completed then end_date else start_date end as told_of
    {{- and_sign() }}
  from session
  union all
  select
    'certification' as extract,
    session.city_code,
    certification.issued_on as told_of
    {{- and_sign('session') }}
  from certification
  inner join session
    on
      certification.enrollment_id = session.enrollment_id
      and {{ same_sign('certification', 'session') }}
  union all
  select
    'employment' as extract,
    city_code,
    evidence_from as told_of
    {{- and_sign() }}
  from employment
  union all
  select
    'subsidy' as extract,
    city_code,
    paid_on as told_of
    {{- and_sign() }}
  from payment
)

select
  extract,
  city_code,
  told_of,
  {{ tally() }} as records
from dated
group by
  extract,
  city_code,
  told_of
