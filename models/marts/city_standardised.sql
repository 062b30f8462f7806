{#- Measure, its part and its whole. -#}
{% set measures = [
  ('certification_rate', 'certified_sessions', 'counted_sessions'),
  ('employment_rate', 'employed_sessions', 'due_sessions')
] %}

with

stratum as (
  select * from {{ ref('int_outcome_stratum') }}
),

measured as (
  {% for measure, part, whole in measures %}
    select
      plan_year,
      city_code,
      trainee_group,
      training_type,
      industry_code,
      '{{ measure }}' as measure,
      {{ part }} as part,
      {{ whole }} as whole
    from stratum
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

-- The province's rate of every mix: what a session of this group, type and industry comes to on the average.
province_stratum as (
  select
    plan_year,
    measure,
    trainee_group,
    training_type,
    industry_code,
    sum(part) / sum(whole) as rate
  from measured
  where whole > 0
  group by
    plan_year,
    measure,
    trainee_group,
    training_type,
    industry_code
),

province as (
  select
    plan_year,
    measure,
    sum(part) / sum(whole) as rate
  from measured
  where whole > 0
  group by
    plan_year,
    measure
),

-- Indirect standardisation: the city's own mix at the province's rates.
city as (
  select
    measured.plan_year,
    measured.measure,
    measured.city_code,
    sum(measured.whole) as sessions,
    sum(measured.part) as observed,
    sum(measured.whole * province_stratum.rate) as expected
  from measured
  inner join province_stratum
    on
      measured.plan_year = province_stratum.plan_year
      and measured.measure = province_stratum.measure
      and measured.trainee_group = province_stratum.trainee_group
      and measured.training_type = province_stratum.training_type
      and measured.industry_code = province_stratum.industry_code
  where measured.whole > 0
  group by
    measured.plan_year,
    measured.measure,
    measured.city_code
),

compared as (
  select
    city.plan_year,
    city.measure,
    city.city_code,
    city.sessions,
    city.observed,
    city.expected,
    city.observed / nullif(city.expected, 0) as ratio,
    {{ byar('city.observed', 'low') }} / nullif(city.expected, 0) as ratio_low,
    {{ byar('city.observed', 'high') }} / nullif(city.expected, 0) as ratio_high,
    city.observed / city.sessions as rate,
    city.expected / city.sessions as expected_rate,
    province.rate as province_rate
  from city
  inner join province
    on
      city.plan_year = province.plan_year
      and city.measure = province.measure
)

select
  plan_year,
  measure,
  city_code,
  cast(sessions as bigint) as sessions,
  cast(observed as bigint) as observed_sessions,
  expected as expected_sessions,
  ratio as observed_expected,
  ratio_low as observed_expected_low,
  ratio_high as observed_expected_high,
  rate,
  expected_rate,
  province_rate,
  rate - province_rate as difference,
  expected_rate - province_rate as difference_of_mix,
  rate - expected_rate as difference_beyond_mix,
  {{ position('ratio_low', 'ratio_high', '1') }} as standing
from compared
