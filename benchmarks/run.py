"""The benchmark: land + build + publish against the same work by hand, on the same files, in turn, in one run.

`python -m benchmarks.run --sessions 600000 [--memory-limit 6GB] [--repeat 1]`; prints a table. Whole processes are
measured: wall time, and the largest peak memory among a command's processes. Ratios, not seconds, are the claim.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import psutil

from skillsdw.home import Home
from skillsdw.publish import current_version

AS_OF = "2026-10-31"
START_UP_SECONDS = 20


@dataclass(frozen=True)
class Measured:
    """One command as a whole: seconds of wall time, and peak resident bytes of it and its children together."""

    seconds: float
    peak_bytes: int


def measure(command: list[str], accepted: tuple[int, ...] = (0,)) -> Measured:
    """Run a command to its end; RuntimeError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.1):
            peak = max(peak, _resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    if code not in accepted:
        raise RuntimeError(f"exit status {code}: {' '.join(command)}")
    return Measured(seconds, peak)


def _resident(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        return sum(process.memory_info().rss for process in [root, *root.children(recursive=True)])
    except psutil.Error:
        return 0


def main() -> None:
    """Parse, make the extracts, measure both in turn, compare what they counted, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=600_000)
    parser.add_argument("--memory-limit", default="6GB")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder to keep; by default a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run(options.sessions, options.memory_limit, options.repeat, options.work or Path(scratch))


def run(sessions: int, memory_limit: str, repeat: int, work: Path) -> None:
    """Measure at one size in folder `work` and print the table."""
    skillsdw = [sys.executable, "-m", "skillsdw"]
    landing = work / f"sample-{sessions}"
    if not landing.exists():
        period = ["--from", "2025-01-01", "--to", AS_OF]
        measure(
            [
                *skillsdw,
                "sample",
                "--sessions",
                str(sessions),
                "--out",
                str(landing),
                "--plain",
                "--faults",
                "0",
                *period,
            ]
        )
    key = work / "key"
    key.write_bytes(os.urandom(32))
    rows = []
    for turn in range(repeat):
        home = Home(work / f"home-{sessions}-{turn}")
        at_home = ["--home", str(home.root), "--memory-limit", memory_limit]
        hand = work / f"by-hand-{sessions}.duckdb"
        by_hand = measure(
            [sys.executable, "-m", "benchmarks.by_hand", str(landing), str(hand), AS_OF, str(key), memory_limit]
        )
        land = measure([*skillsdw, "land", str(landing), *at_home])
        build = measure([*skillsdw, "build", "--as-of", AS_OF, *at_home])
        rows.append((by_hand, land, build))
        _compare(hand, home)
    _print(sessions, rows)


def _compare(hand: Path, home: Home) -> None:
    with duckdb.connect(str(hand), read_only=True) as con:
        by_hand = con.execute(
            "select year, counted_sessions, priority_persons from cube "
            "where city_code is null and industry_code is null and trainee_group is null and year is not null "
            "order by 1"
        ).fetchall()
    with duckdb.connect(str(current_version(home)), read_only=True) as con:
        ours = con.execute(
            "select plan_year, counted_sessions, priority_persons from marts.headcount "
            "where city_code = 'ALL' and industry_code = 'ALL' and trainee_group = 'ALL' and plan_year > 0 order by 1"
        ).fetchall()
    if by_hand != ours:
        raise RuntimeError(f"the two counted differently: by hand {by_hand}, skillsdw {ours}")
    print(json.dumps({"counted by both": ours}))


def _print(sessions: int, rows: list[tuple[Measured, Measured, Measured]]) -> None:
    hand = median(row[0].seconds for row in rows)
    land = median(row[1].seconds for row in rows)
    build = median(row[2].seconds for row in rows)
    ours = land + build
    peak = max(max(row[1].peak_bytes, row[2].peak_bytes) for row in rows) / 1e9
    hand_peak = max(row[0].peak_bytes for row in rows) / 1e9
    less = f"ratio less {START_UP_SECONDS} s"
    print(f"| sessions | by hand s | land s | build + publish s | ratio | {less} | peak GB (by hand) |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {sessions:,} | {hand:.1f} | {land:.1f} | {build:.1f} | {ours / hand:.2f} "
        f"| {(ours - START_UP_SECONDS) / hand:.2f} | {peak:.1f} ({hand_peak:.1f}) |"
    )


if __name__ == "__main__":
    main()
