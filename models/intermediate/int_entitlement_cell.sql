{{
  config(
    materialized = 'sums',
    sums = [
      'sessions', 'assessed_sessions', 'entitled_yuan', 'paid_sessions', 'paid_yuan', 'paid_not_assessed_sessions',
      'paid_not_assessed_yuan', 'compared_sessions', 'owed_yuan', 'overpaid_yuan'
    ]
  )
}}

with

entitlement as (
  select * from {{ altered('subsidy_entitlement') }}
),

target as (
  select * from {{ ref('target') }}
),

due as (
  select * from entitlement
  where plan_year in (select target.plan_year from target)
)

-- How many are behind each sum is held beside it: nothing known is not 0 yuan.
select
  plan_year,
  city_code,
  training_type,
  component,
  {{ tally() }} as sessions,
  {{ tally('entitled_yuan is not null') }} as assessed_sessions,
  {{ tally_sum('entitled_yuan') }} as entitled_yuan,
  {{ tally('entitled_yuan is not null and paid_yuan is not null') }} as paid_sessions,
  {{ tally_sum('paid_yuan', 'entitled_yuan is not null') }} as paid_yuan,
  {{ tally('entitled_yuan is null and paid_yuan is not null') }} as paid_not_assessed_sessions,
  {{ tally_sum('paid_yuan', 'entitled_yuan is null') }} as paid_not_assessed_yuan,
  {{ tally('difference_yuan is not null') }} as compared_sessions,
  {{ tally_sum('-difference_yuan', 'difference_yuan < 0') }} as owed_yuan,
  {{ tally_sum('difference_yuan', 'difference_yuan > 0') }} as overpaid_yuan
from due
group by
  plan_year,
  city_code,
  training_type,
  component
