{#- Schemas carry the rooms' own names (staging, marts …), not a target prefix: analysts read `marts.…`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}
