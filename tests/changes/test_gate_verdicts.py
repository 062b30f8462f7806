"""Gates and data tests of an incremental build say what those of a full one say, over random sequences of batches.

Faults land at random: dates that cannot be, codes that are none, identities, and the corrections of them; held batches,
refused files and rows still open. A fault that stops a build makes the next one a full one, as in life.
"""

import os
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from compiled_project import Compiled, Warehouse
from random_batches import Province

from expectations.result import ERROR, FAILED, WARNING, GateResult
from expectations.run import run_gate

pytestmark = pytest.mark.minutes

SEQUENCES = max(1, int(os.environ.get("SKILLSDW_SEQUENCES", "20")) // 5)  # each runs every gate eight times
STEPS = 3
IDENTITY = "450199199003071237"  # of a county that is none
# What goes wrong in a row: the column, its value, how often. Most are warnings, which publish and stay.
FAULTS = {
    "enrollment": [
        ("start_date", date(1925, 3, 1), 0.08),
        ("end_date", date(2052, 3, 1), 0.08),
        ("trainee_group", "veterans", 0.004),
        ("project_id", IDENTITY, 0.004),
    ],
    "certification": [("issued_on", date(1926, 1, 1), 0.08), ("result", "maybe", 0.004)],
    "employment": [("evidence_from", date(2126, 1, 1), 0.08), ("person_key", None, 0.004)],
    "subsidy": [("paid_on", date(1999, 1, 1), 0.08)],
}


class Sequence:
    """Two warehouses with the same rows: one that takes in changes, one made anew each time."""

    def __init__(self, compiled: Compiled, seed: int, folder: Path) -> None:
        self.dice, self.folder, self.compiled = Random(seed), folder, compiled
        self.province = Province(self.dice)
        self.changed, self.anew = Warehouse(compiled), Warehouse(compiled)
        self.as_of, self.batch_id = date(2026, 1, 1) + timedelta(days=self.dice.randint(0, 60)), 0
        self.found: set[tuple[str, str]] = set()  # of each step what it found, by check and severity

    def land(self, batches, is_first: bool = False) -> None:
        for extract, rows in batches:
            self.batch_id += 1
            spoilt = [dict(row) for row in rows]
            for row in spoilt:
                for column, value, often in FAULTS.get(extract, ()):
                    if self.dice.random() < (often if often > 0.01 or not is_first else 0):
                        row[column] = value
            for warehouse in (self.changed, self.anew):
                warehouse.land(self.batch_id, extract, spoilt)
        for statement in self._records():
            for warehouse in (self.changed, self.anew):
                warehouse.con.execute(statement)

    def _records(self):
        """What landing writes of files: refusals, rejected rows, held batches, corrections of older ones."""
        landed_at = "timestamp '2026-01-01' + to_days({})"
        for status, share in (("refused", 0.3), ("held", 0.3), ("landed", 0.3)):
            if self.dice.random() < share:
                self.batch_id += 1
                moment = landed_at.format(self.batch_id)
                rejected = 10 if status == "landed" else 0
                yield (
                    f"insert into raw.batch values ({self.batch_id}, 'enrollment', 'enrollment/{self.batch_id}.csv', "
                    f"'f', {moment}, '{status}', {rejected}, 0, {rejected}, null)"
                )
                if self.dice.random() < 0.3:
                    yield f"update raw.batch set message = 'no. {IDENTITY}' where batch_id = {self.dice.randint(1, 3)}"
        if self.dice.random() < 0.5:
            row = self.dice.choice(("null", "unnest(range(2, 12))"))
            yield f"insert into raw.correction select {self.dice.randint(1, self.batch_id)}, {row}, {self.batch_id}"

    def verdicts(self, warehouse: Warehouse, name: str, since_batch: int | None) -> dict[tuple, tuple]:
        """Of every check of both gates its status, what it found and how often."""
        file = warehouse.write(self.folder / f"{name}.duckdb")
        results: list[GateResult] = []
        for gate in ("gate_1", "gate_2"):
            results += run_gate(gate, file, as_of=self.as_of, since_batch=since_batch)
        self.stops = any(one.severity == ERROR and one.status == FAILED for one in results)
        self.found |= {(one.check_name, one.severity) for one in results if one.status == FAILED}
        return {
            (one.gate, one.check_name, one.subject): (one.status, one.observed, one.unexpected_count, one.message_en)
            for one in results
        }

    def tests(self, warehouse: Warehouse, is_changes: bool) -> dict[str, int]:
        tests = self.compiled.changes_tests if is_changes else self.compiled.whole_tests
        return warehouse.test_faults(tests, self.as_of)

    def run(self) -> None:
        self.land(self.province.first(), is_first=True)
        self.changed.make_everything(self.as_of)
        self.verdicts(self.changed, "changed", None)
        for step in range(STEPS):
            since_batch, since_as_of, goes_on = self.batch_id, self.as_of, not self.stops
            self.land(self.province.batches() if self.dice.random() < 0.8 else [])
            self.as_of += timedelta(days=self.dice.choice((0, 1, 7, 31)))
            if goes_on:
                self.changed.make_changes(self.as_of, since_batch, since_as_of)
            else:
                self.changed.make_everything(self.as_of)
            self.anew.make_everything(self.as_of)
            since = since_batch if goes_on else None
            said = self.verdicts(self.changed, "changed", since)
            assert said == self.verdicts(self.anew, "anew", None), f"after step {step}"
            tested, all_tested = self.tests(self.changed, goes_on), self.tests(self.anew, False)
            assert {name: tested[name] for name in all_tested} == all_tested, f"after step {step}"
            assert len(said) > 90
            assert len(all_tested) > 20


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_an_incremental_build_says_what_a_full_one_says(compiled, tmp_path, seed):
    sequence = Sequence(compiled, seed, tmp_path)
    sequence.run()
    # A sequence in which nothing was wrong would prove nothing.
    assert ("date_plausible", WARNING) in sequence.found


def test_data_tests_that_look_at_touched_rows_alone_stop_the_publish(compiled):
    """Rows that were not touched passed them: that holds of errors, a warning would have been published."""
    of_touched = [test for test in compiled.changes_tests if "altered." in test.sql.replace('"', "")]
    assert len(of_touched) >= 8
    assert {test.severity for test in of_touched} == {"error"}
    assert not any("altered." in test.sql.replace('"', "") for test in compiled.whole_tests)


@pytest.mark.slow
def test_a_warning_stays_while_its_rows_do_and_goes_with_them(compiled, tmp_path):
    """The case that was found: two rows with dates of another century, then a day on which nothing about them lands."""
    sequence = Sequence(compiled, 1, tmp_path)
    first = dict(sequence.province.first())
    first["enrollment"] = [
        row | {"start_date": date(1925, 3, 1)} if n < 2 else row for n, row in enumerate(first["enrollment"])
    ]
    for number, (extract, rows) in enumerate(first.items(), start=1):
        sequence.changed.land(number, extract, rows)
    sequence.changed.make_everything(sequence.as_of)
    check = ("gate_1", "date_plausible", "raw.enrollment.start_date")
    said = sequence.verdicts(sequence.changed, "changed", None)[check]
    assert said[:3] == (FAILED, "start_date=1925-03-01, faults=2", 2)
    batch_id = len(first)
    for corrected, left in ((5, 2), (1, 1), (0, 0)):
        batch_id += 1
        rows = [first["enrollment"][corrected] | {"start_date": date(2025, 3, 1)}]
        sequence.changed.land(batch_id, "enrollment", rows)
        sequence.changed.make_changes(sequence.as_of, batch_id - 1, sequence.as_of)
        status, _, count, _ = sequence.verdicts(sequence.changed, "changed", batch_id - 1)[check]
        assert (status, count) == (FAILED if left else "passed", left)


@pytest.mark.slow
def test_what_an_incremental_build_finds_is_counted_among_all_rows(compiled, tmp_path):
    """A check of changed rows that finds something is asked of all: what stood before is counted, too."""
    sequence = Sequence(compiled, 2, tmp_path)
    first = dict(sequence.province.first())
    for number, (extract, rows) in enumerate(first.items(), start=1):
        sequence.changed.land(number, extract, [row | _code(extract, n) for n, row in enumerate(rows)])
    sequence.changed.make_everything(sequence.as_of)
    batch_id = len(first) + 1
    sequence.changed.land(batch_id, "certification", [first["certification"][0] | {"result": "maybe"}])
    sequence.changed.make_changes(sequence.as_of, batch_id - 1, sequence.as_of)
    check = ("gate_1", "code_known", "raw.certification.result")
    assert sequence.verdicts(sequence.changed, "changed", batch_id - 1)[check][:3] == (FAILED, "maybe × 3", 3)


def _code(extract: str, number: int) -> dict:
    return {"result": "maybe"} if extract == "certification" and number in (1, 2) else {}
