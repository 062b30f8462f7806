"""Many readers while it rebuilds: real sessions over Streamlit's own protocol, and real builds that publish meanwhile.

A reader opens a page, waits until it is whole, reads, turns to another page or another scope, now and then leaves and
comes back. What a browser does by itself is done, too: the parts that a page holds back until its first chart stands
are asked for, and the look at the link every five seconds is driven. A reading takes six seconds on average
(exponential): short for who reads a sentence with its numbers, so that 50 readers ask as 100 slower ones would.
"""

import asyncio
import hashlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from dashboards import site
from ordeals.trial import Trial
from skillsdw.home import PROJECT, Home
from skillsdw.publish import current_version
from skillsdw.serve import free_port

AREA = "readers"
READS = 6.0  # seconds on average before a reader asks for something else
FRESH_WITHIN = 10.0  # seconds after a publish
PAGE_WITHIN = 1.0  # seconds, 95th percentile
WARM_AFTER = 3  # publishes
FOLLOWED = FRESH_WITHIN + 5.0  # seconds that the short version goes on after its one publish
AS_OF = "2026-10-31"
CITIES = ("ALL", "450100", "450300", "451200")
_BUILD = re.compile(r"\b(\d{8}T\d{6}-\d{6})\b")
_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class View:
    """One page as one reader got it."""

    page: str
    query: str
    asked: float
    seconds: float
    build: str
    figures: str


@dataclass
class Seen:
    """What all readers saw."""

    views: list[View] = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)
    # Version → when open pages turned to it.
    turned: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sessions: int = 0


@dataclass
class End:
    """When all stop reading (monotonic seconds): after `most` publishes it is moved to when all must have followed."""

    at: float
    most: int


@dataclass
class Samples:
    """The server over time: seconds since the start, megabytes, files open, versions open."""

    rows: list[tuple[float, float, int, int]] = field(default_factory=list)


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """Fifty readers for ten minutes with a publish a minute; the short version has five, until they have followed one
    publish."""
    home = _begun(scratch / "home", seed)
    readers, seconds, every, most = (50, 600.0, 60.0, 10) if full else (5, 600.0, 8.0, 1)
    port = free_port("127.0.0.1", 8900)
    log = scratch / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "skillsdw", "serve", "--home", str(home.root), "--port", str(port)],
            cwd=PROJECT,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        seen, samples, published, seconds = asyncio.run(
            _run(home, port, server.pid, log, readers, seconds, every, most, seed, scratch)
        )
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    yield from _judged(home, seen, samples, published, log, readers, seconds)


def _judged(
    home: Home,
    seen: Seen,
    samples: Samples,
    published: list[tuple[float, str]],
    log: Path,
    readers: int,
    seconds: float,
) -> Iterator[Trial]:
    many = f"{readers} readers, {seconds:.0f} s, {len(published)} publishes"
    faults = sum(seen.faults.values()) + log.read_text(encoding="utf-8", errors="replace").count("Traceback")
    told = f"{len(seen.views):,} pages in {seen.sessions:,} sessions, {faults} errors"
    told += "".join(f"; {count} × {fault}" for fault, count in seen.faults.most_common(3))
    yield Trial(AREA, many, "no error, no page without figures", len(seen.views), told, not faults and bool(seen.views))

    took = sorted(view.seconds for view in seen.views)
    p95 = quantiles(took, n=20)[-1] if len(took) > 20 else float("inf")
    told = f"median {median(took):.2f} s, 95th percentile {p95:.2f} s, longest {took[-1]:.2f} s"
    yield Trial(
        AREA, many, f"a page within {PAGE_WITHIN:.0f} s at the 95th percentile", len(took), told, p95 < PAGE_WITHIN
    )

    groups = defaultdict(set)
    for view in seen.views:
        groups[view.page, view.query, view.build].add(view.figures)
    mixed = [place for place, figures in groups.items() if len(figures) > 1]
    builds = {build for _, _, build in groups}
    told = (
        f"{len(groups):,} pages × scopes × versions, {len(mixed)} with two sets of figures; {len(builds)} versions seen"
    )
    yield Trial(AREA, many, "no half state: one version, one set of figures", len(groups), told, not mixed)

    stale = [view for view in seen.views if _newest(published, view.asked - FRESH_WITHIN) > view.build]
    late = [
        moment - at
        for (at, build), after in zip(published, [*(moment for moment, _ in published[1:]), float("inf")], strict=True)
        for moment in seen.turned[build]
        if moment < after
    ]
    told = f"{len(stale)} pages of an old version after {FRESH_WITHIN:.0f} s"
    told += f"; {len(late):,} open pages followed, the slowest after {max(late, default=0):.1f} s"
    held = not stale and max(late, default=0) <= FRESH_WITHIN and bool(late)
    yield Trial(AREA, many, f"no old version {FRESH_WITHIN:.0f} s after a publish", len(seen.views), told, held)

    rows = samples.rows
    warm = [row for row in rows if row[0] > rows[-1][0] * 0.4]
    half = len(warm) // 2
    (first, files), (last, files_last) = (
        (median(row[1] for row in part), median(row[2] for row in part)) for part in (warm[:half], warm[half:])
    )
    marks = [min(rows, key=lambda row, at=at: abs(row[0] - at)) for at in range(0, int(rows[-1][0]) + 1, 60)]
    told = "MB by minute: " + ", ".join(f"{row[1]:.0f}" for row in marks)
    told += f"; files open at most {max(row[2] for row in rows)}, versions at most {max(row[3] for row in rows)}"
    # What stays behind is what versions leave behind: with one or two there is no trend, a server is still warming up.
    is_flat = len(published) < WARM_AFTER or (last <= first * 1.10 and files_last <= files * 1.25)
    held = is_flat and max(row[3] for row in rows) <= 3
    yield Trial(AREA, many, "memory, open files and open versions stay flat", len(rows), told, held)

    kept = len(list(home.versions.glob("*.duckdb")))
    told = f"{len(published) + 1} published, {kept} kept"
    yield Trial(AREA, many, "old versions are removed in the end", len(published), told, kept <= 6)


def _newest(published: list[tuple[float, str]], before: float) -> str:
    return max((build for at, build in published if at <= before), default="")


def _begun(at: Path, seed: int) -> Home:
    """A small province, landed and published."""
    size = ["--sessions", "3000", "--seed", str(seed), "--from", "2024-01-01", "--to", AS_OF]
    _command("sample", *size, "--out", str(at / "landing"))
    _command("land", "--home", str(at), good={0, 3})
    _command("build", "--home", str(at), "--as-of", AS_OF)
    return Home(at)


def _command(*words: str, good: frozenset[int] | set[int] = frozenset({0})) -> None:
    done = subprocess.run([sys.executable, "-m", "skillsdw", *words], cwd=PROJECT, capture_output=True, text=True)
    if done.returncode not in good:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")


async def _run(home, port, pid, log, readers, seconds, every, most, seed, scratch):
    """Everything at once; what was seen, the server over time, when which version was published, and how long."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    while "Uvicorn server started" not in log.read_text():
        await asyncio.sleep(0.1)
    seen, samples = Seen(), Samples()
    published: list[tuple[float, str]] = []
    began = time.monotonic()
    end = End(began + seconds, most)
    tasks = [
        asyncio.create_task(_read(address, random.Random(f"{seed}/{number}"), end, seen)) for number in range(readers)
    ]
    tasks.append(asyncio.create_task(_sample(home, pid, began, end, samples)))
    tasks.append(asyncio.create_task(_watch(home, end, published)))
    tasks.append(asyncio.create_task(_publish(home, began, end, every, seed, scratch)))
    await asyncio.gather(*tasks)
    return seen, samples, published, end.at - began


async def _publish(home: Home, began: float, end: End, every: float, seed: int, scratch: Path) -> None:
    """Every so many seconds a few more sessions are landed and a version is published; none is begun in the last
    quarter minute, so that the readers can follow."""
    for number in range(end.most):
        due = began + every * (number + 0.4)
        if due > end.at - 15:
            return
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        more = scratch / f"more-{number}"
        size = ["--sessions", "150", "--seed", str(seed + 1 + number), "--from", "2026-01-01", "--to", AS_OF]
        await asyncio.to_thread(_command, "sample", *size, "--faults", "0", "--out", str(more))
        for file in sorted((more / "enrollment").iterdir()):
            shutil.copy(file, home.landing / "enrollment" / f"{file.stem}-{number}{file.suffix}")
        await asyncio.to_thread(_command, "land", "--home", str(home.root), good={0, 3})
        await asyncio.to_thread(_command, "build", "--home", str(home.root), "--as-of", AS_OF)


async def _watch(home: Home, end: End, published: list[tuple[float, str]]) -> None:
    """When the link moved."""
    before = current_version(home)
    while time.monotonic() < end.at:
        now = current_version(home)
        if now != before:
            published.append((time.monotonic(), now.stem))
            before = now
            if len(published) == end.most:
                end.at = min(end.at, time.monotonic() + FOLLOWED)
        await asyncio.sleep(0.05)


async def _sample(home: Home, pid: int, began: float, end: End, samples: Samples) -> None:
    server = psutil.Process(pid)
    while time.monotonic() < end.at:
        versions = {file.path for file in server.open_files() if file.path.startswith(str(home.published.resolve()))}
        row = (time.monotonic() - began, server.memory_info().rss / 1e6, server.num_fds(), len(versions))
        samples.rows.append(row)
        await asyncio.sleep(2)


async def _read(address: str, chance: random.Random, end: End, seen: Seen) -> None:
    """One reader, who comes back with a new session after leaving."""
    await asyncio.sleep(chance.uniform(0, 8))
    while time.monotonic() < end.at - 2:
        seen.sessions += 1
        try:
            async with connect(address, max_size=2**26, compression=None) as socket:
                session = _Session(socket, seen)
                listener = asyncio.create_task(session.listen())
                for _ in range(1 + int(chance.expovariate(1 / 8))):
                    if time.monotonic() > end.at - 2:
                        break
                    page = chance.choice(site.PAGES[:-1])
                    year, city = chance.choice((2025, 2026)), chance.choice(CITIES)
                    query = f"year={year}" + (f"&city={city}" if "city" in page.filters else "")
                    await session.open(page.name, query)
                    await session.stay(min(chance.expovariate(1 / READS), max(0.0, end.at - time.monotonic())))
                listener.cancel()
        except Exception as fault:
            seen.faults[f"{type(fault).__name__}: {str(fault)[:80]}"] += 1
            await asyncio.sleep(1)


class _Session:
    """One websocket, as a browser drives it."""

    def __init__(self, socket: ClientConnection, seen: Seen) -> None:
        self.socket, self.seen = socket, seen
        self.page, self.query, self.hashes = "overview", "", {}
        self.follow: str | None = None  # the fragment that looks at the link
        self.finished = asyncio.Event()
        self.html: dict[str, str] = {}
        self.rest: str | None = None
        self.build = ""

    async def listen(self) -> None:
        async for data in self.socket:
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.hashes = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "auto_rerun":
                if message.auto_rerun.interval >= 5:
                    self.follow = message.auto_rerun.fragment_id
            elif kind == "delta":
                self._take(message)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    self.seen.faults["a script that did not run"] += 1
                if message.script_finished in _DONE:
                    self.finished.set()

    def _take(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.seen.faults[f"{self.page}: {element.exception.type} {element.exception.message[:60]}"] += 1
        elif kind == "button" and element.button.id.endswith("-rest"):
            self.rest = element.button.id
        elif kind == "html":
            body = element.html.body
            if 'class="nothing' in body:
                self.seen.faults[f"{self.page}: nothing to show"] += 1
            if 'class="foot"' in body and (found := _BUILD.search(body)):
                if self.build and found[1] != self.build:
                    self.seen.turned[found[1]].append(time.monotonic())
                self.build = found[1]
            if 'class="answer"' in body:
                self.html["answer"] = body

    async def _ask(self, *, fragment: str = "", press: str = "") -> None:
        ask = BackMsg()
        state = ask.rerun_script
        state.query_string, state.page_name = self.query, self.page
        state.page_script_hash = self.hashes.get(self.page, "")
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        if press:
            state.widget_states.widgets.add(id=press, trigger_value=True)
        self.finished.clear()
        await self.socket.send(ask.SerializeToString())
        await asyncio.wait_for(self.finished.wait(), 30)

    async def open(self, page: str, query: str) -> None:
        """Turn to a page in a scope; until everything of it has come."""
        self.page, self.query, self.rest, self.html = page, query, None, {}
        asked = time.monotonic()
        await self._ask()
        if self.rest:
            button, self.rest = self.rest, None
            await self._ask(press=button)
        figures = hashlib.sha256(self.html.get("answer", "").encode()).hexdigest()
        if not self.html:
            self.seen.faults[f"{page}: no answer"] += 1
        self.seen.views.append(View(page, query, asked, time.monotonic() - asked, self.build, figures))

    async def stay(self, seconds: float) -> None:
        """Read, while the page looks at the link every five seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(5.0, left))
            if self.follow and left > 5.0:
                await self._ask(fragment=self.follow)
