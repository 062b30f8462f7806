"""The short version of `ordeals/readers.py`: five readers, real builds meanwhile."""

from pathlib import Path

import pytest

from ordeals.readers import trials

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

# On a loaded machine a page may take longer than a second: how fast is for the quiet run of docs/ordeals.md.
_OF_A_QUIET_MACHINE = "95th percentile"


def test_readers_see_whole_pages_of_the_current_version_while_it_is_rebuilt(tmp_path: Path) -> None:
    found = list(trials(2025, tmp_path, full=False))
    assert len(found) == 6
    assert not [trial for trial in found if not trial.held and _OF_A_QUIET_MACHINE not in trial.promise]
