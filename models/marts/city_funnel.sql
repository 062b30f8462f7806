with

measure as (
  select * from {{ ref('int_city_measure') }}
),

{{ funnel_plot('city_code', 'is_compared') }},

{{ funnel_too_few('city_code', "measure.is_ranked") }}

{{ funnel_rows('city_code') }}
