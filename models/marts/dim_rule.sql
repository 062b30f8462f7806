with

rule as (
  select * from {{ ref('rule') }}
)

select
  rule_code,
  name_zh,
  name_en,
  severity,
  extract,
  clause,
  message_zh,
  message_en,
  since,
  has_year,
  sort_order
from rule
