"""The work in Spark SQL alone: one process, all cores (`local[*]`), tables between the steps as Parquet."""

import re
import shutil
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks.peers import DIMENSIONS, MOST_TIMES, NOT_PRIORITY, PUBLIC, command

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
    """Read, key, dedupe, walk, outcomes, cube; seconds by phase, the start of Spark as its own."""
    seconds, began = {}, time.perf_counter()
    place = Path(tempfile.mkdtemp(dir=out.parent, prefix="spark-"))
    spark = _session(place, memory_limit)
    seconds["start"] = time.perf_counter() - began

    try:
        began = time.perf_counter()
        for extract in KEYS:
            _read(spark, landing, place, extract, key)
        seconds["read"] = time.perf_counter() - began

        began = time.perf_counter()
        _keep(spark, place, "session", _SESSION.format(as_of=as_of))
        _keep(spark, place, "eligible", _WALK)
        seconds["walk"] = time.perf_counter() - began

        began = time.perf_counter()
        _keep(spark, place, "fact", _FACT.format(as_of=as_of))
        seconds["outcomes"] = time.perf_counter() - began

        began = time.perf_counter()
        spark.sql(_CUBE).toPandas().to_parquet(out)
        seconds["cube"] = time.perf_counter() - began
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
    file = str(place / name)
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


_SESSION = f"""
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
      occupation_code, skill_level
    from enrollment left semi join licensed using (institution_uscc, start_date, end_date)
    where
      status = 'completed' and end_date <= date '{{as_of}}'
      and funding_source in {PUBLIC}
      and not (training_type = 'specialised' and class_hours < 28)
      and case funding_source
        when 'employment_subsidy' then training_type <> 'project' or park_code is not null
        when 'special_account' then training_type = 'project'
        else true
      end
      and (funding_source <> 'unemployment_insurance' or coalesce(receives_unemployment_insurance = 'true', false))
      and (training_type <> 'project' or employer_uscc is not null)
"""

# A fold over each person's sessions in order: what the recursive query does elsewhere, without its many rounds.
_WALK = f"""
    with higher as (
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
          end_date, enrollment_id, year, level, higher.enrollment_id is not null as is_downgrade
        ))) as sessions
      from session left join higher using (enrollment_id)
      group by person_key
    ),
    walked as (
      select
        aggregate(
          sessions,
          struct(cast(array() as array<string>) as ids, cast(array() as array<string>) as levels, 0 as last_year),
          (so_far, next) -> if(
            not next.is_downgrade and size(so_far.ids) < {MOST_TIMES} and so_far.last_year <> next.year
            and not coalesce(array_contains(so_far.levels, next.level), false),
            struct(
              array_append(so_far.ids, next.enrollment_id) as ids,
              if(next.level is null, so_far.levels, array_append(so_far.levels, next.level)) as levels,
              next.year as last_year
            ),
            so_far
          )
        ).ids as ids
      from person
    )
    select explode(ids) as enrollment_id from walked
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
    )
    select
      enrollment.*,
      left(county_code, 4) || '00' as city_code,
      year(end_date) as year,
      trainee_group not in {NOT_PRIORITY} as is_priority,
      eligible.enrollment_id is not null as is_counted,
      certificate.certified_on,
      case
        when status <> 'completed' or end_date > date '{{as_of}}' then null
        when add_months(end_date, 3) > date '{{as_of}}' then 'too_early'
        when covered.enrollment_id is not null then 'employed'
        when add_months(end_date, 6) < date '{{as_of}}' then 'not_employed'
        else 'awaiting'
      end as employment_status
    from enrollment
    left join eligible using (enrollment_id)
    left join certificate using (enrollment_id)
    left join covered using (enrollment_id)
    where status <> 'void'
"""

_CUBE = f"""
    select
      {", ".join(DIMENSIONS)}, count(*) as counted_sessions,
      count(*) filter (where is_priority) as priority_sessions, count(distinct person_key) as persons,
      count(distinct person_key) filter (where is_priority) as priority_persons
    from fact where is_counted group by cube ({", ".join(DIMENSIONS)})
"""


if __name__ == "__main__":
    command(run)
