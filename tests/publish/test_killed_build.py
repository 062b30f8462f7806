"""Real builds: killed at random moments, and made twice from the same input.

`SKILLSDW_KILLS` sets how often a build is killed (default 2; `make kills` says 10).
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest
from test_publish import served

from skillsdw.build import build
from skillsdw.home import Home
from skillsdw.landing import land
from skillsdw.publish import current_version
from skillsdw.sample import write_sample

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

AS_OF = date(2026, 10, 31)
# What names a build and its moment; everything else follows from the input.
OF_THE_BUILD = {
    "published_version": ("build_id", "published_at", "git_commit"),  # a checkout may be committed to meanwhile
    "gate_result": ("checked_at", "message_zh", "message_en"),  # gate 2 says which version it compared with
}


def silent(_message: str) -> None:
    pass


def contents(version: Path) -> dict[str, str]:
    """A digest of the bytes of every table's rows, ordered."""
    digests = {}
    with duckdb.connect(str(version), read_only=True) as con:
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        for (table,) in tables:
            named = con.execute(f"select column_name from (describe marts.{table})").fetchall()
            landing_times = [column for (column,) in named if column.endswith("landed_at")]
            left_out = ", ".join([*OF_THE_BUILD.get(table, ()), *landing_times])
            columns = f"* exclude ({left_out})" if left_out else "*"
            rows = con.execute(f"select {columns} from marts.{table} order by all").fetchall()
            digests[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return digests


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Home, float]:
    """A home with a published version, and how long its build took."""
    home = Home(tmp_path_factory.mktemp("killed") / "home")
    write_sample(home.landing, 2000, end=AS_OF, progress=silent)
    land(home, None, None, progress=silent)
    began = time.monotonic()
    assert build(home, AS_OF, progress=silent).state == "published"
    return home, time.monotonic() - began


def test_the_same_files_landed_and_built_twice_give_byte_equal_results(built, tmp_path):
    home, _ = built
    again = Home(tmp_path / "again")
    shutil.copytree(home.landing, again.landing)
    shutil.copy(home.key_file, again.root)  # the same persons have the same keys
    land(again, None, None, threads=1, progress=silent)
    assert build(again, AS_OF, progress=silent).state == "published"
    first, second = contents(current_version(home)), contents(current_version(again))
    assert len(first) > 20
    assert [table for table in first if first[table] != second.get(table)] == []


def test_a_killed_build_leaves_the_published_version_and_the_next_build_succeeds(built):
    home, length = built
    before = contents(current_version(home))
    for seed in range(int(os.environ.get("SKILLSDW_KILLS", "2"))):
        running = subprocess.Popen(
            [sys.executable, "-m", "skillsdw", "build", "--home", str(home.root), "--as-of", str(AS_OF)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        moment = random.Random(seed).uniform(0.05, 0.9) * length
        time.sleep(moment)
        # Only the command itself: what it began must end by itself.
        running.send_signal(signal.SIGKILL)
        running.wait()
        left = current_version(home)
        print(f"killed after {moment:.1f} s of {length:.1f}: serves {left.stem}")
        assert contents(left).keys() == before.keys()
        time.sleep(1)
    after = build(home, AS_OF, progress=silent)
    assert after.state == "published"
    assert served(home) == after.build_id
    rows = {table for table, digest in contents(current_version(home)).items() if digest != before[table]}
    # Gate 2 and the change since the version before now have a version to compare with.
    assert rows - {"gate_result", "version_change"} == set()
