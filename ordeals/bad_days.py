"""Bad days: kills, full and read-only disks, lost links, truncated files, a clock set back, two at once, files that
grow, power cuts, a lost warehouse, a rotation of the key cut short. Everything runs as processes of its own.

Short trials build with a stand-in for the gates and dbt (`_QUICK`), so that what is tried is the landing, the lock, the
publish and the records; full ones run the real build as well.
"""

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ordeals.trial import Trial
from skillsdw.doctor import examine
from skillsdw.home import PROJECT, Home, beijing_now
from skillsdw.landing import STORAGE
from skillsdw.publish import current_version, rollback, version_fault, versions
from skillsdw.sample import write_sample

AREA = "bad_days"
AS_OF = date(2026, 10, 31)
PERSONS = ("person_key", "payee_key")
# What names a build and its moment; everything else follows from the files and their order.
OF_THE_BUILD = {
    "published_version": ("build_id", "published_at", "git_commit"),
    "gate_result": ("checked_at", "message_zh", "message_en", "observed"),
}
COMPARES_WITH_BEFORE = ("version_change", "gate_result")

_QUICK = """
import os, sys, time
from contextlib import nullcontext
from datetime import datetime
import skillsdw.home as home
if moment := os.environ.get("ORDEAL_NOW"):
    home.beijing_now = lambda: datetime.fromisoformat(moment)
import duckdb
import skillsdw.build as building
from expectations.result import GateResult
from skillsdw.publish import Marts

def passed(*_):
    return [GateResult("gate_1", "c", "raw", "error", "passed", None, 0, "", "", "2026-10-31T08:00:00")]

def run_dbt(_crew, place, report):
    with duckdb.connect(str(place.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute("create or replace table marts.session as select * from raw.enrollment")
        con.execute("create or replace table marts.batch as select * from raw.batch")
        con.execute(
            "create or replace table marts.published_version as select ? as build_id, null::timestamp as published_at, "
            "?::date as as_of, 'r' as rules_version, 'c' as git_commit", [report.build_id, report.as_of]
        )
    time.sleep(float(os.environ.get("ORDEAL_PAUSE", "0")))
    return passed(), Marts(["session", "batch", "published_version"], {})

if os.environ.get("ORDEAL_REAL") != "1":
    building.crew = lambda *_: nullcontext()
    building.run_gate = passed
    building.run_dbt = run_dbt
if record := os.environ.get("ORDEAL_RECORD"):
    from pathlib import Path
    out = open(record, "a")
    def told(name, real):
        def call(*words, **named):
            answer = real(*words, **named)
            shown = [os.readlink(f"/proc/self/fd/{w}") if isinstance(w, int) else os.path.abspath(w) for w in words[:2]]
            print(name, *shown, sep="\\t", file=out, flush=True)
            return answer
        return call
    os.fsync = told("fsync", os.fsync)
    os.link = told("link", os.link)
    Path.replace = told("rename", Path.replace)
from skillsdw.cli import main
main()
"""


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """Every bad day, with its promise; the seed decides moments, lengths and places."""
    dice = random.Random(seed)
    place = _begun(scratch, 400 if full else 60, seed, every=1 if full else 12)
    yield _killed_landing(place, scratch, dice, 15 if full else 2)
    yield _killed_build(place, scratch, dice, 15 if full else 2)
    yield from _full_disk(place, scratch, dice, 4 if full else 2)
    yield from _read_only_disk(place, scratch)
    yield _links(place, scratch)
    yield _damaged_versions(place, scratch, dice, 20 if full else 2)
    yield _damaged_working(place, scratch, dice, 6 if full else 1)
    yield _clock_set_back(place, scratch)
    yield _two_at_once(place, scratch, 3 if full else 1)
    yield _growing_file(place, scratch, dice, 8 if full else 1)
    yield from _power_cut(place, scratch, full)
    yield _lost_warehouse(place, scratch)
    yield _killed_rotation(place, scratch, dice, 8 if full else 1)
    if full:
        yield from _real_builds(place, scratch, dice, 4)


# The processes.


def run(home: Home, *words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a home and wait for it."""
    return subprocess.run(
        _line(home, words), capture_output=True, text=True, cwd=PROJECT, env=os.environ | surroundings, timeout=1800
    )


def start(home: Home, *words: str, **surroundings: str) -> subprocess.Popen:
    """Begin the command in a group of its own."""
    return subprocess.Popen(
        _line(home, words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env=os.environ | surroundings,
    )


def _line(home: Home, words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-c", _QUICK, *words, "--home", str(home.root)]


def _killed(home: Home, after: float, *words: str, **surroundings: str) -> bool:
    """Kill -9 the command, and only it, after so many seconds; whether it was still at work."""
    running = start(home, *words, **surroundings)
    try:
        running.wait(after)
        return False
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
        running.wait()
        return True


def _begun(scratch: Path, sessions: int, seed: int, every: int) -> Home:
    """A home with files of three days (every so manyth of a sample's), landed in the order in which they came, and two
    versions."""
    home = Home(scratch / "begun")
    everything = scratch / "everything"
    write_sample(everything, sessions, seed=seed, end=AS_OF, progress=lambda _: None)
    files = sorted(path for path in everything.rglob("*") if path.is_file() and path.name != "truth.csv")
    files = files[::every]
    # The last day's files come first by name: order by path alone would be another order.
    now = beijing_now()
    for day, part in enumerate((files[len(files) // 2 :], files[: len(files) // 4], files[len(files) // 4 :])):
        for file in part:
            copy = home.landing / file.relative_to(everything)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.exists():
                shutil.copy(file, copy)
        _expect(run(home, "land", ORDEAL_NOW=(now - timedelta(days=5 - day)).isoformat()), 0, 3)
    for _ in range(2):
        _expect(run(home, "build"), 0)
    return home


def _expect(done: subprocess.CompletedProcess[str], *codes: int) -> None:
    if done.returncode not in codes:
        raise AssertionError(f"{done.args[3:]} ended with {done.returncode}: {done.stderr[-2000:]}")


def _copy(home: Home, to: Path) -> Home:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home.root, to, symlinks=True)
    return Home(to)


# What is compared.


def raw_rows(home: Home, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    """A digest of every row of every table of `raw`, in order."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return _digests(con, "raw", {}, leave_out)


def mart_rows(version: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    """A digest of every row of every published table, in order, but for the build's own name and moment."""
    with duckdb.connect(str(version), read_only=True) as con:
        return _digests(con, "marts", OF_THE_BUILD, leave_out)


def _digests(
    con: duckdb.DuckDBPyConnection, schema: str, own: dict[str, tuple[str, ...]], leave_out: tuple[str, ...]
) -> dict[str, str]:
    digests = {}
    tables = con.execute("select table_name from duckdb_tables() where schema_name = ? order by 1", [schema]).fetchall()
    for (table,) in tables:
        named = [name for (name,) in con.execute(f"select column_name from (describe {schema}.{table})").fetchall()]
        kept = [name for name in named if name not in {*own.get(table, ()), *leave_out}]
        rows = con.execute(f"select {', '.join(kept)} from {schema}.{table} order by all").fetchall()
        if table != "warehouse":  # the key's digest
            digests[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return digests


def served(home: Home) -> dict[str, str] | None:
    """What a reader of the link gets; None when nothing can be read."""
    version = current_version(home)
    return None if version is None or version_fault(version) else mart_rows(version)


def half_batches(home: Home) -> list[int]:
    """Batches whose rows are not all there, or rows of no batch."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        if not con.execute(
            "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'batch'"
        ).fetchall():
            return []
        wrong = []
        extracts = con.execute("select distinct extract from raw.batch where status = 'landed'").fetchall()
        for (extract,) in extracts:
            wrong += con.execute(
                f"select coalesce(b.batch_id, r.batch_id) from (select * from raw.batch where extract = '{extract}') b "
                f"full join (select batch_id, count(*) n from raw.{extract} group by 1) r using (batch_id) "
                "where coalesce(b.rows_landed, -1) <> coalesce(r.n, 0)"
            ).fetchall()
        return [number for (number,) in wrong]


def _kinds(home: Home) -> set[str]:
    return {finding.check for finding in examine(home)}


# The days.


def _killed_landing(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    """Land from nothing again and again, killed at random moments until it is done; compare with an undisturbed one."""
    whole = Home(scratch / "undisturbed")
    killed = Home(scratch / "killed-landing")
    for home in (whole, killed):
        shutil.copytree(place.landing, home.landing)
        shutil.copy(place.key_file, home.key_file)
    began = time.monotonic()
    _expect(run(whole, "land"), 0, 3)
    length = time.monotonic() - began
    kills = halves = 0
    while kills < times:
        if not _killed(killed, dice.uniform(0.15, 1.05) * length, "land"):
            for file in (killed.warehouse, killed.journal):
                file.unlink(missing_ok=True)  # it was done: from the beginning again
            continue
        kills += 1
        if killed.warehouse.exists():
            time.sleep(0.3)
            halves += len(half_batches(killed))
    _expect(run(killed, "land"), 0, 3)
    same = raw_rows(whole, ("landed_at",)) == raw_rows(killed, ("landed_at",))
    left = _kinds(killed) & {"leftovers", "journal_behind", "batches_lost", "working_damaged"}
    return Trial(
        AREA,
        "kill -9 while landing, at random moments",
        "every batch is whole or not there, and landing again ends as if nothing had happened",
        kills,
        f"{halves} half batches; rows {'equal' if same else 'DIFFER'}; left behind: {', '.join(left) or 'nothing'}",
        halves == 0 and same and not left,
    )


def _killed_build(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    home = _copy(place, scratch / "killed-build")
    before, length = served(home), 0.0
    began = time.monotonic()
    _expect(run(home, "build"), 0)
    length = time.monotonic() - began
    kills = wrong = 0
    while kills < times:
        kills += _killed(home, dice.uniform(0.4, 1.0) * length, "build")
        wrong += served(home) != before
    _expect(run(home, "build"), 0)
    left = _kinds(home) & {"leftovers", "link_old", "link_broken", "build_interrupted"}
    held = wrong == 0 and served(home) == before and not left
    seen = f"{wrong} wrong answers to readers; the next build published; left behind: {', '.join(left) or 'nothing'}"
    return Trial(
        AREA,
        "kill -9 while building and publishing, at random moments",
        "readers get the old version or the new one, whole, and the next build succeeds",
        kills,
        seen,
        held,
    )


@contextmanager
def _small_disk(place: Path, megabytes: int) -> Iterator[bool]:
    """A disk of so many megabytes at `place`; False where mounting is not allowed."""
    place.mkdir(parents=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(place))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=False)


def _mount(*words: str) -> bool:
    return os.geteuid() == 0 and subprocess.run(["mount", *words], capture_output=True).returncode == 0


def _full_disk(place: Home, scratch: Path, dice: random.Random, times: int) -> Iterator[Trial]:
    """Fill the disk to a random little and land, build; then free it."""
    size = sum(path.stat().st_size for path in place.root.rglob("*") if path.is_file() and not path.is_symlink())
    said = wrong = tries = 0
    with _small_disk(scratch / "small", size // 2**20 + 60) as mounted:
        while tries < times:
            words = ("land",) if tries % 2 == 0 else ("build",)
            home = _copy(place, scratch / "small" / "home") if mounted else _copy(place, scratch / "full")
            (home.landing / "enrollment" / "450900-more.csv").write_bytes(b"".join(_many_rows(place, 20_000)))
            before, raw = served(home), raw_rows(home)
            filler = scratch / "small" / "filler"
            if mounted:
                _fill(filler, dice.randrange(0, 1_500_000))
                done = run(home, *words)
            else:
                limit = max(home.warehouse.stat().st_size // 2, 1) if words == ("build",) else 4096
                done = subprocess.run(
                    _line(home, words),
                    capture_output=True,
                    text=True,
                    cwd=PROJECT,
                    preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
                )
            filler.unlink(missing_ok=True)
            if done.returncode in (0, 3):
                continue  # it found room enough
            tries += 1
            said += done.returncode == 1 and "磁盘已满" in done.stderr and "Traceback" not in done.stderr
            wrong += served(home) != before or raw_rows(home) != raw
            _expect(run(home, *words), 0, 3)
            wrong += bool(_kinds(home) & {"leftovers", "working_damaged", "version_unreadable"})
            shutil.rmtree(home.root)
    yield Trial(
        AREA,
        f"the disk is full while landing and while building ({'a small tmpfs' if mounted else 'a limit of file size'})",
        "it ends with 1 and says so, nothing changes, and it succeeds when there is room",
        times,
        f"said so {said} times; {wrong} changes",
        said == times and wrong == 0,
    )


def _fill(filler: Path, room: int) -> None:
    """Fill the disk of `filler` but for so many bytes."""
    with filler.open("wb") as out, suppress(OSError):
        while True:
            out.write(b"\0" * 65536)
            out.flush()
    with filler.open("r+b") as out:
        out.truncate(max(filler.stat().st_size - room, 0))


def _read_only_disk(place: Home, scratch: Path) -> Iterator[Trial]:
    home = _copy(place, scratch / "read-only")
    if not _mount("--bind", str(home.root), str(home.root)):
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(home.root)], check=True)
        before = served(home)
        writing = [run(home, *words) for words in (("land",), ("build",), ("rollback",))]
        reading = [run(home, *words) for words in (("status",), ("doctor",))]
        told = sum(
            done.returncode == 1 and "只读" in done.stderr and "Traceback" not in done.stderr for done in writing
        )
        read = sum("Traceback" not in done.stderr and done.stdout != "" for done in reading)
        found = "read_only_disk" in _kinds(home)
        same = served(home) == before
    finally:
        subprocess.run(["umount", str(home.root)], check=False)
    works = run(home, "build").returncode == 0
    yield Trial(
        AREA,
        "the disk is read-only (a read-only bind mount)",
        "what writes ends with 1 and says so, what reads works, and all is well when it is writable again",
        len(writing) + len(reading),
        f"said so {told} of 3 times; {read} of 2 readers answered; doctor {'found' if found else 'MISSED'} it; "
        f"what is published {'stayed' if same else 'CHANGED'}",
        told == 3 and read == 2 and found and same and works,
    )


def _links(place: Home, scratch: Path) -> Trial:
    """Lose, break, misdirect and replace the link; do what doctor says."""
    wrong, tried = [], 0
    for kind in ("link_lost", "link_broken", "link_outside", "link_is_file"):
        home = _copy(place, scratch / "links")
        before, newest = served(home), versions(home)[-1]
        home.link.unlink()
        if kind == "link_broken":
            home.link.symlink_to("versions/none.duckdb")
        elif kind == "link_outside":
            shutil.copy(newest, scratch / "outside.duckdb")
            home.link.symlink_to(scratch / "outside.duckdb")
        elif kind == "link_is_file":
            shutil.copy(newest, home.link)
        tried += 1
        findings = [finding for finding in examine(home) if finding.check == kind]
        rollback(home, newest.stem)
        if not findings or newest.stem not in findings[0].mend_en or served(home) != before or _kinds(home) & {kind}:
            wrong.append(kind)
    return Trial(
        AREA,
        "the link is lost, broken, leads elsewhere or is a file",
        "doctor says so, and the command that it names mends it",
        tried,
        f"not mended: {', '.join(wrong) or 'none'}",
        not wrong,
    )


def _damage(file: Path, dice: random.Random) -> None:
    """Cut a file anywhere, or write garbage over its head."""
    if dice.random() < 0.75:
        os.truncate(file, dice.randrange(file.stat().st_size))
    else:
        with file.open("r+b") as handle:
            handle.write(dice.randbytes(16384))


def _damaged_versions(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    found = back = onward = 0
    home = _copy(place, scratch / "damaged-versions")
    before = served(home)
    for turn in range(times):
        current = current_version(home)
        _damage(current, dice)
        found += "version_unreadable" in _kinds(home)
        rollback(home, None)
        back += served(home) == before
        if turn % 3 == 0:  # with the damaged one current, a build goes on, too
            _expect(run(home, "build"), 0)
            _damage(current_version(home), dice)
        onward += run(home, "build").returncode == 0 and served(home) == before
    return Trial(
        AREA,
        "the published version is cut short or overwritten at a random place",
        "doctor finds it, rollback goes to a sound version, and the next build publishes",
        times,
        f"found {found}, rolled back {back}, built {onward} times",
        found == back == onward == times,
    )


def _damaged_working(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    """Damage the working file, or leave it a log of another; then move it aside as doctor says, and land."""
    found = refused = equal = 0
    raw = raw_rows(place)
    for turn in range(times):
        home = _copy(place, scratch / "damaged-working")
        before = served(home)
        log = home.warehouse.with_name("warehouse.duckdb.wal")
        if turn % 3 == 2:
            _foreign_log(scratch / "other.duckdb", log)
        else:
            _damage(home.warehouse, dice)
        found += "working_damaged" in _kinds(home)
        tried = [run(home, words) for words in ("land", "build")]
        told = all(
            done.returncode == 1 and "doctor" in done.stderr and "Traceback" not in done.stderr for done in tried
        )
        refused += told and served(home) == before
        aside = home.root / "aside"
        aside.mkdir()
        for file in (home.warehouse, log):
            if file.exists():
                file.rename(aside / file.name)
        if turn % 2:  # a log that was left alone
            (home.root / "warehouse.duckdb.wal").write_bytes(dice.randbytes(3000))
        _expect(run(home, "land"), 0, 3)
        _expect(run(home, "build"), 0)
        equal += raw_rows(home) == raw and served(home) == before
    return Trial(
        AREA,
        "the working warehouse is cut short, overwritten, or beside the log of another",
        "land and build refuse it, doctor says how to mend it, and done so every row, number and time is back",
        times,
        f"found {found}, refused {refused}, equal {equal} times",
        found == refused == equal == times,
    )


def _foreign_log(other: Path, log: Path) -> None:
    code = (
        f"import duckdb, os; c = duckdb.connect({str(other)!r}, config={STORAGE!r}); "
        "c.execute('create table k (i int)'); os._exit(1)"
    )
    other.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-c", code], check=False)
    shutil.move(other.with_name(f"{other.name}.wal"), log)


def _clock_set_back(place: Home, scratch: Path) -> Trial:
    """Land and build with a clock some hours behind, then years behind."""
    home = _copy(place, scratch / "clock")
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        newest, last = con.execute("select max(landed_at), max(batch_id) from raw.batch").fetchone()
    present = versions(home)
    one = next(path for path in sorted((home.landing / "enrollment").iterdir()) if path.suffix == ".csv")
    one.with_name("450900-later.csv").write_bytes(one.read_bytes() + b"\n")
    hours = (newest - timedelta(hours=7)).isoformat()
    landed = run(home, "land", ORDEAL_NOW=hours)
    by_name = datetime.strptime(present[-1].stem, "%Y%m%dT%H%M%S-%f")
    built = run(home, "build", ORDEAL_NOW=(by_name - timedelta(hours=7)).isoformat())
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        batches = con.execute("select landed_at from raw.batch order by batch_id").fetchall()
        more = con.execute("select count(*) from raw.batch where batch_id > ?", [last]).fetchone()[0]
    ordered = batches == sorted(batches) and more == 1
    newest_is_last = current_version(home) == versions(home)[-1].resolve() and len(versions(home)) == len(present) + 1
    _expect(run(home, "rollback"), 0)
    back = current_version(home) == present[-1].resolve()
    before = served(home)
    years = [run(home, words, ORDEAL_NOW="2019-01-01T00:00:00") for words in ("land", "build")]
    refused = all(done.returncode == 1 and "时钟" in done.stderr for done in years) and served(home) == before
    held = landed.returncode in (0, 3) and built.returncode == 0 and ordered and newest_is_last and back and refused
    return Trial(
        AREA,
        "the clock is set back by 7 hours, then by years",
        "batches and versions keep their order, rollback finds the version before; a clock of years ago is refused",
        4,
        f"batches {'in order' if ordered else 'OUT OF ORDER'}; newest version last: {newest_is_last}; rolled back to "
        "the "
        f"one before: {back}; years refused: {refused}",
        held,
    )


def _two_at_once(place: Home, scratch: Path, times: int) -> Trial:
    """Two builds, two landings, a build during a landing, each begun together."""
    pairs = (("build", "build"), ("land", "land"), ("land", "build"))
    strange, busy = [], 0
    for _ in range(times):
        for pair in pairs:
            home = _copy(place, scratch / "two")
            before = served(home)
            if "land" in pair:  # something to do
                home.warehouse.unlink()
            running = [
                subprocess.Popen(
                    _line(home, (words,)),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                    cwd=PROJECT,
                    env=os.environ | {"ORDEAL_PAUSE": "2"},
                )
                for words in pair
            ]
            ended = [(process.communicate()[1], process.returncode) for process in running]
            losers = [words for words, code in ended if code == 1]
            busy += sum("正在使用" in words for words in losers)
            # A build that came after the landing may have gone on; one that came first misses the batches, and a
            # landing that met it was told to wait: both lost then, each with its reason.
            reasons = ("正在使用", "请先运行 skillsdw land")
            fine = all(any(reason in words for reason in reasons) for words in losers)
            fine = fine and (len(losers) < 2 or set(pair) == {"land", "build"})
            _expect(run(home, "land"), 0, 3)
            _expect(run(home, "build"), 0)
            if not fine or served(home) != before or raw_rows(home) != raw_rows(place):
                strange.append("+".join(pair))
    return Trial(
        AREA,
        "two builds, two landings, a build and a landing at once",
        "one works, the other ends with 1 and says that the home is in use; nothing is lost",
        times * len(pairs),
        f"{busy} were told to wait; wrong: {', '.join(strange) or 'none'}",
        not strange,
    )


def _many_rows(place: Home, count: int) -> list[bytes]:
    """A header and so many rows of a file of the home, each with a key of its own."""
    source = next(path for path in sorted((place.landing / "enrollment").iterdir()) if path.suffix == ".csv")
    lines = source.read_bytes().splitlines(keepends=True)
    row = lines[-1].rstrip(b"\r\n") + b"\n"
    key = re.search(rb"[^,;\t]+", row)
    return [lines[0], *(row[: key.start()] + b"MORE-%06d" % n + row[key.end() :] for n in range(count))]


_GROW = """
import os, sys, time
path, rows, stop = sys.argv[1], open(sys.argv[2], "rb").read().splitlines(keepends=True), sys.argv[3]
place = 0
with open(path, "ab") as out:
    while place < len(rows):
        step = len(rows) if os.path.exists(stop) else 20
        out.write(b"".join(rows[place:place + step])); out.flush(); place += step; time.sleep(0.01)
"""


def _growing_file(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    """Land while another process still writes the file, then once more when it is complete."""
    head, *rows = _many_rows(place, 40_000)
    rest = scratch / "rest.csv"
    refused = landed = equal = 0
    for turn in range(times):
        home = Home(scratch / f"growing-{turn}")
        file = home.landing / "enrollment" / "450900-growing.csv"
        file.parent.mkdir(parents=True)
        cut = dice.randrange(5_000, 20_000)
        file.write_bytes(head + b"".join(rows[:cut]))
        rest.write_bytes(b"".join(rows[cut:]))
        landing = start(home, "land")
        stop = home.root / "stop"
        writer = subprocess.Popen([sys.executable, "-c", _GROW, str(file), str(rest), str(stop)])
        landing.wait()
        stop.touch()
        writer.wait()
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            first = con.execute("select status, message from raw.batch").fetchall()
        changed = bool(first) and first[0][0] == "refused" and "changed while it was read" in first[0][1]
        refused += changed
        landed += bool(first) and first[0][0] == "landed"
        _expect(run(home, "land"), 0, 3)
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            [last] = con.execute("from raw.batch order by batch_id desc limit 1").fetchall()
        whole = _plain(home.landing, scratch / "whole", place)
        equal += last[7:9] == whole
        shutil.rmtree(home.root)
    return Trial(
        AREA,
        "a file grows while it is read",
        "it is refused as changing or landed as it was at one moment, and whole the next time",
        times,
        f"refused {refused}, landed as it was {landed}, whole afterwards {equal} times",
        refused + landed == times and equal == times,
    )


def _plain(landing: Path, scratch: Path, place: Home) -> tuple[int, int]:
    """Rows landed and rejected of the same files in an undisturbed home."""
    shutil.rmtree(scratch, ignore_errors=True)
    home = Home(scratch)
    shutil.copytree(landing, home.landing)
    shutil.copy(place.key_file, home.key_file)
    _expect(run(home, "land"), 0, 3)
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return con.execute("select rows_landed, rows_rejected from raw.batch").fetchone()


def _power_cut(place: Home, scratch: Path, full: bool) -> Iterator[Trial]:
    """Watch what is asked of the disk: bytes before the rename, the folder after it."""
    watchers = ["record"] + (["strace"] if full and shutil.which("strace") else [])
    for watcher in watchers:
        home = Home(scratch / f"power-{watcher}")
        shutil.copytree(place.landing, home.landing)
        log = scratch / f"{watcher}.log"
        for words in (("land",), ("build",)):
            if watcher == "record":
                _expect(run(home, *words, ORDEAL_RECORD=str(log)), 0, 3)
            else:
                calls = "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
                traced = ["strace", "-f", "-y", "-s", "4096", "-A", "-o", str(log), "-e", calls]
                subprocess.run([*traced, *_line(home, words)], capture_output=True, cwd=PROJECT, check=False)
        renames, unsafe = _unsafe_renames(_events(log), home)
        yield Trial(
            AREA,
            f"the power is cut: every rename was watched ({watcher})",
            "what is renamed was on the disk before, and the folder is asked to keep the name after",
            renames,
            f"not so: {', '.join(sorted(unsafe)[:3]) or 'none'}",
            renames > 3 and not unsafe,
        )


def _events(log: Path) -> list[list[str]]:
    """[call, path, …] of a recorder's lines or of strace's."""
    events = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if "\t" in line:
            events.append(line.split("\t"))
        elif found := re.search(r"\bf(?:data)?sync\(\d+<([^>]*)>", line):
            events.append(["fsync", found[1]])
        elif found := re.search(r"\b(rename|link)(?:at2?)?\((.*)\) = 0", line):
            paths = re.findall(r'"([^"]*)"', found[2])
            events.append([found[1], *paths[-2:]])
    return [[event[0], *(_decoded(path) for path in event[1:])] for event in events]


def _decoded(path: str) -> str:
    """Strace writes what is not ASCII as octal."""
    return re.sub(r"(?:\\[0-7]{1,3})+", lambda run: bytes(int(n, 8) for n in run[0][1:].split("\\")).decode(), path)


def _unsafe_renames(events: list[list[str]], home: Home) -> tuple[int, set[str]]:
    """How many renames within the home there were, and those that a power cut could undo or empty.

    Not looked at: dbt's and Great Expectations' working folders, which the next build makes anew.
    """
    mine = ("published", "reports/builds", "reports/landing", "hmac.key", "landing-journal", "key-backup")
    synced: set[str] = set()
    pending: dict[str, str] = {}
    unsafe, renames = set(), 0
    for call, *paths in events:
        if call == "fsync":
            synced.add(paths[0])
            pending = {path: folder for path, folder in pending.items() if folder != paths[0]}
            continue
        source, target = paths
        inside = os.path.relpath(target, home.root)
        if not inside.startswith(mine):
            continue
        renames += 1
        is_link = Path(source).name.startswith(".link-")  # a link has no bytes of its own
        if not is_link and source not in synced:
            unsafe.add(f"{inside} before")
        pending[target] = str(Path(target).parent)
    return renames, unsafe | {f"{os.path.relpath(path, home.root)} after" for path in pending}


def _lost_warehouse(place: Home, scratch: Path) -> Trial:
    """Delete the working file; a build must refuse, landing and building bring every row back."""
    home = _copy(place, scratch / "lost")
    before, raw = served(home), raw_rows(home)
    home.warehouse.unlink()
    refused = run(home, "build")
    told = refused.returncode == 1 and "skillsdw land" in refused.stderr and served(home) == before
    _expect(run(home, "land"), 0, 3)
    again = raw_rows(home)
    _expect(run(home, "build"), 0)
    differ = [table for table in raw if again.get(table) != raw[table]]
    return Trial(
        AREA,
        "data/warehouse.duckdb is deleted after three days of landing in another order than by path",
        "a build refuses an emptied warehouse; land and build bring back every row, batch number and time",
        1,
        f"refused: {told}; tables of raw that differ: {', '.join(differ) or 'none'}; served equal: "
        f"{served(home) == before}",
        told and not differ and served(home) == before,
    )


def _killed_rotation(place: Home, scratch: Path, dice: random.Random, times: int) -> Trial:
    """Kill a rotation at random moments; the old key is whole until the new one is; then rotate undisturbed."""
    home = _copy(place, scratch / "rotation")
    raw, figures = raw_rows(home, PERSONS), mart_rows(current_version(home), PERSONS)
    key = home.key_file.read_bytes()
    began = time.monotonic()
    _expect(run(home, "key", "rotate"), 0)
    length = time.monotonic() - began
    wrong, kills = 0, 0
    wrong += home.key_file.read_bytes() == key
    for _ in range(times):
        key = home.key_file.read_bytes()
        kills += _killed(home, dice.uniform(0.3, 1.0) * length, "key", "rotate")
        readers = current_version(home)
        wrong += readers is None or mart_rows(readers, PERSONS) != figures
        _expect(run(home, "land"), 0, 3)  # the key fits the warehouse, whichever of both it is
        wrong += raw_rows(home, PERSONS) != raw or home.rotation.exists()
        wrong += bool(_kinds(home) & {"key_differs", "key_missing", "working_damaged", "link_old", "link_broken"})
        wrong += not _persons_agree(home)
    return Trial(
        AREA,
        "kill -9 while the key is rotated, at random moments",
        "the old key, warehouse and version stay whole or the new ones are; figures are equal but for pseudonyms",
        kills,
        f"{wrong} faults; {times} rotations begun",
        wrong == 0,
    )


def _persons_agree(home: Home) -> bool:
    """Whether the published version knows the persons that the working file knows."""
    with duckdb.connect(str(current_version(home)), read_only=True) as con:
        con.execute(f"attach '{home.warehouse}' as working (read_only)")
        table = "session" if con.execute("from duckdb_tables() where table_name = 'session'").fetchall() else None
        table = table or "fct_training_session"
        return con.execute(
            f"select count(*) = 0 from marts.{table} where person_key not in (select person_key from "
            "working.raw.enrollment)"
        ).fetchone()[0]


def _real_builds(place: Home, scratch: Path, dice: random.Random, times: int) -> Iterator[Trial]:
    """With the real gates and dbt: killed builds, a lost warehouse, a rotation; every mart compared row for row."""
    real = {"ORDEAL_REAL": "1"}
    home = _copy(place, scratch / "real")
    shutil.rmtree(home.published)
    shutil.rmtree(home.reports / "builds")
    as_of = ("--as-of", str(AS_OF))
    began = time.monotonic()
    _expect(run(home, "build", *as_of, **real), 0)
    length = time.monotonic() - began
    first = mart_rows(current_version(home))
    kills = wrong = 0
    for _ in range(times):
        kills += _killed(home, dice.uniform(0.05, 1.0) * length, "build", *as_of, **real)
        wrong += served(home) != first and _without(served(home)) != _without(first)
    yield Trial(
        AREA,
        "kill -9 in a real build, from gate 1 to the link",
        "readers get the old version or the new one, whole",
        kills,
        f"{wrong} wrong answers to readers",
        wrong == 0,
    )
    home.warehouse.unlink()
    _expect(run(home, "land"), 0, 3)
    _expect(run(home, "build", *as_of, **real), 0)
    again = mart_rows(current_version(home))
    differ = [table for table in _without(first) if again.get(table) != first[table]]
    yield Trial(
        AREA,
        "data/warehouse.duckdb is deleted, landed and built anew for real",
        "every published table is equal row for row, times of landing and batch numbers included",
        len(first),
        f"tables that differ: {', '.join(differ) or 'none'}",
        not differ,
    )
    key = home.key_file.read_bytes()
    before = mart_rows(current_version(home), PERSONS)
    _expect(run(home, "key", "rotate", *as_of, **real), 0)
    after = mart_rows(current_version(home), PERSONS)
    differ = [table for table in _without(before) if after.get(table) != before[table]]
    new_key = home.key_file.read_bytes() != key
    yield Trial(
        AREA,
        "the key is rotated for real",
        "every published table is equal row for row but for pseudonyms",
        len(before),
        f"tables that differ: {', '.join(differ) or 'none'}; a new key: {new_key}",
        not differ and new_key,
    )


def _without(tables: dict[str, str] | None) -> dict[str, str]:
    """Without what compares a version with the one before it."""
    return {name: digest for name, digest in (tables or {}).items() if name not in COMPARES_WITH_BEFORE}


def report(trial: Trial) -> str:
    """A trial as JSON, for a test's message."""
    return json.dumps(vars(trial), ensure_ascii=False)
