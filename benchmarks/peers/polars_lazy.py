"""The work in Polars: lazy scans, its streaming engine, and Python for the walk and the keyed digest."""

import hmac
import time
from datetime import date
from itertools import combinations
from pathlib import Path

import polars as pl

from benchmarks.peers import DIMENSIONS, NOT_PRIORITY, PUBLIC, command, walk

KEYS = {
    "enrollment": ["enrollment_id"],
    "certification": ["certificate_no"],
    "employment": ["record_id"],
    "institution": ["institution_uscc", "licence_from"],
}
DATES = {
    "enrollment": ["start_date", "end_date"],
    "certification": ["issued_on"],
    "employment": ["evidence_from", "evidence_to"],
    "institution": ["licence_from", "licence_to"],
}


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:  # noqa: ARG001
    """Read, key, dedupe, walk, outcomes, cube; seconds by phase. Polars has no limit of memory."""
    seconds, began = {}, time.perf_counter()
    read = {extract: _read(landing, extract, key) for extract in KEYS}
    seconds["read"] = time.perf_counter() - began

    began = time.perf_counter()
    last = date.fromisoformat(as_of)
    eligible = _eligible(read, last)
    seconds["walk"] = time.perf_counter() - began

    began = time.perf_counter()
    fact = _facts(read, eligible, last)
    seconds["outcomes"] = time.perf_counter() - began

    began = time.perf_counter()
    counted = fact.filter("is_counted")
    scopes = [scope for size in range(len(DIMENSIONS) + 1) for scope in combinations(DIMENSIONS, size)]
    pl.concat([_scope(counted, scope) for scope in scopes]).write_parquet(out)
    seconds["cube"] = time.perf_counter() - began
    return seconds


def _read(landing: Path, extract: str, key: bytes) -> pl.DataFrame:
    """The last row of each key, typed, with the person's pseudonym for the number."""
    rows = pl.scan_csv(landing / extract / "*.csv", infer_schema=False)
    frame = rows.unique(subset=KEYS[extract], keep="last", maintain_order=True)
    frame = frame.with_columns(pl.col(DATES[extract]).str.to_date("%Y-%m-%d")).drop("person_name", strict=False)
    frame = frame.collect(engine="streaming")
    if "person_id" not in frame.columns:
        return frame
    people = frame.select(pl.col("person_id").unique())
    digests = [hmac.digest(key, person.encode(), "sha256")[:16] for person in people["person_id"].to_list()]
    people = people.with_columns(pl.Series("person_key", digests, dtype=pl.Binary))
    return frame.join(people, on="person_id").drop("person_id")


def _eligible(read: dict[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """The numbers of the sessions that count."""
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
    session = (
        enrollment.filter(
            pl.col("status") == "completed",
            pl.col("end_date") <= as_of,
            source.is_in(PUBLIC),
            ~((kind == "specialised") & (pl.col("class_hours").cast(pl.Int32) < 28)),
            pl.when(source == "employment_subsidy")
            .then((kind != "project") | pl.col("park_code").is_not_null())
            .when(source == "special_account")
            .then(kind == "project")
            .otherwise(statement=True),
            (source != "unemployment_insurance") | (pl.col("receives_unemployment_insurance") == "true"),
            (kind != "project") | pl.col("employer_uscc").is_not_null(),
        )
        .join(licensed, on=klass, how="semi")
        .select(
            "enrollment_id",
            "person_key",
            "end_date",
            "occupation_code",
            "skill_level",
            pl.col("end_date").dt.year().alias("year"),
            (pl.col("occupation_code") + "/" + pl.col("skill_level")).alias("level"),
        )
        .collect(engine="streaming")
    )
    passed = read["certification"].lazy().filter(pl.col("result") == "pass")
    higher = (
        session.lazy()
        .join(passed, on=["person_key", "occupation_code"], suffix="_held")
        .filter(pl.col("skill_level_held") < pl.col("skill_level"), pl.col("issued_on") <= pl.col("end_date"))
        .select("enrollment_id")
        .unique()
        .collect(engine="streaming")
    )
    ordered = session.with_columns(is_downgrade=pl.col("enrollment_id").is_in(higher["enrollment_id"].implode()))
    ordered = ordered.sort("person_key", "end_date", "enrollment_id")
    counts = walk(*(ordered[name].to_list() for name in ("person_key", "year", "level", "is_downgrade")))
    return ordered.filter(pl.Series(counts, dtype=pl.Boolean)).select("enrollment_id")


def _facts(read: dict[str, pl.DataFrame], eligible: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a session that is not void, with what became of it."""
    enrollment = read["enrollment"].lazy()
    window = [
        pl.col("end_date").dt.offset_by("3mo").alias("opens"),
        pl.col("end_date").dt.offset_by("6mo").alias("closes"),
    ]
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
    status = (
        pl.when((pl.col("status") != "completed") | (pl.col("end_date") > as_of))
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
        .join(eligible.lazy().with_columns(is_counted=True), on="enrollment_id", how="left")
        .join(certificate, on="enrollment_id", how="left")
        .join(covered, on="enrollment_id", how="left")
        .with_columns(*window)
        .with_columns(
            pl.col("is_counted").fill_null(value=False),
            city_code=pl.col("county_code").str.slice(0, 4) + "00",
            year=pl.col("end_date").dt.year(),
            is_priority=~pl.col("trainee_group").is_in(NOT_PRIORITY),
            employment_status=status,
        )
        .drop("is_covered", "opens", "closes")
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
