"""Any file → its records as text columns, piece by piece, each record with the number that a person counts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import extract_columns, header_names, header_word, key_names
from skillsdw.landing.errors import LandingError
from skillsdw.landing.file_kind import PARQUET, TEXT, kind_of
from skillsdw.landing.files import shown_name
from skillsdw.landing.header import HEADER_WITHIN, Cells, Header, extract_of, find_header, has_header
from skillsdw.landing.packed import Packed
from skillsdw.landing.text_file import (
    MOST_ROWS,
    PIECE_BYTES,
    Span,
    TextFile,
    head_records,
    open_text,
    read_span,
    read_strictly,
    too_many_rows,
)
from skillsdw.seeds import cache

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
_PIECE_ROWS = 262_144  # of a file that cannot be cut by its bytes


@dataclass(frozen=True)
class Source:
    """A piece of a file: `columns` name → text (kinds read by distinct value are dictionaries), `row_numbers` as a
    person counts (first record 1; those of a second sheet go on behind the first: `before` is what they begin from),
    `overflow` True where a row has too many values. `epoch` is the workbook's own."""

    extract: str
    header: Header
    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    overflow: np.ndarray
    references: tuple[pa.Array, pa.Array] | None = None  # texts of batch and row number, where rows were returned
    sheet: str | None = None
    before: int = 0
    epoch: int = 1900

    @property
    def rows(self) -> int:
        return len(self.row_numbers)

    def cell(self, row_number: int, column: str | None) -> str:
        """Where a value stands; see `cell_of`."""
        return cell_of(self.header, self.sheet, self.before, row_number, column)


@dataclass
class Told:
    """What reading a workbook has to say besides its rows: rows that were hidden, sheets that were passed over."""

    hidden_rows: int = 0
    passed_over: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Opened:
    """A file and how it is cut: by `spans` where it is a plain text file, else it is read from end to end. `path` is
    where its bytes are read, whatever its name says."""

    path: Path
    extract: str
    kind: str
    text: TextFile | None
    spans: tuple[Span, ...]


def cell_of(header: Header, sheet: str | None, before: int, row_number: int, column: str | None) -> str:
    """Where a value stands, as a spreadsheet names it: D15, or the row alone; with its sheet on a second one."""
    place = header.positions.get(column) if column else None
    cell = f"{column_letters(place) if place is not None else ''}{row_number - before}"
    return f"{sheet}!{cell}" if sheet and before else cell


def column_letters(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def open_source(path: Path, extract: str, folder: Path) -> Opened:
    """Look at a file before it is read; `folder` is private and takes a copy where one is needed. `LandingError`
    says why the file is refused."""
    kind = kind_of(path)
    text = open_text(path, extract, folder) if kind == TEXT else None
    return Opened(path, extract, kind, text, text.spans if text and text.is_plain else ())


def extract_within(path: Path, folder: Path) -> str | None:
    """The extract that a file's header names, None when none or more than one fits."""
    kind = kind_of(path)
    if kind == TEXT:
        return extract_of(head_records(path, folder))
    with Packed(path, kind) as packed:
        if kind == PARQUET:
            names = next(packed.batches(), None)
            return extract_of([[column[0].as_py() for column in names.columns]]) if names else None
        for sheet in packed.sheets():
            if sheet.is_visible and (found := extract_of(_lead(sheet.batches())[0])):
                return found
    return None


def read_piece(opened: Opened, span: Span) -> Source | None:
    """One piece of a plain text file; None when it is not so plain after all, and the file must be read whole."""
    text = opened.text
    plain = _plain_columns(opened.extract)
    positions = text.header.positions
    encoded = set(positions.values()) - {place for name, place in positions.items() if name in plain}
    table = read_span(text, span, frozenset(encoded))
    if table is None:
        return None
    is_first = span.number == text.header.record + 1
    return _collect(opened.extract, text.header, table.combine_chunks().to_batches(), span.number + 1, is_first)


def read_whole(opened: Opened, told: Told) -> Iterator[Source]:
    """The file from end to end, piece by piece; at least one piece, be it empty."""
    if opened.text:
        header = opened.text.header
        yield from _pieces(opened.extract, header, header.record + 2, read_strictly(opened.text))
        return
    with Packed(opened.path, opened.kind) as packed:
        if opened.kind == PARQUET:
            header, first, batches = _of_parquet(packed, opened.extract)
            yield from _pieces(opened.extract, header, first, batches)
        else:
            yield from _of_workbook(packed, opened.extract, told)


def _pieces(
    extract: str, header: Header, first: int, batches: Iterator[pa.RecordBatch], **of_sheet: object
) -> Iterator[Source]:
    """Batches taken together until they are a piece; `first` is the number of the first record. `LandingError` when
    there are more rows than a file may have."""
    some: list[pa.RecordBatch] = []
    begun = first

    def piece() -> Source:
        return _collect(extract, header, some, begun, begun == first, **of_sheet)

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


def _of_workbook(packed: Packed, extract: str, told: Told) -> Iterator[Source]:
    """Every visible sheet that has the extract's header, one after the other. `LandingError` when none has."""
    before = 0
    found = False
    leads: list[tuple[str, list[Cells]]] = []
    for sheet in packed.sheets():
        if not sheet.is_visible:
            continue
        batches = sheet.batches()
        records, lead = _lead(batches)
        if not any(cell and cell.strip() for record in records for cell in record):
            continue
        name = shown_name(sheet.name)
        if not has_header(records, extract):
            told.passed_over.append(name)
            leads.append((name, records))
            continue
        with _named(name, told):
            header = find_header(records, extract)
        found = True
        told.sheets.append(name)
        last = before
        for source in _pieces(
            extract,
            header,
            before + header.record + 2,
            _below(header, lead, batches),
            sheet=name,
            before=before,
            epoch=packed.epoch,
        ):
            last = max(last, int(source.row_numbers[-1]) if source.rows else last)
            told.hidden_rows += int(np.isin(source.row_numbers - before, list(sheet.hidden_rows)).sum())
            yield source
        before = last
    if not found:
        find_header(leads[0][1] if leads else [], extract)  # says what is missing
        raise AssertionError("a sheet without a header has one")


@contextmanager
def _named(sheet: str, told: Told) -> Iterator[None]:
    """A sheet's fault with the sheet's name, where it is not the first that is read."""
    try:
        yield
    except LandingError as error:
        if not told.sheets and not told.passed_over:
            raise
        raise LandingError(f"工作表“{sheet}”:{error.message_zh}", f"Sheet {sheet!r}: {error.message_en}") from None


def _lead(batches: Iterator[pa.RecordBatch]) -> tuple[list[Cells], list[pa.RecordBatch]]:
    """The first records of a sheet, and the batches that they were taken from."""
    lead: list[pa.RecordBatch] = []
    while sum(batch.num_rows for batch in lead) < HEADER_WITHIN and (batch := next(batches, None)) is not None:
        lead.append(batch)
    records = [list(row) for batch in lead for row in zip(*(_head_of(batch)), strict=True)][:HEADER_WITHIN]
    return records, lead


def _below(header: Header, lead: list[pa.RecordBatch], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows behind the header."""
    left_out = header.record + 1
    for batch in chain(lead, batches):
        skipped = min(left_out, batch.num_rows)
        left_out -= skipped
        yield _as_wide(batch.slice(skipped), header.width)


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
    places = sorted(set(header.positions.values()))
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


def _collect(
    extract: str,
    header: Header,
    batches: Iterable[pa.RecordBatch],
    first_number: int,
    is_first: bool,
    **of_sheet: object,
) -> Source:
    """Leave out blank and foot lines and repeated headers, and encode by distinct value every kind that is read so."""
    plain = _plain_columns(extract)
    parts: dict[str, list[pa.Array]] = {name: [] for name in header.positions}
    references: tuple[list[pa.Array], list[pa.Array]] = ([], [])
    numbers, overflow = [], []
    number = first_number
    for batch in batches:
        left_out = np.union1d(_not_rows(batch, header), _headers_again(batch, header, extract, number))
        if is_first and number == first_number and batch.num_rows and _is_numbered(batch):
            left_out = np.union1d(left_out, [0])
        left_out = left_out.astype(np.int64)
        keep = np.delete(np.arange(batch.num_rows), left_out)
        numbers.append(keep + number)
        number += batch.num_rows
        if len(left_out):
            batch = batch.take(pa.array(keep))
        overflow.append(_has_value(batch.columns[header.width :], batch.num_rows))
        for kept, place in zip(references, header.reference or (), strict=False):
            kept.append(_as_text(batch.column(place)))
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
        tuple(pa.chunked_array(kept, pa.string()).combine_chunks() for kept in references)
        if header.reference
        else None,
        **of_sheet,
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


def _as_text(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _headers_again(batch: pa.RecordBatch, header: Header, extract: str, first_number: int) -> np.ndarray:
    """The places of lines that repeat the header: files copied one behind another. `LandingError` when such a line
    names the columns in another order, since what stands below it would be read wrongly."""
    if not batch.num_rows or not header.positions:
        return np.empty(0, dtype=np.int64)
    words = _header_cells(extract, header.lead)
    cells = batch.column(min(header.positions.values()))
    found = np.flatnonzero(_of_rows(cells, lambda texts: pc.is_in(texts, value_set=words)))
    again = []
    for place in found.tolist():
        row = [column[place].as_py() for column in batch.columns[: header.width]]
        names = [word.columns if (word := header_word(extract, cell)) else () for cell in row]
        if 2 * sum(map(bool, names)) < len(set(header.positions.values())):
            continue
        there = {name: at for at, columns in enumerate(names) for name in columns}
        other = next((name for name, at in header.positions.items() if name not in names[at] and name in there), None)
        if other is not None:
            raise LandingError(
                f"第{first_number + place}行又是一行表头,但列的顺序与第{header.record + 1}行的表头不同。"
                "请把几份表按同一列序合并,或分成几个文件后重新报送",
                f"Row {first_number + place} is a header again, with its columns in another order than that in row "
                f"{header.record + 1}. Put the tables into one order of columns, or send them as several files",
            )
        again.append(place)
    return np.array(again, dtype=np.int64)


@cache
def _header_cells(extract: str, lead: str) -> pa.Array:
    words = {lead, *(name for column in extract_columns(extract) for name in header_names(extract, column.name))}
    return pa.array(sorted({mark + word for word in words for mark in ("", "*", "\ufeff")}), pa.string())


def _is_numbered(batch: pa.RecordBatch) -> bool:
    """Whether the first line only numbers the columns (1, 2, 3 … or 甲, 乙, 1 …), as printed ledgers do."""
    cells = [(column[0].as_py() or "").strip() for column in batch.columns]
    numbers = [cell for cell in cells if cell and cell not in "甲乙丙丁戊"]
    return (
        len(numbers) > 2 and numbers == [str(n) for n in range(int(numbers[0]), int(numbers[0]) + len(numbers))]
        if (numbers and numbers[0] in ("0", "1", "2", "3"))
        else False
    )


# What stands in an empty line: blanks, a mark of byte order between files, the end-of-file of DOS.
_NOTHING = " \t\r\n\v\f\u3000\xa0\ufeff\x1a"


def _is_foot(texts: pa.Array) -> pa.Array:
    ascii_only = pc.fill_null(pc.string_is_ascii(texts), True)
    if pc.all(ascii_only).as_py() is not False:
        return pc.invert(ascii_only)
    return pc.fill_null(pc.match_substring_regex(pc.utf8_normalize(texts, "NFKC"), _FOOT), False)


def _is_blank(texts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.equal(pc.utf8_trim(texts, characters=_NOTHING), ""), True)


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
