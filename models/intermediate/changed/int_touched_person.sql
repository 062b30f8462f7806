{{
  config(
    pre_hook = '{{ joins_as_written() }}',
    post_hook = '{{ joins_as_written(until_here = true) }}'
  )
}}
{#- The key of each extract of persons, and its enrolment where it names one. -#}
{% set keys = {
  'enrollment': 'enrollment_id', 'certification': 'certificate_no', 'employment': 'record_id', 'subsidy': 'payment_id'
} %}
{% set since = var('since_batch') %}

with

{% for extract in ['enrollment', 'certification', 'employment', 'subsidy', 'institution'] %}
  {{ extract }} as {{ inlined() }} (
    select * from {{ source('raw', extract) }}
  ),
{% endfor %}

{% for extract, key in keys.items() %}
  new_{{ extract }} as (
    select distinct {{ key }} from {{ extract }}
    where batch_id > {{ since }}
  ),
{% endfor %}

-- A new version of a record concerns whoever any version of it is about; those of an enrolment follow below.
version_of_new as (
  {% for extract, key in keys.items() if extract != 'enrollment' %}
    select
      {{ 'null' if extract == 'subsidy' else extract ~ '.person_key' }} as person_key,
      {{ 'null' if extract == 'employment' else extract ~ '.enrollment_id' }} as enrollment_id
    from {{ extract }}
    semi join new_{{ extract }}
      on {{ extract }}.{{ key }} = new_{{ extract }}.{{ key }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

-- What became visible, or was let go of, between the business dates of the two builds.
dated as (
  select
    person_key,
    null as enrollment_id
  from enrollment
  where
    {{ is_passed('end_date') }}
    or {{ is_passed('end_date', months=3) }}
    or {{ is_passed('end_date', months=6) }}
    or (status in ('enrolled', 'in_training') and {{ is_passed('start_date', months=12) }})
  union all
  select
    person_key,
    enrollment_id
  from certification
  where {{ is_passed('issued_on') }}
  union all
  select
    person_key,
    null as enrollment_id
  from employment
  where {{ is_passed('evidence_from') }}
  union all
  select
    null as person_key,
    enrollment_id
  from subsidy
  where {{ is_passed('paid_on') }}
),

-- A licence concerns everybody whom its institution trained.
licensed as (
  select distinct institution_uscc from institution
  where batch_id > {{ since }}
),

trained as (
  select enrollment.person_key
  from enrollment
  semi join licensed
    on enrollment.institution_uscc = licensed.institution_uscc
),

named_enrollment as (
  select enrollment_id from new_enrollment
  union
  select enrollment_id from version_of_new
  where enrollment_id is not null
  union
  select enrollment_id from dated
  where enrollment_id is not null
),

-- The trainee of an enrolment, of a certificate or of a payment, by any version of the enrolment.
trainee as (
  select enrollment.person_key
  from enrollment
  semi join named_enrollment
    on enrollment.enrollment_id = named_enrollment.enrollment_id
),

touched as (
  select person_key from version_of_new
  union
  select person_key from dated
  union
  select person_key from trained
  union
  select person_key from trainee
)

select person_key from touched
where person_key is not null
