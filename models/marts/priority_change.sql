with

progress as (
  select * from {{ ref('fct_progress') }}
),

before as (
  select * from {{ ref('int_year_before') }}
),

compared_year as (
  select distinct plan_year
  from before
),

counted as (
  select
    progress.plan_year,
    progress.city_code,
    progress.industry_code,
    progress.counted_sessions,
    progress.priority_sessions,
    0 as sessions_before,
    0 as priority_before
  from progress
  inner join compared_year
    on progress.plan_year = compared_year.plan_year
  union all
  select
    plan_year,
    city_code,
    industry_code,
    0 as counted_sessions,
    0 as priority_sessions,
    counted_sessions as sessions_before,
    priority_sessions as priority_before
  from before
),

cubed as (
  select
    plan_year,
    city_code,
    industry_code,
    sum(counted_sessions) as counted_sessions,
    sum(priority_sessions) as priority_sessions,
    sum(sessions_before) as sessions_before,
    sum(priority_before) as priority_before
  from counted
  group by
    plan_year,
    cube(city_code, industry_code)
),

summed as (
  select
    plan_year,
    case when city_code is null then 'industry' else 'city' end as dimension,
    coalesce(city_code, industry_code) as code,
    counted_sessions,
    priority_sessions,
    sessions_before,
    priority_before
  from cubed
  where
    (city_code is null) <> (industry_code is null)
    and counted_sessions + sessions_before > 0
),

against_province as (
  select
    *,
    sum(counted_sessions) over of_dimension as province_sessions,
    sum(priority_sessions) over of_dimension as province_priority,
    sum(sessions_before) over of_dimension as province_sessions_before,
    sum(priority_before) over of_dimension as province_priority_before
  from summed
  window of_dimension as (partition by plan_year, dimension)
),

-- Where one of the two years has nobody, the other's share stands for both: all of it is the weight's doing.
weighed as (
  select
    *,
    priority_sessions / nullif(counted_sessions, 0) as own_share,
    priority_before / nullif(sessions_before, 0) as own_share_before,
    counted_sessions / province_sessions as weight,
    sessions_before / province_sessions_before as weight_before,
    (province_priority / province_sessions + province_priority_before / province_sessions_before) / 2 as middle
  from against_province
  where
    province_sessions > 0
    and province_sessions_before > 0
),

parted as (
  select
    *,
    coalesce(own_share, own_share_before) as share_used,
    coalesce(own_share_before, own_share) as share_before_used
  from weighed
),

-- Marshall and Edgeworth: each difference at the mean of the other, so that nothing is left over and the order of the
-- years does not matter.
changed as (
  select
    *,
    (weight + weight_before) / 2 * (share_used - share_before_used) as change_of_share,
    (weight - weight_before) * ((share_used + share_before_used) / 2 - middle) as change_of_weight
  from parted
)

select
  cast(plan_year as integer) as plan_year,
  dimension,
  code,
  cast(counted_sessions as bigint) as counted_sessions,
  cast(sessions_before as bigint) as sessions_before,
  own_share,
  own_share_before,
  weight,
  weight_before,
  change_of_share,
  change_of_weight,
  change_of_share + change_of_weight as share_change
from changed
