with

payment as (
  select * from {{ ref('stg_subsidy') }}
),

session as (
  select * from {{ ref('fct_training_session') }}
),

entitlement as (
  select * from {{ ref('subsidy_entitlement') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

-- In the order in which money went out: the first payment stands, those after it are judged against it.
ordered as (
  select
    payment.*,
    first_value(payment.funding_source) over earlier as first_fund,
    row_number() over (
      partition by payment.enrollment_id, payment.component, payment.funding_source
      order by payment.paid_on, payment.payment_id
    ) as nth_of_fund,
    sum(payment.amount_yuan) over (earlier rows unbounded preceding) as paid_so_far,
    case
      when payment.funding_source = 'employment_subsidy' and payment.park_code is not null
        then
          sum(payment.amount_yuan) over (
            partition by payment.funding_source, payment.park_code, year(payment.paid_on)
            order by payment.paid_on, payment.payment_id
            rows unbounded preceding
          )
    end as park_paid_so_far
  from payment
  window earlier as (partition by payment.enrollment_id, payment.component order by payment.paid_on, payment.payment_id)
),

evaluated as (
  select
    ordered.payment_id,
    coalesce(not session.is_eligible, true) as breaks_paid_not_in_system,
    ordered.first_fund <> ordered.funding_source as breaks_double_fund,
    ordered.nth_of_fund > 1 as breaks_duplicate_payment,
    -- A training component is due once it is proven; the other's proof has a rule of its own.
    coalesce(
      ordered.paid_so_far
      > case
        when entitlement.component = 'training' and entitlement.entitled_yuan = 0 then 0
        else entitlement.ceiling_yuan
      end,
      false
    ) as breaks_overpaid,
    ordered.component = 'post_employment'
    and session.end_date is not null
    and (
      ordered.paid_on < cast(session.end_date + interval 3 month as date)
      or coalesce(session.employment_status <> 'employed', true)
    ) as breaks_early_post_employment,
    coalesce(ordered.park_paid_so_far > park_allocation.budget_yuan, false) as breaks_park_budget
  from ordered
  left join session
    on ordered.enrollment_id = session.enrollment_id
  left join entitlement
    on
      ordered.enrollment_id = entitlement.enrollment_id
      and ordered.component = entitlement.component
  left join park_allocation
    on
      ordered.park_code = park_allocation.park_code
      and year(ordered.paid_on) = park_allocation.calendar_year
)

select
  payment_id,
  breaks_paid_not_in_system,
  breaks_double_fund,
  breaks_duplicate_payment,
  breaks_overpaid,
  breaks_early_post_employment,
  breaks_park_budget
from evaluated
