with

payment as (
  select * from {{ ref('fct_subsidy') }}
)

-- A payment whose enrolment is unknown has neither city nor type: it stands under null, so that all add up.
select
  funding_source,
  component,
  training_type,
  city_code,
  paid_month,
  count(*) as payments,
  cast(sum(amount_yuan) as decimal(18, 2)) as paid_yuan,
  cast(
    coalesce(sum(amount_yuan) filter (where {{ list_length('violations') }} > 0), 0) as decimal(18, 2)
  ) as irregular_yuan
from payment
group by
  funding_source,
  component,
  training_type,
  city_code,
  paid_month
