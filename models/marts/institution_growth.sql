{#- What is called sudden: at least so many sessions, and so many times what was to be expected. Sessions come by the
    class, so that an interval alone, which takes them one by one, would call too much sudden. -#}
{% set least_sessions = 50 %}
{% set least_ratio = 2 %}

with

class as (
  select * from {{ ref('int_institution_class') }}
),

target as (
  select * from {{ ref('target') }}
),

-- Quarters that are over. Those of the plan's first year have none before them in which all training was reported.
plan as (
  select
    make_date(min(plan_year), 1, 1) as first_quarter,
    make_date(max(plan_year), 10, 1) as last_quarter
  from target
),

quarter as (
  select
    first_quarter,
    {{ each(series('first_quarter', 'last_quarter', 'interval 3 month')) }} as quarter
  from plan
),

period as (
  select
    quarter,
    quarter >= first_quarter + interval 1 year as has_year_before
  from quarter
  where quarter + interval 3 month - interval 1 day <= {{ as_of() }}
),

summed as (
  select
    institution_code,
    date_trunc('quarter', end_month) as quarter,
    sum(subsidised_sessions) as sessions
  from class
  group by
    institution_code,
    date_trunc('quarter', end_month)
  having sum(subsidised_sessions) > 0
),

province as (
  select
    quarter,
    sum(sessions) as sessions
  from summed
  group by quarter
),

-- Each quarter's own sessions and those of the four before it; the fourth before is the same quarter of the last year.
followed as (
  select
    summed.institution_code,
    period.quarter,
    any_value(period.has_year_before) as has_year_before,
    coalesce(sum(summed.sessions) filter (where summed.quarter = period.quarter), 0) as sessions,
    coalesce(sum(summed.sessions) filter (where summed.quarter = period.quarter - interval 1 year), 0)
      as sessions_year_before,
    coalesce(sum(summed.sessions) filter (where summed.quarter < period.quarter), 0) as sessions_four_before
  from period
  inner join summed
    on summed.quarter between period.quarter - interval 1 year and period.quarter
  group by
    summed.institution_code,
    period.quarter
),

-- The growth of all the others: an institution is no part of what it is held against.
expected as (
  select
    followed.*,
    case
      when followed.has_year_before
        then
          (now.sessions - followed.sessions)
          / nullif(coalesce(before.sessions, 0) - followed.sessions_year_before, 0)
    end as others_growth
  from followed
  inner join province as now
    on followed.quarter = now.quarter
  left join province as before
    on followed.quarter - interval 1 year = before.quarter
),

compared as (
  select
    *,
    sessions_year_before * others_growth as expected_sessions,
    sessions / nullif(sessions_year_before * others_growth, 0) as ratio,
    {{ byar('sessions', 'low', z_998()) }} / nullif(sessions_year_before * others_growth, 0) as ratio_low,
    {{ byar('sessions', 'high', z_998()) }} / nullif(sessions_year_before * others_growth, 0) as ratio_high
  from expected
)

select
  institution_code,
  cast(quarter as date) as quarter,
  cast(year(quarter) as integer) as plan_year,
  cast(sessions as bigint) as sessions,
  cast(case when has_year_before then sessions_year_before end as bigint) as sessions_year_before,
  cast(case when has_year_before then sessions_four_before end as bigint) as sessions_four_before,
  others_growth,
  expected_sessions,
  ratio,
  ratio_low,
  ratio_high,
  case
    when coalesce(others_growth, 0) = 0 then null
    when sessions > 0 and sessions_four_before = 0 then 'new'
    when sessions_year_before = 0 then 'begun'
    when ratio_low > 1 and ratio >= {{ least_ratio }} and sessions >= {{ least_sessions }} then 'sudden'
    else 'steady'
  end as growth_status
from compared
where
  sessions > 0
  or (has_year_before and sessions_year_before > 0)
