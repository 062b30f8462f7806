{{ config(materialized = 'sums', sums = ['payments', 'paid_yuan', 'irregular_yuan']) }}

with

payment as (
  select * from {{ altered('fct_subsidy') }}
)

-- A payment whose enrolment is unknown has neither city nor type: it stands under null, so that all add up.
select
  funding_source,
  component,
  training_type,
  city_code,
  paid_month,
  {{ tally() }} as payments,
  cast({{ tally_sum('amount_yuan') }} as decimal(18, 2)) as paid_yuan,
  cast({{ tally_sum('amount_yuan', list_length('violations') ~ ' > 0') }} as decimal(18, 2)) as irregular_yuan
from payment
group by
  funding_source,
  component,
  training_type,
  city_code,
  paid_month
