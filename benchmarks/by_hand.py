"""The same work in one hand-written script of plain DuckDB SQL: read, HMAC, dedupe, walk, outcomes, cube.

The benchmark's yardstick. It trusts its files (one dialect, no faulty row), keeps no batch, no rejected row and no
history, checks nothing and publishes nothing but its tables: what a capable analyst would write for one afternoon.
Usage: `python -m benchmarks.by_hand LANDING OUT.duckdb AS_OF KEYFILE [MEMORY_LIMIT]`.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

BLOCK = 64

READ = {
    "enrollment": """
        select
          enrollment_id, key_of.person_key, class_id, institution_uscc, county_code, industry_code, occupation_code,
          skill_level, training_type, programme, trainee_group, funding_source, cast(start_date as date) as start_date,
          cast(end_date as date) as end_date, cast(class_hours as integer) as class_hours, status, employer_uscc,
          cast(receives_unemployment_insurance as boolean) as receives_unemployment_insurance, park_code, project_id,
          cast(substr(person_id, 7, 4) as smallint) as birth_year, filename, row_number() over () as position
        from {source} as read inner join key_of using (person_id)
    """,
    "certification": """
        select
          certificate_no, enrollment_id, key_of.person_key, certificate_kind, occupation_code, skill_level, result,
          cast(issued_on as date) as issued_on, assessor_uscc, filename, row_number() over () as position
        from {source} as read inner join key_of using (person_id)
    """,
    "employment": """
        select
          record_id, key_of.person_key, employer_uscc, evidence_type, cast(evidence_from as date) as evidence_from,
          cast(evidence_to as date) as evidence_to, county_code, industry_code, filename,
          row_number() over () as position
        from {source} as read inner join key_of using (person_id)
    """,
    "institution": """
        select
          institution_uscc, cast(licence_from as date) as licence_from, cast(licence_to as date) as licence_to,
          filename, row_number() over () as position
        from {source} as read
    """,
}
KEYS = {
    "enrollment": "enrollment_id",
    "certification": "certificate_no",
    "employment": "record_id",
    "institution": "institution_uscc, licence_from",
}


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:
    """Do the work; return seconds by phase, and print them as they come: a script that fails has still shown some."""
    out.unlink(missing_ok=True)
    con = duckdb.connect(str(out))
    con.execute(f"set memory_limit = '{memory_limit}'")
    seconds, began = {}, time.perf_counter()
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK, b"\0")) for pad in (0x36, 0x5C))

    for extract, query in READ.items():
        source = _source(landing / extract)
        if "key_of" in query:
            con.execute(
                f"""
                create or replace temp table key_of as
                select
                  person_id,
                  cast(substr(sha256(? || unhex(sha256(? || encode(person_id)))), 1, 32) as uuid) as person_key
                from (select distinct person_id from {source})
                """,
                [outer, inner],
            )
        con.execute(f"create table {extract}_read as {query.format(source=source)}")
        key_columns = KEYS[extract]
        con.execute(
            f"""
            create view {extract} as
            select * from {extract}_read
            where ({key_columns}) not in (
              select ({key_columns}) from {extract}_read group by {key_columns} having count(*) > 1
            )
            union all
            select * from {extract}_read
            where ({key_columns}) in (
              select ({key_columns}) from {extract}_read group by {key_columns} having count(*) > 1
            )
            qualify row_number() over (partition by {key_columns} order by filename desc, position desc) = 1
            """
        )
    con.execute("drop table key_of")
    seconds["read"] = time.perf_counter() - began
    print(json.dumps(seconds), flush=True)

    began = time.perf_counter()
    con.execute(_sessions(as_of))
    con.execute(_walk())
    seconds["walk"] = time.perf_counter() - began
    print(json.dumps(seconds), flush=True)

    began = time.perf_counter()
    con.execute(_facts(as_of))
    seconds["outcomes"] = time.perf_counter() - began
    print(json.dumps(seconds), flush=True)

    began = time.perf_counter()
    con.execute(
        """
        create table cube as
        select
          year, city_code, industry_code, trainee_group, count(*) as counted_sessions,
          count(*) filter (is_priority) as priority_sessions, count(distinct person_key) as persons,
          count(distinct person_key) filter (is_priority) as priority_persons
        from fact where is_counted group by cube (year, city_code, industry_code, trainee_group)
        """
    )
    con.close()
    seconds["cube"] = time.perf_counter() - began
    return seconds


def _source(folder: Path) -> str:
    if any(folder.glob("*.parquet")):
        return f"read_parquet('{folder}/*.parquet', filename = true)"
    return f"read_csv('{folder}/*.csv', all_varchar = true, header = true, filename = true, delim = ',')"


def _sessions(as_of: str) -> str:
    return f"""
        create table session as
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
          row_number() over (partition by person_key order by end_date, enrollment_id) as place
        from enrollment left join licensed using (institution_uscc, start_date, end_date)
        where
          status = 'completed' and end_date <= date '{as_of}'
          and funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
          and not (training_type = 'specialised' and class_hours < 28)
          and case funding_source
            when 'employment_subsidy' then training_type <> 'project' or park_code is not null
            when 'special_account' then training_type = 'project'
            else true
          end
          and (funding_source <> 'unemployment_insurance' or coalesce(receives_unemployment_insurance, false))
          and (training_type <> 'project' or employer_uscc is not null)
          and licensed.institution_uscc is not null
    """


def _walk() -> str:
    return """
        create table eligible as
        with recursive
        higher as (
          select distinct session.enrollment_id
          from session inner join certification as certificate
            on session.person_key = certificate.person_key
            and session.occupation_code = certificate.occupation_code
            and certificate.skill_level < session.skill_level
            and certificate.issued_on <= session.end_date
          where certificate.result = 'pass'
        ),
        several as (select person_key from session group by person_key having count(*) > 1),
        candidate as (
          select session.*, higher.enrollment_id is not null as is_downgrade
          from session left join higher using (enrollment_id)
          where session.person_key in (from several)
        ),
        walked as (
          select
            enrollment_id, person_key, place, not is_downgrade as is_eligible,
            case when is_downgrade then 0 else 1 end as used,
            case when not is_downgrade then year end as last_year,
            case when is_downgrade then [] else [level] end as levels
          from candidate where place = 1
          union all
          select
            enrollment_id, person_key, place, is_eligible,
            used + cast(is_eligible as integer),
            case when is_eligible then year else last_year end,
            case when is_eligible then list_append(levels, level) else levels end
          from (
            select
              candidate.enrollment_id, candidate.person_key, candidate.place, candidate.year, candidate.level,
              walked.used, walked.last_year, walked.levels,
              not candidate.is_downgrade
              and walked.used < 3
              and walked.last_year is distinct from candidate.year
              and not coalesce(list_contains(walked.levels, candidate.level), false) as is_eligible
            from walked inner join candidate
              on walked.person_key = candidate.person_key and candidate.place = walked.place + 1
          )
        )
        select enrollment_id from walked where is_eligible
        union all
        select enrollment_id from session
        where person_key not in (from several) and enrollment_id not in (from higher)
    """


def _facts(as_of: str) -> str:
    return f"""
        create table fact as
        with certificate as (
          select enrollment_id, min(issued_on) as certified_on from certification
          where result = 'pass' and issued_on <= date '{as_of}' group by enrollment_id
        ),
        covered as (
          select distinct enrollment.enrollment_id
          from enrollment inner join employment
            on enrollment.person_key = employment.person_key
            and employment.evidence_from <= enrollment.end_date + interval 6 month
            and coalesce(employment.evidence_to, date '9999-12-31') >= enrollment.end_date + interval 3 month
          where
            enrollment.status = 'completed' and enrollment.end_date + interval 3 month <= date '{as_of}'
            and employment.evidence_from <= date '{as_of}'
        )
        select
          enrollment.* exclude (filename, position, birth_year),
          left(county_code, 4) || '00' as city_code,
          year(end_date) as year,
          trainee_group not in ('enterprise_employee', 'other') as is_priority,
          eligible.enrollment_id is not null as is_counted,
          certificate.certified_on,
          case
            when status <> 'completed' or end_date > date '{as_of}' then null
            when end_date + interval 3 month > date '{as_of}' then 'too_early'
            when covered.enrollment_id is not null then 'employed'
            when end_date + interval 6 month < date '{as_of}' then 'not_employed'
            else 'awaiting'
          end as employment_status
        from enrollment
        left join eligible using (enrollment_id)
        left join certificate using (enrollment_id)
        left join covered using (enrollment_id)
        where status <> 'void'
    """


if __name__ == "__main__":
    landing, out, as_of, key_file, memory_limit = sys.argv[1:6]
    print(json.dumps(run(Path(landing), Path(out), as_of, Path(key_file).read_bytes(), memory_limit)))
