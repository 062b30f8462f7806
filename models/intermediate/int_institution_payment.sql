with

payment as (
  select * from {{ ref('fct_subsidy') }}
)

select
  attributed_year as plan_year,
  institution_uscc as institution_code,
  count(*) as payments,
  count(distinct enrollment_id) as paid_sessions,
  cast(sum(amount_yuan) as decimal(18, 2)) as paid_yuan,
  cast(
    coalesce(sum(amount_yuan) filter (where {{ list_length('violations') }} > 0), 0) as decimal(18, 2)
  ) as irregular_yuan
from payment
where institution_uscc is not null
group by
  attributed_year,
  institution_uscc
