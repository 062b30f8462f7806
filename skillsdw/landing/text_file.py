"""CSV files: decode, and read every record in order (1-extracts, head).

Two readers. DuckDB's is fast, but it passes over blank lines and guesses at broken quotes, so a row number
could slip or a value vanish. Its answer is taken only when the file's quotes are tidy and it read exactly
one record a line; otherwise Python's strict reader, several times slower, reads the file again.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import CHUNK
from skillsdw.landing.header import HEADER_WITHIN, Cells, Header, find_header, recognised

DELIMITERS = (",", "\t", ";")
_EXTRA = 8  # columns read beyond the header's, to see that a row has too many values
_HEAD = 256 * 1024
_BATCH = 65_536
csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class TextFile:
    """A CSV file as UTF-8 on disk: `path` is the file itself or a private copy, `lines` counts its lines up
    to the last that is not blank, `is_plain` says that the fast reader can be trusted with it."""

    path: Path
    encoding: str
    delimiter: str
    header: Header
    lines: int
    is_plain: bool

    @property
    def records(self) -> int:
        """The records after the header, if each is one line."""
        return self.lines - self.header.record - 1


def open_text(path: Path, extract: str, scratch: Path) -> TextFile:
    """Decode a CSV file and find its header; a GB18030 file is copied as UTF-8 into `scratch` (a private
    folder that the caller removes). `LandingError` when it is no text or has no usable header."""
    encoding = _encoding(path)
    if encoding != "utf-8":
        path = _as_utf8(path, encoding, scratch)
    with path.open("rb") as handle:
        head = codecs.getincrementaldecoder("utf-8-sig")().decode(handle.read(_HEAD))
    heads = {delimiter: _records_of(head, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: max((recognised(r, extract) for r in heads[d][0]), default=0))
    records, head_is_plain = heads[delimiter]
    header = find_header(records, extract)
    lines, quotes_are_tidy = _survey(path, delimiter)
    return TextFile(path, encoding, delimiter, header, lines, head_is_plain and quotes_are_tidy)


def _encoding(path: Path) -> str:
    with path.open("rb") as handle:
        start = handle.read(4)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise LandingError(
                "文件为UTF-16(“Unicode文本”)编码。请另存为“CSV UTF-8”后重新报送",
                'The file is UTF-16 ("Unicode text"). Save it as "CSV UTF-8" and send it again',
            )
        if start in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
            raise LandingError(
                "文件内容是Excel工作簿,扩展名却不是.xlsx。请用Excel打开并另存为.xlsx或“CSV UTF-8”",
                "The file is an Excel workbook under another suffix. Save it as .xlsx or CSV UTF-8",
            )
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as handle:
                while chunk := handle.read(CHUNK):
                    if b"\0" in chunk:
                        raise LandingError(
                            "文件含有空字节,不是文本文件。请另存为“CSV UTF-8”后重新报送",
                            "The file holds NUL bytes: it is no text. Save it as CSV UTF-8 and send it again",
                        )
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise LandingError(
        "文件既不是UTF-8也不是GB18030编码,无法读取。请另存为“CSV UTF-8”后重新报送",
        "The file is neither UTF-8 nor GB18030. Save it as CSV UTF-8 and send it again",
    )


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    copy = scratch / f"{path.stat().st_ino}.csv"
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source, copy.open("wb") as target:
        while chunk := source.read(CHUNK):
            target.write(decoder.decode(chunk).encode())
        target.write(decoder.decode(b"", final=True).encode())
    return copy


def _records_of(head: str, delimiter: str) -> tuple[list[Cells], bool]:
    """The first records of a file, and whether each of them is one line."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        records = list(islice(reader, HEADER_WITHIN))
    except csv.Error:
        return [], False
    return records, reader.line_num == len(records)


def _survey(path: Path, delimiter: str) -> tuple[int, bool]:
    """Count the lines, and tell whether every quote mark opens or closes a whole value.

    Tidy: the marks are those after a delimiter or line start and those before a delimiter or line end,
    as many of the one as of the other. Escaped or stray marks make a file untidy, which costs only time.
    """
    mark = delimiter.encode()
    lines = quotes = opening = closing = 0
    last = b"\n"
    tail = b""
    with path.open("rb") as handle:
        if handle.read(3) != codecs.BOM_UTF8:
            handle.seek(0)
        while chunk := handle.read(CHUNK):
            lines += chunk.count(b"\n")
            if b'"' in chunk or last == b'"':
                joined = last + chunk  # so that a pair across two chunks is seen
                quotes += chunk.count(b'"')
                opening += joined.count(mark + b'"') + joined.count(b'\n"')
                closing += joined.count(b'"' + mark) + joined.count(b'"\n') + joined.count(b'"\r')
            last = chunk[-1:]
            tail = (tail + chunk)[-4096:]
    if last == b'"':
        closing += 1
    lines += last != b"\n"
    lines -= tail[len(tail.rstrip(b"\r\n")) :].count(b"\n") - (last == b"\n")
    return lines, opening == closing and opening + closing == quotes


def read_fast(text: TextFile, con: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    """The records after the header by DuckDB, as batches of `header.width` text columns and one more with the
    first value beyond them. To be trusted only when they are `text.records` in number; `duckdb.Error`
    otherwise tells nothing that may be shown, since it quotes the line."""
    width = text.header.width
    columns = {f"c{i}": "VARCHAR" for i in range(width + _EXTRA)}
    beyond = ", ".join(f"nullif(trim(c{i}), '')" for i in range(width, width + _EXTRA))
    relation = con.execute(
        f"select {', '.join(f'c{i}' for i in range(width))}, coalesce({beyond}) as c{width} "
        f"from read_csv(?, columns = {columns}, delim = ?, skip = ?, auto_detect = false, header = false, "
        "quote = '\"', escape = '\"', null_padding = true, strict_mode = false)",
        [str(text.path), text.delimiter, text.header.record + 1],
    )
    yield from relation.to_arrow_reader(_BATCH)


def read_strictly(text: TextFile) -> Iterator[pa.RecordBatch]:
    """The same by Python's strict reader, blank lines as empty records. `LandingError` when a quote is never
    closed or stands inside a value."""
    width = text.header.width
    with text.path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle, delimiter=text.delimiter, strict=True)
        started = 1
        records: list[list[str]] = []
        try:
            for number, record in enumerate(reader):
                started = reader.line_num + 1
                if number > text.header.record:
                    records.append(record)
                if len(records) == _BATCH:
                    yield batch_of(records, width)
                    records = []
        except csv.Error:
            raise LandingError(
                f"第{started}行起引号不成对或行过长,无法分列。请核对该行的英文双引号",
                f'From line {started} a quote mark (") is not closed or stands inside a value, '
                "or the line is too long: correct that line",
            ) from None
        if records:
            yield batch_of(records, width)


def batch_of(records: list[Cells], width: int) -> pa.RecordBatch:
    """Records of any length as one batch of `width` text columns and one more for what lies beyond."""
    for place, record in enumerate(records):
        if len(record) > width:
            records[place] = [*record[:width], "".join(cell or "" for cell in record[width:])]
    columns = [
        pa.array([record[i] if i < len(record) else None for record in records], pa.string()) for i in range(width + 1)
    ]
    return pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(width + 1)])
