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

province as (
  select
    plan_year,
    measure,
    sum(part) as part,
    sum(whole) as whole
  from measured
  group by
    plan_year,
    measure
),

-- What a session of like mix comes to in the other cities: a city is never its own standard, else one that alone trains
-- an industry would always be as expected. Where the others have too few of the same group, type and industry, those of
-- the same group and type stand for them, then those of the group, then all.
others as (
  select
    *,
    sum(part) over like_mix - sum(part) over own_mix as part_of_mix,
    sum(whole) over like_mix - sum(whole) over own_mix as whole_of_mix,
    sum(part) over like_type - sum(part) over own_type as part_of_type,
    sum(whole) over like_type - sum(whole) over own_type as whole_of_type,
    sum(part) over like_group - sum(part) over own_group as part_of_group,
    sum(whole) over like_group - sum(whole) over own_group as whole_of_group,
    sum(part) over everything - sum(part) over own_all as part_of_all,
    sum(whole) over everything - sum(whole) over own_all as whole_of_all
  from measured
  where whole > 0
  window
    like_mix as (partition by plan_year, measure, trainee_group, training_type, industry_code),
    own_mix as (partition by plan_year, measure, trainee_group, training_type, industry_code, city_code),
    like_type as (partition by plan_year, measure, trainee_group, training_type),
    own_type as (partition by plan_year, measure, trainee_group, training_type, city_code),
    like_group as (partition by plan_year, measure, trainee_group),
    own_group as (partition by plan_year, measure, trainee_group, city_code),
    everything as (partition by plan_year, measure),
    own_all as (partition by plan_year, measure, city_code)
),

standard as (
  select
    *,
    whole_of_mix >= {{ least_sessions() }} as is_comparable,
    case
      when whole_of_mix >= {{ least_sessions() }} then part_of_mix / whole_of_mix
      when whole_of_type >= {{ least_sessions() }} then part_of_type / whole_of_type
      when whole_of_group >= {{ least_sessions() }} then part_of_group / whole_of_group
      else part_of_all / nullif(whole_of_all, 0)
    end as rate
  from others
),

-- Indirect standardisation: the city's own mix at the others' rates.
city as (
  select
    plan_year,
    measure,
    city_code,
    sum(whole) as sessions,
    sum(part) as observed,
    sum(case when is_comparable then whole else 0 end) as comparable_sessions,
    {{ sum_in_order('whole * rate', 'trainee_group, training_type, industry_code') }} as expected
  from standard
  group by
    plan_year,
    measure,
    city_code
),

compared as (
  select
    city.plan_year,
    city.measure,
    city.city_code,
    city.sessions,
    city.observed,
    city.expected,
    city.comparable_sessions / city.sessions as comparable_share,
    city.observed / nullif(city.expected, 0) as ratio,
    {{ byar('city.observed', 'low') }} / nullif(city.expected, 0) as ratio_low,
    {{ byar('city.observed', 'high') }} / nullif(city.expected, 0) as ratio_high,
    city.observed / city.sessions as rate,
    {{ wilson('city.observed', 'city.sessions', 'low') }} as rate_low,
    {{ wilson('city.observed', 'city.sessions', 'high') }} as rate_high,
    city.expected / city.sessions as expected_rate,
    province.part / province.whole as province_rate
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
  comparable_share,
  rate,
  rate_low,
  rate_high,
  expected_rate,
  province_rate,
  rate - province_rate as difference,
  expected_rate - province_rate as difference_of_mix,
  rate - expected_rate as difference_beyond_mix,
  {{ position('rate_low', 'rate_high', 'expected_rate') }} as standing
from compared
