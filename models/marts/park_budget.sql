with

park as (
  select * from {{ ref('park') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

payment as (
  select * from {{ ref('int_payment') }}
),

extract_state as (
  select * from {{ ref('extract_state') }}
),

paid as (
  select
    park_code,
    year(paid_on) as calendar_year,
    count(*) as payments,
    sum(amount_yuan) as paid_yuan
  from payment
  where
    funding_source = 'employment_subsidy'
    and park_code is not null
    and amount_yuan > 0
  group by
    park_code,
    year(paid_on)
),

-- A year in which a park was paid without a budget is shown, too.
park_year as (
  select
    coalesce(park_allocation.park_code, paid.park_code) as park_code,
    coalesce(park_allocation.calendar_year, paid.calendar_year) as calendar_year,
    park_allocation.budget_yuan,
    paid.payments,
    paid.paid_yuan
  from park_allocation
  full join paid
    on
      park_allocation.park_code = paid.park_code
      and park_allocation.calendar_year = paid.calendar_year
),

-- While no payments have landed, or the year has not begun, what a park has used is not assessed, which is not 0.
used as (
  select
    park_year.park_code,
    park_year.calendar_year,
    park_year.budget_yuan,
    case when extract_state.has_landed then coalesce(park_year.payments, 0) end as payments,
    case when extract_state.has_landed then coalesce(park_year.paid_yuan, 0) end as paid_yuan
  from park_year
  inner join extract_state
    on extract_state.extract = 'subsidy'
  where park_year.calendar_year <= year({{ as_of() }})
  union all
  select
    park_code,
    calendar_year,
    budget_yuan,
    null as payments,
    null as paid_yuan
  from park_year
  where calendar_year > year({{ as_of() }})
)

select
  used.park_code,
  park.name_zh,
  park.name_en,
  park.list_status,
  cast(used.calendar_year as integer) as calendar_year,
  cast(used.budget_yuan as decimal(14, 2)) as budget_yuan,
  cast(used.payments as bigint) as payments,
  cast(used.paid_yuan as decimal(18, 2)) as paid_yuan,
  cast(used.paid_yuan as double) / nullif(used.budget_yuan, 0) as used_share
from used
inner join park
  on used.park_code = park.park_code
