{{ config(materialized = 'kept', touched = {'extract': 'employment', 'column': 'record_id'}) }}

with

employment as (
  select * from {{ current('employment') }}
)

select
  record_id,
  person_key,
  employer_uscc,
  evidence_type,
  evidence_from,
  evidence_to,
  left(county_code, 4) || '00' as city_code,
  county_code,
  industry_code
from employment
