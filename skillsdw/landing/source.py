"""Any file → its records as text columns, piece by piece, each record with the number that a person counts."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine

from skillsdw.codes import extract_columns, key_names
from skillsdw.landing.errors import LandingError
from skillsdw.landing.header import Header, find_header
from skillsdw.landing.text_file import Span, TextFile, batch_of, open_text, read_span, read_strictly

# § What is refused: the total and remark lines of a ledger are not rows. The word stands alone in the first
# cell or is followed by a mark or a figure, so that a name that merely begins with it stays a row.
_FOOT_WORDS = (
    "合计|小计|总计|共计|总合计|本页合计|累计|备注|附注|注|说明|填表说明|填报说明|制表|制表人|填表|填表人|填报人|"
    "填报单位|填表单位|制表单位|审核|审核人|复核|复核人|经办人|负责人|单位负责人|联系人|联系电话|制表日期|填表日期|填报日期"
)
_FOOT = (
    r"^[\s'*※]*(?:"
    + "|".join(r"\s*".join(word) for word in _FOOT_WORDS.split("|"))
    + r")\s*(?:[:(、,。.\d].*)?$"  # after NFKC: full-width marks are their ASCII twins
)
_TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
SUFFIXES = (*_TEXT_SUFFIXES, ".xlsx", ".parquet")


_ROWS = 65_536
_BATCHES = 4  # of _ROWS: a piece of a file that cannot be cut by its bytes


@dataclass(frozen=True)
class Source:
    """A piece of a file: `columns` name → text (kinds read by distinct value are dictionaries), `row_numbers` as a
    person counts (first record 1), `overflow` True where a row has too many values."""

    extract: str
    header: Header
    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    overflow: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.row_numbers)


@dataclass(frozen=True)
class Opened:
    """A file and how it is cut: by `spans` where it is a plain text file, else it is read from end to end."""

    path: Path
    extract: str
    text: TextFile | None
    spans: tuple[Span, ...]


def open_source(path: Path, extract: str) -> Opened:
    """Look at a file before it is read. `LandingError` says why it is refused."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise LandingError(
            f"不支持的文件类型“{suffix}”。请另存为 .xlsx、CSV(UTF-8)或 .parquet 后重新报送",
            f"Files of type {suffix!r} are not read: save it as .xlsx, CSV (UTF-8) or .parquet and send it again",
        )
    text = open_text(path, extract) if suffix in _TEXT_SUFFIXES else None
    return Opened(path, extract, text, text.spans if text and text.is_plain else ())


def read_piece(opened: Opened, span: Span) -> Source | None:
    """One piece of a plain text file; None when it is not so plain after all, and the file must be read whole."""
    text = opened.text
    plain = _plain_columns(opened.extract)
    positions = text.header.positions
    table = read_span(text, span, frozenset(place for name, place in positions.items() if name not in plain))
    if table is None:
        return None
    return _collect(opened.extract, text.header, table.combine_chunks().to_batches(), span.number + 1)


def read_whole(opened: Opened) -> Iterator[Source]:
    """The file from end to end, piece by piece; at least one piece, be it empty."""
    suffix = opened.path.suffix.lower()
    if opened.text:
        header, first = opened.text.header, opened.text.header.record + 2
        batches = read_strictly(opened.text)
    elif suffix == ".xlsx":
        records = _workbook_records(opened.path)
        header = find_header(records[:10], opened.extract)
        first = header.record + 2
        rest = records[header.record + 1 :]
        batches = iter([batch_of(rest[at : at + _ROWS], header.width) for at in range(0, len(rest), _ROWS)])
    else:
        header, first = _parquet_header(opened.path, opened.extract), 1
        batches = _parquet_batches(opened.path, header)
    is_first = True
    while (some := list(islice(batches, _BATCHES))) or is_first:
        yield _collect(opened.extract, header, some, first)
        first += sum(batch.num_rows for batch in some)
        is_first = False


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


def _workbook_records(path: Path) -> list[list[str | None]]:
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception:  # calamine raises many kinds, and its words may quote the file
        raise LandingError(
            "无法打开工作簿(文件损坏、加密或不是.xlsx)。请去掉密码并另存为.xlsx后重新报送",
            "The workbook cannot be opened: damaged, protected by a password or no .xlsx. "
            "Remove the password, save it as .xlsx and send it again",
        ) from None
    return [[cell_text(cell) for cell in row] for row in rows]


def _unreadable_parquet() -> LandingError:
    return LandingError(
        "无法打开Parquet文件(损坏或不是Parquet)。请重新导出",
        "The Parquet file cannot be opened: damaged or no Parquet. Export it again",
    )


def _parquet_header(path: Path, extract: str) -> Header:
    try:
        names = pq.ParquetFile(pa.OSFile(str(path))).schema_arrow.names
    except (pa.ArrowException, OSError, ValueError):
        raise _unreadable_parquet() from None
    return find_header([names], extract)


def _parquet_batches(path: Path, header: Header) -> Iterator[pa.RecordBatch]:
    known = set(header.positions.values())
    try:
        for batch in pq.ParquetFile(pa.OSFile(str(path))).iter_batches(_ROWS):
            columns = [
                _as_text(column) if place in known else pa.nulls(batch.num_rows, pa.string())
                for place, column in enumerate(batch.columns)
            ]
            columns.append(pa.nulls(batch.num_rows, pa.string()))
            yield pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(len(columns))])
    except (pa.ArrowException, OSError, ValueError):
        raise _unreadable_parquet() from None


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        return pa.array([cell_text(value) for value in column.to_pylist()], pa.string())
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise LandingError(
            f"Parquet列的类型 {column.type} 不能作为文本读取。请改为文本、日期或数字",
            f"A Parquet column of type {column.type} cannot be read: use text, date or number",
        ) from None


def _plain_columns(extract: str) -> frozenset[str]:
    """Columns whose values are mostly distinct: they stay text, all others are encoded by distinct value."""
    return frozenset(
        c.name
        for c in extract_columns(extract)
        if c.kind == "person_name" or (c.kind == "text" and c.name in key_names())
    )


def _collect(extract: str, header: Header, batches: Iterable[pa.RecordBatch], first_number: int) -> Source:
    """Leave out blank and foot lines, and encode by distinct value every kind that is read so."""
    plain = _plain_columns(extract)
    parts: dict[str, list[pa.Array]] = {name: [] for name in header.positions}
    numbers, overflow = [], []
    number = first_number
    for batch in batches:
        left_out = _not_rows(batch, header)
        keep = np.delete(np.arange(batch.num_rows), left_out)
        numbers.append(keep + number)
        number += batch.num_rows
        if len(left_out):
            batch = batch.take(pa.array(keep))
        overflow.append(_has_value(batch.columns[header.width :], batch.num_rows))
        for name, place in header.positions.items():
            column = batch.column(place)
            is_ready = name in plain or pa.types.is_dictionary(column.type)
            parts[name].append(column if is_ready else column.dictionary_encode())
    columns = {}
    for name, chunks in parts.items():
        empty = pa.string() if name in plain else pa.dictionary(pa.int32(), pa.string())
        chunked = pa.chunked_array(chunks, empty)
        merged = chunked if name in plain or len(chunks) == 1 else chunked.unify_dictionaries()
        merged = merged.combine_chunks()
        columns[name] = merged.chunk(0) if isinstance(merged, pa.ChunkedArray) else merged
    none = np.empty(0, dtype=np.int64)
    return Source(
        extract,
        header,
        columns,
        np.concatenate([none, *numbers]),
        np.concatenate([none.astype(bool), *overflow]),
    )


def _not_rows(batch: pa.RecordBatch, header: Header) -> np.ndarray:
    """The places of blank lines and of foot lines in a batch."""
    foot = np.flatnonzero(_of_rows(batch.column(0), _is_foot))
    blank = np.arange(batch.num_rows)
    for place, column in enumerate(batch.columns):
        if place in header.serial or not len(blank):
            continue
        cells = column if len(blank) == batch.num_rows else column.take(pa.array(blank))
        blank = blank[_of_rows(cells, _is_blank, empty=True)]
    return np.union1d(foot, blank)


def _is_foot(texts: pa.Array) -> pa.Array:
    ascii_only = pc.fill_null(pc.string_is_ascii(texts), True)
    if pc.all(ascii_only).as_py() is not False:
        return pc.invert(ascii_only)
    return pc.fill_null(pc.match_substring_regex(pc.utf8_normalize(texts, "NFKC"), _FOOT), False)


def _is_blank(texts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(texts), ""), True)


def _of_rows(cells: pa.Array, test: Callable[[pa.Array], pa.Array], empty: bool = False) -> np.ndarray:
    """The test's answer for each row, asked once for each distinct text where the cells are encoded so."""
    if pa.types.is_dictionary(cells.type):
        answers = np.append(_flags(test(cells.dictionary)), empty)
        return answers[pc.fill_null(cells.indices, -1).to_numpy()]
    return _flags(test(cells))


def _has_value(columns: Sequence[pa.Array], rows: int) -> np.ndarray:
    found = np.zeros(rows, dtype=bool)
    for column in columns:
        if column.null_count < rows:
            found |= ~_of_rows(column, _is_blank, empty=True)
    return found


def _flags(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(bool)
