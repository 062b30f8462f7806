"""The lines that `ordeals/tested.py` makes of pytest's report."""

from pathlib import Path

from ordeals.tested import SUITES, judged, trials
from skillsdw.home import PROJECT

REPORT = """<testsuites><testsuite>
<testcase name="test_a_door_is_shut[forged]"/>
<testcase name="test_a_door_is_shut[expired]"><failure message="open"/></testcase>
<testcase name="test_a_key_is_kept[a]"/><testcase name="test_a_key_is_kept[b]"/>
<testcase name="test_nobody_looked"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_promise_is_held_when_every_case_of_it_passed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    found = {trial.what: trial for trial in judged("doors", "closed", report)}
    assert {what: (trial.times, trial.held) for what, trial in found.items()} == {
        "a door is shut": (2, False),
        "a key is kept": (2, True),
        "nobody looked": (1, False),
    }
    assert found["a door is shut"].seen == "1 failure, 1 passed"


def test_the_suites_are_there_and_one_of_them_runs(tmp_path: Path) -> None:
    assert all((PROJECT / path).is_file() for paths in SUITES.values() for path in paths)
    found = list(trials(2025, tmp_path, full=False))
    assert found
    assert all(trial.held for trial in found)
