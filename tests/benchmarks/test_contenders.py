"""The benchmark's contenders do the same work: the peer that needs nothing beside the project, and how all are told."""

import os
import shutil
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


PHASES = {"read", "rules", "facts", "counts"}


@pytest.fixture(scope="module")
def contested(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What the script made, and what pandas made, of one sample with one key."""
    place, key = tmp_path_factory.mktemp("contested"), os.urandom(32)
    hand, out = place / "hand.duckdb", place / "pandas"
    assert set(by_hand.run(landing, hand, AS_OF, key, "1GB")) == PHASES | {"publish"}
    assert set(pandas_frames.run(landing, out, AS_OF, key, "1GB")) == PHASES
    return hand, out


def test_a_peer_finds_what_the_script_finds(contested: tuple[Path, Path]) -> None:
    hand, out = contested
    run._compare_peer(hand, out, "pandas", "parquet")
    with duckdb.connect(str(hand), read_only=True) as con:
        rules = {rule for (rule,) in con.execute("select distinct rule_code from rule_violation").fetchall()}
        texts = f"(from '{out}/training_session.parquet')"
        differ = con.execute(
            f"""
            select count(*) from training_session as hers inner join {texts} as theirs using (enrollment_id)
            where array_to_string(hers.violations, ',') <> theirs.violations
            """
        ).fetchone()
    assert {"ANNUAL_CAP", "LIFETIME_CAP", "REPEAT", "LICENCE", "HOURS_MIN", "CERT_ORPHAN"} <= rules
    assert differ == (0,)


@pytest.mark.parametrize(
    ("table", "otherwise"),
    [
        ("training_session", "* replace (not is_certified as is_certified)"),
        ("rule_violation", "* replace ('REPEAT' as rule_code)"),
        ("progress", "* replace (class_hours + 1 as class_hours)"),
        ("cube", "* replace (persons + 1 as persons)"),
    ],
)
def test_a_row_that_differs_is_seen(contested: tuple[Path, Path], tmp_path: Path, table: str, otherwise: str) -> None:
    hand, out = contested
    other = tmp_path / "other"
    shutil.copytree(out, other)
    with duckdb.connect() as con:
        con.execute(
            f"""
            copy (
              (select {otherwise} from '{out}/{table}.parquet' limit 1)
              union all
              (from '{out}/{table}.parquet' offset 1)
            ) to '{other}/{table}.parquet'
            """
        )
    with pytest.raises(RuntimeError, match=f"different rows of {table}"):
        run._compare_peer(hand, other, "pandas", "parquet")


def test_the_script_finds_the_same_in_parquet_and_when_it_counts_plainly(
    contested: tuple[Path, Path], landing: Path, tmp_path: Path
) -> None:
    hand, _ = contested
    run._as_parquet(landing, tmp_path / "parquet")
    by_hand.run(tmp_path / "parquet", tmp_path / "again.duckdb", AS_OF, os.urandom(32), "1GB", run.PLAIN)
    with duckdb.connect(str(tmp_path / "again.duckdb")) as con:
        for table in run.COMPARED:
            con.execute(f"copy {table} to '{tmp_path}/{table}.parquet'")
    run._compare_peer(hand, tmp_path, "Parquet", "parquet")


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
    ("years", "levels", "downgrades", "annual", "lifetime", "repeated"),
    [
        ([2025, 2025], "ab", [0, 0], [0, 1], [0, 0], [0, 0]),  # once a year
        ([2025, 2026], "aa", [0, 0], [0, 0], [0, 0], [0, 1]),  # once a level
        ([2025, 2026], [None, None], [0, 0], [0, 0], [0, 0], [0, 0]),  # an unknown level is none
        ([2025, 2025], "aa", [1, 0], [0, 0], [0, 0], [0, 0]),  # what does not count uses nothing up
        ([2022, 2023, 2024, 2025], "abcd", [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]),  # three times
        ([2022, 2023, 2024, 2024], "abcb", [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]),  # all at once
    ],
)
def test_the_walk_of_peers_without_recursion(years, levels, downgrades, annual, lifetime, repeated) -> None:
    broken = walk(["p"] * len(years), years, list(levels), downgrades)
    assert broken == tuple([bool(one) for one in rule] for rule in (annual, lifetime, repeated))


def test_each_person_begins_anew() -> None:
    assert walk(["p", "q"], [2025, 2025], ["a", "a"], [False, False]) == ([False] * 2, [False] * 2, [False] * 2)


def test_a_contender_that_takes_too_long_or_fails_is_told() -> None:
    slow = measure("slow", [sys.executable, "-c", "import time; time.sleep(60)"], most_seconds=0.5)
    assert slow.fault.startswith("not done in")
    full = measure("full", [sys.executable, "-c", "raise MemoryError"])
    assert full.fault.startswith("out of memory")
    greedy = "import time; held = bytearray(200 * 2**20); time.sleep(60)"
    greedy = measure("greedy", [sys.executable, "-c", greedy], most_bytes=150 * 2**20)
    assert greedy.fault.startswith("out of memory")
    assert greedy.peak_bytes > 150 * 2**20
    with pytest.raises(RuntimeError, match="broken ended with 1"):
        measure("broken", [sys.executable, "-c", "raise ValueError('so')"])
    good = measure("good", [sys.executable, "-c", "print('{\"read\": 1.5}')"])
    assert good.phases == {"read": 1.5}
    assert good.peak_bytes >= 0

    ours, start = Measured(OURS, 32.0, 2 * 10**9, {"land": 5.0}), Measured(START, 20.0)
    day = run._median([Measured(DAY, 25.0), Measured(DAY, 21.0), Measured(DAY, 22.0, 0, {"land": 1.0})])
    text = table("600,000 sessions", [Measured(HAND, 10.0, 10**9), ours, day, start, slow])
    assert "A day's 1,000 rows take 16.7% of what everything takes" in text
    assert "start-up aside (medians: days 25.0, 21.0, 22.0 s)." in text
    assert f"| {DAY} | 22.0 | 2.20 |  | 0.0 | land 1.0 |" in text
    assert f"| {OURS} | 32.0 | 3.20 | 1.20 | 2.0 | land 5.0 |" in text
    assert "| slow | – | – | – |" in text

    script = "print('{\"read\": 1.5}'); raise OSError('No space left on device')"
    spilt = measure(HAND, [sys.executable, "-c", script])
    text = table("60,000,000 sessions", [spilt, ours])
    assert spilt.fault.startswith("out of disk")
    assert "; until then read 1.5 |" in text
    assert f"| {OURS} | 32.0 | – |  | 2.0 | land 5.0 |" in text
