with

violation_cell as (
  select * from {{ ref('int_violation_cell') }}
),

target as (
  select * from {{ ref('target') }}
),

lost as (
  select
    plan_year,
    city_code,
    rule_code,
    records as lost_sessions,
    persons
  from violation_cell
  where
    severity = 'ineligible'
    and plan_year in (select target.plan_year from target)
),

cells as (
  select
    plan_year as block,
    city_code as row_code,
    rule_code as column_code,
    persons
  from lost
),

{{ cover_small_cells('cells') }}

select
  lost.plan_year,
  lost.city_code,
  lost.rule_code,
  case when not covered.is_suppressed then cast(lost.lost_sessions as bigint) end as lost_sessions,
  covered.is_suppressed
from lost
inner join covered
  on
    lost.plan_year = covered.block
    and lost.city_code = covered.row_code
    and lost.rule_code = covered.column_code
