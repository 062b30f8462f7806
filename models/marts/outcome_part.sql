{#- What a scope is parted by, and the column of outcome_scope that holds it. -#}
{% set dimensions = [
  ('city', 'city_code'),
  ('industry', 'industry_code'),
  ('group', 'trainee_group'),
  ('type', 'training_type'),
] %}
{#- All members of a part. -#}
{% set whole = 'plan_year, city_code, industry_code, trainee_group, training_type, dimension' %}
{#- Measure, its numerator, its denominator. -#}
{% set measures = [
  ('certification_rate', 'certified_sessions', 'counted_sessions'),
  ('employment_rate', 'employed_sessions', 'due_sessions'),
] %}

with

scope as (
  select * from {{ ref('outcome_scope') }}
  where plan_year <> 0
),

city as (
  select city_code from {{ ref('dim_city') }}
  where is_city
),

part as (
  {% for dimension, column in dimensions %}
    select
      whole.plan_year,
      whole.city_code,
      whole.industry_code,
      whole.trainee_group,
      whole.training_type,
      '{{ dimension }}' as dimension,
      member.{{ column }} as member_code,
      member.counted_sessions,
      member.certified_sessions,
      member.certification_rate,
      member.certification_rate_low,
      member.certification_rate_high,
      member.due_sessions,
      member.employed_sessions,
      member.employment_rate,
      member.employment_rate_low,
      member.employment_rate_high,
      member.observation_complete,
      whole.counted_sessions as whole_counted_sessions,
      whole.certified_sessions as whole_certified_sessions,
      whole.certification_rate as whole_certification_rate,
      whole.due_sessions as whole_due_sessions,
      whole.employed_sessions as whole_employed_sessions,
      whole.employment_rate as whole_employment_rate
    from scope as member
    inner join scope as whole
      on
        member.plan_year = whole.plan_year
        {% for _, other in dimensions if other != column %}
          and member.{{ other }} = whole.{{ other }}
        {% endfor %}
    where
      member.{{ column }} <> 'ALL'
      and whole.{{ column }} = 'ALL'
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

-- One part that is missing is what the others leave over: the next smallest goes with it.
-- Nobody has two counted sessions in a plan year: sessions of a year are persons.
small as (
  select
    *,
    counted_sessions < {{ least_persons() }} as is_small,
    due_sessions between 1 and {{ least_persons() }} - 1 as is_due_small
  from part
),

covered as (
  select
    *,
    is_small
    or (
      count_if(is_small) over (partition by {{ whole }}) = 1
      and row_number() over (
        partition by {{ whole }}, is_small
        order by counted_sessions asc, member_code asc
      ) = 1
    ) as is_suppressed
  from small
),

due_small as (
  select
    *,
    due_sessions > 0 and (is_suppressed or is_due_small) as is_due_hidden
  from covered
),

due_covered as (
  select
    *,
    is_due_hidden
    or (
      due_sessions > 0
      and count_if(is_due_hidden) over (partition by {{ whole }}) = 1
      and row_number() over (
        partition by {{ whole }}, is_due_hidden or due_sessions = 0
        order by due_sessions asc, member_code asc
      ) = 1
    ) as is_employment_suppressed
  from due_small
),

-- Cities do the same work and differ by nature, and many are looked at: what their usual spread holds is no finding. So
-- a scope's cities are judged as city_funnel judges them all: one funnel a scope.
measure as (
  {% for measure, numerator, denominator in measures %}
    select
      part.plan_year,
      concat_ws('/', '{{ measure }}', part.industry_code, part.trainee_group, part.training_type) as measure,
      part.member_code,
      part.{{ numerator }} as numerator,
      part.{{ denominator }} as denominator,
      part.{{ measure }} as value,
      city.city_code is not null
      and {{ can_be_judged('part.' ~ denominator, 'part.whole_' ~ measure) }} as is_compared
    from part
    left join city
      on part.member_code = city.city_code
    where
      part.dimension = 'city'
      and part.{{ denominator }} > 0
    union all
    select distinct
      plan_year,
      concat_ws('/', '{{ measure }}', industry_code, trainee_group, training_type) as measure,
      'ALL' as member_code,
      whole_{{ numerator }} as numerator,
      whole_{{ denominator }} as denominator,
      whole_{{ measure }} as value,
      false as is_compared
    from part
    where
      dimension = 'city'
      and whole_{{ denominator }} > 0
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

{{ funnel_plot('member_code', 'is_compared') }},

-- Kinds of training are few and differ for reasons: each is held against all the others of its scope.
others as (
  select
    {% for measure, numerator, denominator in measures %}
      whole_{{ numerator }} - {{ numerator }} as others_{{ numerator }},
      whole_{{ denominator }} - {{ denominator }} as others_{{ denominator }},
    {% endfor %}
    *
  from due_covered
),

bounded as (
  select
    {% for measure, numerator, denominator in measures %}
      others_{{ numerator }} / nullif(others_{{ denominator }}, 0) as others_{{ measure }},
      {% for bound in ('low', 'high') %}
        {{ wilson(numerator, denominator, bound, z_998()) }} as own_{{ measure }}_{{ bound }},
        {{ wilson('others_' ~ numerator, 'others_' ~ denominator, bound, z_998()) }}
          as others_{{ measure }}_{{ bound }},
      {% endfor %}
    {% endfor %}
    *
  from others
),

differing as (
  select
    {% for measure, numerator, denominator in measures %}
      {%- set own, rest = 'own_' ~ measure, 'others_' ~ measure %}
      {{ difference_low(measure, own ~ '_low', rest, rest ~ '_high') }} as {{ measure }}_lead,
      {{ difference_low(rest, rest ~ '_low', measure, own ~ '_high') }} as {{ measure }}_lag,
      concat_ws('/', '{{ measure }}', industry_code, trainee_group, training_type) as {{ measure }}_funnel,
    {% endfor %}
    *
  from bounded
),

standing as (
  select
    {% for measure, numerator, denominator in measures %}
      case
        when differing.dimension = 'city' and {{ measure }}_judged.funnel_status = 'inside' then 'undecided'
        when differing.dimension = 'city' then {{ measure }}_judged.side
        when differing.{{ denominator }} < {{ least_sessions() }} or differing.others_{{ measure }} is null then null
        when differing.{{ measure }}_lead > 0 then 'above'
        when differing.{{ measure }}_lag > 0 then 'below'
        else 'undecided'
      end as {{ measure }}_standing,
    {% endfor %}
    differing.*
  from differing
  {% for measure, numerator, denominator in measures %}
    left join judged as {{ measure }}_judged
      on
        differing.plan_year = {{ measure }}_judged.plan_year
        and differing.member_code = {{ measure }}_judged.member_code
        and differing.{{ measure }}_funnel = {{ measure }}_judged.measure
  {% endfor %}
)

select
  plan_year,
  city_code,
  industry_code,
  trainee_group,
  training_type,
  dimension,
  member_code,
  is_suppressed,
  case when not is_suppressed then counted_sessions end as counted_sessions,
  case when not is_suppressed then certified_sessions end as certified_sessions,
  case when not is_suppressed then certification_rate end as certification_rate,
  case when not is_suppressed then certification_rate_low end as certification_rate_low,
  case when not is_suppressed then certification_rate_high end as certification_rate_high,
  case when not is_suppressed then certification_rate_standing end as certification_rate_standing,
  is_employment_suppressed,
  case when not is_employment_suppressed then due_sessions end as due_sessions,
  case when not is_employment_suppressed then employed_sessions end as employed_sessions,
  case when not is_employment_suppressed then employment_rate end as employment_rate,
  case when not is_employment_suppressed then employment_rate_low end as employment_rate_low,
  case when not is_employment_suppressed then employment_rate_high end as employment_rate_high,
  case when not is_employment_suppressed then employment_rate_standing end as employment_rate_standing,
  case when not is_employment_suppressed then observation_complete end as observation_complete
from standing
