with

measure as (
  select * from {{ ref('int_institution_measure') }}
),

{{ funnel_plot('institution_code', 'is_compared') }},

{{ funnel_too_few('institution_code', "measure.institution_code <> 'ALL'") }}

{{ funnel_rows('institution_code') }}
