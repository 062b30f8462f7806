"""Hostile files (ordeals/hostile/files.py) landed by the real command, valid files with bytes changed, and fuzzing."""

import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ordeals.hostile.files import Hostile, hostile_files
from ordeals.hostile.launch import Run, run_skillsdw
from ordeals.hostile.material import good_certification
from ordeals.hostile.mutate import KINDS, PIECES, Mutation, mutated, whole_files
from ordeals.hostile.promise import broken
from ordeals.trial import Trial
from skillsdw.home import PROJECT, Home
from skillsdw.landing import land

AREA = "landing"
MOST_MB = 4_000  # 3 GB for the reader of a packed file, and the landing itself
MOST_SECONDS = 180
_PROMISE = f"a clear error, nothing by half, its neighbour lands, within {MOST_MB:,} MB and {MOST_SECONDS} s"
_SHOWN = 110  # characters of a message


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """Every hostile file, 2,000 damaged ones and five minutes of fuzzing; the short version takes some of each."""
    for number, hostile in enumerate(hostile_files()):
        if full or hostile.short:
            yield _tried(hostile, random.Random(seed + number), scratch / f"hostile-{number}")
    yield _damaged(seed, scratch / "damaged", 2_000 if full else 30)
    yield _fuzzed(seed, scratch / "fuzz", 300 if full else 5)


def _tried(hostile: Hostile, chance: random.Random, scratch: Path) -> Trial:
    home = Home(scratch / "data")
    folder = home.landing / "enrollment"
    folder.mkdir(parents=True)
    (home.landing / "certification").mkdir()
    (home.landing / "certification" / "good.csv").write_text(good_certification(), encoding="utf-8")
    hostile.put(folder, chance)
    if hostile.during:
        threading.Thread(target=_during, args=(hostile, home, folder), daemon=True).start()
    run = run_skillsdw(home.root, "land", stop_after=MOST_SECONDS)
    wrong, told = _judged(hostile, home, run)
    shutil.rmtree(scratch)
    outcome = f"{run.seconds:.1f} s, {run.peak_mb:,.0f} MB: {told}"
    seen = f"{outcome}; {'; '.join(wrong)}" if wrong else outcome
    return Trial(AREA, hostile.what, _PROMISE, 1, seen, not wrong)


def _during(hostile: Hostile, home: Home, folder: Path) -> None:
    """Once the file is being read."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until and not list(home.tmp.glob("landing-*/*/")):
        time.sleep(0.005)
    hostile.during(folder)


def _judged(hostile: Hostile, home: Home, run: Run) -> tuple[list[str], str]:
    """What does not hold, and the file's fate in words."""
    if run.status not in (0, 3):
        return [f"ended with {run.status}"], re.sub(r"\s+", " ", run.said)[-_SHOWN:]
    wrong = broken(home, run.said, run.status)
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        batches = con.execute(
            "select status, rows_landed, rows_rejected, message from raw.batch where extract = 'enrollment'"
        ).fetchall()
        neighbour = con.execute("select count(*) from raw.certification").fetchone()[0]
    if neighbour != 1:
        wrong.append("its neighbour did not land")
    if run.peak_mb > MOST_MB:
        wrong.append("too much memory")
    states = {state for state, *_ in batches}
    if not batches or (hostile.status and states != {hostile.status}):
        wrong.append(f"{hostile.status or 'a batch'} was expected")
    if hostile.landed and sum(landed for _, landed, *_ in batches) != hostile.landed:
        wrong.append(f"{hostile.landed} rows were expected")
    wrong += [f"no word of “{hostile.cause}”" for *_, message in batches if hostile.cause not in message]
    return wrong, _fate(batches)


def _fate(batches: list[tuple[str, int, int, str]]) -> str:
    if not batches:
        return "nothing"
    state, *_, message = batches[0]
    if state in ("landed", "held"):
        return f"{state}, {sum(batch[1] for batch in batches)} rows in, {sum(batch[2] for batch in batches)} rejected"
    words = message.partition(" / ")[2].partition(": refused. ")[2]
    return f"refused. {words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}"


def _damaged(seed: int, scratch: Path, count: int) -> Trial:
    """Valid files to whose bytes something happened, ten to a landing, beside a whole one."""
    chance, files = random.Random(seed), whole_files()
    wrong: list[str] = []
    landed = refused = 0
    begun = time.monotonic()
    for start in range(0, count, 10):
        home = Home(scratch / str(start))
        (home.landing / "enrollment").mkdir(parents=True)
        for number in range(start, min(start + 10, count)):
            name = chance.choice(list(files))
            damaged = mutated(files[name], [_mutation(chance) for _ in range(chance.randint(1, 4))])
            (home.landing / "enrollment" / f"{number}-{name}").write_bytes(damaged)
        summary = land(home, threads=1)
        landed, refused = landed + summary.count("landed"), refused + summary.count("refused")
        wrong += broken(home, "\n".join(result.message for result in summary.files))
        shutil.rmtree(home.root)
    seen = f"{landed:,} landed with every row accounted for, {refused:,} refused, {time.monotonic() - begun:.0f} s"
    return Trial(
        AREA,
        "valid files of every format with bytes flipped, cut, inserted, moved and encoded anew",
        "landed with every row accounted for, or refused in both languages; no ID, no traceback",
        count,
        "; ".join([seen, *sorted(set(wrong))[:5]]),
        not wrong,
    )


def _mutation(chance: random.Random) -> Mutation:
    piece = chance.choice(PIECES) if chance.random() < 0.7 else chance.randbytes(chance.randint(1, 20))
    return Mutation(chance.choice(KINDS), chance.random(), chance.randint(0, 200), piece)


def _fuzzed(seed: int, scratch: Path, seconds: int) -> Trial:
    scratch.mkdir()
    command = [sys.executable, "-m", "ordeals.hostile.fuzz", str(scratch), "--seconds", str(seconds)]
    process = subprocess.run(
        [*command, "--seed", str(seed)], cwd=PROJECT, capture_output=True, text=True, errors="replace", check=False
    )
    runs = re.search(r"^Done (\d+) runs", process.stderr, re.MULTILINE)
    covered = re.findall(r"cov: (\d+)", process.stderr)
    held = process.returncode == 0 and runs is not None
    ending = " ".join(process.stderr.split()[-30:])
    return Trial(
        AREA,
        f"fuzzing survey, pieces, both readers and judging for {seconds} s, from sample files",
        "nothing but a refusal in both languages; both readers agree; every row accounted for; no ID shown",
        int(runs[1]) if runs else 0,
        f"{int(runs[1]):,} inputs, {covered[-1]} places of the code reached" if held and covered else ending,
        held,
    )
