with

park as (
  select * from {{ ref('park') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

payment as (
  select * from {{ ref('stg_subsidy') }}
),

batch as (
  select * from {{ ref('stg_batch') }}
),

landed as (
  select count(*) > 0 as has_landed from batch
  where extract = 'subsidy'
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
  group by
    park_code,
    year(paid_on)
)

-- While no payments have landed, what a park has used is not assessed, which is not 0.
select
  park_allocation.park_code,
  park.name_zh,
  park.name_en,
  park.list_status,
  cast(park_allocation.calendar_year as integer) as calendar_year,
  cast(park_allocation.budget_yuan as decimal(14, 2)) as budget_yuan,
  case when landed.has_landed then coalesce(paid.payments, 0) end as payments,
  cast(case when landed.has_landed then coalesce(paid.paid_yuan, 0) end as decimal(14, 2)) as paid_yuan,
  cast(case when landed.has_landed then coalesce(paid.paid_yuan, 0) end as double)
  / park_allocation.budget_yuan as used_share
from park_allocation
inner join park
  on park_allocation.park_code = park.park_code
cross join landed
left join paid
  on
    park_allocation.park_code = paid.park_code
    and park_allocation.calendar_year = paid.calendar_year
