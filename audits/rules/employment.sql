with

violation as (
  select * from marts.fct_rule_violation
  where rule_code = '$rule_code'
),

evidence as (
  select * from marts.fct_employment
)

select
  evidence.record_id,
  evidence.city_code,
  evidence.person_key,
  evidence.employer_uscc,
  evidence.evidence_type,
  evidence.evidence_from,
  evidence.evidence_to,
  violation.detail
from violation
inner join evidence
  on violation.record_key = evidence.record_id
order by
  evidence.city_code,
  evidence.record_id
