with

history as (
  select * from {{ ref('stg_certification_history') }}
),

current_version as (
  select
    certificate_no,
    max_by(person_key, (batch_id, row_number)) as person_key
  from history
  group by certificate_no
  having min(person_key) <> max(person_key)
),

holder as (
  select
    history.certificate_no,
    history.person_key,
    max_by(history.enrollment_id, (history.batch_id, history.row_number)) as enrollment_id,
    max_by(history.issued_on, (history.batch_id, history.row_number)) as issued_on,
    min(history.batch_id) as first_batch_id,
    max(history.batch_id) as last_batch_id,
    min(history.landed_at) as first_landed_at,
    max(history.landed_at) as last_landed_at,
    any_value(current_version.person_key) = history.person_key as is_current
  from history
  inner join current_version
    on history.certificate_no = current_version.certificate_no
  group by
    history.certificate_no,
    history.person_key
)

select
  certificate_no,
  person_key,
  enrollment_id,
  issued_on,
  first_batch_id,
  last_batch_id,
  first_landed_at,
  last_landed_at,
  is_current
from holder
