"""The work in Spark SQL alone: one process, all cores (`local[*]`), tables between the steps as Parquet."""

import re
import shutil
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks.peers import (
    DIMENSIONS,
    MOST_TIMES,
    NOT_PRIORITY,
    OWN_RULES,
    PROGRESS,
    PUBLIC,
    TABLES,
    WALK_RULES,
    command,
)

BLOCK = 64  # bytes of a block of SHA-256
PARTITIONS = 16
KEYS = {
    "enrollment": "enrollment_id",
    "certification": "certificate_no",
    "employment": "record_id",
    "institution": "institution_uscc, licence_from",
}
TYPES = {
    "enrollment": "cast(start_date as date) as start_date, cast(end_date as date) as end_date, "
    "cast(class_hours as int) as class_hours",
    "certification": "cast(issued_on as date) as issued_on",
    "employment": "cast(evidence_from as date) as evidence_from, cast(evidence_to as date) as evidence_to",
    "institution": "cast(licence_from as date) as licence_from, cast(licence_to as date) as licence_to",
}
_NAMED = re.compile(r"as (\w+)")


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:
    """Read, key, dedupe, rules, facts, counts; seconds by phase, the start of Spark as its own."""
    out.mkdir(parents=True)
    seconds, began = {}, time.perf_counter()
    place = Path(tempfile.mkdtemp(dir=out.parent, prefix="spark-"))
    spark = _session(place, memory_limit)
    seconds["start"] = time.perf_counter() - began

    try:
        began = time.perf_counter()
        for extract in KEYS:
            _read(spark, landing, out if extract in TABLES else place, extract, key)
        seconds["read"] = time.perf_counter() - began

        began = time.perf_counter()
        _keep(spark, place, "assessed", _ASSESSED.format(as_of=as_of))
        _keep(spark, place, "walked", _WALKED)
        _keep(spark, place, "broken", _BROKEN.format(as_of=as_of))
        seconds["rules"] = time.perf_counter() - began

        began = time.perf_counter()
        _keep(spark, out, "training_session", _FACT.format(as_of=as_of))
        _keep(spark, out, "rule_violation", _VIOLATION)
        seconds["facts"] = time.perf_counter() - began

        began = time.perf_counter()
        _keep(spark, out, "progress", _PROGRESS)
        _keep(spark, out, "cube", _CUBE)
        seconds["counts"] = time.perf_counter() - began
    finally:
        spark.stop()
        shutil.rmtree(place, ignore_errors=True)
    return seconds


def _session(place: Path, memory_limit: str) -> SparkSession:
    builder = SparkSession.builder.master("local[*]").appName("bench")
    settings = {
        "spark.driver.memory": memory_limit.lower().removesuffix("b"),
        "spark.sql.shuffle.partitions": str(PARTITIONS),
        "spark.local.dir": str(place / "local"),
        "spark.sql.warehouse.dir": str(place / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.ansi.enabled": "true",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={place} -Duser.timezone=UTC",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _keep(spark: SparkSession, place: Path, name: str, sql: str) -> None:
    file = str(place / f"{name}.parquet")
    spark.sql(sql).write.parquet(file)
    spark.read.parquet(file).createOrReplaceTempView(name)


def _read(spark: SparkSession, landing: Path, place: Path, extract: str, key: bytes) -> None:
    """The last row of each key, typed, with the person's pseudonym for the number."""
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK, b"\0")).hex() for pad in (0x36, 0x5C))
    read = spark.read.option("header", value=True).csv(str(landing / extract / "*.csv"))
    numbered = read.selectExpr("*", "_metadata.file_path as file", "monotonically_increasing_id() as position")
    numbered.createOrReplaceTempView("read_now")
    typed = set(_NAMED.findall(TYPES[extract]))
    plain = [name for name in read.columns if name not in {*typed, "person_id", "person_name"}]
    person = (
        f"left(sha2(concat(X'{outer}', unhex(sha2(concat(X'{inner}', cast(person_id as binary)), 256))), 256), 32)"
        " as person_key,"
    )
    if extract == "enrollment":
        person += " cast(substr(person_id, 7, 4) as int) as birth_year,"
    columns = f"{person if 'person_id' in read.columns else ''} {', '.join(plain)}, {TYPES[extract]}, file, position"
    _keep(
        spark,
        place,
        extract,
        f"""
        with ranked as (
          select {columns}, row_number() over (partition by {KEYS[extract]} order by file desc, position desc) as place
          from read_now
        )
        select * except (file, position, place) from ranked where place = 1
        """,
    )


_ASSESSED = f"""
    with licensed as (
      select distinct class.institution_uscc, class.start_date, class.end_date
      from (select distinct institution_uscc, start_date, end_date from enrollment) as class
      inner join institution as licence
        on class.institution_uscc = licence.institution_uscc
        and class.start_date >= licence.licence_from
        and class.end_date <= coalesce(licence.licence_to, date '9999-12-31')
    )
    select
      enrollment_id, person_key, end_date, year(end_date) as year, occupation_code || '/' || skill_level as level,
      occupation_code, skill_level,
      coalesce(training_type = 'specialised' and class_hours < 28, false) as hours_min,
      case funding_source
        when 'employment_subsidy' then training_type = 'project' and park_code is null
        when 'special_account' then training_type <> 'project'
        else false
      end as fund_match,
      funding_source = 'unemployment_insurance' and not coalesce(receives_unemployment_insurance = 'true', false)
        as ui_only,
      training_type = 'project' and employer_uscc is null as project_employer,
      licensed.institution_uscc is null as licence
    from enrollment left join licensed using (institution_uscc, start_date, end_date)
    where
      status = 'completed' and end_date <= date '{{as_of}}'
      and funding_source in {PUBLIC}
"""

# A fold over each person's sessions in order: what the recursive query does elsewhere, without its many rounds.
_WALKED = f"""
    with session as (select * from assessed where not ({" or ".join(OWN_RULES)})),
    higher as (
      select distinct session.enrollment_id
      from session inner join certification as certificate
        on session.person_key = certificate.person_key
        and session.occupation_code = certificate.occupation_code
        and certificate.skill_level < session.skill_level
        and certificate.issued_on <= session.end_date
      where certificate.result = 'pass'
    ),
    person as (
      select
        person_key,
        array_sort(collect_list(struct(
          end_date, enrollment_id, year, level, higher.enrollment_id is not null as downgrade
        ))) as sessions
      from session left join higher using (enrollment_id)
      group by person_key
    ),
    walked as (
      select
        aggregate(
          sessions,
          struct(
            cast(array() as array<struct<
              enrollment_id: string, annual_cap: boolean, lifetime_cap: boolean, repeat: boolean, downgrade: boolean
            >>) as judged,
            cast(array() as array<string>) as levels, 0 as used, 0 as last_year
          ),
          (so_far, next) -> if(
            not next.downgrade and so_far.used < {MOST_TIMES} and so_far.last_year <> next.year
            and not coalesce(array_contains(so_far.levels, next.level), false),
            struct(
              array_append(so_far.judged, named_struct(
                'enrollment_id', next.enrollment_id, 'annual_cap', false, 'lifetime_cap', false, 'repeat', false,
                'downgrade', false
              )) as judged,
              if(next.level is null, so_far.levels, array_append(so_far.levels, next.level)) as levels,
              so_far.used + 1 as used,
              next.year as last_year
            ),
            struct(
              array_append(so_far.judged, named_struct(
                'enrollment_id', next.enrollment_id, 'annual_cap', so_far.last_year = next.year,
                'lifetime_cap', so_far.used >= {MOST_TIMES},
                'repeat', coalesce(array_contains(so_far.levels, next.level), false), 'downgrade', next.downgrade
              )) as judged,
              so_far.levels as levels, so_far.used as used, so_far.last_year as last_year
            )
          )
        ).judged as judged
      from person
    )
    select judgement.* from walked lateral view explode(judged) as judgement
"""

_BROKEN = f"""
    {
    " union all ".join(
        f"select enrollment_id, '{rule.upper()}' as rule_code from {table} where {rule}"
        for table, rules in (("assessed", OWN_RULES), ("walked", WALK_RULES))
        for rule in rules
    )
}
    union all
    select enrollment_id, 'AGE' as rule_code from enrollment
    where status <> 'void' and year(start_date) - birth_year < 16
    union all
    select enrollment_id, 'LONG_OPEN' as rule_code from enrollment
    where status in ('enrolled', 'in_training') and start_date < date_sub(date '{{as_of}}', 365)
"""

_FACT = f"""
    with certificate as (
      select enrollment_id, min(issued_on) as certified_on from certification
      where result = 'pass' and issued_on <= date '{{as_of}}' group by enrollment_id
    ),
    covered as (
      select distinct enrollment.enrollment_id
      from enrollment inner join employment
        on enrollment.person_key = employment.person_key
        and employment.evidence_from <= add_months(enrollment.end_date, 6)
        and coalesce(employment.evidence_to, date '9999-12-31') >= add_months(enrollment.end_date, 3)
      where
        enrollment.status = 'completed' and add_months(enrollment.end_date, 3) <= date '{{as_of}}'
        and employment.evidence_from <= date '{{as_of}}'
    ),
    violated as (
      select
        enrollment_id, array_sort(collect_list(rule_code)) as violations,
        bool_or(rule_code not in ('AGE', 'LONG_OPEN')) as is_barred
      from broken group by enrollment_id
    ),
    flagged as (
      select
        *,
        funding_source in {PUBLIC} as is_subsidised,
        coalesce(status = 'completed' and end_date <= date '{{as_of}}', false) as is_completed
      from enrollment where status <> 'void'
    )
    select
      enrollment_id, person_key, class_id, institution_uscc, left(county_code, 4) || '00' as city_code, county_code,
      industry_code, occupation_code, skill_level, training_type, programme, trainee_group,
      trainee_group not in {NOT_PRIORITY} as is_priority, funding_source, park_code, project_id, start_date, end_date,
      case when is_completed then cast(date_trunc('month', end_date) as date) end as end_month,
      case when is_completed then year(end_date) end as year,
      class_hours, status, is_subsidised, is_completed,
      is_completed and is_subsidised and not coalesce(is_barred, false) as is_counted,
      coalesce(violations, cast(array() as array<string>)) as violations,
      certified_on is not null as is_certified, certified_on,
      case
        when not is_completed then null
        when add_months(end_date, 3) > date '{{as_of}}' then 'too_early'
        when covered.enrollment_id is not null then 'employed'
        when add_months(end_date, 6) < date '{{as_of}}' then 'not_employed'
        else 'awaiting'
      end as employment_status
    from flagged
    left join violated using (enrollment_id)
    left join certificate using (enrollment_id)
    left join covered using (enrollment_id)
"""

_VIOLATION = """
    select 'enrollment' as extract, enrollment_id as record_key, enrollment_id, rule_code, city_code, year
    from broken inner join training_session using (enrollment_id)
    union all
    select
      'certification', certificate_no, certificate.enrollment_id,
      if(session.enrollment_id is null, 'CERT_ORPHAN', 'CERT_PERSON'), city_code, year
    from certification as certificate left join training_session as session
      on certificate.enrollment_id = session.enrollment_id
    where session.enrollment_id is null or session.person_key <> certificate.person_key
    union all
    select 'employment', record_id, null, 'EMPLOYMENT_ORPHAN', left(county_code, 4) || '00', null
    from employment left anti join training_session using (person_key)
"""

_PROGRESS = f"""
    select
      {", ".join(PROGRESS)},
      count(*) as completed_sessions, count_if(is_subsidised) as subsidised_sessions,
      count_if(is_counted) as counted_sessions, count_if(is_counted and is_priority) as priority_sessions,
      count_if(is_counted and is_certified) as certified_sessions,
      count_if(is_counted and employment_status = 'employed') as employed_sessions,
      count_if(is_counted and employment_status = 'not_employed') as not_employed_sessions,
      count_if(is_counted and employment_status = 'awaiting') as awaiting_sessions,
      count_if(is_counted and employment_status = 'too_early') as too_early_sessions,
      sum(class_hours) as class_hours
    from training_session where is_completed
    group by {", ".join(PROGRESS)}
"""

_CUBE = f"""
    select
      {", ".join(DIMENSIONS)}, count(*) as counted_sessions,
      count(*) filter (where is_priority) as priority_sessions, count(distinct person_key) as persons,
      count(distinct person_key) filter (where is_priority) as priority_persons
    from training_session where is_counted group by cube ({", ".join(DIMENSIONS)})
"""


if __name__ == "__main__":
    command(run)
