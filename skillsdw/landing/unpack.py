"""A workbook or a Parquet file → columns of text on standard output, batch by batch: a program of its own.

Both are packed: a few bytes may stand for any amount, and their own accounts of sizes may lie. They are therefore read
by a process that can hold and use only so much (`skillsdw/landing/packed.py` starts it and reads what it says), and
that takes nothing else of the machine with it when it ends. Nothing of the project is imported here, and the words of
a reader that failed, which may quote the file, are not passed on: the exit status says what is wrong.

A batch of a workbook is a list of columns as JSON, since Arrow takes longer to load than a small workbook to read; one
of a Parquet file is an Arrow stream. Either stands behind its length in eight bytes; a length of 0 ends all.

Arguments: what the file is (.xlsx or .parquet), its path, the most bytes of memory, the most seconds of processor time.
"""

import importlib
import json
import math
import os
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

# What the exit status says.
UNREADABLE, TOO_LARGE, TOO_MUCH_TEXT, OUT_OF_MEMORY, TOO_WIDE, LONG_VALUE, NO_TEXT, NO_TYPE, GONE = range(3, 12)

UNPACKED_BYTES = 1024**3  # of all parts of a workbook; Excel's largest sheet of our widest extract has 753 MB
COLUMNS = 1_000
VALUE_BYTES = 128 * 1024  # the longest cell of Excel has 32,767 characters
TEXT_BYTES = 4 * 1024**3  # of a Parquet file when its values are written out: three times six million rows of ours
_BATCH_ROWS = 16_384
_BATCH_BYTES = 16 * 1024**2
_BLOCK = 1024**2


class Refused(Exception):
    """The file cannot be read; `status` is one of the exit statuses above."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def cell_text(value: object) -> str | None:
    """A typed cell as text: a date as ISO, 28.0 as '28'. A number of 16 digits or more keeps its exponent:
    Excel has already lost its last digits, and an ID stored so must be refused, not guessed."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if abs(value) >= 1e15:
            return f"{value:.6E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def check_size(path: Path, most: int = UNPACKED_BYTES) -> None:
    """`Refused` when the parts of a zip file hold more than `most` bytes in all: by its directory, and, since that may
    say anything, by unpacking them."""
    with zipfile.ZipFile(path) as package, path.open("rb") as handle:
        parts = package.infolist()
        if sum(part.file_size for part in parts) > most:
            raise Refused(TOO_LARGE)
        left = most
        for part in parts:
            left -= _unpacked_bytes(handle, part, left)
            if left < 0:
                raise Refused(TOO_LARGE)


def _unpacked_bytes(handle, part: zipfile.ZipInfo, most: int) -> int:
    """What a part unpacks to, counted no further than a block beyond `most`. Readers take the directory's word for
    where a part begins and how many packed bytes it has, and so does this; what these unpack to is counted."""
    if part.compress_type == zipfile.ZIP_STORED:
        return part.compress_size
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused(UNREADABLE)
    handle.seek(part.header_offset)
    local = handle.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise Refused(UNREADABLE)
    handle.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), os.SEEK_CUR)
    unpacker, counted, left = zlib.decompressobj(-15), 0, part.compress_size
    while not unpacker.eof and counted <= most:
        packed = unpacker.unconsumed_tail
        if not packed:
            packed = handle.read(min(left, _BLOCK))
            left -= len(packed)
        if not packed:
            break  # cut off: the reader will say so
        counted += len(unpacker.decompress(packed, _BLOCK))
    return counted


def workbook_records(path: Path) -> Iterator[list[str | None]]:
    """The rows of the first sheet from its first row on."""
    import python_calamine

    check_size(path)
    with python_calamine.CalamineWorkbook.from_path(path) as workbook:
        sheet = workbook.get_sheet_by_index(0)
        if sheet.total_width + 1 > COLUMNS:
            raise Refused(TOO_WIDE)
        # `iter_rows` leaves out the columns that are empty on the left, but not the rows above.
        right = sheet.start[1] if sheet.start else 0
        for row in sheet.iter_rows():
            yield [None] * right + [cell_text(cell) for cell in row]


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
        return pa.array([cell_text(value) for value in column.to_pylist()], pa.string())
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


def _rows_as_batches(rows: Iterable[list[str | None]]) -> Iterator[list[list[str | None]]]:
    """Rows as lists of columns, no longer than a batch may be; the width is that of the widest row of each."""
    waiting, held = [], 0

    def columns() -> list[list[str | None]]:
        width = max(map(len, waiting), default=0)
        even = [row + [None] * (width - len(row)) for row in waiting]
        return [[row[place] for row in even] for place in range(width)]

    for row in rows:
        longest = max((len(cell) for cell in row if cell), default=0)
        if longest > VALUE_BYTES:
            raise Refused(LONG_VALUE)
        waiting.append(row)
        held += sum(len(cell) + 8 if cell else 8 for cell in row)
        if held > _BATCH_BYTES or len(waiting) == _BATCH_ROWS:
            yield columns()
            waiting, held = [], 0
    if waiting:
        yield columns()


def _as_json(columns: list[list[str | None]]) -> bytes:
    return json.dumps(columns, ensure_ascii=False).encode()


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
    importlib.import_module("python_calamine" if kind == ".xlsx" else "pyarrow")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        if kind == ".xlsx":
            _write(map(_as_json, _rows_as_batches(workbook_records(path))))
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
