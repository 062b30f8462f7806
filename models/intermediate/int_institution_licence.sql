{#- A licence that ends within so many days is said to be expiring. -#}
{% set days_ahead = 90 %}

with

institution as (
  select * from {{ ref('stg_institution') }}
),

-- The as-of date against every licence period: a renewal that is filed already keeps a licence from expiring.
period as (
  select
    institution_uscc as institution_code,
    licence_from <= {{ as_of() }} as has_begun,
    licence_from <= {{ as_of() }}
    and coalesce(licence_to, date '9999-12-31') >= {{ as_of() }} as is_running,
    licence_from <= {{ as_of() }} + {{ days_ahead }}
    and coalesce(licence_to, date '9999-12-31') > {{ as_of() }} + {{ days_ahead }} as runs_on
  from institution
)

select
  institution_code,
  case
    when bool_or(is_running) and bool_or(runs_on) then 'valid'
    when bool_or(is_running) then 'expiring'
    when bool_or(has_begun) then 'expired'
    else 'not_yet'
  end as licence_state
from period
group by institution_code
