with

institution as (
  select * from {{ source('raw', 'institution') }}
),

visible_batch as (
  select batch_id from {{ ref('stg_batch') }}
),

superseded_row as (
  select
    batch_id,
    row_number
  from {{ ref('stg_superseded_row') }}
  where extract = 'institution'
),

current_record as (
  select
    institution.institution_uscc,
    institution.name,
    institution.kind,
    institution.county_code,
    institution.star_rating,
    institution.licence_from,
    institution.licence_to,
    institution.unread_columns,
    institution.batch_id,
    institution.row_number
  from institution
  semi join visible_batch
    on institution.batch_id = visible_batch.batch_id
  anti join superseded_row
    on
      institution.batch_id = superseded_row.batch_id
      and institution.row_number = superseded_row.row_number
)

select * from current_record
