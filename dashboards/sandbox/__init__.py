"""A reader's own SQL on the published file, in a process of its own that can read that file and nothing else.

`start` gives a `Run` that is asked for its `Answer`; whoever does not ask for a while has left, and the query is
cancelled. What one query may take is `Limits`; how many may run at once is `AT_ONCE`.
"""

import json
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from skillsdw import closed_room
from skillsdw.share import reader_sql

WORKER = Path(__file__).with_name("worker.py")
# Read by the worker, which finds no package.
RULES, ROOM = str(Path(reader_sql.__file__)), str(Path(closed_room.__file__))
AT_ONCE = 2  # queries of all readers together
WAITS_FOR_A_PLACE = 5.0  # seconds
LEFT_AFTER = 8.0  # seconds without a question: the reader has closed the page
GRACE = 5.0  # seconds beyond the limit before the process is ended from outside
KEPT_BYTES = 256 * 2**20  # of answers, so that a download or another page of rows asks nothing anew
LONGEST = 20_000  # characters of SQL


@dataclass(frozen=True)
class Limits:
    """What one query may take. `rows` and `bytes` are of the answer, `memory` and `threads` DuckDB's own."""

    rows: int = 200_000
    bytes: int = 64 * 2**20
    seconds: float = 20.0
    memory: int = 2**30
    threads: int = 2


LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """What became of a query. `state` is done, or why there are no rows; `message` is DuckDB's own, or the name that is
    refused, `hints` names that may have been meant.

    empty · several · not_a_query · syntax · function · unknown_function · system_table · unknown_name · forbidden ·
    too_long · too_large · cancelled · busy · failed · crashed
    """

    state: str
    message: str = ""
    table: pa.Table | None = None
    types: tuple[str, ...] = ()
    is_cut: bool = False
    seconds: float = 0.0
    hints: tuple[str, ...] = ()


# Answers that the same query of the same version would get again.
LASTING = {"done", *reader_sql.REFUSALS, "unknown_name", "forbidden"}


class Run:
    """One query under way."""

    def __init__(self, file: Path, sql: str, limits: Limits) -> None:
        self.key = (str(file), sql, limits)
        self.began = time.monotonic()
        self._request = {"file": str(file), "rules": RULES, "room": ROOM, "sql": sql, "limits": asdict(limits)}
        self._limits = limits
        self._process: subprocess.Popen | None = None
        self._is_cancelled = False
        self._answer: Answer | None = None
        self._is_over = threading.Event()
        self._asked = time.monotonic()
        threading.Thread(target=self._work, daemon=True).start()

    def wait(self, seconds: float) -> Answer | None:
        """The answer, if it comes within `seconds`; asking also says that the reader is still there."""
        until = time.monotonic() + seconds
        while not self._is_over.is_set() and (left := until - time.monotonic()) > 0:
            self._asked = time.monotonic()
            self._is_over.wait(min(left, 1.0))
        self._asked = time.monotonic()
        return self._answer

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self.began

    def cancel(self) -> None:
        """Ends the query; its answer is `cancelled` at once, its process a moment later."""
        self._is_cancelled = True
        if self._process:
            _close(self._process.stdin)  # the worker interrupts its query, and ends itself when that does not help
        self._finish(Answer("cancelled"))

    def _work(self) -> None:
        if not _places.acquire(timeout=WAITS_FOR_A_PLACE):
            self._finish(Answer("busy"))
            return
        try:
            self._finish(self._ask())
        except OSError as fault:  # no process to be had
            self._finish(Answer("crashed", str(fault)))
        finally:
            _places.release()

    def _ask(self) -> Answer:
        # No environment, no folder of ours, no site of the user: what a query could ask for is not there.
        command = [sys.executable, "-I", str(WORKER)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
        ) as process:
            self._process = process
            threading.Thread(target=self._watch, args=[process], daemon=True).start()
            with suppress(OSError, ValueError):  # ended or cancelled before it heard
                process.stdin.write(json.dumps(self._request).encode() + b"\n")
                process.stdin.flush()
            answer = _read(process.stdout)
            process.kill()
            _close(process.stdin)
        if answer.state == "crashed" and time.monotonic() - self.began >= self._limits.seconds:
            return Answer("too_long")
        return answer

    def _watch(self, process: subprocess.Popen) -> None:
        ends = time.monotonic() + self._limits.seconds + GRACE
        while process.poll() is None:
            time.sleep(0.2)
            if self._is_cancelled or time.monotonic() - self._asked > LEFT_AFTER:
                self.cancel()
            if time.monotonic() > ends:
                process.kill()

    def _finish(self, answer: Answer) -> None:
        if self._answer is None:
            self._answer = answer
        self._is_over.set()
        if answer.state in LASTING:
            _keep(self.key, answer)


def _read(stream: object) -> Answer:
    """The worker's head and rows; a worker that ended without them has crashed."""
    try:
        head = json.loads(stream.readline())
        table = pa.ipc.open_stream(stream).read_all() if head["state"] == "done" else None
    except (ValueError, OSError, pa.ArrowException):
        return Answer("crashed")
    return Answer(
        head["state"],
        head["message"],
        table,
        tuple(head.get("types", ())),
        head.get("is_cut", False),
        head.get("seconds", 0.0),
        tuple(head.get("hints", ())),
    )


def _close(stream: object) -> None:
    with suppress(OSError):  # nobody reads it any more
        stream.close()


_places = threading.BoundedSemaphore(AT_ONCE)
_kept: OrderedDict[tuple, Answer] = OrderedDict()
_keeping = threading.Lock()


def _size(answer: Answer) -> int:
    return answer.table.nbytes if answer.table is not None else 0


def _keep(key: tuple, answer: Answer) -> None:
    with _keeping:
        _kept[key] = answer
        _kept.move_to_end(key)
        total = sum(_size(each) for each in _kept.values())
        while len(_kept) > 1 and (total > KEPT_BYTES or len(_kept) > 64):
            _, dropped = _kept.popitem(last=False)
            total -= _size(dropped)


def kept(file: Path, sql: str, limits: Limits = LIMITS) -> Answer | None:
    """The answer that was given before: a version never changes."""
    with _keeping:
        found = _kept.get((str(file), sql, limits))
        if found:
            _kept.move_to_end((str(file), sql, limits))
        return found


def start(file: Path, sql: str, limits: Limits = LIMITS) -> Run:
    """Begins the query on the published `file`."""
    return Run(file, sql[:LONGEST], limits)


def ask(file: Path, sql: str, limits: Limits = LIMITS) -> Answer:
    """The query's answer, waited for: for a file that is made while the reader waits for it."""
    found = kept(file, sql, limits)
    if found:
        return found
    run = start(file, sql, limits)
    return run.wait(WAITS_FOR_A_PLACE + limits.seconds + GRACE + 1) or Answer("too_long")
