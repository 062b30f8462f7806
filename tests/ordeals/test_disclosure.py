"""The short version of `ordeals/disclosure.py`: the attacker finds what is not hidden, and nothing else."""

from pathlib import Path

import pytest

from ordeals.disclosure import trials

pytestmark = pytest.mark.minutes


def test_no_sum_and_no_difference_gives_a_small_count_back(tmp_path: Path) -> None:
    found = list(trials(2025, tmp_path, full=False))
    assert len(found) == 20
    assert not [trial for trial in found if not trial.held]
