with

demand as (
  select * from {{ source('raw', 'demand') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'demand'
),

current_record as (
  select
    demand.survey_id,
    demand.surveyed_on,
    demand.county_code,
    demand.park_code,
    demand.industry_code,
    demand.occupation_code,
    demand.occupation_name,
    demand.vacancies,
    demand.hard_to_fill,
    demand.training_intent,
    demand.unread_columns,
    demand.batch_id,
    demand.row_number
  from demand
  semi join visible_batch
    on demand.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      demand.batch_id = superseded_row.batch_id
      and demand.row_number = superseded_row.row_number
  where demand.surveyed_on <= {{ as_of() }}
)

select * from current_record
