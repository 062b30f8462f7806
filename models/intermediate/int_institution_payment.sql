{{ config(materialized = 'sums', sums = ['payments', 'paid_sessions', 'paid_yuan', 'irregular_yuan']) }}

with

payment as (
  select * from {{ altered('fct_subsidy') }}
)

select
  attributed_year as plan_year,
  institution_uscc as institution_code,
  {{ tally() }} as payments,
  {{ tally_distinct('enrollment_id') }} as paid_sessions,
  cast({{ tally_sum('amount_yuan') }} as decimal(18, 2)) as paid_yuan,
  cast({{ tally_sum('amount_yuan', list_length('violations') ~ ' > 0') }} as decimal(18, 2)) as irregular_yuan
from payment
where institution_uscc is not null
group by
  attributed_year,
  institution_uscc
