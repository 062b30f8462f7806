{#- How long a bureau may be silent before it is named, in days. -#}
{% set silent_days = 45 %}

with

target as (
  select * from {{ ref('target') }}
),

city_target as (
  select * from {{ ref('int_city_target') }}
),

scorecard as (
  select * from {{ ref('city_scorecard') }}
),

industry as (
  select * from {{ ref('dim_industry') }}
),

loss as (
  select * from {{ ref('funnel_loss') }}
),

progress as (
  select * from {{ ref('fct_progress') }}
),

city_pace as (
  select * from {{ ref('city_pace') }}
),

freshness as (
  select * from {{ ref('city_freshness') }}
),

-- The plan year that as_of falls in; after the plan, its last year.
current_year as (
  select
    target.plan_year,
    target.priority_share as priority_target
  from target
  where target.plan_year <= year({{ as_of() }})
  qualify row_number() over (order by target.plan_year desc) = 1
),

current_scorecard as (
  select
    scorecard.*,
    current_year.priority_target
  from scorecard
  inner join current_year
    on scorecard.plan_year = current_year.plan_year
),

city_behind_pace as (
  select
    city_pace.plan_year,
    'city_behind_pace' as kind,
    'city' as subject_type,
    city_pace.city_code as subject_code,
    city_pace.pace as measure,
    1.0 as reference,
    city_pace.gap_sessions
  from city_pace
  inner join current_year
    on city_pace.plan_year = current_year.plan_year
  where city_pace.gap_sessions > 0
),

priority_below_target as (
  select
    plan_year,
    'priority_below_target' as kind,
    'city' as subject_type,
    city_code as subject_code,
    priority_share_persons as measure,
    priority_target as reference,
    {{ sessions_to_share('priority_persons', 'persons', 'priority_target') }} as gap_sessions
  from current_scorecard
  where priority_standing = 'below'
),

rule_loss as (
  select
    loss.plan_year,
    'rule_loss' as kind,
    'rule' as subject_type,
    loss.cause as subject_code,
    cast(loss.lost_sessions as double) as measure,
    cast(null as double) as reference,
    loss.lost_sessions as gap_sessions
  from loss
  inner join current_year
    on loss.plan_year = current_year.plan_year
  where loss.step = 'eligible'
),

trained_industry as (
  select distinct progress.industry_code
  from progress
  inner join current_year
    on progress.plan_year = current_year.plan_year
  where progress.counted_sessions > 0
),

-- Nothing says how many sessions such an industry should have had: its gap is not assessed.
industry_without_training as (
  select
    current_year.plan_year,
    'industry_without_training' as kind,
    'industry' as subject_type,
    industry.industry_code as subject_code,
    0.0 as measure,
    cast(null as double) as reference,
    cast(null as double) as gap_sessions
  from industry
  cross join current_year
  anti join trained_industry
    on industry.industry_code = trained_industry.industry_code
  where industry.is_in_plan
),

last_landed as (
  select
    city_code,
    cast(last_landed_at as date) as landed_on
  from freshness
  where
    extract = 'enrollment'
    and last_landed_at is not null
),

-- The sessions that a silent bureau would have reported at its target's rate.
bureau_silent as (
  select
    city_target.plan_year,
    'bureau_silent' as kind,
    'city' as subject_type,
    last_landed.city_code as subject_code,
    cast({{ days_between('last_landed.landed_on', as_of()) }} as double) as measure,
    cast({{ silent_days }} as double) as reference,
    city_target.target_sessions * ({{ days_between('last_landed.landed_on', as_of()) }}) / 365e0 as gap_sessions
  from last_landed
  inner join city_target
    on last_landed.city_code = city_target.city_code
  inner join current_year
    on city_target.plan_year = current_year.plan_year
  where {{ days_between('last_landed.landed_on', as_of()) }} > {{ silent_days }}
),

candidate as (
  select * from city_behind_pace
  union all
  select * from priority_below_target
  union all
  select * from rule_loss
  union all
  select * from industry_without_training
  union all
  select * from bureau_silent
),

-- The worst of each kind, so that three cities behind pace do not hide a rule that costs thousands of sessions.
worst as (
  select *
  from candidate
  qualify row_number() over (partition by kind order by gap_sessions desc nulls last, subject_code asc) = 1
),

ranked as (
  select
    *,
    row_number() over (order by gap_sessions desc nulls last, kind asc) as item_rank
  from worst
)

select
  cast(plan_year as integer) as plan_year,
  cast(item_rank as integer) as item_rank,
  kind,
  subject_type,
  subject_code,
  cast(measure as double) as measure,
  cast(reference as double) as reference,
  cast(round(gap_sessions) as bigint) as gap_sessions
from ranked
where item_rank <= 3
