"""CSV files: find encoding, delimiter, header and pieces, and read a piece's records (1-extracts, head).

Two readers. Arrow's is fast, but it guesses at broken quotes, so a row number could slip or a value vanish. Its answer
is taken only when the file's quotes are tidy and it read exactly one record a line; otherwise Python's strict reader,
several times slower, reads the whole file.

What is held of a file has a bound whatever is in it: `LINE_BYTES` of a line or a value, `PIECE_BYTES` and `PIECE_LINES`
of a piece, `MOST_ROWS` of a file.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from skillsdw.landing.errors import LandingError
from skillsdw.landing.header import HEADER_WITHIN, Cells, Header, find_header, recognized
from skillsdw.landing.values import BROKEN

DELIMITERS = (",", "\t", ";")
PIECE_BYTES = 32 * 1024 * 1024  # read and judged at a time: bounds what a worker holds
PIECE_LINES = 262_144  # a row costs memory however short it is
LINE_BYTES = 1024 * 1024  # of a line, and of a value in quotes
MOST_ROWS = 20_000_000  # of a file: the province has a tenth of it in three years
_HEAD = 256 * 1024
_BATCH = 65_536
_BATCH_CHARACTERS = 8 * 1024 * 1024
_RECORD_CHARACTERS = 4 * LINE_BYTES  # of a record with line breaks in its values
csv.field_size_limit(LINE_BYTES)
# Lines with half a character (a value that a database cut) are faults of their rows while they are few.
_FEW_BROKEN = 3
_BROKEN_SHARE = 0.01
_BROKEN_IN_A_LINE = 8
_LINES_TELL = 1000  # lines of another encoding after which no more are looked at

# A whole value in Chinese in UTF-8; one of four characters or more is nothing that GB18030 text looks like by chance.
_VALUE = rb'(?:\A|(?<=[,;\t\n"]))(?:[\xe4-\xe9][\x80-\xbf]{2})%s(?=[,;\t\r\n"]|\Z)'
_CHINESE_VALUE, _UTF8_VALUE = re.compile(_VALUE % b"+"), re.compile(_VALUE % b"{4,}")


@dataclass(frozen=True)
class Span:
    """Whole lines of a file: `lines` of them from byte `start`, `size` bytes, the first one record `number`."""

    start: int
    size: int
    number: int
    lines: int


@dataclass(frozen=True)
class TextFile:
    """A CSV file as surveyed. `columns` is the number of cells that its header row has, empty ones included; `spans`
    cover every line after the header; `is_plain` says that each record seems to be one line with tidy quotes, `is_utf8`
    that every byte of it is UTF-8 as it stands."""

    path: Path
    encoding: str
    delimiter: str
    header: Header
    columns: int
    spans: tuple[Span, ...]
    is_plain: bool
    is_utf8: bool


@dataclass(frozen=True)
class _Head:
    """The first records of a file under one encoding."""

    encoding: str
    delimiter: str
    records: list[Cells]
    is_plain: bool  # each of the records is one line
    is_cut: bool  # fewer records than are looked at for a header fit into what was read


@dataclass(frozen=True)
class _Survey:
    """What one pass over a file's bytes tells."""

    encoding: str
    spans: list[Span]
    is_tidy: bool  # every quote mark opens or closes a whole value
    is_utf8: bool  # every byte, as it stands


def open_text(path: Path, extract: str, folder: Path) -> TextFile:
    """Survey a CSV file. `LandingError` when it is no text or has no usable header. A file in UTF-16 is read from a
    copy in UTF-8 in the private `folder`."""
    path = _as_bytes(path, folder)
    with path.open("rb") as handle:
        start = handle.read(_HEAD)
        head = _head(start, extract)
        survey = _survey(handle, head)
    was_right = survey.encoding == head.encoding
    if not was_right:
        head = _head(start, extract, survey.encoding)
    try:
        header = find_header(head.records, extract, head.delimiter)
    except LandingError:
        if head.is_cut:
            raise LandingError(
                f"前{HEADER_WITHIN}行超过{_HEAD // 1024}KB,无法从中找到表头。请删除表格以外的列和文字后重新报送",
                f"The first {HEADER_WITHIN} rows are longer than {_HEAD // 1024} KB: no header can be found in them. "
                "Delete the columns and texts beyond the table and send the file again",
            ) from None
        raise
    return TextFile(
        path,
        survey.encoding,
        head.delimiter,
        header,
        max(len(record) for record in head.records[: header.record + 1][-2:]),
        _after_header(path, header.record + 1, survey.spans),
        head.is_plain and was_right and survey.is_tidy,
        survey.is_utf8,
    )


def head_records(path: Path, folder: Path) -> list[Cells]:
    """The first records of a CSV file, whatever extract it is of."""
    with _as_bytes(path, folder).open("rb") as handle:
        start = handle.read(_HEAD)
    # The delimiter that parts the most cells: no extract's words tell it yet.
    for name in ("utf-8", "gb18030"):
        text = _decoded(start, name, is_whole=len(start) < _HEAD)
        if text is not None:
            tables = [_records_of(text, delimiter)[0] for delimiter in DELIMITERS]
            return max(tables, key=lambda records: max(map(len, records), default=0))
    return []


def _as_bytes(path: Path, folder: Path) -> Path:
    """The file itself, or what it says in UTF-8 when it is UTF-16 ("Unicode text" of Excel)."""
    with path.open("rb") as handle:
        start = handle.read(4096)
        encoding = _utf_16(start)
        if encoding is None:
            return path
        copy = folder / "utf-8.csv"
        if copy.exists():
            return copy
        handle.seek(2 if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else 0)
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        half = copy.with_suffix(".half")
        with half.open("xb") as out:
            half.chmod(0o600)
            try:
                while block := handle.read(PIECE_BYTES):
                    out.write(decoder.decode(block).encode())
                out.write(decoder.decode(b"", final=True).encode())
            except UnicodeError:
                raise LandingError(
                    "文件为UTF-16(“Unicode文本”)编码,但已损坏或不完整。请另存为“CSV UTF-8”后重新报送",
                    'The file is UTF-16 ("Unicode text") and damaged or cut off. Save it as "CSV UTF-8" and send that',
                ) from None
        return half.rename(copy)


def _utf_16(start: bytes) -> str | None:
    """UTF-16 by its mark, or by the zero byte that every ASCII character of it has."""
    if start[:2] == codecs.BOM_UTF16_LE:
        return "utf-16-le"
    if start[:2] == codecs.BOM_UTF16_BE:
        return "utf-16-be"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < len(start) / 10 or min(even, odd) > max(even, odd) / 20:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _no_text() -> LandingError:
    return LandingError(
        "文件含有空字节,不是文本文件。请另存为“CSV UTF-8”后重新报送",
        "The file holds NUL bytes: it is no text. Save it as CSV UTF-8 and send it again",
    )


def _undecodable() -> LandingError:
    return LandingError(
        "文件既不是UTF-8也不是GB18030编码,无法读取。请另存为“CSV UTF-8”后重新报送",
        "The file is neither UTF-8 nor GB18030. Save it as CSV UTF-8 and send it again",
    )


def _two_encodings(line: int) -> LandingError:
    return LandingError(
        f"文件有一部分是UTF-8,但第{line}行不是(几个文件拼接而成,或传输时损坏)。"
        "请把全部内容统一另存为“CSV UTF-8”后重新报送",
        f"A part of the file is UTF-8, line {line} is not: pasted together from several files, or damaged on its way. "
        "Save all of it as CSV UTF-8 and send it again",
    )


def _head(start: bytes, extract: str, encoding: str | None = None) -> _Head:
    """The first records, by the encoding given or else the first that decodes them."""
    for name in (encoding,) if encoding else ("utf-8", "gb18030"):
        text = _decoded(start, name, is_whole=len(start) < _HEAD)
        if text is None:
            continue
        heads = {delimiter: _records_of(text, delimiter) for delimiter in DELIMITERS}
        delimiter = max(DELIMITERS, key=lambda d: max((recognized(r, extract) for r in heads[d][0]), default=0))
        records, is_plain = heads[delimiter]
        return _Head(name, delimiter, records, is_plain, len(start) == _HEAD and len(records) < HEADER_WITHIN)
    if start.startswith(codecs.BOM_UTF8) or _UTF8_VALUE.search(start):
        raise _two_encodings(_first_odd_line(start))
    raise _undecodable()


def _decoded(start: bytes, encoding: str, is_whole: bool) -> str | None:
    """The text, with BROKEN for a half character here and there; None when it is in another encoding."""
    if not is_whole:
        start = start[: start.rfind(b"\n") + 1] or start
    text = start.decode(encoding, errors="replace").lstrip("\ufeff")
    return text if _is_decoded(text, encoding) else None


def _is_decoded(text: str, encoding: str) -> bool:
    """Whether a text decoded with replacements was in that encoding: few lines have a broken character, and in UTF-8
    those have whole ones, too (a line in another encoding has hardly any)."""
    if BROKEN not in text:
        return True
    broken = [line for line in text.split("\n") if BROKEN in line]
    if len(broken) > max(_FEW_BROKEN, _BROKEN_SHARE * text.count("\n")):
        return False
    if text.count(BROKEN) > _BROKEN_IN_A_LINE * len(broken):
        return False
    if encoding != "utf-8":
        return True
    return all(sum("\u2e80" <= character < BROKEN for character in line) >= line.count(BROKEN) for line in broken)


def _is_damaged_utf8(handle: io.BufferedReader) -> bool:
    """Whether bytes that are not all UTF-8 were, before a few characters were cut: by the file as a whole, since a word
    of GB18030 (社保) may look like a half character and a whole one. Stays where the handle stood."""
    place = handle.tell()
    handle.seek(0)
    lines = whole = broken = replaced = others = 0
    while (line := handle.readline(LINE_BYTES)) and not (broken > _LINES_TELL and broken > whole):
        lines += 1
        if line.isascii():
            continue
        text = line.decode(errors="replace")
        if BROKEN not in text:
            whole += 1
            continue
        broken += 1
        replaced += text.count(BROKEN)
        others += sum("\u2e80" <= character < BROKEN for character in text)
    handle.seek(place)
    if broken > max(_FEW_BROKEN, _BROKEN_SHARE * lines) or replaced > _BROKEN_IN_A_LINE * broken:
        return False
    return broken <= whole or others >= 4 * replaced


def _records_of(head: str, delimiter: str) -> tuple[list[Cells], bool]:
    """The first records of a file, and whether each of them is one line."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        records = list(islice(reader, HEADER_WITHIN))
    except csv.Error:
        return [], False
    return records, reader.line_num == len(records)


def _survey(handle: io.BufferedReader, head: _Head) -> _Survey:
    """One pass over the bytes.

    Line ends, delimiters and quote marks are single bytes in GB18030 too: none of them is ever part of a character.
    Tidy: every mark belongs to a pair that holds one whole value within a line, and every line ends with a line feed.
    Other files are only slower.
    """
    mark = re.escape(head.delimiter.encode())
    quoted = re.compile(rb'(?:(?<=[%s\n])|\A)"[^"\r\n]*"(?=[%s\r\n]|\Z)' % (mark, mark))
    is_utf8, is_tidy, is_damaged = True, True, False
    holds_utf8, odd_line = False, 1
    spans: list[Span] = []
    number = returns = 0
    handle.seek(0)
    place, is_marked = 0, False
    while handle.read(3) == codecs.BOM_UTF8:  # some programs write it twice
        place, is_marked = place + 3, True
    handle.seek(place)
    while piece := _whole_lines(handle, number):
        if b"\0" in piece:
            raise _no_text()
        if is_utf8 and not is_damaged and not _is_utf8(piece):
            is_damaged = _is_damaged_utf8(handle)
            is_utf8, odd_line = is_damaged, number + _first_odd_line(piece)
        # In a piece that is UTF-8 throughout, the first Chinese value is enough, and soon found.
        pattern = _CHINESE_VALUE if is_utf8 else _UTF8_VALUE
        holds_utf8 = holds_utf8 or (not piece.isascii() and bool(pattern.search(piece)))
        # Readers take a lone carriage return for a line end, too: then lines are no longer what is counted here.
        is_tidy = is_tidy and piece.count(b"\r") == piece.count(b"\r\n")
        if is_tidy and b'"' in piece:
            is_tidy = 2 * sum(1 for _ in quoted.finditer(piece)) == piece.count(b'"')
        lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
        spans += _spans_of(piece, place, number, lines)
        place += len(piece)
        number += lines
        returns += piece.count(b"\r")
        if max(number, returns) > MOST_ROWS:
            raise too_many_rows()
    if not is_utf8 and (is_marked or holds_utf8):
        raise _two_encodings(odd_line)
    return _Survey("utf-8" if is_utf8 else "gb18030", spans, is_tidy, is_utf8 and not is_damaged)


def _whole_lines(handle: io.BufferedReader, number: int) -> bytes:
    """The next bytes up to a line's end, about `PIECE_BYTES` of them; `number` lines were before. `LandingError` when a
    line is longer than `LINE_BYTES`."""
    piece = handle.read(PIECE_BYTES)
    rest = handle.readline(LINE_BYTES)
    if len(rest) == LINE_BYTES and not rest.endswith(b"\n"):
        # A file whose lines end with a carriage return alone is cut behind one of these.
        rest, beyond = rest[: rest.rfind(b"\r") + 1], rest[rest.rfind(b"\r") + 1 :]
        handle.seek(-len(beyond), io.SEEK_CUR)
        if not rest:
            raise _long_line(number + piece.count(b"\n") + 1)
    piece += rest
    place = 0
    while len(piece) - place > LINE_BYTES:
        before = place + LINE_BYTES + 1
        end = max(piece.rfind(b"\n", place, before), piece.rfind(b"\r", place, before))
        if end < 0:
            raise _long_line(number + piece.count(b"\n", 0, place) + 1)
        place = end + 1
    return piece


def _long_line(line: int) -> LandingError:
    return LandingError(
        f"第{line}行超过{LINE_BYTES // 1024**2}MB,不是台账数据。请核对该行(换行符是否丢失)后重新报送",
        f"Line {line} is longer than {LINE_BYTES // 1024**2} MB, which no row of an extract is. "
        "Correct it (have its line ends been lost?) and send the file again",
    )


def too_many_rows() -> LandingError:
    """The error of a file of more rows than one may have."""
    return LandingError(
        f"文件超过{MOST_ROWS:,}行。请分成几个文件后重新报送",
        f"The file has more than {MOST_ROWS:,} rows. Send it as several files",
    )


def _spans_of(piece: bytes, place: int, number: int, lines: int) -> list[Span]:
    """A piece that begins at byte `place` with record `number`, cut where it has more than `PIECE_LINES` lines."""
    if lines <= PIECE_LINES:
        return [Span(place, len(piece), number, lines)]
    ends = np.flatnonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n"))[PIECE_LINES - 1 :: PIECE_LINES] + 1
    starts = [0, *ends.tolist()]
    if starts[-1] == len(piece):
        starts.pop()
    return [
        Span(place + start, end - start, number + order * PIECE_LINES, min(PIECE_LINES, lines - order * PIECE_LINES))
        for order, (start, end) in enumerate(zip(starts, [*starts[1:], len(piece)], strict=True))
    ]


def _first_odd_line(piece: bytes) -> int:
    """The first line, from 1, that is not UTF-8."""
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        return piece.count(b"\n", 0, error.start) + 1
    return 1


def _is_utf8(piece: bytes) -> bool:
    offsets = pa.array([0, len(piece)], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(piece)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _after_header(path: Path, skip: int, spans: list[Span]) -> tuple[Span, ...]:
    """The pieces without the first `skip` lines."""
    kept = []
    with path.open("rb") as handle:
        for span in spans:
            leave = min(max(skip - span.number, 0), span.lines)
            handle.seek(span.start)
            for _ in range(leave):
                handle.readline()
            start = handle.tell()
            if leave < span.lines:
                kept.append(Span(start, span.start + span.size - start, span.number + leave, span.lines - leave))
    return tuple(kept)


def read_span(text: TextFile, span: Span, encoded: frozenset[int]) -> pa.Table | None:
    """The records of a piece by Arrow, one a line: `text.columns` text columns c0, c1 … and one more with what lies
    beyond them; the columns at the places `encoded` come as dictionaries. None when it read anything but one record a
    line."""
    with text.path.open("rb") as handle:
        handle.seek(span.start)
        piece = handle.read(span.size)
    if not text.is_utf8:
        decoded = piece.decode(text.encoding, errors="replace")
        if text.encoding != "utf-8" and not _is_decoded(decoded, text.encoding):
            raise _undecodable()
        piece = decoded.encode()
    table, odd = _parse(piece, text, encoded)
    beyond: dict[int, str] = {}
    if odd:
        if b'"' in piece:
            return None
        piece, beyond = _even_out(piece, odd, text)
        table, odd = _parse(piece, text, encoded)
    if odd or len(table) != span.lines:
        return None
    extra = pa.nulls(len(table), pa.string())
    if beyond:
        cells: list[str | None] = [None] * len(table)
        for row, cell in beyond.items():
            cells[row] = cell
        extra = pa.array(cells, pa.string())
    return table.append_column(f"c{text.columns}", extra)


def _parse(piece: bytes, text: TextFile, encoded: frozenset[int]) -> tuple[pa.Table, list[int]]:
    """The records, and the numbers (from 0) of those left out for having more or fewer cells than the header."""
    odd: list[int] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        odd.append(row.number - 1)
        return "skip"

    names = [f"c{place}" for place in range(text.columns)]
    dictionary = pa.dictionary(pa.int32(), pa.string())
    types = {name: dictionary if place in encoded else pa.string() for place, name in enumerate(names)}
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(piece),
            # One block: a record cut by a block's end is no error of the file.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=max(len(piece) + 1, 1024)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=text.delimiter, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=[], strings_can_be_null=False, quoted_strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:  # its words quote the line
        return pa.table({name: pa.array([], pa.string()) for name in names}), [-1]
    return table, odd


def _even_out(piece: bytes, odd: list[int], text: TextFile) -> tuple[bytes, dict[int, str]]:
    """Give the records `odd` as many cells as the header has; return what stood beyond, by record. There is no quote
    mark in the piece: a delimiter is always one."""
    lines = piece.split(b"\n")
    beyond: dict[int, str] = {}
    for row in odd:
        if not 0 <= row < len(lines):
            continue
        record = lines[row].decode().rstrip("\r").split(text.delimiter)
        surplus = "".join(record[text.columns :]).strip()
        if surplus:
            beyond[row] = surplus
        lines[row] = text.delimiter.join([*record, *[""] * text.columns][: text.columns]).encode()
    return b"\n".join(lines), beyond


def read_strictly(text: TextFile) -> Iterator[pa.RecordBatch]:
    """All records after the header by Python's strict reader, blank lines as empty records. `LandingError` when a
    quote is never closed or stands inside a value, or the file does not decode."""
    with text.path.open(encoding=text.encoding, newline="", errors="replace") as handle:
        read = 0  # characters of the lines so far
        begun = 0  # those before the record

        def lines() -> Iterator[str]:
            nonlocal read
            is_first = True
            while line := handle.readline(LINE_BYTES + 1):
                read += len(line)
                if is_first:
                    line, is_first = line.lstrip("\ufeff"), False
                if read - begun > _RECORD_CHARACTERS:
                    raise csv.Error
                yield line

        reader = csv.reader(lines(), delimiter=text.delimiter, strict=True)
        started, flushed = 1, 0
        records: list[list[str]] = []
        try:
            for number, record in enumerate(reader):
                started, begun = reader.line_num + 1, read
                if number > text.header.record:
                    records.append(record)
                if len(records) == _BATCH or read - flushed > _BATCH_CHARACTERS:
                    yield batch_of(records, text.columns)
                    records, flushed = [], read
        except csv.Error:
            raise LandingError(
                f"第{started}行起引号不成对或行过长,无法分列。请核对该行的英文双引号",
                f'From line {started} a quote mark (") is not closed or stands inside a value, '
                "or the line is too long: correct that line",
            ) from None
        if records:
            yield batch_of(records, text.columns)


def batch_of(records: list[Cells], width: int) -> pa.RecordBatch:
    """Records of any length as one batch of `width` text columns and one more for what lies beyond."""
    for place, record in enumerate(records):
        if len(record) > width:
            records[place] = [*record[:width], "".join(cell or "" for cell in record[width:])]
    columns = [
        pa.array([record[i] if i < len(record) else None for record in records], pa.string()) for i in range(width + 1)
    ]
    return pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(width + 1)])
