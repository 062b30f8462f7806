with

payment as (
  select * from {{ ref('stg_subsidy') }}
),

void_enrollment as (
  select * from {{ ref('stg_void_enrollment') }}
),

paid_void as (
  select
    payment.*,
    void_enrollment.person_key,
    void_enrollment.class_id,
    void_enrollment.institution_uscc,
    void_enrollment.county_code,
    void_enrollment.voided_at
  from payment
  inner join void_enrollment
    on payment.enrollment_id = void_enrollment.enrollment_id
)

select
  payment_id,
  enrollment_id,
  person_key,
  class_id,
  institution_uscc,
  left(county_code, 4) || '00' as city_code,
  component,
  funding_source,
  amount_yuan,
  paid_on,
  payee_type,
  payee_key,
  payee_code,
  voided_at,
  paid_on >= cast(voided_at as date) as is_after_void
from paid_void
