{{ config(materialized = 'kept', touched = {'extract': 'subsidy', 'column': 'payment_id'}) }}

with

payment as (
  select * from {{ ref('int_payment') }}
),

touched_payment as (
  select * from {{ touched('int_payment') }}
),

entitlement as (
  select * from {{ ref('subsidy_entitlement') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

-- A payment that was cancelled is sent again with 0 yuan, and an enterprise's own money is no subsidy (五(四)): no rule
-- is asked of either.
asked as (
  select
    *,
    amount_yuan > 0 and is_public as asks_subsidy
  from touched_payment
),

-- Most components are paid once, and there is nothing to put in order.
paid_again as (
  select
    enrollment_id,
    component
  from asked
  where asks_subsidy
  group by
    enrollment_id,
    component
  having count(*) > 1
),

-- In the order in which money went out: the first payment stands, those after it are judged against it.
ordered as (
  select
    asked.payment_id,
    first_value(asked.funding_source) over so_far as first_fund,
    row_number() over (
      partition by asked.enrollment_id, asked.component, asked.funding_source
      order by asked.paid_on, asked.payment_id
    ) as nth_of_fund,
    sum(asked.amount_yuan) over so_far as paid_so_far
  from asked
  semi join paid_again
    on
      asked.enrollment_id = paid_again.enrollment_id
      and asked.component = paid_again.component
  where asked.asks_subsidy
  window so_far as (
    partition by asked.enrollment_id, asked.component
    order by asked.paid_on asc, asked.payment_id asc
    rows between unbounded preceding and current row
  )
),

of_park as (
  select
    payment_id,
    park_code,
    year(paid_on) as calendar_year,
    sum(amount_yuan) over (
      partition by park_code, year(paid_on) order by paid_on, payment_id rows unbounded preceding
    ) as park_paid_so_far
  from payment
  where
    amount_yuan > 0
    and is_public
    and funding_source = 'employment_subsidy'
    and park_code is not null
),

held_against_budget as (
  select
    of_park.payment_id,
    of_park.park_paid_so_far > park_allocation.budget_yuan as is_past_budget
  from of_park
  inner join park_allocation
    on
      of_park.park_code = park_allocation.park_code
      and of_park.calendar_year = park_allocation.calendar_year
  where park_allocation.budget_yuan is not null
),

judged as (
  select
    asked.*,
    coalesce(ordered.first_fund <> asked.funding_source, false) as is_double,
    coalesce(ordered.nth_of_fund > 1, false) as is_duplicate,
    -- A training component is due once it is proven; the other's proof has a rule of its own.
    asked.asks_subsidy
    and coalesce(
      coalesce(ordered.paid_so_far, asked.amount_yuan)
      > case
        when entitlement.component = 'training' and entitlement.entitled_yuan = 0 then 0
        else entitlement.ceiling_yuan
      end,
      false
    ) as is_overpaid,
    asked.asks_subsidy and entitlement.ceiling_yuan is not null as has_ceiling,
    coalesce(held_against_budget.is_past_budget, false) as is_past_budget,
    held_against_budget.payment_id is not null as has_budget,
    asked.asks_subsidy and asked.component = 'post_employment' and asked.is_known as asks_early_post_employment
  from asked
  left join ordered
    on asked.payment_id = ordered.payment_id
  left join entitlement
    on
      asked.enrollment_id = entitlement.enrollment_id
      and asked.component = entitlement.component
  left join held_against_budget
    on asked.payment_id = held_against_budget.payment_id
),

evaluated as (
  select
    *,
    asks_subsidy and not is_eligible as breaks_paid_not_in_system,
    is_double as breaks_double_fund,
    is_duplicate as breaks_duplicate_payment,
    is_overpaid as breaks_overpaid,
    coalesce(paid_on < cast(completed_on + interval 3 month as date), true) as is_early,
    coalesce(employment_status <> 'employed', true) as is_unproven,
    is_past_budget as breaks_park_budget
  from judged
),

decided as (
  select
    *,
    asks_early_post_employment and (is_early or (is_unproven and not is_job_unread)) as breaks_early_post_employment,
    asks_early_post_employment and not is_early and is_unproven and is_job_unread as leaves_open_early_post_employment,
    asks_subsidy and is_standard_unread and not has_ceiling as leaves_open_overpaid,
    asks_subsidy and is_park_unread as leaves_open_park_budget
  from evaluated
)

select
  payment_id,
  enrollment_id,
  attributed_year,
  city_code,
  institution_uscc,
  asks_subsidy,
  has_ceiling as asks_overpaid,
  asks_early_post_employment and not leaves_open_early_post_employment as asks_early_post_employment,
  has_budget as asks_park_budget,
  breaks_paid_not_in_system,
  breaks_double_fund,
  breaks_duplicate_payment,
  breaks_overpaid,
  breaks_early_post_employment,
  breaks_park_budget,
  leaves_open_overpaid,
  leaves_open_early_post_employment,
  leaves_open_park_budget
from decided
