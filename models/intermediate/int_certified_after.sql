{{ config(materialized = 'sums', sums = ['sessions']) }}
{#- Calendar months from the cohort's to that of the certificate. -#}
{% set months_since = '12 * (year(certified_on) - year(end_month)) + month(certified_on) - month(end_month)' %}

with

session as (
  select * from {{ altered('fct_training_session') }}
),

target as (
  select * from {{ ref('target') }}
)

select
  plan_year,
  end_month,
  city_code,
  {{ months_since }} as months_since,
  {{ tally() }} as sessions
from session
where
  is_counted
  and plan_year in (select target.plan_year from target)
group by
  plan_year,
  end_month,
  city_code,
  {{ months_since }}
