{#- Measure, whether more is better, its part and its whole, and the extract without which it is not assessed. -#}
{% set measures = [
  ('certification_rate', 'true', 'certified_sessions', 'counted_sessions', 'certification'),
  ('employment_rate', 'true', 'employed_sessions', 'due_sessions', 'employment'),
  ('violation_rate', 'false', 'subsidised_sessions - counted_sessions', 'subsidised_sessions', 'enrollment')
] %}

with

institution_year as (
  select * from {{ ref('int_institution_year') }}
),

extract_state as (
  select * from {{ ref('extract_state') }}
),

measured as (
  {% for measure, higher_is_better, part, whole, extract in measures %}
    select
      institution_year.plan_year,
      institution_year.institution_code,
      '{{ measure }}' as measure,
      {{ higher_is_better }} as higher_is_better,
      case when extract_state.has_landed then {{ part }} end as part,
      {{ whole }} as whole
    from institution_year
    left join extract_state
      on extract_state.extract = '{{ extract }}'
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

valued as (
  select
    *,
    part / nullif(whole, 0) as value,
    max(case when institution_code = 'ALL' then part / nullif(whole, 0) end) over (partition by plan_year, measure)
      as province_value
  from measured
)

select
  plan_year,
  institution_code,
  coalesce(
    institution_code <> 'ALL'
    and value is not null
    and {{ can_be_judged('whole', 'province_value') }},
    false
  ) as is_compared,
  measure,
  higher_is_better,
  part as numerator,
  whole as denominator,
  value,
  case when value is not null then {{ wilson('part', 'whole', 'low') }} end as value_low,
  case when value is not null then {{ wilson('part', 'whole', 'high') }} end as value_high
from valued
