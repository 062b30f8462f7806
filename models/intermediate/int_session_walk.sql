{#- The plan's caps (三): subsidised at most three times in all, at most once a calendar year. -#}
{% set lifetime_cap = 3 %}

with recursive

session_rule as (
  select * from {{ ref('int_session_rule') }}
),

certification as (
  select * from {{ ref('stg_certification') }}
),

walked as (
  select
    enrollment_id,
    person_key,
    occupation_code,
    skill_level,
    end_date
  from session_rule
  where is_walked
),

passed_certificate as (
  select
    person_key,
    occupation_code,
    skill_level,
    issued_on
  from certification
  where
    result = 'pass'
    and occupation_code is not null
    and skill_level is not null
),

-- 5 is the lowest level and 1 the highest: a smaller number is a higher certificate.
downgraded as (
  select walked.enrollment_id
  from walked
  semi join passed_certificate
    on
      walked.person_key = passed_certificate.person_key
      and walked.occupation_code = passed_certificate.occupation_code
      and walked.skill_level > passed_certificate.skill_level
      and walked.end_date >= passed_certificate.issued_on
),

-- Caps and repeats can only touch a person who walks more than one session: few do.
returning_person as (
  select person_key
  from walked
  group by person_key
  having count(*) > 1
),

placed as (
  select
    walked.person_key,
    walked.enrollment_id,
    year(walked.end_date) as end_year,
    walked.occupation_code || '/' || walked.skill_level as occupation_level,
    downgraded.enrollment_id is not null as breaks_downgrade,
    row_number() over (
      partition by walked.person_key order by walked.end_date, walked.enrollment_id
    ) as place
  from walked
  semi join returning_person
    on walked.person_key = returning_person.person_key
  left join downgraded
    on walked.enrollment_id = downgraded.enrollment_id
),

first_eligible as (
  select
    person_key,
    min(place) as place
  from placed
  where not breaks_downgrade
  group by person_key
),

-- The walk, from one eligible session to the next rather than from row to row: an ineligible session uses up nothing,
-- so the next eligible one is the first later session that breaks no rule against those already found. At most
-- {{ lifetime_cap }} rounds, however long a history is.
eligible as (
  select
    placed.person_key,
    placed.place,
    placed.end_year,
    1 as nth,
    [placed.occupation_level] as used_levels
  from placed
  inner join first_eligible
    on
      placed.person_key = first_eligible.person_key
      and placed.place = first_eligible.place

  union all

  select
    next.person_key,
    next.place,
    next.end_year,
    next.nth,
    next.used_levels
  from
    (
      select
        eligible.person_key,
        eligible.nth + 1 as nth,
        min(placed.place) as place,
        arg_min(placed.end_year, placed.place) as end_year,
        arg_min(list_append(eligible.used_levels, placed.occupation_level), placed.place) as used_levels
      from eligible
      inner join placed
        on
          eligible.person_key = placed.person_key
          and eligible.place < placed.place
          and eligible.end_year <> placed.end_year
      where
        eligible.nth < {{ lifetime_cap }}
        and not placed.breaks_downgrade
        and not coalesce(list_contains(eligible.used_levels, placed.occupation_level), false)
      group by
        eligible.person_key,
        eligible.nth
    ) as next
),

-- What a session breaks is judged against the eligible ones before it.
judged as (
  select
    placed.enrollment_id,
    bool_or(placed.breaks_downgrade) as breaks_downgrade,
    coalesce(bool_or(eligible.end_year = placed.end_year), false) as breaks_annual_cap,
    count(eligible.place) >= {{ lifetime_cap }} as breaks_lifetime_cap,
    coalesce(bool_or(eligible.used_levels[eligible.nth] = placed.occupation_level), false) as breaks_repeat
  from placed
  left join eligible
    on
      placed.person_key = eligible.person_key
      and placed.place > eligible.place
  group by placed.enrollment_id
),

single as (
  select
    walked.enrollment_id,
    downgraded.enrollment_id is not null as breaks_downgrade
  from walked
  anti join returning_person
    on walked.person_key = returning_person.person_key
  left join downgraded
    on walked.enrollment_id = downgraded.enrollment_id
),

outcome as (
  select
    enrollment_id,
    breaks_annual_cap,
    breaks_lifetime_cap,
    breaks_repeat,
    breaks_downgrade
  from judged
  union all
  select
    enrollment_id,
    false as breaks_annual_cap,
    false as breaks_lifetime_cap,
    false as breaks_repeat,
    breaks_downgrade
  from single
)

select
  enrollment_id,
  breaks_annual_cap,
  breaks_lifetime_cap,
  breaks_repeat,
  breaks_downgrade
from outcome
