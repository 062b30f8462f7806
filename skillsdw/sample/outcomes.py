"""Certificates and evidence of employment that follow from a city's sessions."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import code_list, places
from skillsdw.sample.people import numbered, person_number, resident_ids, uniform
from skillsdw.sample.profile import City
from skillsdw.sample.providers import Institutions, large_first
from skillsdw.sample.sessions import Records, Sessions, day

MEAN_ASSESSED_SHARE, PASS_SHARE, VOCATIONAL_SHARE = 0.86, 0.93, 0.06
ORPHAN_CERTIFICATE_SHARE, OTHER_PERSON_SHARE, ORPHAN_EVIDENCE_SHARE = 0.0012, 0.0012, 0.003
CERTIFICATE_OF_TYPE = {
    "occupation": "skill_level",
    "specialised": "specialised",
    "entrepreneurship": "training_completion",
    "project": "project_completion",
}
EVIDENCE_WEIGHT = {"labour_contract": 0.30, "payroll": 0.19, "social_insurance": 0.51}
EMPLOYEE_EVIDENCE_RATE = 0.93  # relative to the whole for those who hold a job already
ENDED_EARLY_SHARE, FIXED_TERM_SHARE, RENEWED_SHARE, FLEXIBLE_SHARE = 0.11, 0.14, 0.05, 0.12


def completed_rows(sessions: Sessions) -> np.ndarray:
    return np.flatnonzero(sessions.records["status"] == code_list("status").index("completed"))


def optional(texts: pa.Array, present: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(present), texts, pa.scalar(None, pa.string()))


def make_certificates(
    city: City,
    rng: np.random.Generator,
    sessions: Sessions,
    found: Institutions,
    seed: int,
    start: date,
    end: date,
) -> Records:
    """Certificates in the order of their issue."""
    done = completed_rows(sessions)
    assessed = MEAN_ASSESSED_SHARE * city.certification_rate / 0.865
    of_session = done[rng.random(len(done)) < assessed]
    issued = sessions.class_end[of_session] + rng.integers(10, 41, len(of_session))
    # A class gets its certificates together, give or take.
    issued = np.maximum(issued - rng.integers(0, 2, len(of_session)), sessions.class_end[of_session] + 10)
    chosen = issued <= day(end)
    of_session, issued = of_session[chosen], issued[chosen]
    order = np.argsort(issued, kind="stable")
    of_session, issued = of_session[order], issued[order]
    size = len(of_session)

    kinds, types = code_list("certificate_kind"), code_list("training_type")
    kind_of_type = np.array([kinds.index(CERTIFICATE_OF_TYPE[code]) for code in types.codes])
    kind = kind_of_type[sessions.records["training_type"][of_session]]
    vocational = (kind == kinds.index("skill_level")) & (rng.random(size) < VOCATIONAL_SHARE)
    kind = np.where(vocational, kinds.index("vocational_qualification"), kind)
    results = code_list("result")
    result = np.where(rng.random(size) < PASS_SHARE, results.index("pass"), results.index("fail"))

    person = sessions.person[of_session].copy()
    swapped = np.flatnonzero(rng.random(size) < OTHER_PERSON_SHARE)
    person[swapped] = sessions.person[rng.integers(0, len(sessions.person), len(swapped))]
    rows = pa.array(of_session)
    enrolment = sessions.records["enrollment_id"].take(rows)
    orphan = rng.random(size) < ORPHAN_CERTIFICATE_SHARE
    unknown = numbered(f"PX{city.code[:4]}-", 90_000_000 + np.arange(size), 8)
    records: Records = {
        "certificate_no": numbered(f"GX{city.code[:4]}Y", np.arange(size) + 1, 9),
        "enrollment_id": pc.if_else(pa.array(orphan), unknown, enrolment),
        "person_id": resident_ids(person, seed, start),
        "certificate_kind": kind,
        "occupation_code": sessions.records["occupation_code"].take(rows),
        "skill_level": sessions.records["skill_level"][of_session],
        "result": result,
        "issued_on": issued,
        "assessor_uscc": optional(
            found.uscc.take(pa.array(sessions.class_assessor[of_session])), rng.random(size) < 0.8
        ),
    }
    return records


def make_evidence(
    city: City,
    rng: np.random.Generator,
    sessions: Sessions,
    employers: pa.Array,
    seed: int,
    start: date,
    end: date,
) -> tuple[Records, np.ndarray]:
    """Evidence of employment in the order in which it was filed, and the day of that."""
    done = completed_rows(sessions)
    groups = code_list("trainee_group").codes
    employee = sessions.records["trainee_group"] == groups.index("enterprise_employee")
    hard = sessions.records["trainee_group"] == groups.index("hard_to_employ")
    rate = np.where(employee, EMPLOYEE_EVIDENCE_RATE, city.employment_rate * np.where(hard, 0.82, 0.965))
    works = uniform(sessions.person, seed, 40) < rate
    of_session = done[works[done]]
    renewed = of_session[rng.random(len(of_session)) < RENEWED_SHARE]
    first_count = len(of_session)
    of_session = np.concatenate([of_session, renewed])
    size = len(of_session)
    is_renewal = np.arange(size) >= first_count

    completed = sessions.class_end[of_session]
    # Most begin within two months, the others over five.
    wait = (rng.random(size) ** 1.6 * 150).astype(np.int64)
    begins = completed + np.where(is_renewal, 160 + wait, wait)
    in_work = employee[of_session] & ~is_renewal
    begins = np.where(in_work, completed - rng.integers(60, 1600, size), begins)
    lot = rng.random(size)
    early = begins + rng.integers(25, 130, size)
    fixed = begins + rng.choice([365, 730, 1095], size) - 1
    until = np.where(
        lot < ENDED_EARLY_SHARE,
        np.where(in_work, completed + rng.integers(5, 100, size), early),
        np.where((lot < ENDED_EARLY_SHARE + FIXED_TERM_SHARE) & ~in_work, fixed, np.datetime64("NaT")),
    )
    filed = np.maximum(begins, completed) + np.floor(rng.exponential(8 + city.reporting_lag_days, size)).astype(
        np.int64
    )
    chosen = np.flatnonzero((filed <= day(end)) & (begins <= day(end)))
    # An end that nobody can know yet is a contract's term; an early end is known only once it has come.
    until = np.where((lot < ENDED_EARLY_SHARE) & (until > day(end)), np.datetime64("NaT"), until)
    chosen = chosen[np.argsort(filed[chosen], kind="stable")]
    of_session, begins, until, filed = of_session[chosen], begins[chosen], until[chosen], filed[chosen]
    size = len(of_session)

    person = sessions.person[of_session].copy()
    orphan = np.flatnonzero(rng.random(size) < ORPHAN_EVIDENCE_SHARE)
    person[orphan] = person_number(
        city.position, sessions.records["trainee_group"][of_session[orphan]], (1 << 30) + orphan
    )
    evidence = code_list("evidence_type")
    weight = np.array([EVIDENCE_WEIGHT[code] for code in evidence.codes])
    own = sessions.records["employer_uscc"].take(pa.array(of_session))
    drawn = employers.take(pa.array(large_first(rng, len(employers), size)))
    flexible = (rng.random(size) < FLEXIBLE_SHARE) & ~employee[of_session]
    stays = pa.array(rng.random(size) < 0.8)
    employer = optional(pc.if_else(stays, pc.coalesce(own, drawn), drawn), ~flexible)
    counties = np.array([i for i, county in enumerate(places().is_county) if county])
    place = sessions.records["county_code"][of_session]
    place = np.where(rng.random(size) < 0.86, place, rng.choice(counties, size))
    industry = sessions.records["industry_code"][of_session]
    lot = rng.random(size)
    industry = np.where(lot < 0.62, industry, rng.integers(0, len(code_list("industry").codes), size))
    records: Records = {
        "record_id": numbered(f"JY{city.code[:4]}-", np.arange(size) + 1, 8),
        "person_id": resident_ids(person, seed, start),
        "employer_uscc": employer,
        "evidence_type": rng.choice(len(weight), size, p=weight / weight.sum()),
        "evidence_from": begins,
        "evidence_to": until,
        "county_code": place,
        "industry_code": np.where(lot > 0.85, -1, industry),
    }
    return records, filed
