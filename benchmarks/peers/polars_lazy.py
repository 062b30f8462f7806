"""The work in Polars: lazy scans, its streaming engine, and Python for the walk and the keyed digest."""

import hmac
import time
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import polars as pl

from benchmarks.peers import (
    DATES,
    DIMENSIONS,
    FACT,
    KEYS,
    NOT_PRIORITY,
    OWN_RULES,
    PROGRESS,
    PUBLIC,
    WALK_RULES,
    command,
    walk,
)


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:  # noqa: ARG001
    """Read, key, dedupe, rules, facts, counts; seconds by phase. Polars has no limit of memory."""
    out.mkdir(parents=True)
    seconds, began = {}, time.perf_counter()
    read = {extract: _read(landing, extract, key) for extract in KEYS}
    for extract in ("certification", "employment"):
        read[extract].write_parquet(out / f"{extract}.parquet")
    seconds["read"] = time.perf_counter() - began

    began = time.perf_counter()
    last = date.fromisoformat(as_of)
    broken = _broken(read, last)
    seconds["rules"] = time.perf_counter() - began

    began = time.perf_counter()
    fact = _facts(read, broken, last)
    fact.write_parquet(out / "training_session.parquet")
    _violations(read, broken, fact).write_parquet(out / "rule_violation.parquet")
    seconds["facts"] = time.perf_counter() - began

    began = time.perf_counter()
    _progress(fact).write_parquet(out / "progress.parquet")
    counted = fact.filter("is_counted")
    scopes = [scope for size in range(len(DIMENSIONS) + 1) for scope in combinations(DIMENSIONS, size)]
    pl.concat([_scope(counted, scope) for scope in scopes]).write_parquet(out / "cube.parquet")
    seconds["counts"] = time.perf_counter() - began
    return seconds


def _read(landing: Path, extract: str, key: bytes) -> pl.DataFrame:
    """The last row of each key, typed, with the person's pseudonym for the number."""
    rows = pl.scan_csv(landing / extract / "*.csv", infer_schema=False)
    frame = rows.unique(subset=KEYS[extract], keep="last", maintain_order=True)
    frame = frame.with_columns(pl.col(DATES[extract]).str.to_date("%Y-%m-%d")).drop("person_name", strict=False)
    frame = frame.collect(engine="streaming")
    if "person_id" not in frame.columns:
        return frame
    if extract == "enrollment":
        frame = frame.with_columns(birth_year=pl.col("person_id").str.slice(6, 4).cast(pl.Int32))
    people = frame.select(pl.col("person_id").unique())
    digests = [hmac.digest(key, person.encode(), "sha256")[:16] for person in people["person_id"].to_list()]
    people = people.with_columns(pl.Series("person_key", digests, dtype=pl.Binary))
    return frame.join(people, on="person_id").drop("person_id")


def _broken(read: dict[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """One row a (session, rule)."""
    enrollment, licence = read["enrollment"].lazy(), read["institution"].lazy()
    klass = ["institution_uscc", "start_date", "end_date"]
    licensed = (
        enrollment.select(klass)
        .unique()
        .join(licence, on="institution_uscc")
        .filter(
            pl.col("start_date") >= pl.col("licence_from"),
            pl.col("end_date") <= pl.col("licence_to").fill_null(date(9999, 12, 31)),
        )
        .select(klass)
        .unique()
    )
    kind, source = pl.col("training_type"), pl.col("funding_source")
    assessed = (
        enrollment.filter(pl.col("status") == "completed", pl.col("end_date") <= as_of, source.is_in(PUBLIC))
        .join(licensed.with_columns(is_licensed=True), on=klass, how="left")
        .select(
            "enrollment_id",
            "person_key",
            "end_date",
            "occupation_code",
            "skill_level",
            hours_min=((kind == "specialised") & (pl.col("class_hours").cast(pl.Int32) < 28)).fill_null(value=False),
            fund_match=pl.when(source == "employment_subsidy")
            .then((kind == "project") & pl.col("park_code").is_null())
            .otherwise((source == "special_account") & (kind != "project")),
            ui_only=(source == "unemployment_insurance") & pl.col("receives_unemployment_insurance").ne_missing("true"),
            project_employer=(kind == "project") & pl.col("employer_uscc").is_null(),
            licence=pl.col("is_licensed").is_null(),
            year=pl.col("end_date").dt.year(),
            level=pl.col("occupation_code") + "/" + pl.col("skill_level"),
        )
        .collect(engine="streaming")
    )
    session = assessed.filter(~pl.any_horizontal(OWN_RULES))
    passed = read["certification"].lazy().filter(pl.col("result") == "pass")
    higher = (
        session.lazy()
        .join(passed, on=["person_key", "occupation_code"], suffix="_held")
        .filter(pl.col("skill_level_held") < pl.col("skill_level"), pl.col("issued_on") <= pl.col("end_date"))
        .select("enrollment_id")
        .unique()
        .collect(engine="streaming")
    )
    ordered = session.with_columns(downgrade=pl.col("enrollment_id").is_in(higher["enrollment_id"].implode()))
    ordered = ordered.sort("person_key", "end_date", "enrollment_id")
    caps = walk(*(ordered[name].to_list() for name in ("person_key", "year", "level", "downgrade")))
    walked = ordered.with_columns(pl.Series(rule, cap) for rule, cap in zip(WALK_RULES, caps, strict=False))
    found = [_those(assessed, rule) for rule in OWN_RULES] + [_those(walked, rule) for rule in WALK_RULES]
    current = read["enrollment"].filter(pl.col("status") != "void")
    warned = current.select(
        "enrollment_id",
        age=pl.col("start_date").dt.year() - pl.col("birth_year") < 16,
        long_open=pl.col("status").is_in(["enrolled", "in_training"])
        & (pl.col("start_date") < as_of - timedelta(days=365)),
    )
    return pl.concat(found + [_those(warned, rule) for rule in ("age", "long_open")])


def _those(frame: pl.DataFrame, rule: str) -> pl.DataFrame:
    return frame.filter(rule).select("enrollment_id", rule_code=pl.lit(rule.upper()))


def _facts(read: dict[str, pl.DataFrame], broken: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a session that is not void, with what it breaks and what became of it."""
    enrollment = read["enrollment"].lazy()
    window = [
        pl.col("end_date").dt.offset_by("3mo").alias("opens"),
        pl.col("end_date").dt.offset_by("6mo").alias("closes"),
    ]
    violated = (
        broken.lazy()
        .group_by("enrollment_id")
        .agg(
            pl.col("rule_code").sort().alias("violations"),
            pl.col("rule_code").is_in(["AGE", "LONG_OPEN"]).not_().any().alias("is_barred"),
        )
    )
    certificate = (
        read["certification"]
        .lazy()
        .filter(pl.col("result") == "pass", pl.col("issued_on") <= as_of)
        .group_by("enrollment_id")
        .agg(pl.col("issued_on").min().alias("certified_on"))
    )
    evidence = read["employment"].lazy().filter(pl.col("evidence_from") <= as_of)
    covered = (
        enrollment.filter(pl.col("status") == "completed")
        .select("enrollment_id", "person_key", "end_date", *window)
        .filter(pl.col("opens") <= as_of)
        .join(evidence.select("person_key", "evidence_from", "evidence_to"), on="person_key")
        .filter(
            pl.col("evidence_from") <= pl.col("closes"),
            pl.col("evidence_to").fill_null(date(9999, 12, 31)) >= pl.col("opens"),
        )
        .select("enrollment_id")
        .unique()
        .with_columns(is_covered=True)
    )
    is_completed = pl.col("is_completed")
    status = (
        pl.when(~is_completed)
        .then(None)
        .when(pl.col("opens") > as_of)
        .then(pl.lit("too_early"))
        .when("is_covered")
        .then(pl.lit("employed"))
        .when(pl.col("closes") < as_of)
        .then(pl.lit("not_employed"))
        .otherwise(pl.lit("awaiting"))
    )
    return (
        enrollment.filter(pl.col("status") != "void")
        .join(violated, on="enrollment_id", how="left")
        .join(certificate, on="enrollment_id", how="left")
        .join(covered, on="enrollment_id", how="left")
        .with_columns(
            *window,
            is_subsidised=pl.col("funding_source").is_in(PUBLIC),
            is_completed=((pl.col("status") == "completed") & (pl.col("end_date") <= as_of)).fill_null(value=False),
        )
        .with_columns(
            pl.col("class_hours").cast(pl.Int32),
            pl.col("violations").fill_null([]),
            city_code=pl.col("county_code").str.slice(0, 4) + "00",
            end_month=pl.when(is_completed).then(pl.col("end_date").dt.month_start()),
            year=pl.when(is_completed).then(pl.col("end_date").dt.year()),
            is_priority=~pl.col("trainee_group").is_in(NOT_PRIORITY),
            is_counted=is_completed & pl.col("is_subsidised") & ~pl.col("is_barred").fill_null(value=False),
            is_certified=pl.col("certified_on").is_not_null(),
            employment_status=status,
        )
        .select(FACT)
        .collect(engine="streaming")
    )


def _violations(read: dict[str, pl.DataFrame], broken: pl.DataFrame, fact: pl.DataFrame) -> pl.DataFrame:
    """One row a (record, rule), those of certificates and evidence with them."""
    columns = ["extract", "record_key", "enrollment_id", "rule_code", "city_code", "year"]
    session = fact.lazy().select("enrollment_id", "person_key", "city_code", "year")
    of_session = (
        broken.lazy()
        .join(session, on="enrollment_id")
        .with_columns(extract=pl.lit("enrollment"), record_key=pl.col("enrollment_id"))
    )
    of_certificate = (
        read["certification"]
        .lazy()
        .join(session, on="enrollment_id", how="left", suffix="_known")
        .filter(pl.col("person_key_known").ne_missing(pl.col("person_key")))
        .with_columns(
            extract=pl.lit("certification"),
            record_key=pl.col("certificate_no"),
            rule_code=pl.when(pl.col("person_key_known").is_null())
            .then(pl.lit("CERT_ORPHAN"))
            .otherwise(pl.lit("CERT_PERSON")),
        )
    )
    of_evidence = (
        read["employment"]
        .lazy()
        .join(session, on="person_key", how="anti")
        .with_columns(
            extract=pl.lit("employment"),
            record_key=pl.col("record_id"),
            enrollment_id=pl.lit(None, pl.String),
            rule_code=pl.lit("EMPLOYMENT_ORPHAN"),
            city_code=pl.col("county_code").str.slice(0, 4) + "00",
            year=pl.lit(None, pl.Int32),
        )
    )
    return pl.concat([part.select(columns) for part in (of_session, of_certificate, of_evidence)]).collect(
        engine="streaming"
    )


def _progress(fact: pl.DataFrame) -> pl.DataFrame:
    def of_counted(condition: pl.Expr) -> pl.Expr:
        return (pl.col("is_counted") & condition).sum().cast(pl.Int64)

    def with_status(status: str) -> pl.Expr:
        return of_counted(pl.col("employment_status").eq_missing(pl.lit(status)))

    return (
        fact.lazy()
        .filter("is_completed")
        .group_by(PROGRESS)
        .agg(
            completed_sessions=pl.len().cast(pl.Int64),
            subsidised_sessions=pl.col("is_subsidised").sum().cast(pl.Int64),
            counted_sessions=pl.col("is_counted").sum().cast(pl.Int64),
            priority_sessions=of_counted(pl.col("is_priority")),
            certified_sessions=of_counted(pl.col("is_certified")),
            employed_sessions=with_status("employed"),
            not_employed_sessions=with_status("not_employed"),
            awaiting_sessions=with_status("awaiting"),
            too_early_sessions=with_status("too_early"),
            class_hours=pl.col("class_hours").cast(pl.Int64).sum(),
        )
        .collect(engine="streaming")
    )


def _scope(counted: pl.DataFrame, scope: tuple[str, ...]) -> pl.DataFrame:
    measures = [
        pl.len().cast(pl.Int64).alias("counted_sessions"),
        pl.col("is_priority").sum().cast(pl.Int64).alias("priority_sessions"),
        pl.col("person_key").n_unique().cast(pl.Int64).alias("persons"),
        pl.col("person_key").filter("is_priority").n_unique().cast(pl.Int64).alias("priority_persons"),
    ]
    found = counted.lazy().group_by(scope).agg(measures) if scope else counted.lazy().select(measures)
    kinds = {"year": pl.Int32}
    every = [
        pl.col(name) if name in scope else pl.lit(None, kinds.get(name, pl.String)).alias(name) for name in DIMENSIONS
    ]
    return found.select(*every, *("counted_sessions", "priority_sessions", "persons", "priority_persons")).collect(
        engine="streaming"
    )


if __name__ == "__main__":
    command(run)
