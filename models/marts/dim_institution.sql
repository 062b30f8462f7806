with

institution as (
  select * from {{ ref('stg_institution') }}
),

enrollment as (
  select * from {{ ref('stg_enrollment') }}
),

-- The register may hold several licence periods: the latest one that has begun names the institution.
registered as (
  select
    institution_uscc as institution_code,
    name,
    kind,
    county_code,
    star_rating,
    licence_from,
    licence_to,
    row_number() over (
      partition by institution_uscc
      order by licence_from <= {{ as_of() }} desc, licence_from desc
    ) as recency
  from institution
),

trained_only as (
  select distinct enrollment.institution_uscc as institution_code
  from enrollment
  anti join registered
    on enrollment.institution_uscc = registered.institution_code
),

combined as (
  select
    institution_code,
    name,
    kind,
    county_code,
    star_rating,
    licence_from,
    licence_to,
    true as is_registered
  from registered
  where recency = 1
  union all
  select
    institution_code,
    null as name,
    null as kind,
    null as county_code,
    null as star_rating,
    null as licence_from,
    null as licence_to,
    false as is_registered
  from trained_only
)

select
  institution_code,
  coalesce(name, institution_code) as name_zh,
  coalesce(name, institution_code) as name_en,
  kind,
  county_code,
  star_rating,
  licence_from,
  licence_to,
  is_registered,
  cast(row_number() over (order by institution_code) as integer) as sort_order
from combined
