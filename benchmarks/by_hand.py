"""The same work in one hand-written script of plain DuckDB SQL: read, HMAC, dedupe, rules, outcomes, counts.

The benchmark's yardstick: the facts of the specification's third chapter (sessions with every rule that each breaks,
certificates, evidence, violations) and what is counted of them (progress, head-counts), in a file of their own that is
put in its place by a rename; what was read stays in a working file. It trusts its files (one dialect, no faulty row),
keeps no batch, no refused row and no history, and checks nothing: what a capable analyst would write in a day.
Persons are counted as the project counts them, the quickest way that we know; with the word `plain` at the end, by
`count(distinct …)` in every scope.
Usage: `python -m benchmarks.by_hand LANDING OUT.duckdb AS_OF KEYFILE MEMORY_LIMIT [plain]`.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

from benchmarks.peers import DIMENSIONS, KEYS, OWN_RULES, WALK_RULES

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


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str, way: str = "") -> dict[str, float]:
    """Do the work; return seconds by phase, and print them as they come: a script that fails has still shown some."""
    working, unfinished = out.with_suffix(".working"), out.with_suffix(".new")
    for file in (working, unfinished):
        file.unlink(missing_ok=True)
    con = duckdb.connect(str(working))
    con.execute(f"set memory_limit = '{memory_limit}'")
    con.execute(f"attach '{unfinished}' as made (storage_version 'v1.3.0')")
    seconds, began = {}, time.perf_counter()

    def ends(phase: str) -> None:
        nonlocal began
        seconds[phase] = time.perf_counter() - began
        began = time.perf_counter()
        print(json.dumps(seconds), flush=True)

    for extract in READ:
        _read(con, landing / extract, extract, key)
    con.execute("drop table key_of")
    con.execute("create table made.certification as select * exclude (filename, position) from certification")
    con.execute("create table made.employment as select * exclude (filename, position) from employment")
    ends("read")

    con.execute(_assessed(as_of))
    con.execute(_walked())
    con.execute(_broken(as_of))
    ends("rules")

    con.execute(_facts(as_of))
    con.execute(_violations())
    ends("facts")

    con.execute(_progress())
    con.execute(_cube_plainly() if way == "plain" else _cube())
    ends("counts")

    con.close()
    unfinished.rename(out)
    ends("publish")
    return seconds


def _read(con: duckdb.DuckDBPyConnection, folder: Path, extract: str, key: bytes) -> None:
    """Table `…_read`, every row that was sent, and view `…`, the last one of each key."""
    source, query, key_columns = _source(folder), READ[extract], ", ".join(KEYS[extract])
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK, b"\0")) for pad in (0x36, 0x5C))
    if "key_of" in query:
        con.execute(
            f"""
            create or replace temp table key_of as
            select
              person_id, cast(substr(sha256(? || unhex(sha256(? || encode(person_id)))), 1, 32) as uuid) as person_key
            from (select distinct person_id from {source})
            """,
            [outer, inner],
        )
    con.execute(f"create table {extract}_read as {query.format(source=source)}")
    con.execute(
        f"""
        create table {extract}_again as
        select {key_columns} from {extract}_read group by {key_columns} having count(*) > 1
        """
    )
    con.execute(
        f"""
        create view {extract} as
        select * from {extract}_read anti join {extract}_again using ({key_columns})
        union all
        select {extract}_read.* from {extract}_read semi join {extract}_again using ({key_columns})
        qualify row_number() over (partition by {key_columns} order by filename desc, position desc) = 1
        """
    )


def _source(folder: Path) -> str:
    if any(folder.glob("*.parquet")):
        return f"read_parquet('{folder}/*.parquet', filename = true)"
    return f"read_csv('{folder}/*.csv', all_varchar = true, header = true, filename = true, delim = ',')"


def _assessed(as_of: str) -> str:
    """Completed subsidised sessions, with the rules that each breaks on its own."""
    return f"""
        create table assessed as
        with licensed as (
          select distinct class.institution_uscc, class.start_date, class.end_date
          from (select distinct institution_uscc, start_date, end_date from enrollment) as class
          inner join institution as licence
            on class.institution_uscc = licence.institution_uscc
            and class.start_date >= licence.licence_from
            and class.end_date <= coalesce(licence.licence_to, date '9999-12-31')
        )
        select
          enrollment_id, person_key, end_date, year(end_date) as year, occupation_code, skill_level,
          coalesce(training_type = 'specialised' and class_hours < 28, false) as hours_min,
          case funding_source
            when 'employment_subsidy' then training_type = 'project' and park_code is null
            when 'special_account' then training_type <> 'project'
            else false
          end as fund_match,
          funding_source = 'unemployment_insurance' and not coalesce(receives_unemployment_insurance, false) as ui_only,
          training_type = 'project' and employer_uscc is null as project_employer,
          licensed.institution_uscc is null as licence
        from enrollment left join licensed using (institution_uscc, start_date, end_date)
        where
          status = 'completed' and end_date <= date '{as_of}'
          and funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
    """


def _walked() -> str:
    """The sessions that the caps or a higher certificate may bar, each with what it breaks on its person's walk."""
    return f"""
        create table walked as
        with recursive
        session as (
          select
            enrollment_id, person_key, end_date, year, occupation_code, skill_level,
            occupation_code || '/' || skill_level as level
          from assessed where not ({" or ".join(OWN_RULES)})
        ),
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
          select
            session.enrollment_id, session.person_key, session.year, session.level,
            higher.enrollment_id is not null as downgrade,
            row_number() over (partition by person_key order by end_date, enrollment_id) as place
          from session left join higher using (enrollment_id)
          where session.person_key in (from several)
        ),
        step as (
          select
            enrollment_id, person_key, place, false as annual_cap, false as lifetime_cap, false as repeat, downgrade,
            case when downgrade then 0 else 1 end as used,
            case when not downgrade then year end as last_year,
            case when downgrade then [] else [level] end as levels
          from candidate where place = 1
          union all
          select
            enrollment_id, person_key, place, annual_cap, lifetime_cap, repeat, downgrade,
            used + cast(is_eligible as integer),
            case when is_eligible then year else last_year end,
            case when is_eligible then list_append(levels, level) else levels end
          from (
            select *, not (annual_cap or lifetime_cap or repeat or downgrade) as is_eligible
            from (
              select
                candidate.*, step.used, step.last_year, step.levels,
                step.last_year is not distinct from candidate.year as annual_cap,
                step.used >= 3 as lifetime_cap,
                coalesce(list_contains(step.levels, candidate.level), false) as repeat
              from step inner join candidate
                on step.person_key = candidate.person_key and candidate.place = step.place + 1
            )
          )
        )
        select enrollment_id, annual_cap, lifetime_cap, repeat, downgrade from step
        union all
        select enrollment_id, false, false, false, true from session
        where person_key not in (from several) and enrollment_id in (from higher)
    """


def _broken(as_of: str) -> str:
    """One row a (session, rule)."""
    own = [f"select enrollment_id, '{rule.upper()}' as rule_code from assessed where {rule}" for rule in OWN_RULES]
    walk = [f"select enrollment_id, '{rule.upper()}' as rule_code from walked where {rule}" for rule in WALK_RULES]
    warned = [
        "select enrollment_id, 'AGE' as rule_code from enrollment"
        " where status <> 'void' and year(start_date) - birth_year < 16",
        "select enrollment_id, 'LONG_OPEN' as rule_code from enrollment"
        f" where status in ('enrolled', 'in_training') and start_date < date '{as_of}' - 365",
    ]
    return f"create table broken as {' union all '.join(own + walk + warned)}"


def _facts(as_of: str) -> str:
    return f"""
        create table made.training_session as
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
        ),
        violated as (
          select
            enrollment_id, list_sort(list(rule_code)) as violations,
            bool_or(rule_code not in ('AGE', 'LONG_OPEN')) as is_barred
          from broken group by enrollment_id
        ),
        flagged as (
          select
            *,
            funding_source in ('employment_subsidy', 'special_account', 'unemployment_insurance', 'cost_sharing')
              as is_subsidised,
            status = 'completed' and end_date <= date '{as_of}' as is_completed
          from enrollment where status <> 'void'
        )
        select
          enrollment_id, person_key, class_id, institution_uscc, left(county_code, 4) || '00' as city_code, county_code,
          industry_code, occupation_code, skill_level, training_type, programme, trainee_group,
          trainee_group not in ('enterprise_employee', 'other') as is_priority,
          funding_source, park_code, project_id, start_date, end_date,
          case when is_completed then date_trunc('month', end_date) end as end_month,
          case when is_completed then year(end_date) end as year,
          class_hours, status, is_subsidised, is_completed,
          is_completed and is_subsidised and not coalesce(is_barred, false) as is_counted,
          coalesce(violations, []) as violations,
          certified_on is not null as is_certified, certified_on,
          case
            when not is_completed then null
            when end_date + interval 3 month > date '{as_of}' then 'too_early'
            when covered.enrollment_id is not null then 'employed'
            when end_date + interval 6 month < date '{as_of}' then 'not_employed'
            else 'awaiting'
          end as employment_status
        from flagged
        left join violated using (enrollment_id)
        left join certificate using (enrollment_id)
        left join covered using (enrollment_id)
    """


def _violations() -> str:
    """One row a (record, rule), those of certificates and evidence with them."""
    return """
        create table made.rule_violation as
        select 'enrollment' as extract, enrollment_id as record_key, enrollment_id, rule_code, city_code, year
        from broken inner join made.training_session using (enrollment_id)
        union all
        select
          'certification', certificate_no, certificate.enrollment_id,
          case when session.enrollment_id is null then 'CERT_ORPHAN' else 'CERT_PERSON' end, city_code, year
        from certification as certificate left join made.training_session as session using (enrollment_id)
        where session.enrollment_id is null or session.person_key <> certificate.person_key
        union all
        select 'employment', record_id, null, 'EMPLOYMENT_ORPHAN', left(county_code, 4) || '00', null
        from employment anti join made.training_session using (person_key)
    """


def _progress() -> str:
    of_counted = "count(*) filter (is_counted and {})".format
    return f"""
        create table made.progress as
        select
          year, end_month, city_code, industry_code, trainee_group,
          count(*) as completed_sessions, count(*) filter (is_subsidised) as subsidised_sessions,
          count(*) filter (is_counted) as counted_sessions,
          {of_counted("is_priority")} as priority_sessions, {of_counted("is_certified")} as certified_sessions,
          {of_counted("employment_status = 'employed'")} as employed_sessions,
          {of_counted("employment_status = 'not_employed'")} as not_employed_sessions,
          {of_counted("employment_status = 'awaiting'")} as awaiting_sessions,
          {of_counted("employment_status = 'too_early'")} as too_early_sessions,
          sum(class_hours) as class_hours
        from made.training_session where is_completed
        group by year, end_month, city_code, industry_code, trainee_group
    """


def _cube() -> str:
    """Sessions and persons of every scope: who has one counted session is one person of each scope that holds it, and
    is found by counting; only who came back is counted distinctly."""
    every = ", ".join(DIMENSIONS)
    same_scope = " and ".join(f"scope.{name} is not distinct from back.{name}" for name in DIMENSIONS)
    return f"""
        create table made.cube as
        with counted as (select {every}, person_key, is_priority from made.training_session where is_counted),
        again as (select person_key from counted group by person_key having count(*) > 1),
        scope as (
          select {every}, sum(counted_sessions) as counted_sessions, sum(priority_sessions) as priority_sessions
          from made.progress where counted_sessions > 0 group by cube ({every})
        ),
        back as (
          select
            {every}, count(*) as sessions, count(distinct person_key) as persons,
            count(*) filter (is_priority) as priority_sessions,
            count(distinct person_key) filter (is_priority) as priority_persons
          from counted semi join again using (person_key) group by cube ({every})
        )
        select
          {", ".join(f"scope.{name}" for name in DIMENSIONS)}, scope.counted_sessions, scope.priority_sessions,
          scope.counted_sessions - coalesce(back.sessions - back.persons, 0) as persons,
          scope.priority_sessions - coalesce(back.priority_sessions - back.priority_persons, 0)
            as priority_persons
        from scope left join back on {same_scope}
    """


def _cube_plainly() -> str:
    return f"""
        create table made.cube as
        select
          {", ".join(DIMENSIONS)}, count(*) as counted_sessions,
          count(*) filter (is_priority) as priority_sessions, count(distinct person_key) as persons,
          count(distinct person_key) filter (is_priority) as priority_persons
        from made.training_session where is_counted group by cube ({", ".join(DIMENSIONS)})
    """


if __name__ == "__main__":
    landing, out, as_of, key_file, *rest = sys.argv[1:]
    print(json.dumps(run(Path(landing), Path(out), as_of, Path(key_file).read_bytes(), *rest)))
