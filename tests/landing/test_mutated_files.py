"""Valid files with bytes flipped, cut, inserted, encoded anew: each lands with every row accounted for or is refused
in both languages; nothing between.

SKILLSDW_MUTATIONS gives the number of files that are tried, each example a folder of three; `make ordeal` tries more.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_key import made_key

from ordeals.hostile.mutate import KINDS, PIECES, Mutation, mutated, whole_files
from ordeals.hostile.promise import broken
from skillsdw.home import Home
from skillsdw.landing import land

FILES = whole_files()
TRIED = max(1, int(os.environ.get("SKILLSDW_MUTATIONS", "90")) // 3)
MUTATION = st.builds(
    Mutation,
    kind=st.sampled_from(KINDS),
    place=st.floats(0, 1),
    length=st.integers(0, 200),
    piece=st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)),
)
ODD_FILE = st.tuples(st.sampled_from(list(FILES)), st.lists(MUTATION, min_size=1, max_size=4))


@settings(
    max_examples=TRIED,
    derandomize=os.environ.get("SKILLSDW_MUTATIONS") is None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(ODD_FILE, min_size=3, max_size=3))
def test_a_damaged_file_lands_accounted_for_or_is_refused_in_both_languages(files):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKILLSDW_HMAC_KEY", made_key())
        home = Home(Path(folder) / "data")
        (home.landing / "enrollment").mkdir(parents=True)
        for number, (name, mutations) in enumerate(files):
            (home.landing / "enrollment" / f"{number}-{name}").write_bytes(mutated(FILES[name], mutations))
        (home.landing / "enrollment" / "whole.csv").write_bytes(FILES["utf8.csv"])
        said: list[str] = []
        summary = land(home, threads=1, progress=lambda result: said.append(result.message))
        assert broken(home, "\n".join(said)) == []
        last = summary.files[-1]
        assert last.file_name == "enrollment/whole.csv"
        assert (last.status, last.rows_read) in {("landed", 4), ("unchanged", 0)}
