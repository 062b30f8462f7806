{#- A licence that ends within so many days is said to be expiring. -#}
{% set days_ahead = 90 %}

with

institution as (
  select * from {{ ref('stg_institution') }}
),

unread_value as (
  select * from {{ ref('int_unread_value') }}
),

unread_end as (
  select
    batch_id,
    row_number
  from unread_value
  where
    extract = 'institution'
    and rule_code = 'LICENCE'
),

licence as (
  select
    institution.institution_uscc,
    institution.licence_from,
    coalesce(institution.licence_to, date '9999-12-31') as licence_to,
    unread_end.batch_id is not null as is_end_unread
  from institution
  left join unread_end
    on
      institution.batch_id = unread_end.batch_id
      and institution.row_number = unread_end.row_number
),

-- The as-of date against every licence period: a renewal that is filed already keeps a licence from expiring.
period as (
  select
    institution_uscc as institution_code,
    licence_from <= {{ as_of() }} as has_begun,
    licence_from <= {{ as_of() }}
    and licence_to >= {{ as_of() }}
    and not is_end_unread as is_running,
    licence_from <= {{ as_of() }} + {{ days_ahead }}
    and licence_to > {{ as_of() }} + {{ days_ahead }}
    and not is_end_unread as runs_on,
    licence_from <= {{ as_of() }}
    and is_end_unread as may_be_running,
    licence_from <= {{ as_of() }} + {{ days_ahead }}
    and is_end_unread as may_run_on
  from licence
),

institution_state as (
  select
    institution_code,
    bool_or(has_begun) as has_begun,
    bool_or(is_running) as is_running,
    bool_or(runs_on) as runs_on,
    bool_or(may_be_running) as may_be_running,
    bool_or(may_run_on) as may_run_on
  from period
  group by institution_code
)

-- A period whose end could not be read leaves the state open where it decides.
select
  institution_code,
  case
    when is_running and runs_on then 'valid'
    when is_running and may_run_on then null
    when is_running then 'expiring'
    when may_be_running then null
    when has_begun then 'expired'
    else 'not_yet'
  end as licence_state
from institution_state
