"""The work in pandas: whole tables in memory, Arrow-backed strings, Python for the walk and the keyed digest."""

import hmac
import time
from itertools import combinations
from pathlib import Path

import pandas as pd

from benchmarks.peers import DIMENSIONS, MEASURES, NOT_PRIORITY, PUBLIC, command, walk

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
FOR_EVER = pd.Timestamp("9999-12-31")


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:  # noqa: ARG001
    """Read, key, dedupe, walk, outcomes, cube; seconds by phase. pandas has no limit of memory."""
    seconds, began = {}, time.perf_counter()
    read = {extract: _read(landing, extract, key) for extract in KEYS}
    seconds["read"] = time.perf_counter() - began

    began = time.perf_counter()
    last = pd.Timestamp(as_of)
    eligible = _eligible(read, last)
    seconds["walk"] = time.perf_counter() - began

    began = time.perf_counter()
    fact = _facts(read, eligible, last)
    seconds["outcomes"] = time.perf_counter() - began

    began = time.perf_counter()
    counted = fact[fact["is_counted"]]
    scopes = [list(scope) for size in range(len(DIMENSIONS) + 1) for scope in combinations(DIMENSIONS, size)]
    cube = pd.concat([_scope(counted, scope) for scope in scopes], ignore_index=True)
    cube.astype({"year": "Int32"}).to_parquet(out)
    seconds["cube"] = time.perf_counter() - began
    return seconds


def _read(landing: Path, extract: str, key: bytes) -> pd.DataFrame:
    """The last row of each key, typed, with the person's pseudonym for the number."""
    files = sorted((landing / extract).glob("*.csv"))
    frame = pd.concat([pd.read_csv(file, dtype=str, engine="pyarrow") for file in files], ignore_index=True)
    frame = frame.drop(columns="person_name", errors="ignore").drop_duplicates(KEYS[extract], keep="last")
    for name in DATES[extract]:
        frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d").astype("datetime64[s]")
    if "person_id" not in frame:
        return frame
    # A number for a person joins faster than a digest; the digest stays with the people.
    codes, people = pd.factorize(frame["person_id"])
    digests = pd.Series([hmac.digest(key, person.encode(), "sha256")[:16].hex() for person in people], dtype="str")
    frame["person_key"] = digests.take(codes).array
    return frame.drop(columns="person_id")


def _eligible(read: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> pd.Series:
    """The numbers of the sessions that count."""
    enrollment = read["enrollment"]
    klass = ["institution_uscc", "start_date", "end_date"]
    licensed = enrollment[klass].drop_duplicates().merge(read["institution"], on="institution_uscc")
    until = licensed["licence_to"].fillna(FOR_EVER)
    held = (licensed["start_date"] >= licensed["licence_from"]) & (licensed["end_date"] <= until)
    licensed = licensed.loc[held, klass].drop_duplicates()

    kind, source = enrollment["training_type"], enrollment["funding_source"]
    is_project, hours = kind == "project", pd.to_numeric(enrollment["class_hours"])
    fits = (
        (enrollment["status"] == "completed")
        & (enrollment["end_date"] <= as_of)
        & source.isin(PUBLIC)
        & ~((kind == "specialised") & (hours < 28))
        & ((source != "employment_subsidy") | ~is_project | enrollment["park_code"].notna())
        & ((source != "special_account") | is_project)
        & ((source != "unemployment_insurance") | (enrollment["receives_unemployment_insurance"] == "true"))
        & (~is_project | enrollment["employer_uscc"].notna())
    )
    wanted = ["enrollment_id", "person_key", "occupation_code", "skill_level", *klass]
    session = enrollment.loc[fits, wanted].merge(licensed, on=klass)
    session["year"] = session["end_date"].dt.year
    session["level"] = session["occupation_code"] + "/" + session["skill_level"]

    passed = read["certification"]
    passed = passed.loc[passed["result"] == "pass", ["person_key", "occupation_code", "skill_level", "issued_on"]]
    passed = passed.dropna(subset=["occupation_code", "skill_level"])
    held = session.dropna(subset=["level"]).merge(passed, on=["person_key", "occupation_code"], suffixes=("", "_held"))
    higher = held[(held["skill_level_held"] < held["skill_level"]) & (held["issued_on"] <= held["end_date"])]
    session["is_downgrade"] = session["enrollment_id"].isin(higher["enrollment_id"])

    session = session.sort_values(["person_key", "end_date", "enrollment_id"])
    levels = [None if pd.isna(level) else level for level in session["level"].tolist()]
    counts = walk(session["person_key"].tolist(), session["year"].tolist(), levels, session["is_downgrade"].tolist())
    return session.loc[counts, "enrollment_id"]


def _facts(read: dict[str, pd.DataFrame], eligible: pd.Series, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row a session that is not void, with what became of it."""
    enrollment, certification, employment = (read[name] for name in ("enrollment", "certification", "employment"))
    fact = enrollment[enrollment["status"] != "void"].copy()
    # Every end is turned into its window once: an offset of months is a Python call a value.
    ends = pd.Series(fact["end_date"].dropna().unique())
    for name, months in (("opens", 3), ("closes", 6)):
        fact[name] = fact["end_date"].map(dict(zip(ends, ends + pd.DateOffset(months=months), strict=True)))

    passed = certification[(certification["result"] == "pass") & (certification["issued_on"] <= as_of)]
    fact["certified_on"] = fact["enrollment_id"].map(passed.groupby("enrollment_id")["issued_on"].min())

    waits = fact.loc[(fact["status"] == "completed") & (fact["opens"] <= as_of)]
    evidence = employment.loc[employment["evidence_from"] <= as_of, ["person_key", "evidence_from", "evidence_to"]]
    met = waits[["enrollment_id", "person_key", "opens", "closes"]].merge(evidence, on="person_key")
    met = met[(met["evidence_from"] <= met["closes"]) & (met["evidence_to"].fillna(FOR_EVER) >= met["opens"])]

    fact["employment_status"] = "awaiting"
    fact.loc[fact["closes"] < as_of, "employment_status"] = "not_employed"
    fact.loc[fact["enrollment_id"].isin(met["enrollment_id"]), "employment_status"] = "employed"
    fact.loc[fact["opens"] > as_of, "employment_status"] = "too_early"
    fact.loc[(fact["status"] != "completed") | ~(fact["end_date"] <= as_of), "employment_status"] = None

    fact["is_counted"] = fact["enrollment_id"].isin(eligible)
    fact["city_code"] = fact["county_code"].str[:4] + "00"
    fact["year"] = fact["end_date"].dt.year
    fact["is_priority"] = ~fact["trainee_group"].isin(NOT_PRIORITY)
    return fact.drop(columns=["opens", "closes"])


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
