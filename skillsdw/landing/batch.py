"""Land files as batches, in order, each whole or not at all (1-extracts § What is refused, and how).

What a lost working warehouse had comes back first, by the journal. Files are read and judged piece by piece by two
workers that look a little ahead; batches commit one by one, in the order of the files' paths, on a connection that only
ever sees pseudonymised rows.
"""

import secrets
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import compress
from pathlib import Path

import duckdb
import pyarrow as pa

from skillsdw.codes import extract_columns, extract_names
from skillsdw.durable import cause
from skillsdw.home import Home, beijing_now, exclusive, moment_after
from skillsdw.keys import settle_rotation
from skillsdw.landing.errors import LandingError, LandingStopped
from skillsdw.landing.files import LandingFile, find_files, sha256_of
from skillsdw.landing.header import Header
from skillsdw.landing.identity import warehouse_key
from skillsdw.landing.journal import append, complete, missing_batches
from skillsdw.landing.judge import Fault
from skillsdw.landing.pieces import (
    MOST_FAULTS,
    WORKERS,
    Order,
    Piece,
    digest_of,
    judge_spans,
    judge_whole,
    open_file,
    too_many_faults,
    workers,
)
from skillsdw.landing.raw import ensure_raw, open_working, raw_columns
from skillsdw.landing.reports import Batch, RejectedRow, put_in_place, settle, summarise, write_parts
from skillsdw.landing.text_file import Span

Progress = Callable[[str], None]
_AHEAD_FILES = 4
_AHEAD_BYTES = 2 * 1024**3  # of files read ahead: what they leave on disk meanwhile is about as large
_COLUMNS_NAMED = 30  # of those not recognised, in a message; the report names all
_ROWS_AT_ONCE = 122_880  # a row group of DuckDB: what one thread inserts

# Leaves room for the pieces that the workers hold, which this limit does not bound.
DEFAULT_MEMORY_LIMIT = "4GB"


@dataclass(frozen=True)
class FileResult:
    """What became of one file. `status`: landed · refused · unchanged, from `check` also checked; missing for a batch
    of a lost warehouse whose file is nowhere.
    `faults` are counts by column and reason with messages and masked examples (see `reports.summarise`)."""

    file_name: str
    extract: str | None
    batch_id: int | None
    status: str
    rows_read: int
    rows_landed: int
    rows_rejected: int
    message_zh: str
    message_en: str
    report: Path | None = None
    unknown_columns: tuple[str, ...] = ()
    faults: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class LandingSummary:
    """All files of one landing, in the order in which they landed."""

    files: list[FileResult]

    def count(self, status: str) -> int:
        return sum(result.status == status for result in self.files)

    @property
    def rows_read(self) -> int:
        return sum(result.rows_read for result in self.files if result.status == "landed")

    @property
    def rows_landed(self) -> int:
        return sum(result.rows_landed for result in self.files if result.status == "landed")

    @property
    def rows_rejected(self) -> int:
        return sum(result.rows_rejected for result in self.files if result.status == "landed")

    @property
    def refused_anything(self) -> bool:
        """Whether this run refused a file anew, rejected a row or missed a file of a lost warehouse."""
        return self.count("refused") > 0 or self.count("missing") > 0 or self.rows_rejected > 0


@dataclass(frozen=True)
class _Prepared:
    """A file read and judged, not yet landed. Without `pieces` it was refused or landed before. `folder` holds the
    accepted rows until it has landed."""

    file: LandingFile
    sha256: str | None
    lost: Batch | None = None
    pieces: list[Piece] = field(default_factory=list)
    error: LandingError | None = None
    folder: Path | None = None

    @property
    def header(self) -> Header | None:
        return self.pieces[0].header if self.pieces else None

    @property
    def faults(self) -> list[Fault]:
        return [fault for piece in self.pieces for fault in piece.faults]

    @property
    def rejected(self) -> list[RejectedRow]:
        return [row for piece in self.pieces for row in piece.rejected]

    @property
    def accepted(self) -> list[Path]:
        return [piece.accepted for piece in self.pieces if piece.accepted]


@dataclass(frozen=True)
class _Known:
    """The last batch of the same bytes in the same extract."""

    batch_id: int
    status: str
    message: str | None


def land(
    home: Home,
    paths: list[Path] | None = None,
    extract: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress = lambda _: None,
) -> LandingSummary:
    """Land the files under `paths` (by default all of `landing/`) into the working warehouse.

    Batches that the journal knows and the warehouse has lost are landed anew first, with their own numbers and times.

    Raises `HomeBusy` when another landing or build runs, `UnsafeHome` and `ClockBehind` as `skillsdw.home` says, and
    `LandingError` when nothing can land at all: a key that is missing or differs, a path that does not exist, a
    warehouse that others hold open. A file that cannot be used is no exception but a refused batch.
    """
    with exclusive(home), _scratch(home) as scratch:
        settle_rotation(home)
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
            today = moment_after(newest).date()
            complete(home, con)
            queue, results = _queue(home, con, files, lost)
            known = _known_batches(con)
            landed_before = {pair for pair, batch in known.items() if batch.status == "landed"}

            def prepare(entry: _Entry) -> _Prepared:
                # A lost batch is judged as of its day: what was then to come is still refused.
                day = entry.lost.landed_at.date() if entry.lost else today
                return _prepare(entry, scratch, pool, day, key, landed_before)

            for prepared in _in_order(queue, prepare):
                if prepared.lost is not None:
                    result = _land_again(home, con, prepared, known)
                else:
                    newest = moment_after(newest)
                    result = _land_one(home, con, prepared, last_id + 1, newest, known)
                    last_id += result.status != "unchanged"
                results.append(result)
                progress(f"{result.message_zh} / {result.message_en}")
                if prepared.folder:
                    shutil.rmtree(prepared.folder, ignore_errors=True)
    return LandingSummary(results)


@dataclass(frozen=True)
class _Entry:
    """A file in the queue; `lost` is the batch of a lost warehouse that it was."""

    file: LandingFile
    lost: Batch | None = None


def _queue(
    home: Home, con: duckdb.DuckDBPyConnection, files: list[LandingFile], lost: list[Batch]
) -> tuple[list[_Entry], list[FileResult]]:
    """What is to land in which order: lost batches by their numbers, then the files. Refused batches are put back as
    they were, since their files are tried again anyway; what is nowhere is told."""
    for batch in lost:
        if batch.status == "refused":
            _commit(con, batch, [], [])
    landed = [batch for batch in lost if batch.status == "landed"]
    if not landed:
        return [_Entry(file) for file in files], []
    by_digest: dict[str, list[LandingFile]] = {}
    everything = [*find_files([_landing_folder(home)], home.landing, None), *files]
    for file in {file.path.resolve(): file for file in everything}.values():
        try:
            by_digest.setdefault(sha256_of(file.path), []).append(file)
        except OSError:
            continue  # reading it says so when its turn comes
    again, missing = [], []
    for batch in landed:
        # Of copies the one with the same name; the name tells a file's city.
        copies = sorted(by_digest.get(batch.sha256, []), key=lambda file: file.name != batch.file_name)
        if copies:
            again.append(_Entry(LandingFile(copies[0].path, batch.file_name, batch.extract), batch))
        else:
            missing.append(_missing(home, batch))
    done = {(entry.file.path.resolve(), entry.file.extract) for entry in again}
    rest = [_Entry(file) for file in files if (file.path.resolve(), file.extract) not in done]
    return [*again, *rest], missing


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
    return FileResult(batch.file_name, batch.extract, batch.batch_id, "missing", 0, 0, 0, zh, en)


def check(paths: list[Path], extract: str | None = None, progress: Progress = lambda _: None) -> list[FileResult]:
    """Judge files as `land` would and write nothing that stays: no warehouse, no key, no report."""
    results = []
    today = beijing_now().date()
    files = find_files(paths, None, extract)
    with (
        tempfile.TemporaryDirectory(prefix="skillsdw-check-") as folder,
        workers(sum(_size(file.path) for file in files), None) as pool,
    ):
        for file in files:
            # A key that nobody keeps: its pseudonyms mean nothing and are gone with the folder.
            prepared = _prepare(_Entry(file), Path(folder), pool, today, secrets.token_bytes(32), set())
            results.append(_result(prepared, None, "refused" if prepared.error else "checked"))
            progress(f"{results[-1].message_zh} / {results[-1].message_en}")
    return results


def _prepare(
    entry: _Entry,
    scratch: Path,
    pool: Executor,
    today: date,
    key: bytes,
    landed_before: set[tuple[str | None, str]],
) -> _Prepared:
    """Have one file read and judged."""
    file, lost, sha256 = entry.file, entry.lost, None
    try:
        if file.refusal:
            raise file.refusal
        before = _stamp(file.path)
        sha256 = digest_of(file.path)
        if file.extract is None:
            names = "、".join(extract_names())
            raise LandingError(
                f"无法判断文件属于哪个抽取表。请放入 landing/ 下的对应文件夹({names})或指明抽取表",
                "Which extract the file belongs to is not known. Put it in a folder of landing/ named "
                f"{', '.join(extract_names())}, or name the extract",
            )
        if (file.extract, sha256) in landed_before:
            return _Prepared(file, sha256, lost)
        folder = Path(tempfile.mkdtemp(dir=scratch))
        pieces = _judge_pieces(pool, file.path, file.extract, Order(today, key, folder))
        if _stamp(file.path) != before:
            raise LandingError(
                "读取过程中文件被改动。请等文件传完后再运行",
                "The file changed while it was read. Run again when it is complete",
            )
        return _Prepared(file, sha256, lost, pieces, folder=folder)
    except LandingStopped:
        raise
    except LandingError as error:
        return _Prepared(file, sha256, lost, error=error)
    except BrokenProcessPool:
        raise LandingStopped(
            f"读取 {file.name} 的进程被系统终止(可能内存不足)。请释放内存后再运行;此前的批次已入库",
            f"A process that read {file.name} was ended by the system, perhaps for want of memory: "
            "free some and run again; the batches before have landed",
        ) from None


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is written or replaced, its time of change too, which no copying program sets back;
    None for one that cannot be looked at, which reading it will say."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _judge_pieces(pool: Executor, path: Path, extract: str, order: Order) -> list[Piece]:
    """Every piece of a file, in order; rows whose key comes again in a later piece are superseded there."""
    opened = pool.submit(open_file, path, extract).result()
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
        pieces = pool.submit(judge_whole, opened, order).result()
        if superseded := _superseded_rows(extract, pieces, order.folder):
            pieces = pool.submit(judge_whole, opened, order, superseded).result()
        return pieces
    if superseded := _superseded_rows(extract, pieces, order.folder):
        concerned = [_holds(span, superseded) for span in opened.spans]
        again = judge_spans(pool, opened, compress(opened.spans, concerned), order, superseded)
        pieces = [next(again) if anew else piece for anew, piece in zip(concerned, pieces, strict=True)]
        if sum(len(piece.faults) for piece in pieces) > MOST_FAULTS:
            raise too_many_faults(None, "superseded_in_file")
    return pieces


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
    tables = [_read_accepted(path).select([*key, "row_number"]) for path in paths]
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


def _read_accepted(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def _in_order(files: list[_Entry], prepare: Callable[[_Entry], _Prepared]) -> Iterator[_Prepared]:
    """Prepare files on the workers, a few ahead of the one that is landing, and yield them in their order."""
    waiting = deque(files)
    ahead: deque[tuple[int, Future[_Prepared]]] = deque()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="landing") as pool:
        while waiting or ahead:
            while waiting and len(ahead) < _AHEAD_FILES:
                size = _size(waiting[0].file.path)
                if ahead and sum(size for size, _ in ahead) + size > _AHEAD_BYTES:
                    break
                ahead.append((size, pool.submit(prepare, waiting.popleft())))
            yield ahead[0][1].result()
            ahead.popleft()


def _land_one(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    prepared: _Prepared,
    batch_id: int,
    landed_at: datetime,
    known: dict[tuple[str | None, str | None], _Known],
) -> FileResult:
    """Land one prepared file as a batch, unless the same bytes landed, or were refused alike, before."""
    status = "refused" if prepared.error else "landed"
    result = _result(prepared, batch_id, status)
    same = known.get(_identity(prepared.file.extract, prepared.sha256, prepared.file.name))
    if same and (same.status == "landed" or (status == "refused" and same.message == _message(result))):
        return _unchanged(prepared, same)
    return _record(home, con, prepared, result, landed_at, known, _message(result))


def _land_again(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    prepared: _Prepared,
    known: dict[tuple[str | None, str | None], _Known],
) -> FileResult:
    """Land a batch of a lost warehouse anew; when its file is judged otherwise than then, the message says so."""
    lost = prepared.lost
    result = _result(prepared, lost.batch_id, "refused" if prepared.error else "landed")
    message = lost.message  # as it was worded then
    if (result.status, result.rows_landed, result.rows_rejected) != (
        lost.status,
        lost.rows_landed,
        lost.rows_rejected,
    ):
        result = replace(
            result,
            message_zh=f"{result.message_zh};与当时的结果不同(当时通过{lost.rows_landed}行,退回{lost.rows_rejected}行)",
            message_en=f"{result.message_en}; other than at the time ({lost.rows_landed} accepted, "
            f"{lost.rows_rejected} rejected)",
        )
        message = _message(result)
    return _record(home, con, prepared, result, lost.landed_at, known, message)


def _record(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    prepared: _Prepared,
    result: FileResult,
    landed_at: datetime,
    known: dict[tuple[str | None, str | None], _Known],
    message: str | None,
) -> FileResult:
    """Commit a batch, with its reports beside it and its line in the journal behind it."""
    batch = Batch(
        result.batch_id,
        prepared.file.extract,
        prepared.file.name,
        prepared.sha256 or "",
        landed_at,
        result.status,
        result.rows_read,
        result.rows_landed,
        result.rows_rejected,
        message,
    )
    faults = prepared.faults
    try:
        parts = write_parts(home, batch, prepared.header, faults, prepared.rejected)
        _commit(con, batch, prepared.accepted, faults)
        report = put_in_place(parts)
        if prepared.lost is None:
            append(home, [batch])
    except (OSError, duckdb.Error) as fault:
        said = cause(fault)
        if said is None:
            raise
        raise LandingStopped(
            f"{batch.file_name}:{said[0]};此前的批次已入库",
            f"{batch.file_name}: {said[1]}; the batches before have landed",
        ) from None
    pair = _identity(prepared.file.extract, prepared.sha256, prepared.file.name)
    known[pair] = _Known(batch.batch_id, batch.status, batch.message)
    return replace(result, report=report)


def _message(result: FileResult) -> str:
    return f"{result.message_zh} / {result.message_en}"


def _commit(con: duckdb.DuckDBPyConnection, batch: Batch, accepted: list[Path], faults: list[Fault]) -> None:
    """One transaction: the rows, their faults and the batch."""
    con.begin()
    try:
        columns = ", ".join(raw_columns(batch.extract)) if batch.extract else ""
        for path in accepted:
            con.register("accepted", _in_row_groups(_read_accepted(path)))
            con.execute(
                f"insert into raw.{batch.extract} select {columns}, ?::bigint, row_number from accepted",
                [batch.batch_id],
            )
            con.unregister("accepted")
        if faults:
            con.register("rejected", _fault_table(batch.batch_id, faults))
            con.execute("insert into raw.rejected_row by name select * from rejected")
            con.unregister("rejected")
        con.execute("insert into raw.batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", list(vars(batch).values()))
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _in_row_groups(table: pa.Table) -> pa.Table:
    """The same rows in batches that several threads can take."""
    return pa.Table.from_batches(table.to_batches(max_chunksize=_ROWS_AT_ONCE), table.schema)


def _fault_table(batch_id: int, faults: list[Fault]) -> pa.Table:
    return pa.table(
        {
            "batch_id": pa.array([batch_id] * len(faults), pa.int64()),
            "row_number": pa.array([fault.row_number for fault in faults], pa.int64()),
            "column_name": pa.array([fault.column for fault in faults], pa.string()),
            "reason_code": pa.array([fault.reason for fault in faults], pa.string()),
            "masked_value": pa.array([fault.shown for fault in faults], pa.string()),
        }
    )


def _result(prepared: _Prepared, batch_id: int | None, status: str) -> FileResult:
    file = prepared.file
    if prepared.error:
        zh = f"{file.name}:未入库。{prepared.error.message_zh}"
        en = f"{file.name}: refused. {prepared.error.message_en}"
        return FileResult(file.name, file.extract, batch_id, "refused", 0, 0, 0, zh, en)
    if prepared.header is None:
        return FileResult(file.name, file.extract, batch_id, status, 0, 0, 0, "", "")
    rows = sum(piece.rows for piece in prepared.pieces)
    rejected = sum(piece.rows_rejected for piece in prepared.pieces)
    landed = rows - rejected
    unknown = prepared.header.unknown
    named = unknown[:_COLUMNS_NAMED]
    more = len(unknown) - len(named)
    zh = f"{file.name}:读取{rows}行,通过{landed}行,退回{rejected}行"
    en = f"{file.name}: {rows} rows read, {landed} accepted, {rejected} rejected"
    if unknown:
        zh += f";未识别、未采用的列:{'、'.join(named)}" + (f"等{len(unknown)}列" if more else "")
        en += f"; columns not recognised and left out: {', '.join(named)}" + (f" and {more} more" if more else "")
    if rejected and batch_id is not None:
        zh += f";退回的行在 reports/landing/{batch_id}-….csv,更正后重新报送"
        en += f"; the rejected rows are in reports/landing/{batch_id}-….csv: correct and send them again"
    faults = summarise(prepared.faults)
    return FileResult(file.name, file.extract, batch_id, status, rows, landed, rejected, zh, en, None, unknown, faults)


def _unchanged(prepared: _Prepared, same: _Known) -> FileResult:
    file = prepared.file
    if same.status == "landed":
        zh = f"{file.name}:内容与批次{same.batch_id}相同,无需再入库"
        en = f"{file.name}: the same bytes landed before as batch {same.batch_id}; nothing to do"
    else:
        zh = f"{prepared.error.message_zh}(与批次{same.batch_id}相同,文件未改动)"
        en = f"{prepared.error.message_en} (as in batch {same.batch_id}; the file has not changed)"
        zh, en = f"{file.name}:仍未入库。{zh}", f"{file.name}: still refused. {en}"
    return FileResult(file.name, file.extract, same.batch_id, "unchanged", 0, 0, 0, zh, en)


def _known_batches(con: duckdb.DuckDBPyConnection) -> dict[tuple[str | None, str | None], _Known]:
    rows = con.execute(
        "select extract, sha256, file_name, batch_id, status, message from raw.batch order by batch_id"
    ).fetchall()
    known: dict[tuple[str | None, str | None], _Known] = {}
    for extract, sha256, name, batch_id, status, message in rows:
        pair = _identity(extract, sha256, name)
        same = known.get(pair)
        if same is None or same.status != "landed":
            known[pair] = _Known(batch_id, status, message)
    return known


def _identity(extract: str | None, sha256: str | None, name: str) -> tuple[str | None, str]:
    """What makes a file the same as one before: its bytes, or its name where they could not be read."""
    return extract, sha256 or name


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
