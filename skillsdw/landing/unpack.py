"""A workbook or a Parquet file → its text on standard output, batch by batch: a program of its own.

Both are packed: a few bytes may stand for any amount, and their own accounts of sizes may lie. They are therefore read
by a process that can hold and use only so much (`skillsdw/landing/packed.py` starts it and reads what it says), and
that takes nothing else of the machine with it when it ends. Of the project only `skillsdw.workbooks` is imported here,
and the words of a reader that failed, which may quote the file, are not passed on: the exit status says what is wrong.

A workbook comes as JSON, since Arrow takes longer to load than a small workbook to read: an object that tells of the
workbook; for each sheet in order an object that tells of the sheet, then its batches, each a list of columns. A batch
of a Parquet file is an Arrow stream. Each of these stands behind its length in eight bytes; a length of 0 ends all.

Arguments: the file's kind (`file_kind`), its path, the most bytes of memory, the most seconds of processor time.
"""

import importlib
import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

if not __package__:  # run as a program, which is told of no folder
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from skillsdw.workbooks.cells import Cell, SheetData, column_texts, number_text
from skillsdw.workbooks.refused import (  # noqa: F401 - packed.py and tests name them by this module
    COLUMNS,
    ENCRYPTED,
    GONE,
    LONG_VALUE,
    NO_TABLE,
    NO_TEXT,
    NO_TYPE,
    OUT_OF_MEMORY,
    TOO_LARGE,
    TOO_MUCH_TEXT,
    TOO_WIDE,
    UNPACKED_BYTES,
    UNREADABLE,
    VALUE_BYTES,
    Refused,
)

TEXT_BYTES = 4 * 1024**3  # of a Parquet file when its values are written out: three times six million rows of ours
_BATCH_ROWS = 16_384
_CHUNK_CELLS = 65_536  # of a workbook, turned to text at once
_BATCH_BYTES = 16 * 1024**2
# The module that reads a kind of workbook.
_READERS = {
    "xlsx": "skillsdw.workbooks.xlsx",
    "xlsb": "skillsdw.workbooks.xlsb",
    "xls": "skillsdw.workbooks.xls",
    "ods": "skillsdw.workbooks.ods",
    "fods": "skillsdw.workbooks.ods",
    "spreadsheetml": "skillsdw.workbooks.spreadsheetml",
    "html": "skillsdw.workbooks.html",
}


def workbook_messages(kind: str, path: Path) -> Iterator[dict | list]:
    """What is said of a workbook: of itself, then of each sheet with its batches of columns."""
    epoch, sheets = importlib.import_module(_READERS[kind]).open_workbook(path)
    yield {"epoch": epoch}
    for sheet in sheets:
        yield from _sheet_messages(sheet)


def _sheet_messages(sheet: SheetData) -> Iterator[dict | list]:
    yield sheet.head
    waiting: list[list[Cell]] = []
    held = 0
    for row in sheet.filled_rows():
        waiting.append(row)
        held += len(row)
        if held >= _CHUNK_CELLS or len(waiting) == _BATCH_ROWS:
            yield from _as_batches(waiting)
            waiting, held = [], 0
    if waiting:
        yield from _as_batches(waiting)


def _as_batches(rows: list[list[Cell]]) -> Iterator[list[list[str | None]]]:
    """Rows as columns of text, as wide as the widest row, in as many batches as their length asks for."""
    width = max(map(len, rows))
    even = [row if len(row) == width else [*row, *[None] * (width - len(row))] for row in rows]
    columns = [column_texts(column) for column in zip(*even, strict=True)]
    lengths = [[len(text) for text in column if text] for column in columns]
    if max((max(column, default=0) for column in lengths), default=0) > VALUE_BYTES:
        raise Refused(LONG_VALUE)
    parts = 1 + sum(map(sum, lengths)) // _BATCH_BYTES
    step = max(1, len(rows) // parts)
    for start in range(0, len(rows), step):
        yield [column[start : start + step] for column in columns] if parts > 1 else columns


def parquet_batches(path: Path) -> Iterator[list]:
    """The columns' names as one record; then, when the places of the columns that are wanted have been read from
    standard input (`0 3 5`), the rows of those as text, batch by batch: each a list of columns."""
    import pyarrow as pa
    from pyarrow import parquet

    file = parquet.ParquetFile(pa.OSFile(str(path)))
    names = file.schema_arrow.names
    if len(names) > COLUMNS:
        raise Refused(TOO_WIDE)
    yield [pa.array([name], pa.string()) for name in names]
    held = 0
    wanted = [names[int(place)] for place in sys.stdin.readline().split()]
    for batch in file.iter_batches(_BATCH_ROWS, columns=wanted):
        if batch.schema.names != wanted:  # a nested column, or one that is there twice
            raise Refused(NO_TYPE)
        widest = [_widest(column) for column in batch.columns]
        if max(widest) > VALUE_BYTES:
            raise Refused(LONG_VALUE)
        rows = max(1, _BATCH_BYTES // (sum(widest) + 1))
        for start in range(0, batch.num_rows, rows):
            texts = [_as_text(column.slice(start, rows)) for column in batch.columns]
            held += sum(column.nbytes for column in texts)
            if held > TEXT_BYTES:
                raise Refused(TOO_MUCH_TEXT)
            yield texts


def _widest(column) -> int:
    """The length of a column's longest value in bytes; a number or a date counts as 32."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    kind = texts.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        return pc.max(pc.binary_length(texts)).as_py() or 0
    return 32


def _as_text(column):
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        if column.type != pa.float64():  # by its own digits: 1080.3, not 1080.300048828125
            column = column.cast(pa.string()).cast(pa.float64())
        return pa.array([None if value is None else number_text(value) for value in column.to_pylist()], pa.string())
    try:
        texts = column.cast(pa.string())
    except pa.ArrowNotImplementedError:
        raise Refused(NO_TYPE) from None
    except pa.ArrowInvalid:  # bytes that are no text
        raise Refused(NO_TEXT) from None
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raise Refused(NO_TEXT) from None
    return texts


def _as_json(message: dict | list) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _as_arrow(columns: list) -> memoryview:
    import pyarrow as pa

    batch = pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place in range(len(columns))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return memoryview(sink.getvalue())


def _write(contents: Iterable[bytes | memoryview]) -> None:
    out = sys.stdout.buffer
    for content in contents:
        out.write(len(content).to_bytes(8, "little"))
        out.write(content)
        out.flush()
    out.write(bytes(8))  # the end: what stops before it was cut off
    out.flush()


def main() -> int:
    kind, path, memory, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))
    # Before the limit: a library that cannot be loaded is no fault of the file.
    importlib.import_module(_READERS.get(kind, "pyarrow"))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        if kind in _READERS:
            _write(map(_as_json, workbook_messages(kind, path)))
        else:
            _write(map(_as_arrow, parquet_batches(path)))
    except Refused as refused:
        return refused.status
    except MemoryError:  # Arrow's own is one
        return OUT_OF_MEMORY
    except (BrokenPipeError, FileNotFoundError, PermissionError):
        return GONE
    except BaseException:  # calamine's panics are no Exception; whatever was raised may quote the file
        return UNREADABLE
    return 0


if __name__ == "__main__":
    # Not sys.exit: nothing is left to be flushed, and a library's farewell may fail at the limit.
    os._exit(main())
