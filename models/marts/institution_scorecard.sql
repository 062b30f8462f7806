{#- The measures that an institution is compared by, each with its parts, its interval and its place in the funnel. -#}
{% set measures = [
  ('certification_rate', 'certified_sessions', 'counted_sessions'),
  ('employment_rate', 'employed_sessions', 'due_sessions'),
  ('violation_rate', 'violating_sessions', 'subsidised_sessions')
] %}

with

institution_year as (
  select * from {{ ref('int_institution_year') }}
  where institution_code <> 'ALL'
),

class as (
  select * from {{ ref('int_institution_class') }}
),

measure as (
  select * from {{ ref('int_institution_measure') }}
),

funnel as (
  select * from {{ ref('institution_funnel') }}
),

institution as (
  select * from {{ ref('dim_institution') }}
),

licence as (
  select * from {{ ref('int_institution_licence') }}
),

payment as (
  select * from {{ ref('int_institution_payment') }}
),

extract_state as (
  select * from {{ ref('extract_state') }}
),

target as (
  select * from {{ ref('target') }}
),

-- What has not landed is not assessed, which is neither 0 nor passed.
landed as (
  select
    bool_or(has_landed) filter (where extract = 'employment') as has_employment,
    bool_or(has_landed) filter (where extract = 'subsidy') as has_subsidy,
    bool_or(has_landed) filter (where extract = 'institution') as has_register
  from extract_state
),

-- One row an institution: each measure's parts and what is said of it side by side.
side_by_side as (
  select
    {% for measure, part, whole in measures %}
      max(measure.numerator) filter (where measure.measure = '{{ measure }}') as {{ part }},
      max(measure.value) filter (where measure.measure = '{{ measure }}') as {{ measure }},
      max(measure.value_low) filter (where measure.measure = '{{ measure }}') as {{ measure }}_low,
      max(measure.value_high) filter (where measure.measure = '{{ measure }}') as {{ measure }}_high,
      max(funnel.funnel_status) filter (where measure.measure = '{{ measure }}') as {{ measure }}_funnel_status,
      max(funnel.side) filter (where measure.measure = '{{ measure }}') as {{ measure }}_side,
    {% endfor %}
    measure.plan_year,
    measure.institution_code
  from measure
  left join funnel
    on
      measure.plan_year = funnel.plan_year
      and measure.institution_code = funnel.institution_code
      and measure.measure = funnel.measure
  group by
    measure.plan_year,
    measure.institution_code
),

-- Where its sessions are counted, which need not be the city of its seat.
trained_in as (
  select
    plan_year,
    institution_code,
    city_code,
    sum(counted_sessions) as counted_sessions
  from class
  group by
    plan_year,
    institution_code,
    city_code
  having sum(counted_sessions) > 0
),

of_city as (
  select
    *,
    counted_sessions / sum(counted_sessions) over (partition by plan_year, city_code) as share_of_city,
    row_number() over (
      partition by plan_year, institution_code order by counted_sessions desc, city_code asc
    ) as place
  from trained_in
),

main_city as (
  select * from of_city
  where place = 1
),

-- Years before the plan's first hold persons' histories, not all that was trained: nothing to compare with.
year_before as (
  select
    target.plan_year,
    institution_year.institution_code,
    institution_year.counted_sessions
  from target
  inner join institution_year
    on target.plan_year = institution_year.plan_year + 1
)

select
  institution_year.plan_year,
  institution_year.institution_code,
  left(institution.county_code, 4) || '00' as city_code,
  institution.county_code,
  institution.kind,
  institution.star_rating,
  case when landed.has_register then coalesce(licence.licence_state, 'unregistered') end as licence_state,
  institution_year.classes,
  institution_year.completed_sessions,
  institution_year.subsidised_sessions,
  institution_year.counted_sessions,
  case
    when institution_year.plan_year > min(institution_year.plan_year) over ()
      then coalesce(year_before.counted_sessions, 0)
  end as counted_sessions_year_before,
  institution_year.priority_sessions,
  main_city.city_code as main_city_code,
  main_city.share_of_city,
  side_by_side.certified_sessions,
  side_by_side.certification_rate,
  side_by_side.certification_rate_low,
  side_by_side.certification_rate_high,
  side_by_side.certification_rate_funnel_status,
  side_by_side.certification_rate_side,
  institution_year.due_sessions,
  side_by_side.employed_sessions,
  side_by_side.employment_rate,
  side_by_side.employment_rate_low,
  side_by_side.employment_rate_high,
  side_by_side.employment_rate_funnel_status,
  side_by_side.employment_rate_side,
  case
    when landed.has_employment then institution_year.settled_sessions / nullif(institution_year.due_sessions, 0)
  end as observation_complete,
  side_by_side.violating_sessions,
  side_by_side.violation_rate,
  side_by_side.violation_rate_low,
  side_by_side.violation_rate_high,
  side_by_side.violation_rate_funnel_status,
  side_by_side.violation_rate_side,
  case when landed.has_subsidy then coalesce(payment.payments, 0) end as payments,
  cast(case when landed.has_subsidy then coalesce(payment.paid_yuan, 0) end as decimal(18, 2)) as paid_yuan,
  cast(case when landed.has_subsidy then coalesce(payment.irregular_yuan, 0) end as decimal(18, 2)) as irregular_yuan
from institution_year
cross join landed
inner join side_by_side
  on
    institution_year.plan_year = side_by_side.plan_year
    and institution_year.institution_code = side_by_side.institution_code
left join institution
  on institution_year.institution_code = institution.institution_code
left join licence
  on institution_year.institution_code = licence.institution_code
left join main_city
  on
    institution_year.plan_year = main_city.plan_year
    and institution_year.institution_code = main_city.institution_code
left join year_before
  on
    institution_year.plan_year = year_before.plan_year
    and institution_year.institution_code = year_before.institution_code
left join payment
  on
    institution_year.plan_year = payment.plan_year
    and institution_year.institution_code = payment.institution_code
