{# HMAC-SHA-256 of the person's number, its first 128 bits. The pads are of the benchmark's own key, made for one run. #}
{% macro person_key(column) -%}
cast(left(encode(sha256(
    decode('{{ env_var("BENCH_OUTER") }}', 'hex')
    || sha256(decode('{{ env_var("BENCH_INNER") }}', 'hex') || convert_to({{ column }}, 'UTF8'))
), 'hex'), 32) as uuid)
{%- endmacro %}
