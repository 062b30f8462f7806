with

enrollment as {{ inlined() }} (
  select
    enrollment_id,
    left(county_code, 4) || '00' as city_code
  from {{ ref('stg_enrollment') }}
),

-- A certificate and a payment name no place: they belong where their enrolment does.
placed as (
  {% for extract in ['enrollment', 'employment', 'institution', 'demand'] %}
    select
      batch_id,
      left(county_code, 4) || '00' as city_code
    from {{ source('raw', extract) }}
    union all
  {% endfor %}
  {% for extract in ['certification', 'subsidy'] %}
    select
      landed.batch_id,
      enrollment.city_code
    from {{ source('raw', extract) }} as landed
    inner join enrollment
      on landed.enrollment_id = enrollment.enrollment_id
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  batch_id,
  city_code,
  count(*) as landed_rows
from placed
group by
  batch_id,
  city_code
