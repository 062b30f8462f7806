with

flow as (
  select
    year(paid_month) as calendar_year,
    month(paid_month) as month_of_year,
    coalesce(city_code, 'NONE') as city_code,
    funding_source,
    payments,
    paid_yuan,
    irregular_yuan
  from {{ ref('fund_flow') }}
),

target as (
  select * from {{ ref('target') }}
),

city as (
  select * from {{ ref('city') }}
),

funding_source as (
  select * from {{ ref('funding_source') }}
),

extract_state as (
  select * from {{ ref('extract_state') }}
),

scope_city as (
  select city_code from city
  union all
  select 'ALL' as city_code
),

scope_fund as (
  select funding_source from funding_source
  union all
  select 'ALL' as funding_source
),

month as (
  select {{ each(series(0, 12)) }} as month_of_year
),

-- 0 is the year so far; a month that has not begun is none.
scope_month as (
  select
    target.plan_year as calendar_year,
    month.month_of_year
  from target
  cross join month
  where make_date(target.plan_year, greatest(month.month_of_year, 1), 1) <= {{ as_of() }}
),

-- What was paid for an unknown enrolment has no city: it stands in the totals alone.
summed as (
  select
    calendar_year,
    coalesce(month_of_year, 0) as month_of_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(funding_source, 'ALL') as funding_source,
    sum(payments) as payments,
    sum(paid_yuan) as paid_yuan,
    sum(irregular_yuan) as irregular_yuan
  from flow
  group by
    calendar_year,
    cube(month_of_year, city_code, funding_source)
),

-- Without payments landed nothing is known, and without any of a scope it is a counted 0.
scope as (
  select
    scope_month.calendar_year,
    scope_month.month_of_year,
    scope_city.city_code,
    scope_fund.funding_source,
    case when extract_state.has_landed then coalesce(summed.payments, 0) end as payments,
    case when extract_state.has_landed then coalesce(summed.paid_yuan, 0) end as paid_yuan,
    case when extract_state.has_landed then coalesce(summed.irregular_yuan, 0) end as irregular_yuan
  from scope_month
  cross join scope_city
  cross join scope_fund
  inner join extract_state
    on extract_state.extract = 'subsidy'
  left join summed
    on
      scope_month.calendar_year = summed.calendar_year
      and scope_month.month_of_year = summed.month_of_year
      and scope_city.city_code = summed.city_code
      and scope_fund.funding_source = summed.funding_source
)

select
  cast(calendar_year as integer) as calendar_year,
  cast(month_of_year as integer) as month_of_year,
  city_code,
  funding_source,
  case when month_of_year > 0 then make_date(calendar_year, month_of_year, 1) end as paid_month,
  cast(payments as bigint) as payments,
  cast(paid_yuan as decimal(18, 2)) as paid_yuan,
  cast(irregular_yuan as decimal(18, 2)) as irregular_yuan,
  cast(irregular_yuan as double) / nullif(cast(paid_yuan as double), 0) as irregular_share
from scope
