{#- Step, priority count and whole. Further sessions of the same people come on top of the head-count, first those of
    priority groups, then the others. -#}
{% set steps = [
  ('persons', 'priority_persons', 'persons'),
  ('priority_repeats', 'priority_persons + priority_repeats', 'persons + priority_repeats'),
  ('other_repeats', 'priority_persons + priority_repeats', 'persons + repeats')
] %}

with

headcount as (
  select * from {{ ref('headcount') }}
),

target as (
  select * from {{ ref('target') }}
),

scope as (
  select
    plan_year,
    city_code,
    persons,
    priority_persons,
    counted_sessions - persons as repeats,
    priority_sessions - priority_persons as priority_repeats
  from headcount
  where
    industry_code = 'ALL'
    and trainee_group = 'ALL'
    and (plan_year = 0 or plan_year in (select target.plan_year from target))
),

bridged as (
  {% for step, priority, whole in steps %}
    select
      plan_year,
      city_code,
      {{ loop.index }} as step_order,
      '{{ step }}' as step,
      {{ priority }} as priority,
      {{ whole }} as whole
    from scope
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

stepped as (
  select
    *,
    priority / nullif(whole, 0) as share,
    lag(priority / nullif(whole, 0)) over (partition by plan_year, city_code order by step_order) as share_before
  from bridged
)

select
  plan_year,
  city_code,
  cast(step_order as integer) as step_order,
  step,
  cast(priority as bigint) as priority_count,
  cast(whole as bigint) as total_count,
  share,
  share - share_before as share_change
from stepped
