"""The work in pandas: whole tables in memory, Arrow-backed strings, Python for the walk and the keyed digest."""

import hmac
import time
from itertools import combinations
from pathlib import Path

import pandas as pd

from benchmarks.peers import (
    DATES,
    DIMENSIONS,
    FACT,
    KEYS,
    MEASURES,
    NOT_PRIORITY,
    OWN_RULES,
    PROGRESS,
    PUBLIC,
    WALK_RULES,
    command,
    walk,
)

FOR_EVER = pd.Timestamp("9999-12-31")


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:  # noqa: ARG001
    """Read, key, dedupe, rules, facts, counts; seconds by phase. pandas has no limit of memory."""
    out.mkdir(parents=True)
    seconds, began = {}, time.perf_counter()
    read = {extract: _read(landing, extract, key) for extract in KEYS}
    for extract in ("certification", "employment"):
        read[extract].to_parquet(out / f"{extract}.parquet")
    seconds["read"] = time.perf_counter() - began

    began = time.perf_counter()
    last = pd.Timestamp(as_of)
    broken = _broken(read, last)
    seconds["rules"] = time.perf_counter() - began

    began = time.perf_counter()
    fact = _facts(read, broken, last)
    fact.to_parquet(out / "training_session.parquet")
    _violations(read, broken, fact).to_parquet(out / "rule_violation.parquet")
    seconds["facts"] = time.perf_counter() - began

    began = time.perf_counter()
    _progress(fact).to_parquet(out / "progress.parquet")
    counted = fact[fact["is_counted"]]
    scopes = [list(scope) for size in range(len(DIMENSIONS) + 1) for scope in combinations(DIMENSIONS, size)]
    cube = pd.concat([_scope(counted, scope) for scope in scopes], ignore_index=True)
    cube.astype({"year": "Int32"}).to_parquet(out / "cube.parquet")
    seconds["counts"] = time.perf_counter() - began
    return seconds


def _read(landing: Path, extract: str, key: bytes) -> pd.DataFrame:
    """The last row of each key, typed, with the person's pseudonym for the number."""
    files = sorted((landing / extract).glob("*.csv"))
    frame = pd.concat([pd.read_csv(file, dtype=str, engine="pyarrow") for file in files], ignore_index=True)
    frame = frame.drop(columns="person_name", errors="ignore").drop_duplicates(KEYS[extract], keep="last")
    for name in DATES[extract]:
        frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d").astype("datetime64[s]")
    if "class_hours" in frame:
        frame["class_hours"] = pd.to_numeric(frame["class_hours"])
    if "person_id" not in frame:
        return frame
    if extract == "enrollment":
        frame["birth_year"] = frame["person_id"].str[6:10].astype("int32")
    # A number for a person joins faster than a digest; the digest stays with the people.
    codes, people = pd.factorize(frame["person_id"])
    digests = pd.Series([hmac.digest(key, person.encode(), "sha256")[:16].hex() for person in people], dtype="str")
    frame["person_key"] = digests.take(codes).array
    return frame.drop(columns="person_id")


def _broken(read: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> pd.DataFrame:
    """One row a (session, rule)."""
    enrollment = read["enrollment"]
    klass = ["institution_uscc", "start_date", "end_date"]
    licensed = enrollment[klass].drop_duplicates().merge(read["institution"], on="institution_uscc")
    until = licensed["licence_to"].fillna(FOR_EVER)
    held = (licensed["start_date"] >= licensed["licence_from"]) & (licensed["end_date"] <= until)
    licensed = licensed.loc[held, klass].drop_duplicates()

    is_assessed = (
        (enrollment["status"] == "completed")
        & (enrollment["end_date"] <= as_of)
        & enrollment["funding_source"].isin(PUBLIC)
    )
    wanted = ["enrollment_id", "person_key", "occupation_code", "skill_level", "training_type", "funding_source"]
    wanted += ["class_hours", "park_code", "employer_uscc", "receives_unemployment_insurance", *klass]
    assessed = enrollment.loc[is_assessed, wanted].merge(licensed.assign(is_licensed=True), on=klass, how="left")
    kind, source = assessed["training_type"], assessed["funding_source"]
    is_project = kind == "project"
    assessed["hours_min"] = (kind == "specialised") & (assessed["class_hours"] < 28)
    assessed["fund_match"] = ((source == "employment_subsidy") & is_project & assessed["park_code"].isna()) | (
        (source == "special_account") & ~is_project
    )
    assessed["ui_only"] = (source == "unemployment_insurance") & ~(
        assessed["receives_unemployment_insurance"] == "true"
    )
    assessed["project_employer"] = is_project & assessed["employer_uscc"].isna()
    assessed["licence"] = assessed["is_licensed"].isna()

    session = assessed.loc[
        ~assessed[list(OWN_RULES)].any(axis=1),
        ["enrollment_id", "person_key", "end_date", "occupation_code", "skill_level"],
    ].copy()
    session["year"] = session["end_date"].dt.year
    session["level"] = session["occupation_code"] + "/" + session["skill_level"]
    passed = read["certification"]
    passed = passed.loc[passed["result"] == "pass", ["person_key", "occupation_code", "skill_level", "issued_on"]]
    passed = passed.dropna(subset=["occupation_code", "skill_level"])
    held = session.dropna(subset=["level"]).merge(passed, on=["person_key", "occupation_code"], suffixes=("", "_held"))
    higher = held[(held["skill_level_held"] < held["skill_level"]) & (held["issued_on"] <= held["end_date"])]
    session["downgrade"] = session["enrollment_id"].isin(higher["enrollment_id"])
    session = session.sort_values(["person_key", "end_date", "enrollment_id"])
    levels = [None if pd.isna(level) else level for level in session["level"].tolist()]
    caps = walk(session["person_key"].tolist(), session["year"].tolist(), levels, session["downgrade"].tolist())
    session = session.assign(**dict(zip(WALK_RULES, caps, strict=False)))

    current = enrollment[enrollment["status"] != "void"]
    is_open = current["status"].isin(["enrolled", "in_training"])
    warned = current[["enrollment_id"]].assign(
        age=current["start_date"].dt.year - current["birth_year"] < 16,
        long_open=is_open & (current["start_date"] < as_of - pd.Timedelta(days=365)),
    )
    rules = [(assessed, OWN_RULES), (session, WALK_RULES), (warned, ("age", "long_open"))]
    return pd.concat(
        [
            frame.loc[frame[rule], ["enrollment_id"]].assign(rule_code=rule.upper())
            for frame, names in rules
            for rule in names
        ],
        ignore_index=True,
    )


def _facts(read: dict[str, pd.DataFrame], broken: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row a session that is not void, with what it breaks and what became of it."""
    enrollment, certification, employment = (read[name] for name in ("enrollment", "certification", "employment"))
    fact = enrollment[enrollment["status"] != "void"].copy()
    # Every end is turned into its window once: an offset of months is a Python call a value.
    ends = pd.Series(fact["end_date"].dropna().unique())
    for name, months in (("opens", 3), ("closes", 6)):
        fact[name] = fact["end_date"].map(dict(zip(ends, ends + pd.DateOffset(months=months), strict=True)))

    violations = broken.sort_values("rule_code").groupby("enrollment_id")["rule_code"].agg(",".join)
    fact["violations"] = fact["enrollment_id"].map(violations).fillna("")
    barred = broken.loc[~broken["rule_code"].isin(["AGE", "LONG_OPEN"]), "enrollment_id"]

    passed = certification[(certification["result"] == "pass") & (certification["issued_on"] <= as_of)]
    fact["certified_on"] = fact["enrollment_id"].map(passed.groupby("enrollment_id")["issued_on"].min())
    fact["is_certified"] = fact["certified_on"].notna()

    waits = fact.loc[(fact["status"] == "completed") & (fact["opens"] <= as_of)]
    evidence = employment.loc[employment["evidence_from"] <= as_of, ["person_key", "evidence_from", "evidence_to"]]
    met = waits[["enrollment_id", "person_key", "opens", "closes"]].merge(evidence, on="person_key")
    met = met[(met["evidence_from"] <= met["closes"]) & (met["evidence_to"].fillna(FOR_EVER) >= met["opens"])]

    fact["is_completed"] = (fact["status"] == "completed") & (fact["end_date"] <= as_of)
    fact["employment_status"] = "awaiting"
    fact.loc[fact["closes"] < as_of, "employment_status"] = "not_employed"
    fact.loc[fact["enrollment_id"].isin(met["enrollment_id"]), "employment_status"] = "employed"
    fact.loc[fact["opens"] > as_of, "employment_status"] = "too_early"
    fact.loc[~fact["is_completed"], "employment_status"] = None

    fact["is_subsidised"] = fact["funding_source"].isin(PUBLIC)
    fact["is_counted"] = fact["is_completed"] & fact["is_subsidised"] & ~fact["enrollment_id"].isin(barred)
    fact["city_code"] = fact["county_code"].str[:4] + "00"
    fact["end_month"] = fact["end_date"].where(fact["is_completed"]).dt.to_period("M").dt.to_timestamp()
    fact["year"] = fact["end_date"].dt.year.where(fact["is_completed"]).astype("Int32")
    fact["is_priority"] = ~fact["trainee_group"].isin(NOT_PRIORITY)
    return fact[list(FACT)]


def _violations(read: dict[str, pd.DataFrame], broken: pd.DataFrame, fact: pd.DataFrame) -> pd.DataFrame:
    """One row a (record, rule), those of certificates and evidence with them."""
    session = fact[["enrollment_id", "person_key", "city_code", "year"]]
    of_session = broken.merge(session.drop(columns="person_key"), on="enrollment_id")
    of_session = of_session.assign(extract="enrollment", record_key=of_session["enrollment_id"])

    certificate = read["certification"][["certificate_no", "enrollment_id", "person_key"]]
    certificate = certificate.merge(session, on="enrollment_id", how="left", suffixes=("", "_known"))
    is_orphan = certificate["person_key_known"].isna()
    certificate["rule_code"] = is_orphan.map({True: "CERT_ORPHAN", False: "CERT_PERSON"})
    certificate = certificate[is_orphan | (certificate["person_key_known"] != certificate["person_key"])]
    of_certificate = certificate.assign(extract="certification", record_key=certificate["certificate_no"])

    evidence = read["employment"]
    evidence = evidence[~evidence["person_key"].isin(session["person_key"])]
    of_evidence = pd.DataFrame(
        {
            "record_key": evidence["record_id"],
            "city_code": evidence["county_code"].str[:4] + "00",
            "rule_code": "EMPLOYMENT_ORPHAN",
            "extract": "employment",
        }
    )
    columns = ["extract", "record_key", "enrollment_id", "rule_code", "city_code", "year"]
    parts = [part.reindex(columns=columns) for part in (of_session, of_certificate, of_evidence)]
    return pd.concat(parts, ignore_index=True).astype({"year": "Int32"})


def _progress(fact: pd.DataFrame) -> pd.DataFrame:
    completed = fact[fact["is_completed"]]
    is_counted = completed["is_counted"]
    figures = {
        "completed_sessions": True,
        "subsidised_sessions": completed["is_subsidised"],
        "counted_sessions": is_counted,
        "priority_sessions": is_counted & completed["is_priority"],
        "certified_sessions": is_counted & completed["is_certified"],
        "employed_sessions": is_counted & (completed["employment_status"] == "employed"),
        "not_employed_sessions": is_counted & (completed["employment_status"] == "not_employed"),
        "awaiting_sessions": is_counted & (completed["employment_status"] == "awaiting"),
        "too_early_sessions": is_counted & (completed["employment_status"] == "too_early"),
        "class_hours": completed["class_hours"].fillna(0),
    }
    flagged = completed[list(PROGRESS)].assign(**figures)
    summed = flagged.groupby(list(PROGRESS), observed=True, dropna=False).sum()
    return summed.astype("int64").reset_index()


def _scope(counted: pd.DataFrame, scope: list[str]) -> pd.DataFrame:
    priority = counted[counted["is_priority"]]
    if not scope:
        figures = (len(counted), len(priority), counted["person_key"].nunique(), priority["person_key"].nunique())
        return pd.DataFrame([dict(zip(MEASURES, figures, strict=True))])
    groups, of_priority = (frame.groupby(scope, observed=True) for frame in (counted, priority))
    found = pd.DataFrame(
        {
            "counted_sessions": groups.size(),
            "priority_sessions": of_priority.size(),
            "persons": groups["person_key"].nunique(),
            "priority_persons": of_priority["person_key"].nunique(),
        }
    )
    return found.fillna(0).astype("int64").reset_index()


if __name__ == "__main__":
    command(run)
