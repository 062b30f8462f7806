{#- The plan's caps (三): subsidised at most three times in all, at most once a calendar year. -#}
{% set lifetime_cap = 3 %}

with

session_rule as {{ inlined() }} (
  select * from {{ ref('int_session_rule') }}
),

certification as (
  select * from {{ current('certification') }}
),

unread_value as (
  select * from {{ ref('int_unread_value') }}
),

walked as {{ inlined() }} (
  select
    enrollment_id,
    person_key,
    {{ compared_occupation() }} as occupation,
    skill_level,
    end_date
  from session_rule
  where is_walked
),

passed as {{ inlined() }} (
  select
    certificate_no,
    person_key,
    {{ compared_occupation() }} as occupation,
    skill_level,
    issued_on
  from certification
  where result = 'pass'
),

passed_certificate as (
  select
    person_key,
    occupation,
    skill_level,
    issued_on
  from passed
  where
    occupation is not null
    and skill_level is not null
),

-- 5 is the lowest level and 1 the highest: a smaller number is a higher certificate.
downgraded as (
  select walked.enrollment_id
  from walked
  semi join passed_certificate
    on
      walked.person_key = passed_certificate.person_key
      and walked.occupation = passed_certificate.occupation
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
    walked.occupation || '/' || walked.skill_level as occupation_level,
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

-- The walk, from one eligible session to the next rather than from row to row: an ineligible session uses up nothing,
-- so the next eligible one is the first later session that breaks no rule against those already found. As many rounds
-- as the lifetime cap allows, however long a history is.
{% for nth in range(1, lifetime_cap + 1) %}
  next_place_{{ nth }} as (
    select
      placed.person_key,
      min(placed.place) as place
    from placed
    {% if nth > 1 %}
      inner join eligible_{{ nth - 1 }} as last
        on
          placed.person_key = last.person_key
          and placed.place > last.place
          and placed.end_year <> last.end_year
    {% endif %}
    where
      not placed.breaks_downgrade
      {% for earlier in range(1, nth) %}
        and coalesce(placed.occupation_level <> last.level_{{ earlier }}, true)
      {% endfor %}
    group by placed.person_key
  ),

  eligible_{{ nth }} as (
    select
      placed.person_key,
      placed.place,
      placed.end_year,
      {% for earlier in range(1, nth) %}
        last.level_{{ earlier }},
      {% endfor %}
      placed.occupation_level as level_{{ nth }}
    from placed
    inner join next_place_{{ nth }} as next_place
      on
        placed.person_key = next_place.person_key
        and placed.place = next_place.place
    {% if nth > 1 %}
      inner join eligible_{{ nth - 1 }} as last
        on placed.person_key = last.person_key
    {% endif %}
  ),

{% endfor %}
eligible as (
  {% for nth in range(1, lifetime_cap + 1) %}
    select
      person_key,
      place,
      end_year,
      level_{{ nth }} as occupation_level
    from eligible_{{ nth }}
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
),

-- What a session breaks is judged against the eligible ones before it.
judged as (
  select
    placed.enrollment_id,
    bool_or(placed.breaks_downgrade) as breaks_downgrade,
    coalesce(bool_or(eligible.end_year = placed.end_year), false) as breaks_annual_cap,
    count(eligible.place) >= {{ lifetime_cap }} as breaks_lifetime_cap,
    coalesce(bool_or(eligible.occupation_level = placed.occupation_level), false) as breaks_repeat
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

-- The two rules that compare occupation and level are open where one of them could not be read, unless the other is
-- not there, for then there is nothing to compare. An earlier session of an unread occupation repeats nothing.
unread_session as (
  select
    record_key as enrollment_id,
    rule_code,
    bool_or(column_name = 'occupation_code') as is_occupation_unread,
    bool_or(column_name = 'skill_level') as is_level_unread
  from unread_value
  where
    extract = 'enrollment'
    and rule_code in ('REPEAT', 'DOWNGRADE')
  group by
    record_key,
    rule_code
),

-- A certificate of which one of the two could not be read may be the higher one.
unread_certificate as (
  select
    record_key as certificate_no,
    bool_or(column_name = 'occupation_code') as is_occupation_unread,
    bool_or(column_name = 'skill_level') as is_level_unread
  from unread_value
  where
    extract = 'certification'
    and rule_code = 'DOWNGRADE'
  group by record_key
),

doubtful_certificate as (
  select
    passed.person_key,
    passed.occupation,
    passed.skill_level,
    passed.issued_on,
    unread_certificate.is_occupation_unread,
    unread_certificate.is_level_unread
  from passed
  inner join unread_certificate
    on passed.certificate_no = unread_certificate.certificate_no
),

in_doubt as (
  select walked.enrollment_id
  from walked
  semi join doubtful_certificate
    on
      walked.person_key = doubtful_certificate.person_key
      and walked.end_date >= doubtful_certificate.issued_on
      and (doubtful_certificate.is_occupation_unread or walked.occupation = doubtful_certificate.occupation)
      and (doubtful_certificate.is_level_unread or walked.skill_level > doubtful_certificate.skill_level)
  where
    walked.occupation is not null
    and walked.skill_level is not null
),

left_open as (
  select
    walked.enrollment_id,
    unread_session.rule_code
  from walked
  inner join unread_session
    on walked.enrollment_id = unread_session.enrollment_id
  where
    (walked.occupation is not null or unread_session.is_occupation_unread)
    and (walked.skill_level is not null or unread_session.is_level_unread)
  union all
  select
    enrollment_id,
    'DOWNGRADE' as rule_code
  from in_doubt
),

open_session as (
  select
    enrollment_id,
    bool_or(rule_code = 'REPEAT') as leaves_open_repeat,
    bool_or(rule_code = 'DOWNGRADE') as leaves_open_downgrade
  from left_open
  group by enrollment_id
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
),

decided as (
  select
    outcome.*,
    coalesce(open_session.leaves_open_repeat, false) as leaves_open_repeat,
    coalesce(open_session.leaves_open_downgrade and not outcome.breaks_downgrade, false) as leaves_open_downgrade
  from outcome
  left join open_session
    on outcome.enrollment_id = open_session.enrollment_id
)

select
  enrollment_id,
  breaks_annual_cap,
  breaks_lifetime_cap,
  breaks_repeat,
  breaks_downgrade,
  leaves_open_repeat,
  leaves_open_downgrade
from decided
