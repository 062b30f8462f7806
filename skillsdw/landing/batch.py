"""Land files as batches, in order, each whole or not at all (1-extracts § What is refused, and how).

What a lost working warehouse had comes back first, by the journal. Files are read and judged piece by piece by two
workers that look a little ahead; batches commit one by one, in the order in which people read the files' paths, on a
connection that only ever sees pseudonymized rows.
"""

import secrets
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import duckdb

from expectations.settings import HOME_SETTINGS, read_settings
from skillsdw.home import Home, beijing_now, exclusive, moment_after
from skillsdw.keys import settle_rotation
from skillsdw.landing.corrections import release as release_rows
from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import LandingFile, find_files, opened_once, sha256_of
from skillsdw.landing.identity import warehouse_key
from skillsdw.landing.journal import RELEASE, append_event, complete, missing_batches, read_events
from skillsdw.landing.pieces import WORKERS, workers
from skillsdw.landing.prepare import Entry, Judging, Prepared, prepare
from skillsdw.landing.raw import ensure_raw, open_working
from skillsdw.landing.record import Recorder, result_of
from skillsdw.landing.reports import Batch, settle
from skillsdw.landing.result import CHECKED, MISSING, REFUSED, FileResult, LandingSummary
from skillsdw.landing.returned import ReturnedFile, write_list
from skillsdw.landing.senders import institution_names
from skillsdw.seeds import in_force, read_all

Progress = Callable[[FileResult], None]
_AHEAD_FILES = 4
_AHEAD_BYTES = 2 * 1024**3  # of files read ahead: what they leave on disk meanwhile is about as large

# Leaves room for the pieces that the workers hold, which this limit does not bound.
DEFAULT_MEMORY_LIMIT = "4GB"


def land(
    home: Home,
    paths: list[Path] | None = None,
    extract: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress = lambda _: None,
    backfill: bool = False,
) -> LandingSummary:
    """Land the files under `paths` (by default all of `landing/`) into the working warehouse.

    Batches that the journal knows and the warehouse has lost are landed again first, with their own numbers and times.
    With `backfill` what lands is history: the gates take its sessions for no jump.

    Raises `HomeBusy` when another landing or build runs, `UnsafeHome` and `ClockBehind` as `skillsdw.home` says, and
    `LandingError` when nothing can land at all: a key that is missing or differs, a path that does not exist, a
    warehouse that others hold open. `SeedError` when a code list cannot be used. A file that cannot be used is no
    exception but a refused batch.
    """
    limits = read_settings(home.root / HOME_SETTINGS).batches
    with exclusive(home), in_force(home), _scratch(home) as scratch:
        settle_rotation(home)
        read_all()  # what files are judged by, before any of them
        files = find_files(paths or [_landing_folder(home)], home.landing, extract)
        with (
            open_working(home, _config(scratch, memory_limit, threads)) as con,
            workers(sum(_size(file.path) for file in files), threads) as pool,
        ):
            ensure_raw(con)
            key = warehouse_key(home, con)
            settle(home, con)
            lost = missing_batches(home, con)
            newest, last_id = con.execute("select max(landed_at), coalesce(max(batch_id), 0) from raw.batch").fetchone()
            newest = max(filter(None, [newest, *(batch.landed_at for batch in lost)]), default=None)
            last_id = max([last_id, *(batch.batch_id for batch in lost)])
            complete(home, con)
            recorder = Recorder(home, con, limits, newest, last_id, backfill)
            results = []
            for phase, is_again in _phases(home, files, lost, recorder, results):
                judging = Judging(
                    scratch, pool, moment_after(newest).date(), key, institution_names(con), scratch / "returned.json"
                )
                write_list(_returned_files(home, con), judging.returned)
                for prepared in _in_order(phase, judging, recorder.is_known):
                    result = recorder.land_again(prepared) if is_again else recorder.land(prepared)
                    results.append(result)
                    progress(result)
                    if prepared.folder:
                        shutil.rmtree(prepared.folder, ignore_errors=True)
            if lost:
                _apply_events(home, con, {batch.batch_id for batch in lost})
    return LandingSummary(results, tuple(recorder.released))


def release(home: Home, batch_id: int, reason: str) -> None:
    """Let a held batch count, by an operator's word; the reason is kept. `LandingError` when it is not held."""
    with exclusive(home):
        settle_rotation(home)
        with open_working(home) as con:
            ensure_raw(con)
            newest = con.execute("select max(landed_at) from raw.batch").fetchone()[0]
            now = moment_after(newest)
            con.begin()
            try:
                release_rows(con, batch_id, now, reason)
            except BaseException:
                con.rollback()
                raise
            con.commit()
            append_event(home, RELEASE, batch_id, now, reason)


def check(paths: list[Path], extract: str | None = None, progress: Progress = lambda _: None) -> list[FileResult]:
    """Judge files as `land` would and write nothing that stays: no warehouse, no key, no report."""
    read_all()
    results = []
    files = find_files(paths, None, extract)
    with (
        tempfile.TemporaryDirectory(prefix="skillsdw-check-") as folder,
        workers(sum(_size(file.path) for file in files), None) as pool,
    ):
        # A key that nobody keeps: its pseudonyms mean nothing and are gone with the folder.
        judging = Judging(Path(folder), pool, beijing_now().date(), secrets.token_bytes(32))
        for file in files:
            prepared = prepare(Entry(file), judging, lambda *_: False)
            results.append(result_of(prepared, None, REFUSED if prepared.error else CHECKED))
            progress(results[-1])
    return results


def _phases(
    home: Home,
    files: list[LandingFile],
    lost: list[Batch],
    recorder: Recorder,
    results: list[FileResult],
) -> Iterator[tuple[list[Entry], bool]]:
    """What is to land in which order, and whether it lands again: lost batches by their numbers, then registers of
    institutions, by which names are read, then the other files. What is read in one phase knows what the phases before
    have landed."""
    again, rest, missing = _queue(home, files, lost, recorder)
    results += missing
    for _, phase in groupby(again, key=lambda entry: entry.file.extract == "institution"):
        yield list(phase), True
    registers = [entry for entry in rest if entry.file.extract == "institution"]
    others = [entry for entry in rest if entry.file.extract != "institution"]
    for phase in (registers, others):
        if phase:
            yield phase, False


def _queue(
    home: Home, files: list[LandingFile], lost: list[Batch], recorder: Recorder
) -> tuple[list[Entry], list[Entry], list[FileResult]]:
    """Batches to land again, files to land, and what is missing. Refused batches are put back as they were, since their
    files are tried again anyway; what is nowhere is told."""
    for batch in lost:
        if batch.status == REFUSED:
            recorder.put_back(batch)
    landed = [batch for batch in lost if batch.status != REFUSED]
    if not landed:
        return [], [Entry(file) for file in files], []
    by_digest: dict[str, list[LandingFile]] = {}
    everything = [*find_files([_landing_folder(home)], home.landing, None), *files]
    for file in {file.path.absolute(): file for file in everything}.values():
        try:
            with opened_once(file) as path:
                by_digest.setdefault(sha256_of(path), []).append(file)
        except (LandingError, OSError):
            continue  # reading it says so when its turn comes
    again, missing = [], []
    for batch in landed:
        # Of copies the one with the same name; the name tells a file's city.
        copies = sorted(by_digest.get(batch.sha256, []), key=lambda file: file.name != batch.file_name)
        if copies:
            again.append(Entry(replace(copies[0], name=batch.file_name, extract=batch.extract), batch))
        else:
            missing.append(_missing(home, batch))
    done = {(entry.file.path.absolute(), entry.file.extract) for entry in again}
    rest = [Entry(file) for file in files if (file.path.absolute(), file.extract) not in done]
    return again, rest, missing


def _missing(home: Home, batch: Batch) -> FileResult:
    zh = (
        f"{batch.file_name}:批次{batch.batch_id}的原文件不在 landing/ 中,未能重新入库。请把原文件"
        f"(sha256 {batch.sha256[:12]}…)放回后再运行;确已无法找回的,从 {home.journal.name} 中删去该批次的一行"
    )
    en = (
        f"{batch.file_name}: the file of batch {batch.batch_id} is nowhere in landing/ and has not landed again. Put "
        f"it back (sha256 {batch.sha256[:12]}…) and run again; if it is gone for good, delete the batch's line from "
        f"{home.journal.name}"
    )
    return FileResult(batch.file_name, batch.extract, batch.batch_id, MISSING, 0, 0, 0, zh, en)


def _apply_events(home: Home, con: duckdb.DuckDBPyConnection, again: set[int]) -> None:
    """What happened to batches after they had landed, of those that have landed again."""
    for event in read_events(home):
        if event.kind == RELEASE and event.batch_id in again:
            row = con.execute("select status from raw.batch where batch_id = ?", [event.batch_id]).fetchone()
            if row and row[0] == "held":
                release_rows(con, event.batch_id, event.at, event.reason)
        elif event.kind == "backfill" and event.batch_id in again:
            con.execute("insert into raw.backfill values (?)", [event.batch_id])


def _returned_files(home: Home, con: duckdb.DuckDBPyConnection) -> dict[int, ReturnedFile]:
    """Where the files of batches with rejected rows are."""
    rows = con.execute(
        "select batch_id, file_name, sha256 from raw.batch where rows_rejected > 0 and status in ('landed', 'held')"
    ).fetchall()
    return {
        batch_id: ReturnedFile(str(home.landing / name), sha256, str(home.landing)) for batch_id, name, sha256 in rows
    }


def _in_order(entries: list[Entry], judging: Judging, is_known) -> Iterator[Prepared]:
    """Prepare files on the workers, a few ahead of the one that is landing, and yield them in their order."""
    waiting = deque(entries)
    ahead: deque[tuple[int, Future[Prepared]]] = deque()

    def judged(entry: Entry) -> Prepared:
        # A lost batch is judged as of its day: what was then to come is still refused.
        as_then = replace(judging, today=entry.lost.landed_at.date()) if entry.lost else judging
        return prepare(entry, as_then, is_known)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="landing") as pool:
        while waiting or ahead:
            while waiting and len(ahead) < _AHEAD_FILES:
                size = _size(waiting[0].file.path)
                if ahead and sum(size for size, _ in ahead) + size > _AHEAD_BYTES:
                    break
                ahead.append((size, pool.submit(judged, waiting.popleft())))
            yield ahead[0][1].result()
            ahead.popleft()


def _landing_folder(home: Home) -> Path:
    home.landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home.landing


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    """A private folder for decoded copies and spills; what a killed landing left is removed first."""
    home.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in home.tmp.glob("landing-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="landing-", dir=home.tmp) as folder:
        yield Path(folder)


def _config(scratch: Path, memory_limit: str | None, threads: int | None) -> dict[str, object]:
    config: dict[str, object] = {
        "temp_directory": str(scratch / "spill"),
        "memory_limit": memory_limit or DEFAULT_MEMORY_LIMIT,
    }
    if threads:
        config["threads"] = threads
    return config


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
