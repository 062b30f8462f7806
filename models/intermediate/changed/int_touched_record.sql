{% set since = var('since_batch') %}

with

person as (
  select person_key from {{ ref('int_touched_person') }}
),

superseded_row as (
  select * from {{ ref('stg_superseded_row') }}
),

park_allocation as (
  select * from {{ ref('park_allocation') }}
),

{% for extract in ['enrollment', 'certification', 'employment', 'subsidy'] %}
  {{ extract }} as {{ inlined() }} (
    select * from {{ source('raw', extract) }}
  ),

{% endfor %}

new_certification as (
  select distinct certificate_no from certification
  where batch_id > {{ since }}
),

new_subsidy as (
  select distinct payment_id from subsidy
  where batch_id > {{ since }}
),

-- What a payment or a certificate names that came, or whose day has come: any version, for it may have named another.
named_enrollment as (
  select certification.enrollment_id
  from certification
  semi join new_certification
    on certification.certificate_no = new_certification.certificate_no
  union
  select enrollment_id from certification
  where {{ is_passed('issued_on') }}
  union
  select subsidy.enrollment_id
  from subsidy
  semi join new_subsidy
    on subsidy.payment_id = new_subsidy.payment_id
  union
  select enrollment_id from subsidy
  where {{ is_passed('paid_on') }}
),

-- A person's current records, all of them: what one session breaks hangs on the others.
of_person as (
  {% for extract, key in [('enrollment', 'enrollment_id'), ('employment', 'record_id')] %}
    select
      '{{ extract }}' as extract,
      {{ extract }}.{{ key }} as record_key
    from {{ extract }}
    semi join person
      on {{ extract }}.person_key = person.person_key
    anti join superseded_row
      on
        {{ extract }}.batch_id = superseded_row.batch_id
        and {{ extract }}.row_number = superseded_row.row_number
        and superseded_row.extract = '{{ extract }}'
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

session as (
  select record_key as enrollment_id from of_person
  where extract = 'enrollment'
  union
  select enrollment_id from named_enrollment
),

-- A payment out of a park's budget moves all others of its park: what is over the budget is what went out last.
park_session as (
  select
    enrollment_id,
    park_code
  from enrollment
  where park_code in (select park_allocation.park_code from park_allocation)
),

park as (
  select subsidy.park_code
  from subsidy
  semi join session
    on subsidy.enrollment_id = session.enrollment_id
  where subsidy.park_code is not null
  union
  select park_session.park_code
  from park_session
  semi join session
    on park_session.enrollment_id = session.enrollment_id
  where park_session.enrollment_id in (select subsidy.enrollment_id from subsidy)
),

of_park as (
  select enrollment_id from subsidy
  where
    funding_source = 'employment_subsidy'
    and park_code in (select park.park_code from park)
  union
  select park_session.enrollment_id
  from park_session
  semi join park
    on park_session.park_code = park.park_code
),

paid_enrollment as (
  select enrollment_id from session
  union
  select enrollment_id from of_park
),

of_certification as (
  select certification.certificate_no as record_key
  from certification
  semi join person
    on certification.person_key = person.person_key
  union
  select certification.certificate_no as record_key
  from certification
  semi join session
    on certification.enrollment_id = session.enrollment_id
),

-- An enrolment's current payments, all of them: each is judged against those before it.
of_subsidy as (
  select subsidy.payment_id as record_key
  from subsidy
  semi join paid_enrollment
    on subsidy.enrollment_id = paid_enrollment.enrollment_id
  anti join superseded_row
    on
      subsidy.batch_id = superseded_row.batch_id
      and subsidy.row_number = superseded_row.row_number
      and superseded_row.extract = 'subsidy'
),

touched as (
  select
    'enrollment' as extract,
    enrollment_id as record_key
  from session
  union
  select
    'certification' as extract,
    record_key
  from of_certification
  union
  select
    extract,
    record_key
  from of_person
  where extract = 'employment'
  union
  select
    'subsidy' as extract,
    record_key
  from of_subsidy
)

select
  extract,
  record_key
from touched
