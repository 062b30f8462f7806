"""Any file → its records as text columns, piece by piece, each record with the number that a person counts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import extract_columns, key_names
from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import shown_name
from skillsdw.landing.header import HEADER_WITHIN, Header, find_header
from skillsdw.landing.packed import Packed
from skillsdw.landing.text_file import (
    MOST_ROWS,
    PIECE_BYTES,
    Span,
    TextFile,
    open_text,
    read_span,
    read_strictly,
    too_many_rows,
)
from skillsdw.workbooks.cells import UNCALCULATED

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


_PIECE_ROWS = 262_144  # of a file that cannot be cut by its bytes


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
        shown = shown_name(suffix)
        raise LandingError(
            f"不支持的文件类型“{shown}”。请另存为 .xlsx、CSV(UTF-8)或 .parquet 后重新报送",
            f"Files of type {shown!r} are not read: save it as .xlsx, CSV (UTF-8) or .parquet and send it again",
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
    if opened.text:
        header = opened.text.header
        yield from _pieces(opened.extract, header, header.record + 2, read_strictly(opened.text))
        return
    with Packed(opened.path) as packed:
        if packed.is_workbook:
            header, first, batches = _of_workbook(packed, opened.extract)
        else:
            header, first, batches = _of_parquet(packed, opened.extract)
        yield from _pieces(opened.extract, header, first, batches)


def _pieces(extract: str, header: Header, first: int, batches: Iterator[pa.RecordBatch]) -> Iterator[Source]:
    """Batches taken together until they are a piece; `first` is the number of the first record. `LandingError` when
    there are more rows than a file may have."""
    some: list[pa.RecordBatch] = []
    begun = first

    def piece() -> Source:
        return _collect(extract, header, some, begun)

    is_first = True
    for batch in batches:
        some.append(batch)
        rows = sum(part.num_rows for part in some)
        if begun + rows - first > MOST_ROWS:
            raise too_many_rows()
        if rows >= _PIECE_ROWS or sum(part.nbytes for part in some) >= PIECE_BYTES:
            yield piece()
            begun, some, is_first = begun + rows, [], False
    if some or is_first:
        yield piece()


def _of_workbook(packed: Packed, extract: str) -> tuple[Header, int, Iterator[pa.RecordBatch]]:
    """The header of a sheet, the number of the first row after it, and the rows from there on."""
    sheet = next((sheet for sheet in packed.sheets() if sheet.is_visible), None)
    batches = sheet.batches() if sheet else iter(())
    lead: list[pa.RecordBatch] = []
    while sum(batch.num_rows for batch in lead) < HEADER_WITHIN and (batch := next(batches, None)) is not None:
        lead.append(batch)
    records = [list(row) for batch in lead for row in zip(*(_head_of(batch)), strict=True)][:HEADER_WITHIN]
    header = find_header(records, extract)

    def rows() -> Iterator[pa.RecordBatch]:
        left_out = header.record + 1
        for batch in chain(lead, batches):
            skipped = min(left_out, batch.num_rows)
            left_out -= skipped
            yield _as_wide(_without_formulas(batch.slice(skipped)), header.width)

    return header, header.record + 2, rows()


def _without_formulas(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A formula that nothing has calculated is no value."""
    columns = [
        pc.if_else(pc.equal(column, UNCALCULATED), pa.scalar(None, pa.string()), column) for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _head_of(batch: pa.RecordBatch) -> list[list[str | None]]:
    return [column.slice(0, HEADER_WITHIN).to_pylist() for column in batch.columns]


def _as_wide(batch: pa.RecordBatch, width: int) -> pa.RecordBatch:
    """At least `width` columns and one more."""
    columns = list(batch.columns)
    columns += [pa.nulls(batch.num_rows, pa.string())] * (width + 1 - len(columns))
    return pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place in range(len(columns))])


def _of_parquet(packed: Packed, extract: str) -> tuple[Header, int, Iterator[pa.RecordBatch]]:
    """The header of a Parquet file, 1, and its rows; columns that the landing does not know are not read."""
    batches = packed.batches()
    names = next(batches, None)
    header = find_header([[column[0].as_py() for column in names.columns]] if names else [], extract)
    places = sorted(header.positions.values())
    packed.want(places)

    def rows() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = [pa.nulls(batch.num_rows, pa.string())] * (header.width + 1)
            for place, column in zip(places, batch.columns, strict=True):
                columns[place] = column
            yield pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place in range(len(columns))])

    return header, 1, rows()


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
