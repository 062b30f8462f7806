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
),

employment as (
  select * from {{ ref('stg_employment') }}
  where unread_columns is not null
),

unread_value as (
  select * from {{ ref('int_unread_value') }}
),

unread_park as (
  select record_key as payment_id from unread_value
  where
    extract = 'subsidy'
    and rule_code = 'PARK_BUDGET'
),

unread_standard as (
  select distinct record_key as enrollment_id
  from unread_value
  where
    extract = 'enrollment'
    and rule_code = 'OVERPAID'
),

unread_evidence as (
  select
    employment.person_key,
    employment.evidence_from
  from employment
  inner join unread_value
    on employment.record_id = unread_value.record_key
  where
    unread_value.extract = 'employment'
    and unread_value.rule_code = 'EARLY_POST_EMPLOYMENT'
),

placed as (
  select
    payment.*,
    funding_source.is_public,
    -- What the employment subsidy pays a park's session is the park's, also where the payment leaves the park out.
    coalesce(
      payment.park_code,
      case when payment.funding_source = 'employment_subsidy' then session.park_code end
    ) as charged_park_code,
    session.enrollment_id is not null as is_known,
    coalesce(session.is_eligible, false) as is_eligible,
    session.person_key,
    session.city_code,
    session.training_type,
    session.institution_uscc,
    session.plan_year,
    -- A payment for a session that is unknown or never ended is held against the year in which it went out.
    cast(coalesce(session.plan_year, year(payment.paid_on)) as integer) as attributed_year,
    case when session.is_completed then session.end_date end as completed_on,
    session.employment_status
  from payment
  inner join funding_source
    on payment.funding_source = funding_source.funding_source
  left join session
    on payment.enrollment_id = session.enrollment_id
),

-- Evidence whose end could not be read may prove the job that a payment was for.
undecided as (
  select placed.payment_id
  from placed
  semi join unread_evidence
    on
      placed.person_key = unread_evidence.person_key
      and cast(placed.completed_on + interval 3 month as date) > unread_evidence.evidence_from
  where
    placed.component = 'post_employment'
    and placed.employment_status <> 'employed'
)

select
  placed.payment_id,
  placed.enrollment_id,
  placed.component,
  placed.funding_source,
  placed.is_public,
  placed.amount_yuan,
  placed.paid_on,
  placed.payee_type,
  placed.payee_key,
  placed.payee_code,
  placed.advanced_by_type,
  placed.advanced_by_key,
  placed.advanced_by_code,
  placed.charged_park_code as park_code,
  placed.is_known,
  placed.is_eligible,
  placed.city_code,
  placed.training_type,
  placed.institution_uscc,
  placed.plan_year,
  placed.attributed_year,
  placed.completed_on,
  placed.employment_status,
  undecided.payment_id is not null as is_job_unread,
  unread_park.payment_id is not null
  and placed.charged_park_code is null
  and placed.funding_source = 'employment_subsidy' as is_park_unread,
  unread_standard.enrollment_id is not null
  and placed.component = 'training' as is_standard_unread
from placed
left join undecided
  on placed.payment_id = undecided.payment_id
left join unread_park
  on placed.payment_id = unread_park.payment_id
left join unread_standard
  on placed.enrollment_id = unread_standard.enrollment_id
