"""Any file → its records as text columns, each record with the number that a person counts."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine

from skillsdw.codes import extract_columns
from skillsdw.landing.errors import LandingError
from skillsdw.landing.header import Header, find_header
from skillsdw.landing.text_file import TextFile, batch_of, open_text, read_fast, read_strictly

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


@dataclass(frozen=True)
class Source:
    """The rows of one file: `columns` name → text (kinds read by distinct value are dictionaries),
    `row_numbers` as a person counts (first record 1), `overflow` True where a row has too many values,
    `records` the records after the header, blank and foot lines too."""

    extract: str
    header: Header
    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    overflow: np.ndarray
    records: int

    @property
    def rows(self) -> int:
        return len(self.row_numbers)


def read_source(path: Path, extract: str, scratch: Path, con: duckdb.DuckDBPyConnection) -> Source:
    """Read one file whole. `con` is an in-memory connection that serves as a CSV reader; `scratch` is a
    private folder for decoded copies. `LandingError` says why a file is refused."""
    suffix = path.suffix.lower()
    if suffix in _TEXT_SUFFIXES:
        return _read_text(open_text(path, extract, scratch), extract, con)
    if suffix == ".xlsx":
        records = _workbook_records(path)
        header = find_header(records[:10], extract)
        rest = records[header.record + 1 :]
        batches = [batch_of(rest[start : start + 65_536], header.width) for start in range(0, len(rest), 65_536)]
        return _collect(extract, header, batches, header.record + 2)
    if suffix == ".parquet":
        header, batches = _parquet_batches(path, extract)
        return _collect(extract, header, batches, 1)
    raise LandingError(
        f"不支持的文件类型“{suffix}”。请另存为 .xlsx、CSV(UTF-8)或 .parquet 后重新报送",
        f"Files of type {suffix!r} are not read: save it as .xlsx, CSV (UTF-8) or .parquet and send it again",
    )


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


def _read_text(text: TextFile, extract: str, con: duckdb.DuckDBPyConnection) -> Source:
    """Take the fast reader's answer when it can be trusted (see `text_file`), else read again strictly."""
    first_number = text.header.record + 2
    if text.is_plain:
        try:
            source = _collect(extract, text.header, read_fast(text, con), first_number)
        except duckdb.Error:
            source = None
        if source and source.records == text.records:
            return source
    return _collect(extract, text.header, read_strictly(text), first_number)


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


def _parquet_batches(path: Path, extract: str) -> tuple[Header, list[pa.RecordBatch]]:
    try:
        table = pq.read_table(pa.OSFile(str(path)))
    except (pa.ArrowException, OSError, ValueError):
        raise LandingError(
            "无法打开Parquet文件(损坏或不是Parquet)。请重新导出",
            "The Parquet file cannot be opened: damaged or no Parquet. Export it again",
        ) from None
    header = find_header([table.schema.names], extract)
    known = set(header.positions.values())
    columns = [
        _as_text(column) if place in known else pa.nulls(len(table), pa.string())
        for place, column in enumerate(table.columns)
    ]
    columns.append(pa.nulls(len(table), pa.string()))
    texts = pa.table(columns, names=[f"c{i}" for i in range(len(columns))])
    return header, texts.to_batches(max_chunksize=65_536)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_floating(column.type):
        return pa.chunked_array(
            [pa.array([cell_text(v) for v in c.to_pylist()], pa.string()) for c in column.chunks], pa.string()
        )
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise LandingError(
            f"Parquet列的类型 {column.type} 不能作为文本读取。请改为文本、日期或数字",
            f"A Parquet column of type {column.type} cannot be read: use text, date or number",
        ) from None


def _collect(extract: str, header: Header, batches: Iterable[pa.RecordBatch], first_number: int) -> Source:
    """Leave out blank and foot lines, and encode by distinct value every kind that is read so."""
    plain = {c.name for c in extract_columns(extract) if c.kind in ("text", "person_name")}
    parts: dict[str, list[pa.Array]] = {name: [] for name in header.positions}
    numbers, overflow = [], []
    number = first_number
    for batch in batches:
        keep = np.setdiff1d(np.arange(batch.num_rows), _not_rows(batch, header), assume_unique=True)
        numbers.append(keep + number)
        number += batch.num_rows
        if len(keep) < batch.num_rows:
            batch = batch.take(pa.array(keep))
        overflow.append(_has_value(batch.columns[header.width :], batch.num_rows))
        for name, place in header.positions.items():
            column = batch.column(place)
            parts[name].append(column if name in plain else column.dictionary_encode())
    columns = {}
    for name, chunks in parts.items():
        empty = pa.string() if name in plain else pa.dictionary(pa.int32(), pa.string())
        chunked = pa.chunked_array(chunks, empty)
        merged = (chunked if name in plain else chunked.unify_dictionaries()).combine_chunks()
        columns[name] = merged.chunk(0) if isinstance(merged, pa.ChunkedArray) else merged
    none = np.empty(0, dtype=np.int64)
    return Source(
        extract,
        header,
        columns,
        np.concatenate([none, *numbers]),
        np.concatenate([none.astype(bool), *overflow]),
        number - first_number,
    )


def _not_rows(batch: pa.RecordBatch, header: Header) -> np.ndarray:
    """The places of blank lines and of foot lines in a batch."""
    places = np.arange(batch.num_rows)
    first = batch.column(0)
    chinese = np.flatnonzero(~pc.fill_null(pc.string_is_ascii(first), True).to_numpy(zero_copy_only=False))
    foot = chinese[_flags(pc.match_substring_regex(pc.utf8_normalize(first.take(chinese), "NFKC"), _FOOT))]
    blank = places
    for place, column in enumerate(batch.columns):
        if place in header.serial or not len(blank):
            continue
        cells = column if len(blank) == batch.num_rows else column.take(pa.array(blank))
        blank = blank[_flags(pc.fill_null(pc.equal(pc.utf8_trim_whitespace(cells), ""), True))]
    return np.union1d(foot, blank)


def _has_value(columns: Sequence[pa.Array], rows: int) -> np.ndarray:
    found = np.zeros(rows, dtype=bool)
    for column in columns:
        if column.null_count < rows:
            found |= ~_flags(pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True))
    return found


def _flags(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(bool)
