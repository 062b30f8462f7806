"""What a sample says is wrong in it, and that landing and the rules find just that."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from benchmarks import recall
from ordeals.hostile.resident_id import holds_resident_id
from skillsdw.home import Home
from skillsdw.sample.codes import code_list
from skillsdw.sample.faults import NOT_PLANTED
from skillsdw.sample.truth import (
    licensed,
    may_be_proven,
    may_hold_higher,
    months_after,
    pairs_of,
    past_budget,
    proofs,
)
from skillsdw.sample.wild import HELD_FAULTY
from skillsdw.seeds import read_seed

pytestmark = pytest.mark.minutes

SESSIONS = 20_000


class Measured(NamedTuple):
    home: Home
    scores: list[recall.Score]


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Measured:
    home = Home(tmp_path_factory.mktemp("recall"))
    return Measured(home, recall.run(home, SESSIONS, faults=0.03))


def truth_of(home: Home) -> list[dict[str, str]]:
    with (home.landing / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_fault_is_found_and_nothing_else(measured):
    assert [score for score in measured.scores if score.missed or score.invented] == []


def test_every_rule_is_measured_but_the_one_that_needs_ten_million_yuan(measured):
    rules = {row["rule_code"] for row in read_seed("rule")}
    assert {score.code for score in measured.scores if score.kind == "rule"} == rules - {"PARK_BUDGET"}


def test_every_reason_of_refusal_is_measured(measured):
    reasons = {row["reason_code"] for row in read_seed("reason")}
    assert {score.code for score in measured.scores if score.kind == "row"} == reasons - NOT_PLANTED


def test_what_is_left_open_named_held_and_corrected_is_measured(measured):
    true = {(score.kind, score.code): score.true for score in measured.scores if score.kind not in ("rule", "row")}
    due = {("open", rule) for rule in ("DOWNGRADE", "LICENCE", "PROJECT_EMPLOYER", "REPEAT", "UI_ONLY")}
    due |= {("name", "occupation_name"), ("release", "released"), ("correction", "corrected"), ("file", "refused")}
    assert due <= true.keys()
    assert min(true.values()) > 0
    assert true["correction", "corrected"] == HELD_FAULTY


def test_a_fault_that_is_missed_or_invented_shows(measured, tmp_path):
    lines = truth_of(measured.home)
    dropped = next(line for line in lines if line["code"] == "OVERPAID")
    changed = tmp_path / "truth.csv"
    with changed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(line for line in lines if line is not dropped)
        writer.writerow(dropped | {"record_key": "BT4501-99999999"})
    score = next(s for s in recall.measure(measured.home, changed) if s.code == "OVERPAID")
    assert (score.missed, score.invented) == (["BT4501-99999999"], [dropped["record_key"]])
    assert score.recall < 1
    assert score.precision < 1


def test_the_list_of_faults_holds_no_identity(measured):
    text = (measured.home.landing / "truth.csv").read_text(encoding="utf-8")
    assert not any(holds_resident_id(found, date(2026, 11, 1)) for found in re.findall(r"\d{17}[\dX]", text))
    assert not re.search("[\u4e00-\u9fff]", text)


def test_months_after_ends_with_the_month():
    found = months_after(days("2025-11-30", "2025-08-31", "2024-11-29", "2025-01-15"), 3).astype(str).tolist()
    assert found == ["2026-02-28", "2025-11-30", "2025-02-28", "2025-04-15"]


def test_pairs_are_all_pairs_of_equal_values():
    left, right = pairs_of(np.array([5, 7, 9]), np.array([7, 5, 7, 1]))
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 2)]


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_a_licence_whose_end_cannot_be_read_covers_nothing_for_sure():
    sessions = {
        "key": np.arange(3),
        "institution": np.array([1, 1, 2]),
        "start": days("2025-03-01", "2025-02-01", "2025-03-01"),
        "end": days("2025-03-31", "2025-03-31", "2025-03-31"),
    }
    licences = {
        "institution": np.array([1, 2, 2]),
        "start": days("2025-03-01", "2025-01-01", "2025-01-01"),
        "end": days("NaT", "2025-12-31", "NaT"),
        "unread_end": np.array([True, False, True]),
    }
    covered, in_doubt = licensed(sessions, licences)
    assert covered.tolist() == [False, False, True]
    assert in_doubt.tolist() == [True, False, True]


def test_evidence_whose_end_cannot_be_read_proves_its_first_day():
    sessions = {"person": np.array([1, 2, 3]), "end": days("2025-08-31", "2025-08-31", "2025-08-31")}
    window, as_of = months_after(sessions["end"], 3), np.datetime64("2026-06-30")
    evidence = {
        "person": np.array([1, 2, 3]),
        "start": days("2025-11-29", "2025-11-30", "2026-03-01"),
        "end": days("NaT", "NaT", "NaT"),
        "unread_end": np.array([True, True, True]),
    }
    assert (~np.isnat(proofs(sessions, window, evidence, as_of))).tolist() == [False, True, False]
    assert may_be_proven(sessions, window, evidence, as_of).tolist() == [True, False, False]


def test_a_certificate_whose_level_cannot_be_read_may_be_the_higher_one():
    sessions = {
        "key": np.arange(3),
        "person": np.array([1, 1, 1]),
        "occupation": np.array([7, 8, 7]),
        "level": np.array([4, 4, 0]),
        "end": days("2025-03-31", "2025-03-31", "2025-03-31"),
    }
    certificates = {
        "person": np.array([1]),
        "occupation": np.array([7]),
        "level": np.array([0]),
        "issued": days("2025-03-31"),
        "passed": np.array([True]),
        "unread_level": np.array([True]),
    }
    assert may_hold_higher(sessions, certificates).tolist() == [True, False, False]


def test_a_park_passes_its_budget_with_the_payment_that_does_so_and_those_after_it():
    subsidy = code_list("funding_source").index("employment_subsidy")
    park = code_list("park").index("P02")
    payments = {
        "key": np.array([1, 2, 3, 4, 5]),
        "paid": np.array(["2026-02-01", "2026-01-01", "2026-03-01", "2027-01-01", "2026-04-01"], dtype="datetime64[D]"),
        "cents": np.array([400_000_000, 600_000_000, 1, 2_000_000_000, 1]),
        "park": np.array([park, park, park, park, park]),
        "fund": np.array([subsidy, subsidy, subsidy, subsidy, subsidy + 1]),
    }
    assert past_budget(payments).tolist() == [False, False, True, False, False]


def test_a_sample_without_faults_has_only_breaches_of_rules(tmp_path: Path):
    from skillsdw.sample import write_sample

    write_sample(tmp_path, 2_000, end=date(2026, 6, 30), faults=0, progress=lambda _: None)
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as file:
        assert {line["kind"] for line in csv.DictReader(file)} == {"rule"}
