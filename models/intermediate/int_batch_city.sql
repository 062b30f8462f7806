{{ config(materialized = 'sums', sums = ['landed_rows']) }}

with

session as {{ inlined() }} (
  select
    enrollment_id,
    city_code
    {{- and_sign() }}
  from {{ altered('fct_training_session') }}
),

-- A certificate and a payment name no place: they belong where their enrolment does, which they make a touched one.
placed as (
  {% for extract in ['enrollment', 'employment', 'institution', 'demand'] %}
    select
      batch_id,
      left(county_code, 4) || '00' as city_code
      {{- and_sign_of_new() }}
    from {{ source('raw', extract) }}
    where {{ is_new('batch_id') }}
    union all
  {% endfor %}
  {% for extract in ['certification', 'subsidy'] %}
    select
      landed.batch_id,
      session.city_code
      {{- and_sign('session') }}
    from {{ source('raw', extract) }} as landed
    inner join session
      on landed.enrollment_id = session.enrollment_id
    where {{ had_landed('landed.batch_id', 'session') }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  batch_id,
  city_code,
  {{ tally() }} as landed_rows
from placed
group by
  batch_id,
  city_code
