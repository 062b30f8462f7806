{#- Whether a value of a record was sent that could not be read; the value itself is null then. -#}
{% macro is_unread(record, column) -%}
  coalesce(contains(',' || {{ record }}.unread_columns || ',', ',{{ column }},'), false)
{%- endmacro %}

{#- Up to which day a piece of evidence (the relation `employment`) surely reaches: null is an open end, an unread one is not. -#}
{% macro proven_until() -%}
  case
    when {{ is_unread('employment', 'evidence_to') }} then employment.evidence_from
    else coalesce(employment.evidence_to, date '9999-12-31')
  end
{%- endmacro %}
