"""The benchmark: land + build + publish beside the same work by other tools, on the same files, in turn, in one run.

`python -m benchmarks.run --sessions 600000 [--sessions 6000000] [--format parquet] [--peer polars] [--out FILE.md]`

Each contender is measured as whole processes: wall time, peak resident memory of all its processes together, and its
own phases. Every row of every contender's sessions, violations, progress and cube (sessions and persons by year, city,
industry and group) must equal the hand-written script's, or the run fails. Ratios, not seconds, are the claim. Peers
run in `.venv-bench` (`make bench`) and read CSV; Parquet is for the script and for us.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import duckdb
import psutil

from benchmarks.day import write_day
from benchmarks.peers import TAKEN_OUT
from skillsdw.home import PROJECT, Home
from skillsdw.publish import current_version

AS_OF = "2026-10-31"
HAND, OURS = "by hand (DuckDB SQL)", "skillsdw"
DAY, START = "skillsdw, 1,000 rows more", "skillsdw, 1,000 sessions in all"
SAME = "skillsdw, the script's tables alone"
# The marts that the script makes too; with what they need they are the same work.
SAME_MARTS = [
    f"+{mart}"
    for mart in (
        *("fct_training_session", "fct_certification", "fct_employment", "fct_rule_violation", "fct_progress"),
        "headcount",
    )
]
DAY_ROWS = 1000
DAYS = 3  # a day, and what is start-up of it, are medians of so many
FORMATS = ("csv", "parquet")
# Said by Python, Java, DuckDB and Rust.
OUT_OF_MEMORY = ("MemoryError", "OutOfMemoryError", "Out of Memory Error", "memory allocation of")
BY_HAND = "<!-- By hand from here on: a run keeps what follows. -->"  # in the file that is written
# What it is called → its module, and how its tables are written.
PLAIN = "plain"  # the script, in the way that counts persons by `count(distinct …)`
PLAIN_NAME = "by hand, persons by count(distinct)"
PEERS = {
    "polars": ("Polars, lazy", "polars_lazy", "parquet"),
    "pandas": ("pandas", "pandas_frames", "parquet"),
    "postgres": ("dbt on PostgreSQL", "postgres_dbt", "csv"),
    "spark": ("Spark alone", "spark_sql", "parquet"),
}
PEERS_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
# What is compared of each table, in types that every contender's can be cast to.
COMPARED = {
    "training_session": {
        "enrollment_id": "varchar",
        **dict.fromkeys(("city_code", "industry_code", "trainee_group", "employment_status"), "varchar"),
        **dict.fromkeys(("start_date", "end_date", "end_month", "certified_on"), "date"),
        "year": "integer",
        "class_hours": "integer",
        **dict.fromkeys(("is_priority", "is_subsidised", "is_completed", "is_counted", "is_certified"), "boolean"),
    },
    "rule_violation": {
        **dict.fromkeys(("extract", "record_key", "enrollment_id", "rule_code", "city_code"), "varchar"),
        "year": "integer",
    },
    "progress": {
        **dict.fromkeys(("city_code", "industry_code", "trainee_group"), "varchar"),
        "year": "integer",
        "end_month": "date",
        **{f"{name}_sessions": "bigint" for name in ("completed", "subsidised", "counted", "priority", "certified")},
        **{f"{name}_sessions": "bigint" for name in ("employed", "not_employed", "awaiting", "too_early")},
        "class_hours": "bigint",
    },
    "cube": {
        "year": "integer",
        **dict.fromkeys(("city_code", "industry_code", "trainee_group"), "varchar"),
        **dict.fromkeys(("counted_sessions", "priority_sessions", "persons", "priority_persons"), "bigint"),
    },
}


@dataclass
class Measured:
    """One contender at one size: seconds of wall time, peak resident bytes, seconds by phase; or its `fault`."""

    name: str
    seconds: float = 0.0
    peak_bytes: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    fault: str = ""
    others: tuple[float, ...] = ()  # seconds of all times that it was measured, where it is the median of several

    def __add__(self, other: "Measured") -> "Measured":
        """One after the other."""
        phases = self.phases | other.phases
        return Measured(self.name, self.seconds + other.seconds, max(self.peak_bytes, other.peak_bytes), phases)


def measure(
    name: str,
    command: list[object],
    accepted: tuple[int, ...] = (0,),
    most_seconds: float | None = None,
    most_bytes: float | None = None,
) -> Measured:
    """Run a command to its end; its last line of JSON is its phases.

    RuntimeError when it fails of itself. One that takes longer than `most_seconds`, or more memory than `most_bytes`
    (nine tenths of the machine's), is ended and told as such: the system would end whoever it likes.
    """
    most_bytes = most_bytes or 0.9 * psutil.virtual_memory().total
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=said, stderr=complained, cwd=PROJECT, start_new_session=True
        )
        peak, ended = 0, threading.Event()

        def end() -> None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        def watch() -> None:
            nonlocal peak
            while not ended.wait(0.1):
                peak = max(peak, _resident(process.pid))
                if peak > most_bytes:
                    end()

        watcher = threading.Thread(target=watch)
        watcher.start()
        fault = ""
        try:
            code = process.wait(most_seconds)
        except subprocess.TimeoutExpired:
            end()
            code, fault = process.wait(), f"not done in {most_seconds:,.0f} s"
        seconds = time.perf_counter() - began
        ended.set()
        watcher.join()
        said.seek(0)
        told = said.read().decode(errors="replace")
        lines = [line for line in told.splitlines() if line.startswith("{")]
        complained.seek(0)
        words = complained.read().decode(errors="replace")
        if code:
            words += told  # dbt tells its errors there
    if (code == -signal.SIGKILL and not fault) or any(sign in words for sign in OUT_OF_MEMORY):
        fault = fault or f"out of memory after {seconds:,.0f} s"
    if "No space left on device" in words:
        fault = fault or f"out of disk after {seconds:,.0f} s"
    if code not in accepted and not fault:
        raise RuntimeError(f"{name} ended with {code}: {words[-2000:]}")
    phases = json.loads(lines[-1]) if lines else {}
    return Measured(name, seconds, peak, {key: value for key, value in phases.items() if _is_time(value)}, fault)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float)


def _resident(pid: int) -> int:
    """Of a process and its children: what each has for itself, and once what they share (PostgreSQL's buffers)."""
    own = shared = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with suppress(psutil.Error):
                memory = process.memory_info()
                own += memory.rss - memory.shared
                shared = max(shared, memory.shared)
    return own + shared


def main() -> None:
    """Parse, make the extracts, measure all in turn, compare what they counted, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, action="append", help="a size; may be repeated (600000)")
    parser.add_argument(
        "--peer", action="append", choices=[PLAIN, *PEERS, "none"], help="only this one; may be repeated"
    )
    parser.add_argument("--format", action="append", choices=FORMATS, help="of the extracts; may be repeated (csv)")
    parser.add_argument("--memory-limit", default="6GB")
    parser.add_argument("--work", type=Path, help="folder to keep; by default a temporary one")
    parser.add_argument("--most", type=float, default=20.0, help="a peer is ended at so many times the hand's seconds")
    parser.add_argument("--out", type=Path, help="write the tables here, and a picture beside them")
    given = parser.parse_args()
    peers = [] if given.peer == ["none"] else given.peer or [PLAIN, *PEERS]
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o711)  # PostgreSQL's server is another user, who must get to its folder in here
        work = (given.work or Path(scratch)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        for sessions, form in product(given.sessions or [600_000], given.format or FORMATS[:1]):
            title = f"{sessions:,} sessions" + (f" as {form.capitalize()}" if form != FORMATS[0] else "")
            asked = peers if form == FORMATS[0] else []
            found[title] = []
            for one in run(sessions, form, asked, given.memory_limit, work, given.most):
                found[title].append(one)
                print(f"{one.name}: {one.fault or f'{one.seconds:.1f} s'} {one.phases}", file=sys.stderr, flush=True)
            print(table(title, found[title]), flush=True)
            if given.out:
                write(given.out, found, given.memory_limit)


def run(sessions: int, form: str, peers: list[str], memory_limit: str, work: Path, most: float) -> Iterator[Measured]:
    """Measure every contender at one size and in one format in folder `work`."""
    skillsdw = [sys.executable, "-m", "skillsdw"]
    sample = work / f"sample-{sessions}"
    if not sample.exists():
        _sample(skillsdw, sessions, sample)
    landing = sample
    if form == "parquet":
        landing = work / f"sample-{sessions}-parquet"
        if not landing.exists():
            _as_parquet(sample, landing)
    key = work / "key"
    key.write_bytes(os.urandom(32))
    files = (landing, AS_OF, key, memory_limit)

    hand = work / f"by-hand-{landing.name}.duckdb"
    by_hand = _by_hand(HAND, hand, *files)
    yield by_hand

    home = Home(work / f"home-{landing.name}")
    at_home = ["--home", home.root, "--memory-limit", memory_limit]
    shutil.rmtree(home.root, ignore_errors=True)
    whole = _landed_and_built(OURS, skillsdw, landing, home, at_home)
    if not by_hand.fault:
        _compare_ours(hand, home)
    yield whole
    yield from _days(skillsdw, sample, home, at_home, work)
    yield _same_tables(home, memory_limit, whole.phases["land"])

    for peer in peers:
        if peer == PLAIN:
            measured = _by_hand(PLAIN_NAME, work / f"plain-{landing.name}.duckdb", *files, PLAIN)
        else:
            name, module, ending = PEERS[peer]
            out = work / f"{peer}-{sessions}"
            shutil.rmtree(out, ignore_errors=True)
            order = [PEERS_PYTHON, "-m", f"benchmarks.peers.{module}", files[0], out, *files[1:]]
            measured = measure(name, order, most_seconds=by_hand.seconds * most)
            measured.seconds -= measured.phases.pop(TAKEN_OUT, 0.0)
            if not measured.fault and not by_hand.fault:
                _compare_peer(hand, out, name, ending)
            shutil.rmtree(out, ignore_errors=True)
        yield measured


def _by_hand(name: str, out: Path, landing: Path, *rest: object) -> Measured:
    measured = measure(name, [sys.executable, "-m", "benchmarks.by_hand", landing, out, *rest])
    out.with_suffix(".working").unlink(missing_ok=True)
    return measured


def _same_tables(home: Home, memory_limit: str, land_seconds: float) -> Measured:
    """What both make, by the same models: dbt alone, from its start, without tests, gates and a published copy."""
    dbt = Path(sys.executable).with_name("dbt")
    there = [f"SKILLSDW_HOME={home.root}", f"SKILLSDW_MEMORY_LIMIT={memory_limit}"]
    order = ["env", *there, dbt, "run", "--vars", json.dumps({"as_of": AS_OF}), "--select", *SAME_MARTS]
    measured = measure(SAME, order)
    measured.phases = {"land": land_seconds, "dbt": measured.seconds}
    measured.seconds += land_seconds
    return measured


def _as_parquet(csv: Path, out: Path) -> None:
    """The same files, every column still text."""
    duckdb.execute("set enable_progress_bar = false")
    for file in sorted(csv.glob("*/*.csv")):
        copy = out / file.parent.name / f"{file.stem}.parquet"
        copy.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"copy (from read_csv('{file}', all_varchar = true, header = true)) to '{copy}'")


def _days(skillsdw: list[object], landing: Path, home: Home, at_home: list[object], work: Path) -> Iterator[Measured]:
    """A day's rows onto what has landed and been published, day after day, and the same commands where there is next to
    nothing, as often: what of their time is start-up. The first build of either parses dbt's project, the others
    take what it parsed."""
    days = []
    for number in range(1, DAYS + 1):
        files = work / f"day-{number}-{home.root.name}"
        write_day(landing, files, DAY_ROWS, number)
        as_of = (date.fromisoformat(AS_OF) + timedelta(days=number)).isoformat()
        days.append(_landed_and_built(DAY, skillsdw, files, home, at_home, as_of))
    yield _median(days)

    little, small = work / "sample-little", Home(work / f"home-little-{home.root.name}")
    if not little.exists():
        _sample(skillsdw, DAY_ROWS, little)
    shutil.rmtree(small.root, ignore_errors=True)
    at_small = ["--home", small.root, *at_home[2:]]
    land = _landed(START, skillsdw, little, at_small)
    yield _median([land + _built(START, skillsdw, small, at_small, AS_OF, "--full") for _ in range(DAYS)])


def _median(found: list[Measured]) -> Measured:
    """The one in the middle, which knows of the others."""
    ordered = sorted(found, key=lambda one: one.seconds)
    return replace(ordered[len(ordered) // 2], others=tuple(one.seconds for one in found))


def _sample(skillsdw: list[object], sessions: int, out: Path) -> None:
    size = ["--sessions", sessions, "--out", out, "--plain", "--faults", 0]
    measure("sample", [*skillsdw, "sample", *size, "--from", "2025-01-01", "--to", AS_OF])


def _landed_and_built(
    name: str, skillsdw: list[object], files: Path, home: Home, at_home: list[object], as_of: str = AS_OF
) -> Measured:
    return _landed(name, skillsdw, files, at_home) + _built(name, skillsdw, home, at_home, as_of)


def _landed(name: str, skillsdw: list[object], files: Path, at_home: list[object]) -> Measured:
    land = measure(name, [*skillsdw, "land", files, *at_home])
    land.phases = {"land": land.seconds}
    return land


def _built(name: str, skillsdw: list[object], home: Home, at_home: list[object], as_of: str, *how: object) -> Measured:
    build = measure(name, [*skillsdw, "build", "--as-of", as_of, *at_home, *how])
    build.phases = _steps(home)
    return build


def _steps(home: Home) -> dict[str, float]:
    """The seconds of the newest build's steps."""
    newest = max((home.reports / "builds").glob("*.json"))
    return json.loads(newest.read_text(encoding="utf-8"))["seconds"]


def _compare_ours(hand: Path, home: Home) -> None:
    """The published facts and progress against the script's, and the counts of every scope that both have."""
    with duckdb.connect(str(current_version(home)), read_only=True) as con:
        con.execute(f"attach '{hand}' as hand (read_only)")
        for name in ("training_session", "rule_violation", "progress"):
            ours = f"(select *, plan_year as year from marts.fct_{name})"
            _compare(con, name, f"hand.{name}", ours, OURS)
        lists = {"enrollment_id": "varchar", "violations": "varchar"}
        _compare(con, "training_session", "hand.training_session", "marts.fct_training_session", OURS, lists)
        differ = con.execute(
            """
            with by_hand as (
              select
                cast(year as integer) as plan_year, coalesce(city_code, 'ALL') as city_code,
                coalesce(industry_code, 'ALL') as industry_code, coalesce(trainee_group, 'ALL') as trainee_group,
                counted_sessions, priority_sessions, persons, priority_persons
              from hand.cube where year is not null
            ),
            ours as (
              select
                plan_year, city_code, industry_code, trainee_group,
                counted_sessions, priority_sessions, persons, priority_persons
              from marts.headcount where plan_year > 0
            )
            select
              (select count(*) from ours), (select count(*) from (from ours except all from by_hand)),
              (select count(*) from (from by_hand except all from ours))
            """
        ).fetchone()
    if not differ[0] or differ[1] or differ[2]:
        raise RuntimeError(f"skillsdw and the hand-written script counted differently: {differ}")


def _compare_peer(hand: Path, out: Path, name: str, ending: str) -> None:
    with duckdb.connect(str(hand), read_only=True) as con:
        for table in COMPARED:
            file = out / f"{table}.{ending}"
            _compare(con, table, table, f"'{file}/*.{ending}'" if file.is_dir() else f"'{file}'", name)


def _compare(
    con: duckdb.DuckDBPyConnection, name: str, hers: str, theirs: str, who: str, compared: dict[str, str] | None = None
) -> None:
    """RuntimeError unless two tables have the same rows: as many, and of the same sum and xor of the rows' hashes."""
    row = ", ".join(f"cast({column} as {kind})" for column, kind in (compared or COMPARED[name]).items())
    digest = f"select count(*), sum(cast(hash({row}) as hugeint)), bit_xor(hash({row})) from "
    by_hand, found = (con.execute(digest + relation).fetchone() for relation in (hers, theirs))
    if by_hand != found or not found[0]:
        raise RuntimeError(f"{who} and the hand-written script have different rows of {name}: {found}, {by_hand}")


def table(title: str, found: list[Measured]) -> str:
    """The contenders at one size as Markdown."""
    hand = None if found[0].fault else found[0].seconds
    seconds = {one.name: one.seconds for one in found if not one.fault}
    start = seconds.get(START, 0.0)
    lines = [
        f"### {title}",
        "",
        "| | seconds | × by hand | × less start-up | peak GB | phases, s |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for one in found:
        phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in one.phases.items())
        if one.fault:
            until = f"{one.fault}; until then {phases}" if phases else one.fault
            lines.append(f"| {one.name} | – | – | – | {one.peak_bytes / 1e9:.1f} | {until} |")
            continue
        ratio = f"{one.seconds / hand:.2f}" if hand else "–"
        less = f"{(one.seconds - start) / hand:.2f}" if hand and one.name == OURS and start else ""
        lines.append(f"| {one.name} | {one.seconds:.1f} | {ratio} | {less} | {one.peak_bytes / 1e9:.1f} | {phases} |")
    if {OURS, DAY, START} <= seconds.keys():
        part = (seconds[DAY] - start) / (seconds[OURS] - start)
        told = f"A day's {DAY_ROWS:,} rows take {part:.1%} of what everything takes, start-up aside"
        several = [
            f"{what} {', '.join(f'{each:.1f}' for each in one.others)} s"
            for name, what in ((DAY, "days"), (START, "start-up"))
            for one in found
            if one.name == name and one.others
        ]
        lines += ["", f"{told} (medians: {'; '.join(several)})." if several else f"{told}."]
    return "\n".join(lines) + "\n"


def write(out: Path, found: dict[str, list[Measured]], memory_limit: str) -> None:
    """docs/benchmarks.md and its picture; what was written by hand below the mark stays."""
    picture = out.parent / "images" / "benchmarks.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    _draw(picture, found)
    tables = "\n".join(table(title, ones) for title, ones in found.items())
    _, _, below = (out.read_text(encoding="utf-8") if out.exists() else "").partition(BY_HAND)
    text = f"""# Benchmark

Written by `make bench` on {date.today().isoformat()}: {machine()}; `--memory-limit {memory_limit}`.

The same extracts (as `skillsdw sample --plain` makes them), one contender after the other, whole processes.
`by hand` is one script of plain DuckDB SQL that reads, pseudonymises, dedupes, applies every rule of eligibility and
every warning, finds certificates and jobs, and writes six tables: sessions with what each breaks, certificates,
evidence, violations, progress, and sessions and persons in every scope. No batches, no refusals, no history, no checks,
none of the other marts. The peers do what it does; sessions, violations, progress and scopes of each equal the script's
row for row. `skillsdw` does all that the project does (land, gate 1, dbt, gate 2, publish): its sessions with their
violations, its progress and its head-counts equal the script's, too. `the script's tables alone` is landing and
`dbt run` of what those six tables need.

![Seconds by contender](images/{picture.name})

{tables}
{BY_HAND}{below}"""
    out.write_text(text, encoding="utf-8")


def machine() -> str:
    """What it ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}"


def _draw(picture: Path, found: dict[str, list[Measured]]) -> None:
    """Bars of the ratio to the hand-written script, a panel a size."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    found = {title: ones for title, ones in found.items() if not ones[0].fault}
    figure, panels = pyplot.subplots(1, max(len(found), 1), figsize=(5.5 * max(len(found), 1), 3.2), squeeze=False)
    for panel, (title, ones) in zip(panels[0], found.items(), strict=False):
        shown = [one for one in ones if not one.fault and one.name not in (DAY, START, SAME)][::-1]
        ratios = [one.seconds / ones[0].seconds for one in shown]
        colours = ["#0F6B66" if one.name == OURS else "#9AA5B1" for one in shown]
        bars = panel.barh([one.name for one in shown], ratios, color=colours)
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        panel.bar_label(bars, [f"{ratio:.2f}" for ratio in ratios], padding=4, bbox=white)
        panel.axvline(1, color="#1F2933", linewidth=1, linestyle="--")
        panel.set_title(f"{title}: time ÷ by hand", fontsize=10, loc="left")
        panel.set_xlim(0, max(ratios) * 1.18)
        for side in ("top", "right", "bottom"):
            panel.spines[side].set_visible(False)
        panel.set_xticks([])
    figure.tight_layout()
    figure.savefig(picture, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
