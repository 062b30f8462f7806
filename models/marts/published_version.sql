with

batch as (
  select * from {{ ref('stg_batch') }}
),

session as (
  select count(*) as row_count from {{ ref('fct_training_session') }}
),

certification as (
  select count(*) as row_count from {{ ref('fct_certification') }}
),

employment as (
  select count(*) as row_count from {{ ref('fct_employment') }}
),

violation as (
  select count(*) as row_count from {{ ref('fct_rule_violation') }}
),

payment as (
  select count(*) as row_count from {{ ref('fct_subsidy') }}
),

demand_gap as (
  select count(*) as row_count from {{ ref('fct_demand_gap') }}
),

newest_batch as (
  select max(batch_id) as batch_id_max from batch
)

-- published_at is filled in at the moment of publishing; until then this is a build that nobody sees.
select
  '{{ var("build_id", "dev") }}' as build_id,
  cast(null as timestamp) as published_at,
  {{ as_of() }} as as_of,
  {% if var("known_at", none) %}{{ known_at() }}{% else %}cast(null as timestamp){% endif %} as known_at,
  newest_batch.batch_id_max,
  '{{ var("git_commit", "unknown") }}' as git_commit,
  '{{ var("rules_version", "unknown") }}' as rules_version,
  session.row_count as rows_fct_training_session,
  certification.row_count as rows_fct_certification,
  employment.row_count as rows_fct_employment,
  violation.row_count as rows_fct_rule_violation,
  payment.row_count as rows_fct_subsidy,
  demand_gap.row_count as rows_fct_demand_gap
from newest_batch
cross join session
cross join certification
cross join employment
cross join violation
cross join payment
cross join demand_gap
