{{ config(materialized = 'kept', touched = {'extract': 'subsidy', 'column': 'payment_id'}) }}

with

payment as (
  select * from {{ current('subsidy') }}
),

session as (
  select * from {{ ref('fct_training_session') }}
),

funding_source as (
  select * from {{ ref('funding_source') }}
)

-- What the employment subsidy pays a park's session is the park's, also where the payment leaves the park out.
-- A payment for a session that is unknown or never ended is held against the year in which it went out.
select
  payment.payment_id,
  payment.enrollment_id,
  payment.component,
  payment.funding_source,
  funding_source.is_public,
  payment.amount_yuan,
  payment.paid_on,
  payment.payee_type,
  payment.payee_key,
  payment.payee_code,
  coalesce(
    payment.park_code,
    case when payment.funding_source = 'employment_subsidy' then session.park_code end
  ) as park_code,
  session.enrollment_id is not null as is_known,
  coalesce(session.is_eligible, false) as is_eligible,
  session.city_code,
  session.training_type,
  session.institution_uscc,
  session.plan_year,
  cast(coalesce(session.plan_year, year(payment.paid_on)) as integer) as attributed_year,
  case when session.is_completed then session.end_date end as completed_on,
  session.employment_status
from payment
inner join funding_source
  on payment.funding_source = funding_source.funding_source
left join session
  on payment.enrollment_id = session.enrollment_id
