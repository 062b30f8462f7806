"""The short version of `ordeals/offline.py`: from sample files to a drawn page in a namespace without a route."""

import os
from pathlib import Path

import pytest

from ordeals.offline import missing, trials

pytestmark = [pytest.mark.minutes, pytest.mark.slow]


def test_nothing_connects_to_anywhere_at_run_time(tmp_path: Path) -> None:
    lack = missing()
    if lack and os.environ.get("CI") != "true":
        pytest.skip(lack)
    found = list(trials(2025, tmp_path, full=False))
    assert len(found) > 1, found
    assert not [trial for trial in found if not trial.held]
