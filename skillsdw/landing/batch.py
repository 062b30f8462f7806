"""Land files as batches, in order, each whole or not at all (1-extracts § What is refused, and how).

Files are read and judged by two workers that look a little ahead; batches commit one by one, in the order of
the files' paths, on a connection that only ever sees pseudonymised rows.
"""

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from skillsdw.codes import extract_names
from skillsdw.home import Home, beijing_now, exclusive
from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import LandingFile, find_files, sha256_of
from skillsdw.landing.identity import warehouse_key
from skillsdw.landing.judge import Fault, Judged, accepted_rows, judge
from skillsdw.landing.raw import ensure_raw, raw_columns
from skillsdw.landing.reports import Batch, put_in_place, settle, summarise, write_parts
from skillsdw.landing.source import read_source

Progress = Callable[[str], None]
_WORKERS = 2
_AHEAD_FILES = 4
_AHEAD_BYTES = 256 * 1024 * 1024  # read at a time; a larger file is read alone

# Leaves room for the Arrow tables of the files in hand, which this limit does not bound.
DEFAULT_MEMORY_LIMIT = "4GB"


@dataclass(frozen=True)
class FileResult:
    """What became of one file. `status`: landed · refused · unchanged, from `check` also checked.
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
        """Whether this run refused a file anew or rejected a row."""
        return self.count("refused") > 0 or self.rows_rejected > 0


@dataclass(frozen=True)
class _Prepared:
    """A file read and judged, not yet landed. Without `judged` it was refused or landed before."""

    file: LandingFile
    sha256: str | None
    judged: Judged | None = None
    faults: list[Fault] = field(default_factory=list)
    accepted: pa.Table | None = None
    error: LandingError | None = None


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

    Raises `HomeBusy` when another landing or build runs, and `LandingError` when nothing can land at all: a
    key that is missing or differs, a path that does not exist, a warehouse that others hold open. A file that
    cannot be used is no exception but a refused batch.
    """
    with exclusive(home), _scratch(home) as scratch:
        files = find_files(paths or [_landing_folder(home)], home.landing, extract)
        config = _config(scratch, memory_limit, threads)
        with _open_warehouse(home, config) as con, duckdb.connect(config=config) as reader:
            ensure_raw(con)
            key = warehouse_key(home, con)
            settle(home, con)
            known = _known_batches(con)
            next_id = con.execute("select coalesce(max(batch_id), 0) + 1 from raw.batch").fetchone()[0]
            today = beijing_now().date()
            landed_before = {pair for pair, batch in known.items() if batch.status == "landed"}
            results = []

            def prepare(file: LandingFile) -> _Prepared:
                return _prepare(file, scratch, reader.cursor(), today, key, landed_before)

            for prepared in _in_order(files, prepare):
                result = _land_one(home, con, prepared, next_id, known)
                next_id += result.status != "unchanged"
                results.append(result)
                progress(f"{result.message_zh} / {result.message_en}")
    return LandingSummary(results)


def check(paths: list[Path], extract: str | None = None, progress: Progress = lambda _: None) -> list[FileResult]:
    """Judge files as `land` would and write nothing: no warehouse, no key, no report."""
    results = []
    today = beijing_now().date()
    with tempfile.TemporaryDirectory(prefix="skillsdw-check-") as folder:
        scratch = Path(folder)
        with duckdb.connect(config=_config(scratch, None, None)) as reader:
            for file in find_files(paths, None, extract):
                prepared = _prepare(file, scratch, reader.cursor(), today, None, set())
                results.append(_result(prepared, None, "refused" if prepared.error else "checked"))
                progress(f"{results[-1].message_zh} / {results[-1].message_en}")
    return results


def _prepare(
    file: LandingFile,
    scratch: Path,
    reader: duckdb.DuckDBPyConnection,
    today: date,
    key: bytes | None,
    landed_before: set[tuple[str | None, str]],
) -> _Prepared:
    """Read and judge one file; without a key (a check) nothing is made ready to land."""
    sha256 = None
    try:
        before = file.path.stat()
        sha256 = sha256_of(file.path)
        if file.extract is None:
            names = "、".join(extract_names())
            raise LandingError(
                f"无法判断文件属于哪个抽取表。请放入 landing/ 下的对应文件夹({names})或指明抽取表",
                "Which extract the file belongs to is not known. Put it in a folder of landing/ named "
                f"{', '.join(extract_names())}, or name the extract",
            )
        if (file.extract, sha256) in landed_before:
            return _Prepared(file, sha256)
        with tempfile.TemporaryDirectory(dir=scratch) as own:
            judged = judge(read_source(file.path, file.extract, Path(own), reader), today)
        after = file.path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise LandingError(
                "读取过程中文件被改动。请等文件传完后再运行",
                "The file changed while it was read. Run again when it is complete",
            )
        return _Prepared(file, sha256, judged, judged.faults(), accepted_rows(judged, key) if key is not None else None)
    except LandingError as error:
        return _Prepared(file, sha256, error=error)
    except OSError as error:
        reason = LandingError(
            f"文件无法打开({error.strerror})。请核对文件权限",
            f"The file cannot be opened ({error.strerror}). Check its permissions",
        )
        return _Prepared(file, sha256, error=reason)
    except Exception as error:  # its words may quote a value: only its kind and place are told
        trace = error.__traceback__
        while trace.tb_next and "skillsdw" in trace.tb_next.tb_frame.f_code.co_filename:
            trace = trace.tb_next
        place = f"{type(error).__name__}, {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        reason = LandingError(
            f"读取文件时程序出错({place})。请把此信息告知维护人员",
            f"The program failed on this file ({place}). Tell its maintainers",
        )
        return _Prepared(file, sha256, error=reason)


def _in_order(files: list[LandingFile], prepare: Callable[[LandingFile], _Prepared]) -> Iterator[_Prepared]:
    """Prepare files on the workers, a few ahead of the one that is landing, and yield them in their order."""
    waiting = deque(files)
    ahead: deque[tuple[int, Future[_Prepared]]] = deque()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="landing") as pool:
        while waiting or ahead:
            while waiting and len(ahead) < _AHEAD_FILES:
                size = _size(waiting[0].path)
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
    known: dict[tuple[str | None, str | None], _Known],
) -> FileResult:
    """Land one prepared file as a batch, unless the same bytes landed, or were refused alike, before."""
    pair = (prepared.file.extract, prepared.sha256)
    status = "refused" if prepared.error else "landed"
    result = _result(prepared, batch_id, status)
    message = f"{result.message_zh} / {result.message_en}"
    same = known.get(pair)
    if same and (same.status == "landed" or (status == "refused" and same.message == message)):
        return _unchanged(prepared, same)
    batch = Batch(
        batch_id,
        prepared.file.extract,
        prepared.file.name,
        prepared.sha256 or "",
        beijing_now(),
        status,
        result.rows_read,
        result.rows_landed,
        result.rows_rejected,
        message,
    )
    parts = write_parts(home, batch, prepared.judged, prepared.faults)
    _commit(con, batch, prepared.accepted, prepared.faults)
    report = put_in_place(parts)
    known[pair] = _Known(batch_id, status, message)
    return FileResult(**{**vars(result), "report": report})


def _commit(con: duckdb.DuckDBPyConnection, batch: Batch, accepted: pa.Table | None, faults: list[Fault]) -> None:
    """One transaction: the rows, their faults and the batch."""
    con.begin()
    try:
        if accepted is not None and len(accepted):
            columns = ", ".join(raw_columns(batch.extract))
            con.register("accepted", accepted)
            con.execute(
                f"insert into raw.{batch.extract} select {columns}, ?::bigint, row_number from accepted",
                [batch.batch_id],
            )
            con.unregister("accepted")
        if faults:
            con.register("rejected", _fault_table(batch.batch_id, faults))
            con.execute("insert into raw.rejected_row select * from rejected")
            con.unregister("rejected")
        con.execute("insert into raw.batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", list(vars(batch).values()))
    except BaseException:
        con.rollback()
        raise
    con.commit()


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
    if prepared.judged is None:
        return FileResult(file.name, file.extract, batch_id, status, 0, 0, 0, "", "")
    judged = prepared.judged
    rows, landed, rejected = judged.source.rows, judged.rows_landed, judged.rows_rejected
    unknown = judged.source.header.unknown
    zh = f"{file.name}:读取{rows}行,通过{landed}行,退回{rejected}行"
    en = f"{file.name}: {rows} rows read, {landed} accepted, {rejected} rejected"
    if unknown:
        zh += f";未识别、未采用的列:{'、'.join(unknown)}"
        en += f"; columns not recognised and left out: {', '.join(unknown)}"
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
    rows = con.execute("select extract, sha256, batch_id, status, message from raw.batch order by batch_id").fetchall()
    known: dict[tuple[str | None, str | None], _Known] = {}
    for extract, sha256, batch_id, status, message in rows:
        same = known.get((extract, sha256))
        if same is None or same.status != "landed":
            known[extract, sha256] = _Known(batch_id, status, message)
    return known


def _landing_folder(home: Home) -> Path:
    home.landing.mkdir(parents=True, exist_ok=True)
    return home.landing


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    """A private folder for decoded copies and spills; what a killed landing left is removed first."""
    home.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in home.tmp.glob("landing-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="landing-", dir=home.tmp) as folder:
        yield Path(folder)


@contextmanager
def _open_warehouse(home: Home, config: dict[str, object]) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        con = duckdb.connect(str(home.warehouse), config=config)
    except duckdb.IOException:
        raise LandingError(
            f"无法写入 {home.warehouse}:文件正被其他程序打开或没有写入权限。请关闭后再运行",
            f"{home.warehouse} cannot be written: another program holds it open, or permission is lacking. "
            "Close that program and run again",
        ) from None
    with con:
        yield con


def _config(scratch: Path, memory_limit: str | None, threads: int | None) -> dict[str, object]:
    # Spilled blocks may hold what was read: encrypted, with a key that dies with the process.
    config: dict[str, object] = {
        "temp_directory": str(scratch / "spill"),
        "temp_file_encryption": True,
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
