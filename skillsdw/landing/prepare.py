"""Read and judge one file on the workers, before anything of it lands."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress
from pathlib import Path

import duckdb
import pyarrow as pa

from skillsdw.codes import extract_columns, extract_names
from skillsdw.landing.errors import LandingError, LandingStopped
from skillsdw.landing.files import LandingFile, opened_once
from skillsdw.landing.header import Header
from skillsdw.landing.judge import Fault, Register
from skillsdw.landing.pieces import (
    MOST_FAULTS,
    Order,
    Piece,
    digest_of,
    extract_in,
    judge_spans,
    judge_whole,
    open_file,
    too_many_faults,
)
from skillsdw.landing.reports import Batch, Notes, RejectedRow
from skillsdw.landing.returned import Reference
from skillsdw.landing.source import Told, cell_of
from skillsdw.landing.text_file import Span


@dataclass(frozen=True)
class Entry:
    """A file in the queue; `lost` is the batch of a lost warehouse that it was."""

    file: LandingFile
    lost: Batch | None = None


@dataclass(frozen=True)
class Prepared:
    """A file read and judged, not yet landed. Without `pieces` it was refused or landed before. `folder` holds the
    accepted rows until it has landed."""

    file: LandingFile
    sha256: str | None
    lost: Batch | None = None
    pieces: list[Piece] = field(default_factory=list)
    told: Told = field(default_factory=Told)
    error: LandingError | None = None
    folder: Path | None = None

    @property
    def header(self) -> Header | None:
        return self.pieces[0].header if self.pieces else None

    @property
    def faults(self) -> list[Fault]:
        return [fault for piece in self.pieces for fault in piece.faults]

    @property
    def dropped(self) -> list[Fault]:
        return [fault for piece in self.pieces for fault in piece.dropped]

    @property
    def dropped_counts(self) -> Counter[tuple[str | None, str]]:
        return sum((piece.dropped_counts for piece in self.pieces), Counter())

    @property
    def rejected(self) -> list[RejectedRow]:
        return [row for piece in self.pieces for row in piece.rejected]

    @property
    def accepted(self) -> list[Path]:
        return [piece.accepted for piece in self.pieces if piece.accepted]

    @property
    def references(self) -> dict[int, Reference]:
        return {number: found for piece in self.pieces for number, found in piece.references.items()}

    @property
    def rows(self) -> int:
        return sum(piece.rows for piece in self.pieces)

    @property
    def rows_rejected(self) -> int:
        return sum(piece.rows_rejected for piece in self.pieces)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers that are not recognized, of every sheet."""
        return tuple(dict.fromkeys(text for header in self._headers for text in header.unknown))

    @property
    def notes(self) -> Notes:
        return Notes(
            sum(piece.converted for piece in self.pieces),
            self.told.hidden_rows,
            tuple(self.told.sheets),
            tuple(self.told.passed_over),
            tuple(dict.fromkeys(pair for header in self._headers for pair in header.passed_over)),
        )

    def cell(self, row_number: int, column: str) -> str:
        """Where a row's value stands, as a spreadsheet names it."""
        piece = next(piece for piece in reversed(self.pieces) if piece.first <= row_number)
        return cell_of(piece.header, piece.sheet, piece.before, row_number, column)

    @property
    def _headers(self) -> list[Header]:
        return list({id(piece.header): piece.header for piece in self.pieces}.values())


@dataclass(frozen=True)
class Judging:
    """What the judging of a file needs besides the file; see `pieces.Order`."""

    scratch: Path
    pool: Executor
    today: date
    key: bytes = field(repr=False)
    register: Register | None = None
    returned: Path | None = None


def prepare(entry: Entry, judging: Judging, is_known) -> Prepared:
    """Have one file read and judged. `is_known(extract, sha256, name)` says whether nothing of it needs to be read."""
    file, lost, sha256 = entry.file, entry.lost, None
    try:
        if file.refusal:
            raise file.refusal
        with opened_once(file) as path, _unchanged(path):
            sha256 = digest_of(path)
            folder = Path(tempfile.mkdtemp(dir=judging.scratch))
            if file.extract is None:
                extract = judging.pool.submit(extract_in, path, folder).result()
                if extract is None:
                    raise _no_extract()
                file = replace(file, extract=extract)
            if lost is None and is_known(file.extract, sha256, file.name):
                return Prepared(file, sha256, lost)
            order = Order(judging.today, judging.key, folder, _register(file.extract, judging), judging.returned)
            pieces, told = _judge_pieces(judging.pool, path, file.extract, order)
        return Prepared(file, sha256, lost, pieces, told, folder=folder)
    except LandingStopped:
        raise
    except LandingError as error:
        return Prepared(file, sha256, lost, error=error)
    except BrokenProcessPool:
        raise LandingStopped(
            f"读取 {file.name} 的进程被系统终止(可能内存不足)。请释放内存后再运行;此前的批次已入库",
            f"A process that read {file.name} was ended by the system, perhaps for want of memory: "
            "free some and run again; the batches before have landed",
        ) from None


@contextmanager
def _unchanged(path: Path) -> Iterator[None]:
    """See that a file stays as it is while it is read; whatever else was found in it then, it is told as changing."""
    before = _stamp(path)
    try:
        yield
    except LandingStopped:
        raise
    except LandingError:
        if _stamp(path) == before:
            raise
    if _stamp(path) != before:
        raise LandingError(
            "读取过程中文件被改动。请等文件传完后再运行",
            "The file changed while it was read. Run again when it is complete",
        )


def _register(extract: str, judging: Judging) -> Register | None:
    return judging.register if extract == "enrollment" else None


def _no_extract() -> LandingError:
    names = "、".join(extract_names())
    return LandingError(
        f"无法判断文件属于哪个抽取表:所在文件夹不是抽取表的名称,表头也不足以判断。请放入 landing/ 下的"
        f"对应文件夹({names}),或用 --extract 指明",
        "Which extract the file belongs to is not known: its folder has the name of none and its header does not tell. "
        f"Put it in a folder of landing/ named {', '.join(extract_names())}, or name the extract with --extract",
    )


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file is written, its time of change too, which no copying program sets back."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _judge_pieces(pool: Executor, path: Path, extract: str, order: Order) -> tuple[list[Piece], Told]:
    """Every piece of a file, in order; rows whose key comes again in a later piece are superseded there."""
    opened = pool.submit(open_file, path, extract, order.folder).result()
    pieces: list[Piece] = []
    faults = 0
    is_plain = bool(opened.spans)
    for piece in judge_spans(pool, opened, opened.spans, order):
        if piece is None:
            is_plain = False
            break
        faults += len(piece.faults)
        if faults > MOST_FAULTS:
            raise too_many_faults(*_commonest(piece))
        pieces.append(piece)
    if not is_plain:
        # No piece, or a record that is not one line: row numbers are only sure from end to end.
        pieces, told = pool.submit(judge_whole, opened, order).result()
        if superseded := _superseded_rows(extract, pieces, order.folder):
            pieces, told = pool.submit(judge_whole, opened, order, superseded).result()
        return pieces, told
    if superseded := _superseded_rows(extract, pieces, order.folder):
        concerned = [_holds(span, superseded) for span in opened.spans]
        again = judge_spans(pool, opened, compress(opened.spans, concerned), order, superseded)
        pieces = [next(again) if anew else piece for anew, piece in zip(concerned, pieces, strict=True)]
        if sum(len(piece.faults) for piece in pieces) > MOST_FAULTS:
            raise too_many_faults(None, "superseded_in_file")
    return pieces, Told()


def _commonest(piece: Piece) -> tuple[str | None, str]:
    return Counter((fault.column, fault.reason) for fault in piece.faults).most_common(1)[0][0]


def _holds(span: Span, rows: frozenset[int]) -> bool:
    return any(span.number < row <= span.number + span.lines for row in rows)


def _superseded_rows(extract: str, pieces: list[Piece], folder: Path) -> frozenset[int]:
    """The numbers of accepted rows whose key comes again in a later piece."""
    paths = [piece.accepted for piece in pieces if piece.accepted]
    if len(paths) < 2:
        return frozenset()
    key = [column.name for column in extract_columns(extract) if column.is_key]
    tables = [read_accepted(path).select([*key, "row_number"]) for path in paths]
    names = ", ".join(key)
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "spill")}) as con:
        con.register("accepted", pa.concat_tables(table.cast(_decoded(table.schema)) for table in tables))
        rows = con.execute(
            f"""
            with repeated as (select {names} from accepted group by {names} having count(*) > 1)
            select row_number from accepted semi join repeated using ({names})
            qualify row_number() over (partition by {names} order by accepted.row_number desc) > 1
            """
        ).fetchall()
    return frozenset(number for (number,) in rows)


def _decoded(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema]
    )


def read_accepted(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()
