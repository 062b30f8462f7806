with

cell as (
  select * from {{ ref('int_entitlement_cell') }}
),

-- What is owed and what was paid without being owed are kept apart: in one sum they would hide each other.
scope as (
  select
    coalesce(plan_year, 0) as plan_year,
    coalesce(city_code, 'ALL') as city_code,
    coalesce(training_type, 'ALL') as training_type,
    component,
    sum(sessions) as sessions,
    sum(assessed_sessions) as assessed_sessions,
    sum(entitled_yuan) as entitled_yuan,
    sum(paid_sessions) as paid_sessions,
    sum(paid_yuan) as paid_yuan,
    sum(paid_not_assessed_sessions) as paid_not_assessed_sessions,
    sum(paid_not_assessed_yuan) as paid_not_assessed_yuan,
    sum(compared_sessions) as compared_sessions,
    sum(owed_yuan) as owed_yuan,
    sum(overpaid_yuan) as overpaid_yuan
  from cell
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
  cast(case when assessed_sessions > 0 then entitled_yuan end as decimal(18, 2)) as entitled_yuan,
  cast(case when paid_sessions > 0 then paid_yuan end as decimal(18, 2)) as paid_yuan,
  cast(
    case when paid_not_assessed_sessions > 0 then paid_not_assessed_yuan end as decimal(18, 2)
  ) as paid_not_assessed_yuan,
  cast(case when compared_sessions > 0 then owed_yuan end as decimal(18, 2)) as owed_yuan,
  cast(case when compared_sessions > 0 then overpaid_yuan end as decimal(18, 2)) as overpaid_yuan
from scope
