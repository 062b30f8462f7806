with

payment as (
  select * from {{ ref('int_payment') }}
),

entitlement as (
  select * from {{ ref('subsidy_entitlement') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

-- A payment that was cancelled is sent again with 0 yuan, and an enterprise's own money is no subsidy (五(四)): no rule
-- is asked of either.
subsidy as (
  select
    payment_id,
    enrollment_id,
    component,
    funding_source,
    amount_yuan,
    paid_on,
    park_code
  from payment
  where
    amount_yuan > 0
    and is_public
),

-- In the order in which money went out: the first payment stands, those after it are judged against it.
ordered as (
  select
    subsidy.*,
    first_value(subsidy.funding_source) over earlier as first_fund,
    row_number() over (
      partition by subsidy.enrollment_id, subsidy.component, subsidy.funding_source
      order by subsidy.paid_on, subsidy.payment_id
    ) as nth_of_fund,
    sum(subsidy.amount_yuan) over (earlier rows unbounded preceding) as paid_so_far,
    case
      when subsidy.funding_source = 'employment_subsidy' and subsidy.park_code is not null
        then
          sum(subsidy.amount_yuan) over (
            partition by subsidy.funding_source, subsidy.park_code, year(subsidy.paid_on)
            order by subsidy.paid_on, subsidy.payment_id
            rows unbounded preceding
          )
    end as park_paid_so_far
  from subsidy
  window earlier as (partition by subsidy.enrollment_id, subsidy.component order by subsidy.paid_on, subsidy.payment_id)
),

judged as (
  select
    ordered.payment_id,
    ordered.first_fund <> ordered.funding_source as is_double,
    ordered.nth_of_fund > 1 as is_duplicate,
    -- A training component is due once it is proven; the other's proof has a rule of its own.
    coalesce(
      ordered.paid_so_far
      > case
        when entitlement.component = 'training' and entitlement.entitled_yuan = 0 then 0
        else entitlement.ceiling_yuan
      end,
      false
    ) as is_overpaid,
    coalesce(ordered.park_paid_so_far > park_allocation.budget_yuan, false) as is_past_budget,
    entitlement.ceiling_yuan is not null as has_ceiling,
    ordered.park_paid_so_far is not null and park_allocation.budget_yuan is not null as has_budget
  from ordered
  left join entitlement
    on
      ordered.enrollment_id = entitlement.enrollment_id
      and ordered.component = entitlement.component
  left join park_allocation
    on
      ordered.park_code = park_allocation.park_code
      and year(ordered.paid_on) = park_allocation.calendar_year
),

evaluated as (
  select
    payment.payment_id,
    judged.payment_id is not null as asks_subsidy,
    coalesce(judged.has_ceiling, false) as asks_overpaid,
    judged.payment_id is not null
    and payment.component = 'post_employment'
    and payment.is_known as asks_early_post_employment,
    coalesce(judged.has_budget, false) as asks_park_budget,
    judged.payment_id is not null and not payment.is_eligible as breaks_paid_not_in_system,
    coalesce(judged.is_double, false) as breaks_double_fund,
    coalesce(judged.is_duplicate, false) as breaks_duplicate_payment,
    coalesce(judged.is_overpaid, false) as breaks_overpaid,
    judged.payment_id is not null
    and payment.component = 'post_employment'
    and payment.is_known
    and (
      coalesce(payment.paid_on < cast(payment.completed_on + interval 3 month as date), true)
      or coalesce(payment.employment_status <> 'employed', true)
    ) as breaks_early_post_employment,
    coalesce(judged.is_past_budget, false) as breaks_park_budget
  from payment
  left join judged
    on payment.payment_id = judged.payment_id
)

select
  payment_id,
  asks_subsidy,
  asks_overpaid,
  asks_early_post_employment,
  asks_park_budget,
  breaks_paid_not_in_system,
  breaks_double_fund,
  breaks_duplicate_payment,
  breaks_overpaid,
  breaks_early_post_employment,
  breaks_park_budget
from evaluated
