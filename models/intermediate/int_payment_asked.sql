{#- Rule and the column of int_payment_rule that says of which payments it can be asked. -#}
{% set rules = [
  ('PAID_NOT_IN_SYSTEM', 'asks_subsidy'),
  ('DOUBLE_FUND', 'asks_subsidy'),
  ('DUPLICATE_PAYMENT', 'asks_subsidy'),
  ('OVERPAID', 'asks_overpaid'),
  ('EARLY_POST_EMPLOYMENT', 'asks_early_post_employment'),
  ('PARK_BUDGET', 'asks_park_budget')
] %}

{{ config(materialized = 'sums', sums = ['payments', 'sessions']) }}

with

payment_rule as (
  select * from {{ altered('int_payment_rule') }}
),

asked as (
  {% for rule, asks in rules %}
    select
      attributed_year as plan_year,
      city_code,
      institution_uscc,
      '{{ rule }}' as rule_code,
      {{ tally() }} as payments,
      {{ tally_distinct('enrollment_id') }} as sessions
    from payment_rule
    where {{ asks }}
    group by
      attributed_year,
      city_code,
      institution_uscc
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  plan_year,
  city_code,
  institution_uscc,
  rule_code,
  payments,
  sessions
from asked
