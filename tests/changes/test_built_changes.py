"""A whole build of changes, with gates, tests and publishing, against a whole build of everything."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from random_batches import Province

from benchmarks.engines import differences, land_ties
from skillsdw.build import DONE, build
from skillsdw.home import PROJECT, Home
from skillsdw.publish import current_version
from skillsdw.state import since

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

AS_OF, NEXT = date(2026, 1, 31), date(2026, 2, 1)


def silent(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """A version of changes upon changes, and one of everything from the same rows; what their builds said."""
    home = Home(tmp_path_factory.mktemp("changes") / "home")
    land_ties(home, provinces=30, steps=1)
    assert build(home, AS_OF, progress=silent).since_batch is None
    land_ties(home, provinces=1, steps=1, first=False)
    assert build(home, AS_OF, progress=silent).since_as_of == AS_OF.isoformat()
    land_ties(home, provinces=2, steps=2, first=False)
    changes = build(home, NEXT, progress=silent)
    changed = current_version(home)
    everything = build(home, NEXT, progress=silent, full=True)
    return changes, changed, everything, current_version(home)


def test_it_goes_on_from_the_version_before_and_passes_its_gates(versions):
    changes, _, everything, _ = versions
    assert (changes.state, everything.state) == (DONE, DONE)
    assert (changes.since_as_of, everything.since_batch) == (AS_OF.isoformat(), None)
    said, all_said = (
        {(one.gate, one.check_name, one.subject): (one.status, one.observed, one.unexpected_count) for one in results}
        for results in (changes.results, everything.results)
    )
    # Besides, an incremental build tests which records it looked at.
    assert {key: said[key] for key in all_said} == all_said


def test_its_marts_are_those_of_everything_anew(versions):
    _, changed, _, anew = versions
    found = list(differences(changed, anew))
    assert len(found) > 60
    assert [one.mart for one in found if one.differing or one.not_to_the_bit] == []
    assert sum(one.rows for one in found) > 10_000


def test_a_build_by_dbt_alone_is_not_gone_on_from(versions, tmp_path, monkeypatch):
    home = Home(versions[1].parents[2])
    assert since(home, NEXT, None) is not None
    monkeypatch.setenv("SKILLSDW_HOME", str(home.root))
    order = ["run", "--select", "dim_city", "--target-path", str(tmp_path), "--log-path", str(tmp_path)]
    subprocess.run([Path(sys.executable).with_name("dbt"), *order], cwd=PROJECT, check=True, capture_output=True)
    assert since(home, NEXT, None) is None


def test_provinces_are_told_apart_by_their_number():
    from random import Random

    keys = [next(iter(next(Province(Random(1), number).first())[1]))["enrollment_id"] for number in (0, 1)]
    assert keys[0] != keys[1]
