"""What the workers do: look at a file, and read and judge one piece of it at a time.

A worker is a process of its own when there is much to read, since reading and judging keep a core busy each. What comes
back is small: counts, faults and the rejected rows as they may be shown; the accepted rows lie in a private folder as
an Arrow file, without identity.
"""

import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import pyarrow as pa

from skillsdw.codes import reason_messages
from skillsdw.durable import cause
from skillsdw.landing.errors import LandingError, LandingStopped
from skillsdw.landing.files import sha256_of
from skillsdw.landing.header import Header
from skillsdw.landing.judge import Fault, Register, accepted_rows, judge
from skillsdw.landing.reports import RejectedRow, rejected_rows
from skillsdw.landing.returned import Reference, with_originals
from skillsdw.landing.source import Opened, Source, Told, extract_within, open_source, read_piece, read_whole
from skillsdw.landing.text_file import Span
from skillsdw.standby import end_with_parent

WORKERS = 2
# Of a file. Each is told with its row, so that they cost memory; a file with more has another fault than its rows.
MOST_FAULTS = 300_000
_AHEAD_SPANS = 2 * WORKERS
# Less than this is read sooner than two processes start.
_WORTH_PROCESSES = 48 * 1024 * 1024

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Piece:
    """One piece of a file, judged. `accepted` is an Arrow file of the accepted rows, None when there are none;
    `dropped` are the first faults of each kind that cost a value (`dropped_counts` counts all), `converted` how many
    dates moved to another day, `references` row number → the returned row that it mends."""

    header: Header
    rows: int
    rows_rejected: int
    faults: list[Fault]
    rejected: list[RejectedRow]
    accepted: Path | None
    dropped: list[Fault] = field(default_factory=list)
    dropped_counts: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    converted: int = 0
    references: dict[int, Reference] = field(default_factory=dict)
    first: int = 0  # the number of its first row; with sheet and `before` they say where a row stands
    sheet: str | None = None
    before: int = 0


@dataclass(frozen=True)
class Order:
    """How pieces are to be judged: `today` bounds dates, `key` makes the pseudonyms, `folder` takes the accepted rows,
    `register` names the institutions that have landed (None: unknown), `returned` is where the files of returned rows
    are listed."""

    today: date
    key: bytes = field(repr=False)  # an error must not show it
    folder: Path
    register: Register | None = None
    returned: Path | None = None


@contextmanager
def workers(total_bytes: int, threads: int | None) -> Iterator[Executor]:
    """Two processes when there is much to read, else the thread that asks."""
    if threads == 1 or total_bytes < _WORTH_PROCESSES:
        yield _Here()
        return
    with ProcessPoolExecutor(
        WORKERS, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
    ) as pool:
        yield pool


class _Here(Executor):
    """Carries out what is submitted at once."""

    def submit(self, work: Callable[..., Answer], /, *arguments: object, **named: object) -> Future[Answer]:
        done: Future[Answer] = Future()
        try:
            done.set_result(work(*arguments, **named))
        except Exception as error:
            done.set_exception(error)
        return done


def _begin(parent: int) -> None:
    """A killed landing must not leave workers behind; each has one core."""
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    pa.set_cpu_count(1)


def digest_of(path: Path) -> str:
    """The file's SHA-256."""
    return _told(sha256_of, path)


def open_file(path: Path, extract: str, folder: Path) -> Opened:
    """Look at a file: how it is read and cut; `folder` is private."""
    return _told(open_source, path, extract, folder)


def extract_in(path: Path, folder: Path) -> str | None:
    """The extract that a file's own header names."""
    return _told(extract_within, path, folder)


def judge_span(opened: Opened, span: Span, order: Order, superseded: frozenset[int] = frozenset()) -> Piece | None:
    """Read and judge one span of a plain text file; None when the file must be read whole after all. `superseded` are
    the numbers of rows whose key comes again in a later piece."""
    return _told(_judge_span, opened, span, order, superseded)


def judge_spans(
    pool: Executor, opened: Opened, spans: Iterable[Span], order: Order, superseded: frozenset[int] = frozenset()
) -> Iterator[Piece | None]:
    """The pieces of a plain text file in order, a few of them read ahead; see `judge_span`."""
    ahead: deque[Future[Piece | None]] = deque()
    waiting = iter(spans)
    try:
        while True:
            while len(ahead) < _AHEAD_SPANS and (span := next(waiting, None)) is not None:
                ahead.append(pool.submit(judge_span, opened, span, order, superseded))
            if not ahead:
                return
            yield ahead.popleft().result()
    finally:
        for left in ahead:
            left.cancel()


def judge_whole(opened: Opened, order: Order, superseded: frozenset[int] = frozenset()) -> tuple[list[Piece], Told]:
    """Read and judge a file from end to end; with the pieces comes what the workbook has to say."""
    return _told(_judge_whole, opened, order, superseded)


def _judge_span(opened: Opened, span: Span, order: Order, superseded: frozenset[int]) -> Piece | None:
    source = read_piece(opened, span)
    return None if source is None else _judge(source, order, superseded)


def _judge_whole(opened: Opened, order: Order, superseded: frozenset[int]) -> tuple[list[Piece], Told]:
    pieces, faults, told = [], 0, Told()
    for source in read_whole(opened, told):
        pieces.append(_judge(source, order, superseded, faults))
        faults += len(pieces[-1].faults)
    return pieces, told


def _judge(source: Source, order: Order, superseded: frozenset[int], before: int = 0) -> Piece:
    """One piece; `before` are the faults of the pieces before it, as far as they are known."""
    references: dict[int, Reference] = {}
    if source.header.reference is not None:
        source, references = with_originals(source, order.returned, order.folder)
    judged = judge(source, order.today, superseded, order.register, frozenset(references) if references else None)
    if before + judged.faults_found > MOST_FAULTS:
        raise too_many_faults(*judged.commonest)
    faults = judged.faults()
    accepted = None
    if judged.rows_landed:
        # Numbers come once in a file, and a piece that is judged again replaces what it wrote.
        accepted = order.folder / f"{int(source.row_numbers[0])}.arrow"
        _write(accepted_rows(judged, order.key), accepted)
    return Piece(
        source.header,
        source.rows,
        judged.rows_rejected,
        faults,
        rejected_rows(judged, faults),
        accepted,
        judged.faults_dropped(),
        judged.dropped_counts,
        judged.converted,
        references,
        int(source.row_numbers[0]) if source.rows else source.before,
        source.sheet,
        source.before,
    )


def too_many_faults(column: str | None, reason: str) -> LandingError:
    """The error of a file with more than `MOST_FAULTS` faults, whose commonest one is named."""
    zh, en = reason_messages()[reason]
    at = f"{column}:" if column else ""
    return LandingError(
        f"文件的问题超过{MOST_FAULTS:,}处,整个文件退回。其中最多的是“{at}{zh}”。请核对表头与各列是否对应后重新报送",
        f"The file has more than {MOST_FAULTS:,} faults and is refused whole. The commonest is {column or 'a row'}: "
        f"{en}. Check that the header fits the columns and send the file again",
    )


def _write(table: pa.Table, path: Path) -> None:
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        zh, en = cause(error) or ("请核对磁盘空间和权限后再运行", "check disk space and permissions and run again")
        raise LandingStopped(
            f"无法写入临时文件({reason}):{zh};此前的批次已入库",
            f"A temporary file cannot be written ({reason}): {en}; the batches before have landed",
        ) from None


def _told(
    work: Callable[Arguments, Answer],
    *arguments: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Do the work on a file; whatever goes wrong is told without quoting a value of the file."""
    try:
        return work(*arguments, **named)
    except LandingError:
        raise
    except OSError as error:
        raise LandingError(
            f"文件无法打开({error.strerror})。请核对文件权限",
            f"The file cannot be opened ({error.strerror}). Check its permissions",
        ) from None
    except Exception as error:  # its words may quote a value: only its kind and place are told
        trace = error.__traceback__
        while trace.tb_next and "skillsdw" in trace.tb_next.tb_frame.f_code.co_filename:
            trace = trace.tb_next
        place = f"{type(error).__name__}, {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        raise LandingError(
            f"读取文件时程序出错({place})。请把此信息告知维护人员",
            f"The program failed on this file ({place}). Tell its maintainers",
        ) from None
