with

entitlement as (
  select * from {{ ref('subsidy_entitlement') }}
),

target as (
  select * from {{ ref('target') }}
),

due as (
  select
    plan_year,
    city_code,
    training_type,
    component,
    basis,
    entitled_yuan,
    paid_yuan,
    difference_yuan
  from entitlement
  where plan_year in (select target.plan_year from target)
),

-- What is owed and what was paid without being owed are kept apart: in one sum they would hide each other.
scope as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(training_type, 'ALL') as training_type,
    component,
    count(*) as sessions,
    count(entitled_yuan) as assessed_sessions,
    sum(entitled_yuan) as entitled_yuan,
    sum(paid_yuan) filter (where entitled_yuan is not null) as paid_yuan,
    sum(paid_yuan) filter (where entitled_yuan is null) as paid_not_assessed_yuan,
    sum(-difference_yuan) filter (where difference_yuan < 0) as owed_yuan,
    sum(difference_yuan) filter (where difference_yuan > 0) as overpaid_yuan,
    count(difference_yuan) as compared_sessions
  from due
  group by
    component,
    cube(plan_year, city_code, training_type)
)

select
  cast(plan_year as integer) as plan_year,
  city_code,
  training_type,
  component,
  cast(sessions as bigint) as sessions,
  cast(assessed_sessions as bigint) as assessed_sessions,
  cast(entitled_yuan as decimal(18, 2)) as entitled_yuan,
  cast(paid_yuan as decimal(18, 2)) as paid_yuan,
  cast(paid_not_assessed_yuan as decimal(18, 2)) as paid_not_assessed_yuan,
  cast(case when compared_sessions > 0 then coalesce(owed_yuan, 0) end as decimal(18, 2)) as owed_yuan,
  cast(case when compared_sessions > 0 then coalesce(overpaid_yuan, 0) end as decimal(18, 2)) as overpaid_yuan
from scope
