"""The benchmark's contenders do the same work: the peer that needs nothing beside the project, and how all are told."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks import by_hand, run
from benchmarks.peers import pandas_frames, walk
from benchmarks.run import DAY, HAND, OURS, START, Measured, measure, table
from skillsdw.home import PROJECT

AS_OF = "2026-10-31"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province with none of the faults that contenders do not look for."""
    place = tmp_path_factory.mktemp("extracts") / "landing"
    size = ["--sessions", "3000", "--plain", "--faults", "0", "--from", "2025-01-01", "--to", AS_OF]
    order = [sys.executable, "-m", "skillsdw", "sample", *size, "--out", str(place)]
    subprocess.run(order, cwd=PROJECT, check=True, capture_output=True)
    return place


def test_a_peer_counts_what_the_script_counts(landing: Path, tmp_path: Path) -> None:
    key, hand, out = os.urandom(32), tmp_path / "hand.duckdb", tmp_path / "pandas.parquet"
    assert set(by_hand.run(landing, hand, AS_OF, key, "1GB")) == {"read", "walk", "outcomes", "cube"}
    assert set(pandas_frames.run(landing, out, AS_OF, key, "1GB")) == {"read", "walk", "outcomes", "cube"}
    run._compare_peer(hand, out, "pandas")

    with duckdb.connect() as con:  # one person too many is seen
        con.execute(f"copy (select * replace (persons + 1 as persons) from '{out}') to '{tmp_path}/other.parquet'")
    with pytest.raises(RuntimeError, match="counted differently"):
        run._compare_peer(hand, tmp_path / "other.parquet", "pandas")


def test_the_script_counts_the_same_in_parquet(landing: Path, tmp_path: Path) -> None:
    key, hand, again = os.urandom(32), tmp_path / "hand.duckdb", tmp_path / "again.duckdb"
    run._as_parquet(landing, tmp_path / "parquet")
    by_hand.run(landing, hand, AS_OF, key, "1GB")
    by_hand.run(tmp_path / "parquet", again, AS_OF, key, "1GB")
    with duckdb.connect(str(again)) as con:
        con.execute(f"copy cube to '{tmp_path}/cube.parquet'")
    run._compare_peer(hand, tmp_path / "cube.parquet", "Parquet")


def test_what_was_written_by_hand_stays(tmp_path: Path) -> None:
    out = tmp_path / "benchmarks.md"
    found = {"600,000 sessions": [Measured(HAND, 10.0, 10**9), Measured(OURS, 32.0, 2 * 10**9)]}
    run.write(out, found, "6GB")
    out.write_text(out.read_text(encoding="utf-8") + "\n\nSaid by hand.\n", encoding="utf-8")
    run.write(out, found, "8GB")
    text = out.read_text(encoding="utf-8")
    assert text.endswith("\n\nSaid by hand.\n")
    assert "8GB" in text
    assert "6GB" not in text
    assert text.count(run.BY_HAND) == 1


@pytest.mark.parametrize(
    ("years", "levels", "downgrades", "counted"),
    [
        ([2025, 2025], ["a", "b"], [False, False], [True, False]),  # once a year
        ([2025, 2026], ["a", "a"], [False, False], [True, False]),  # once a level
        ([2025, 2026], [None, None], [False, False], [True, True]),  # an unknown level is none
        ([2025, 2025], ["a", "b"], [True, False], [False, True]),  # what does not count uses nothing up
        ([2022, 2023, 2024, 2025], list("abcd"), [False] * 4, [True, True, True, False]),  # three times
    ],
)
def test_the_walk_of_peers_without_recursion(years, levels, downgrades, counted) -> None:
    assert walk(["p"] * len(years), years, levels, downgrades) == counted


def test_each_person_begins_anew() -> None:
    assert walk(["p", "q"], [2025, 2025], ["a", "a"], [False, False]) == [True, True]


def test_a_contender_that_takes_too_long_or_fails_is_told() -> None:
    slow = measure("slow", [sys.executable, "-c", "import time; time.sleep(60)"], most_seconds=0.5)
    assert slow.fault.startswith("not done in")
    full = measure("full", [sys.executable, "-c", "raise MemoryError"])
    assert full.fault.startswith("out of memory")
    with pytest.raises(RuntimeError, match="broken ended with 1"):
        measure("broken", [sys.executable, "-c", "raise ValueError('so')"])
    good = measure("good", [sys.executable, "-c", "print('{\"read\": 1.5}')"])
    assert good.phases == {"read": 1.5}
    assert good.peak_bytes >= 0

    ours, day, start = Measured(OURS, 32.0, 2 * 10**9, {"land": 5.0}), Measured(DAY, 22.0), Measured(START, 20.0)
    text = table("600,000 sessions", [Measured(HAND, 10.0, 10**9), ours, day, start, slow])
    assert "A day's 1,000 rows take 17% of what everything takes, start-up aside." in text
    assert f"| {OURS} | 32.0 | 3.20 | 1.20 | 2.0 | land 5.0 |" in text
    assert "| slow | – | – | – |" in text

    script = "print('{\"read\": 1.5}'); raise OSError('No space left on device')"
    spilt = measure(HAND, [sys.executable, "-c", script])
    text = table("60,000,000 sessions", [spilt, ours])
    assert spilt.fault.startswith("out of disk")
    assert "; until then read 1.5 |" in text
    assert f"| {OURS} | 32.0 | – |  | 2.0 | land 5.0 |" in text
