"""The short version of the ordeal of landing: the worst files, some damaged ones, a few seconds of fuzzing."""

from ordeals import landing


def test_hostile_files_cost_little_and_land_nothing_by_half(tmp_path):
    tried = list(landing.trials(2025, tmp_path, full=False))
    assert len(tried) > 10
    assert [f"{trial.what}: {trial.seen}" for trial in tried if not trial.held] == []
