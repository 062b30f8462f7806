"""A made working warehouse, clean, of any size: raw as landing writes it, marts as the models build them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

AS_OF = date(2026, 10, 31)

_RAW = """
create schema raw;
create table raw.batch as
select *
from (values
  (1::bigint, 'enrollment', 'enrollment/a.csv', repeat('a', 64), timestamp '2026-10-05 09:00:00', 'landed',
    {n}::bigint, {n}::bigint, 0::bigint, null::varchar),
  (2, 'certification', 'certification/a.csv', repeat('b', 64), timestamp '2026-10-05 09:01:00', 'landed',
    {n}, {n}, 0, null),
  (3, 'employment', 'employment/a.csv', repeat('c', 64), timestamp '2026-10-05 09:02:00', 'landed',
    {n}, {n}, 0, null),
  (4, 'institution', 'institution/a.csv', repeat('d', 64), timestamp '2026-10-05 09:03:00', 'landed',
    2, 2, 0, null),
  (5, 'enrollment', 'enrollment/b.csv', repeat('e', 64), timestamp '2026-10-20 09:00:00', 'landed',
    {later}, {later}, 0, null),
  (6, 'subsidy', 'subsidy/a.csv', repeat('f', 64), timestamp '2026-10-05 09:04:00', 'landed',
    {n}, {n}, 0, null)
) as made(
  batch_id, extract, file_name, sha256, landed_at, status, rows_read, rows_landed, rows_rejected, message);

create table raw.rejected_row(
  batch_id bigint, row_number bigint, column_name varchar, reason_code varchar, masked_value varchar,
  record_key varchar);
create table raw.batch_release(batch_id bigint, released_at timestamp, reason varchar);
create table raw.correction(batch_id bigint, row_number bigint, by_batch_id bigint);
create table raw.backfill(batch_id bigint);
create table raw.reversal(batch_id bigint, row_number bigint);
create table raw.warehouse as select 'key_check' as property, repeat('0f', 16) as value;

create table raw.enrollment as
select
  'E' || lpad(i::varchar, 12, '0') as enrollment_id,
  md5((i % ({n} * 3 // 4 + 1))::varchar)::uuid as person_key,
  (1960 + i % 45)::smallint as birth_year,
  if(i % 2 = 0, 'male', 'female') as sex,
  '45' as origin_region,
  'C450102202603' || lpad((i // 30)::varchar, 8, '0') as class_id,
  '52450100MJ0000000' || (i % 7) as institution_uscc,
  ['450102', '450202', '450300', '450000', '450481'][1 + i % 5] as county_code,
  ['AI', 'I01', 'I07', 'OTHER'][1 + i % 4] as industry_code,
  '4-04-05-05' as occupation_code,
  (1 + i % 5)::varchar as skill_level,
  'occupation' as training_type,
  if(i % 9 = 0, 'ai', null) as programme,
  ['graduate_youth', 'rural_transfer', 'enterprise_employee'][1 + i % 3] as trainee_group,
  'employment_subsidy' as funding_source,
  date '2024-01-01' + (i * 37 % 1000)::integer as start_date,
  if(i % 11 = 0, null, date '2024-01-20' + (i * 37 % 1000)::integer) as end_date,
  40 as class_hours,
  if(i % 11 = 0, 'in_training', 'completed') as status,
  null::varchar as employer_uscc,
  null::boolean as receives_unemployment_insurance,
  null::varchar as park_code,
  null::varchar as project_id,
  1::bigint as batch_id,
  i + 2 as row_number
from range({n}) as made(i);

-- A later batch: the first rows again, the very first voided.
insert into raw.enrollment by name
select
  * replace (5 as batch_id, if(row_number = 2, 'void', status) as status)
from raw.enrollment
where row_number < 2 + {later};

create table raw.certification as
select
  'Z' || lpad(i::varchar, 12, '0') as certificate_no,
  'E' || lpad(i::varchar, 12, '0') as enrollment_id,
  md5((i % ({n} * 3 // 4 + 1))::varchar)::uuid as person_key,
  1980::smallint as birth_year,
  'male' as sex,
  '45' as origin_region,
  'skill_level' as certificate_kind,
  '4-04-05-05' as occupation_code,
  '5' as skill_level,
  if(i % 10 = 0, 'fail', 'pass') as result,
  date '2024-02-01' + (i * 37 % 1020)::integer as issued_on,
  null::varchar as assessor_uscc,
  2::bigint as batch_id,
  i + 2 as row_number
from range({n}) as made(i);

create table raw.subsidy as
select
  'P' || lpad(i::varchar, 12, '0') as payment_id,
  'E' || lpad(i::varchar, 12, '0') as enrollment_id,
  'training' as component,
  ['special_account', 'employment_subsidy'][1 + i % 2] as funding_source,
  600::decimal(14, 2) as amount_yuan,
  date '2026-01-01' + (i % 330)::integer as paid_on,
  'institution' as payee_type,
  null::uuid as payee_key,
  '52450100MJ0000000' || (i % 7) as payee_code,
  null::varchar as park_code,
  null::varchar as advanced_by_type,
  null::uuid as advanced_by_key,
  null::varchar as advanced_by_code,
  6::bigint as batch_id,
  i + 2 as row_number
from range({n}) as made(i);

create table raw.employment as
select
  'R' || lpad(i::varchar, 12, '0') as record_id,
  md5((i % ({n} * 3 // 4 + 1))::varchar)::uuid as person_key,
  1980::smallint as birth_year,
  'male' as sex,
  '45' as origin_region,
  '91450100MA000000' || lpad((i % 90)::varchar, 2, '0') as employer_uscc,
  'payroll' as evidence_type,
  date '2024-03-01' + (i * 37 % 1020)::integer as evidence_from,
  null::date as evidence_to,
  '450102' as county_code,
  null::varchar as industry_code,
  3::bigint as batch_id,
  i + 2 as row_number
from range({n}) as made(i);

create table raw.institution as
select
  '52450100MJ0000000' || i as institution_uscc,
  '学校' || i as name,
  'training_base' as kind,
  '450102' as county_code,
  3 as star_rating,
  date '2020-01-01' as licence_from,
  null::date as licence_to,
  4::bigint as batch_id,
  i + 2 as row_number
from range(2) as made(i);
"""

_MARTS = """
create schema marts;
create table marts.fct_training_session as
with newest as (
  select * from raw.enrollment
  where (enrollment_id, batch_id) in (select enrollment_id, max(batch_id) from raw.enrollment group by all)
)
select
  enrollment_id, person_key, class_id, institution_uscc,
  left(county_code, 4) || '00' as city_code, county_code,
  industry_code, occupation_code, skill_level, training_type, programme, trainee_group,
  trainee_group <> 'enterprise_employee' as is_priority,
  funding_source, park_code, project_id, start_date, end_date,
  if(is_completed, date_trunc('month', end_date)::date, null) as end_month,
  if(is_completed, year(end_date)::integer, null) as plan_year,
  class_hours, status, true as is_subsidised, is_completed,
  is_completed and row_number % 13 <> 0 as is_eligible,
  is_eligible as is_counted,
  if(is_completed and not is_eligible, ['ANNUAL_CAP'], []::varchar[]) as violations,
  row_number % 10 <> 2 as is_certified,
  null::date as certified_on,
  if(is_completed, ['employed', 'not_employed', 'awaiting', 'too_early'][1 + row_number % 4], null)
    as employment_status
from (select *, status = 'completed' and end_date <= date '{as_of}' as is_completed from newest)
where status <> 'void';

-- Records dated after as_of are in raw and not in the marts.
create table marts.fct_certification as
select * exclude (batch_id, row_number) from raw.certification where issued_on <= date '{as_of}';
create table marts.fct_subsidy as
select * exclude (batch_id, row_number), 'occupation' as training_type, '450100' as city_code
from raw.subsidy where paid_on <= date '{as_of}';

create table marts.fund_flow as
select funding_source, component, count(*) as payments, sum(amount_yuan) as paid_yuan
from marts.fct_subsidy group by all;

create table marts.fct_employment as
select * exclude (batch_id, row_number) from raw.employment where evidence_from <= date '{as_of}';
"""

# The tables that sum sessions, one statement each: a test may make them again from changed sessions.
_SUMS = """
create or replace table marts.fct_progress as
select
  plan_year, end_month, city_code, industry_code, trainee_group,
  count(*) as completed_sessions,
  count_if(is_subsidised)::bigint as subsidised_sessions,
  count_if(is_counted)::bigint as counted_sessions,
  count_if(is_counted and is_priority)::bigint as priority_sessions,
  count_if(is_counted and is_certified)::bigint as certified_sessions,
  count_if(is_counted and employment_status = 'employed')::bigint as employed_sessions,
  count_if(is_counted and employment_status = 'not_employed')::bigint as not_employed_sessions,
  count_if(is_counted and employment_status = 'awaiting')::bigint as awaiting_sessions,
  count_if(is_counted and employment_status = 'too_early')::bigint as too_early_sessions,
  sum(class_hours)::bigint as class_hours
from marts.fct_training_session where is_completed group by all;

create or replace table marts.headcount as
with counted as (
  select *, plan_year as scope_year from marts.fct_training_session where is_counted
  union all by name
  select *, 0 as scope_year from marts.fct_training_session
  where is_counted and plan_year in (2025, 2026, 2027)
)
select
  scope_year as plan_year,
  coalesce(city_code, 'ALL') as city_code,
  coalesce(industry_code, 'ALL') as industry_code,
  coalesce(trainee_group, 'ALL') as trainee_group,
  count(distinct person_key) as persons,
  count(distinct person_key) filter (is_priority) as priority_persons,
  count(*) as counted_sessions,
  count_if(is_priority)::bigint as priority_sessions,
  priority_persons / persons as priority_share_persons,
  priority_sessions / counted_sessions as priority_share_sessions
from counted group by scope_year, cube (counted.city_code, counted.industry_code, counted.trainee_group);

create or replace table marts.target_progress as
with year_row as (
  select plan_year, target_sessions from (values (2025, 180000), (2026, 210000), (2027, 210000), (0, 600000))
  as made(plan_year, target_sessions)
)
select
  plan_year, target_sessions,
  coalesce(counted_sessions, 0) as counted_sessions,
  (select count(*) from marts.fct_training_session as s
    where s.is_completed and (s.plan_year = year_row.plan_year
    or (year_row.plan_year = 0 and s.plan_year in (2025, 2026, 2027)))) as completed_sessions,
  coalesce(counted_sessions, 0) / target_sessions as attainment,
  0.5::double as expected_share_elapsed,
  2.5::double as pace,
  priority_share_persons, priority_share_sessions
from year_row left join (select * from marts.headcount
  where city_code = 'ALL' and industry_code = 'ALL' and trainee_group = 'ALL') using (plan_year);

create or replace table marts.city_scorecard as
select
  target.plan_year, city.city_code, 1000::bigint as target_sessions, 'reference' as target_basis,
  coalesce(sum(counted_sessions), 0)::bigint as counted_sessions,
  sum(certified_sessions) / nullif(sum(counted_sessions), 0) as certification_rate,
  3.0::double as certification_rate_rank
from (select unnest([2025, 2026, 2027]) as plan_year) as target
cross join (select unnest(['450100', '450200', '450300', '450400', '450500', '450000']) as city_code) as city
left join marts.fct_progress using (plan_year, city_code) group by all;

create or replace table marts.institution_scorecard as
select
  plan_year, institution_uscc as institution_code,
  count(*) as completed_sessions,
  count_if(is_subsidised)::bigint as subsidised_sessions,
  count_if(is_counted)::bigint as counted_sessions
from marts.fct_training_session where plan_year in (2025, 2026, 2027) group by all;

create or replace table marts.session_funnel as
with declared as (
  select *, coalesce(plan_year, year(start_date)) as funnel_year from marts.fct_training_session
  where start_date <= date '{as_of}'
),
scoped as (
  select *, funnel_year as scope_year from declared where funnel_year in (2025, 2026, 2027)
  union all
  select *, 0 from declared where funnel_year in (2025, 2026, 2027)
),
step as (
  select scope_year as plan_year, unnest([1, 2, 3, 4, 5, 6]) as step_order,
    unnest(['declared', 'completed', 'subsidised', 'eligible', 'certified', 'employed']) as step,
    unnest([count(*), count_if(is_completed), count_if(is_completed and is_subsidised), count_if(is_counted),
      count_if(is_counted and is_certified),
      count_if(is_counted and is_certified and employment_status = 'employed')])::bigint as sessions
  from scoped group by scope_year
)
select *, 0::bigint as lost_sessions from step;
"""

_REST = """
create table marts.dim_city as select '450100' as city_code, '南宁市' as name_zh, 'Nanning' as name_en;
create table marts.published_version as select
  'build-1' as build_id, timestamp '2026-10-31 09:00:00' as published_at, date '{as_of}' as as_of,
  null::timestamp as known_at, 6::bigint as batch_id_max;
"""


SUMS = [part for part in _SUMS.format(as_of=AS_OF).split(";\n") if part.strip()]


def make_warehouse(path: Path, sessions: int = 60, as_of: date = AS_OF) -> Path:
    """Write a clean working warehouse of `sessions` enrolments to `path`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_RAW.format(n=sessions, later=max(1, sessions // 20)))
        for part in (_MARTS, _SUMS, _REST):
            connection.execute(part.format(as_of=as_of))
    return path


def make_published(path: Path, warehouse: Path) -> Path:
    """Write a published file: the marts of `warehouse`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{warehouse}' as working (read_only)")
        connection.execute("create schema marts")
        for table in ("fct_training_session", "published_version"):
            connection.execute(f"create table marts.{table} as from working.marts.{table}")
    return path
