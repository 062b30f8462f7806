{{ config(materialized = 'view') }}

with

rule as (
  select * from {{ ref('rule') }}
),

rule_extract as (
  select * from {{ ref('rule_extract') }}
),

extract_state as (
  select * from {{ ref('extract_state') }}
),

-- The extract that a rule judges, and those that it judges by.
needed as (
  select
    rule_code,
    extract
  from rule
  union
  select
    rule_code,
    extract
  from rule_extract
)

select
  needed.rule_code,
  bool_and(extract_state.has_landed) as is_assessed,
  min(needed.extract) filter (where not extract_state.has_landed) as missing_extract
from needed
inner join extract_state
  on needed.extract = extract_state.extract
group by needed.rule_code
