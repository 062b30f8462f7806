"""The short version of the bad days: each promise is tried on real processes."""

import pytest

from ordeals.bad_days import report, trials

pytestmark = [pytest.mark.minutes, pytest.mark.slow]


@pytest.mark.parametrize("seed", [2025])
def test_every_promise_of_a_bad_day_holds(seed, tmp_path, monkeypatch):
    monkeypatch.delenv("SKILLSDW_HMAC_KEY", raising=False)
    found = list(trials(seed, tmp_path, full=False))
    assert len(found) >= 12
    assert [report(trial) for trial in found if not trial.held] == []
