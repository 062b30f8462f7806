"""Judge rows: every fault of every row, and the accepted rows as they land (1-extracts § What is refused)."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import ExtractColumn, extract_columns, stored_names
from skillsdw.landing.identity import id_faults, pseudonyms, resembles_resident_id, uscc_fault
from skillsdw.landing.source import Source
from skillsdw.landing.values import Readings, normalise, read_column
from skillsdw.masking import LONG_NUMBER, holds_name, mask_person_id, mask_value


@dataclass(frozen=True)
class ColumnRead:
    """One column read. `places[row]` is the entry of `readings` that a row holds, -1 for an empty cell."""

    column: ExtractColumn
    readings: Readings
    places: np.ndarray
    is_plain: bool = False  # one entry a row, in the order of the rows

    @cached_property
    def indices(self) -> pa.Array:
        return pa.array(self.places, mask=self.places < 0)

    def rows_where(self, flags: np.ndarray, empty: bool = False) -> np.ndarray:
        """Flags of entries as flags of rows; `empty` is the flag of an empty cell."""
        return np.append(flags, empty)[self.places]

    @property
    def is_missing(self) -> np.ndarray:
        """Rows whose cell holds nothing (not: something that does not parse)."""
        return self.rows_where(self.readings.texts.is_null().to_numpy(zero_copy_only=False), empty=True)

    @property
    def values(self) -> pa.Array:
        """The typed value of each row, null where empty or at fault."""
        return self.readings.values if self.is_plain else self.readings.values.take(self.indices)

    def values_of(self, rows: pa.Array | None) -> pa.Array:
        """The typed values of some rows, of all when None; texts that repeat stay encoded by distinct value."""
        values = self.readings.values
        if self.is_plain:
            return values if rows is None else values.take(rows)
        indices = self.indices if rows is None else self.indices.take(rows)
        return _encoded(indices, values) if pa.types.is_string(values.type) else values.take(indices)

    def text_at(self, row: int) -> str | None:
        place = self.places[row]
        return None if place < 0 else self.readings.texts[int(place)].as_py()


@dataclass(frozen=True)
class Fault:
    """One fault of one row; `column` is None when the whole row is at fault; `shown` holds no ID or name."""

    row: int  # place among the source's rows
    row_number: int
    column: str | None
    reason: str
    shown: str | None


@dataclass(frozen=True)
class Judged:
    """The rows of a piece with what was found: `findings` (column or None, reason code, row flags) in column
    order, `rejected` row flags."""

    source: Source
    columns: dict[str, ColumnRead]
    findings: list[tuple[str | None, str, np.ndarray]]
    rejected: np.ndarray

    @property
    def rows_rejected(self) -> int:
        return int(self.rejected.sum())

    @property
    def rows_landed(self) -> int:
        return self.source.rows - self.rows_rejected

    @property
    def faults_found(self) -> int:
        """How many faults `faults` would list."""
        return sum(int(flags.sum()) for _, _, flags in self.findings)

    @property
    def commonest(self) -> tuple[str | None, str]:
        """The column and the reason of most faults."""
        column, reason, _ = max(self.findings, key=lambda finding: finding[2].sum())
        return column, reason

    def person_name_at(self, row: int) -> str | None:
        names = self.source.columns.get("person_name")
        name = names[row].as_py() if names is not None else None
        return normalise(name) if name else None

    def faults(self) -> list[Fault]:
        """Every fault, row by row. A row with too many values shows none: they stand in wrong columns."""
        shifted = self.source.overflow
        found = []
        for column, reason, flags in self.findings:
            read = self.columns.get(column) if column else None
            for row in np.flatnonzero(flags).tolist():
                text = read.text_at(row) if read and not shifted[row] else None
                number = int(self.source.row_numbers[row])
                found.append(Fault(row, number, column, reason, self._shown(read, text, row)))
        return sorted(found, key=lambda fault: fault.row)  # stable: columns keep their order within a row

    def _shown(self, read: ColumnRead | None, text: str | None, row: int) -> str | None:
        if read is None or text is None:
            return None
        if read.column.kind in ("person_id", "payee"):
            return mask_person_id(text)
        return mask_value(text, self.person_name_at(row))


def judge(source: Source, today: date, superseded_rows: frozenset[int] = frozenset()) -> Judged:
    """Read every column and find every fault of every row; `superseded_rows` are the numbers of those whose key comes
    again in a later piece of the file."""
    columns: dict[str, ColumnRead] = {}
    findings: list[tuple[str | None, str, np.ndarray]] = [(None, "too_many_values", source.overflow)]
    for column in extract_columns(source.extract):
        texts = source.columns.get(column.name)
        if texts is None or column.kind in ("person_name", "institution_name"):
            continue
        read = columns[column.name] = _read(column, texts, today)
        if column.is_required:
            findings.append((column.name, "missing_value", read.is_missing))
        if column.kind == "payee":
            findings += [(column.name, reason, flags) for reason, flags in _payee_faults(read, columns, today).items()]
            continue
        for reason, flags in read.readings.faults.items():
            findings.append((column.name, reason, read.rows_where(flags)))
        if column.kind == "text" and "person_name" in source.columns:
            named = _holds_name(read, source.columns["person_name"])
            if named is not None:
                findings.append((column.name, "identity_in_value", named))
    if source.extract == "enrollment":
        findings += _end_date_faults(columns)
    rejected = np.zeros(source.rows, dtype=bool)
    for _, _, flags in findings:
        rejected |= flags
    key = next(c.name for c in extract_columns(source.extract) if c.is_key)
    superseded = _superseded(columns, source, rejected)
    if superseded_rows:
        superseded |= ~rejected & np.isin(source.row_numbers, list(superseded_rows))
    findings.append((key, "superseded_in_file", superseded))
    findings = [finding for finding in findings if finding[2].any()]
    return Judged(source, columns, findings, rejected | superseded)


def accepted_rows(judged: Judged, key: bytes) -> pa.Table:
    """The accepted rows as `raw.<extract>` takes them: typed columns, the person as a pseudonym with birth
    year, sex and region of origin, and `row_number`. No ID and no name is in it."""
    accepted = pa.array(np.flatnonzero(~judged.rejected)) if judged.rejected.any() else None
    numbers = pa.array(judged.source.row_numbers)
    data: dict[str, pa.Array] = {}
    for column in extract_columns(judged.source.extract):
        read = judged.columns.get(column.name)
        if read is None:
            data |= {name: pa.nulls(judged.rows_landed) for name in stored_names(column)}
        elif column.kind == "person_id":
            data |= _person_columns(read, accepted, key)
        elif column.kind == "payee":
            data |= _payee_columns(read, judged.columns, accepted, key)
        elif column.kind == "occupation":
            data |= {column.name: read.values_of(accepted), stored_names(column)[1]: pa.nulls(judged.rows_landed)}
        else:
            data[column.name] = read.values_of(accepted)
    data["unread_columns"] = pa.nulls(judged.rows_landed)
    data["row_number"] = numbers if accepted is None else numbers.take(accepted)
    return pa.table(data)


def _read(column: ExtractColumn, texts: pa.Array, today: date) -> ColumnRead:
    if isinstance(texts, pa.DictionaryArray):
        places = pc.fill_null(texts.indices, -1).to_numpy()
        return ColumnRead(column, read_column(column, texts.dictionary, today), places)
    return ColumnRead(column, read_column(column, texts, today), np.arange(len(texts)), is_plain=True)


def _encoded(indices: pa.Array, values: pa.Array) -> pa.DictionaryArray:
    """The values of some rows as a dictionary of those alone: texts of other rows, an ID in a rejected one among them,
    stay behind."""
    places = pc.fill_null(indices, -1).to_numpy()
    used = np.zeros(len(values) + 1, dtype=bool)
    used[places] = True
    used = used[:-1]
    renumbered = np.append(np.cumsum(used) - 1, -1)[places]
    return pa.DictionaryArray.from_arrays(
        pa.array(renumbered.astype(np.int32), mask=places < 0), values.filter(pa.array(used))
    )


def _holds_name(read: ColumnRead, names: pa.Array) -> np.ndarray | None:
    """Rows whose text holds the name of the row's own person (§ Privacy: a name never enters). Chinese names
    only, of two characters or more, so that only texts with Chinese characters need a look."""
    entries = read.readings.values
    foreign = ~pc.fill_null(pc.string_is_ascii(entries), True).to_numpy(zero_copy_only=False)
    if not foreign.any():
        return None
    chinese = np.flatnonzero(read.rows_where(foreign))
    texts = read.values
    pairs = zip(chinese.tolist(), texts.take(chinese).to_pylist(), names.take(chinese).to_pylist(), strict=True)
    flags = np.zeros(len(texts), dtype=bool)
    for row, text, raw_name in pairs:
        name = normalise(raw_name) if raw_name else None
        if name and len(name) >= 2 and not name.isascii() and name in text:
            flags[row] = True
    return flags


def _role(read: ColumnRead) -> str:
    """payee_id → payee: whose identifier a column of kind payee holds."""
    return read.column.name.removesuffix("_id")


def _is_person_paid(read: ColumnRead, columns: dict[str, ColumnRead]) -> np.ndarray:
    """Rows in which a column of kind payee names a person. One whose type is not said is judged as a code."""
    kinds = columns.get(f"{_role(read)}_type")
    if kinds is None:
        return np.zeros(len(read.places), dtype=bool)
    paid = pc.fill_null(pc.equal(kinds.values, "person"), False)
    return paid.to_numpy(zero_copy_only=False).astype(bool)


def _payee_faults(read: ColumnRead, columns: dict[str, ColumnRead], today: date) -> dict[str, np.ndarray]:
    """A person who is paid is named by a true resident ID, so that nobody's ID is kept as if it were a code; an
    organisation's code holds no ID, not even a mistyped or an old one, and no name."""
    is_person = _is_person_paid(read, columns)
    faults = {reason: read.rows_where(flags) for reason, flags in read.readings.faults.items()}
    personal = _may_be_personal(read.values, ~is_person, today)
    if "identity_in_value" in faults:
        personal |= faults["identity_in_value"]
    faults["identity_in_value"] = personal & ~is_person
    ids = pc.utf8_upper(read.readings.values)
    return faults | {reason: read.rows_where(flags) & is_person for reason, flags in id_faults(ids, today).items()}


def _may_be_personal(codes: pa.Array, asked: np.ndarray, today: date) -> np.ndarray:
    """Rows among those asked whose code looks like a person's number or name: a long run of digits that is no USCC (a
    mistyped ID, one of fifteen digits, a bank card), or a Chinese name."""
    suspicious = pc.or_(pc.match_substring_regex(codes, LONG_NUMBER), pc.invert(pc.string_is_ascii(codes)))
    flags = pc.fill_null(suspicious, False).to_numpy(zero_copy_only=False) & asked
    for row in np.flatnonzero(flags).tolist():
        code = codes[row].as_py().upper()
        flags[row] = (
            holds_name(code)
            or resembles_resident_id(code, today)
            or (bool(re.search(LONG_NUMBER, code)) and uscc_fault(code) is not None)
        )
    return flags


def _end_date_faults(columns: dict[str, ColumnRead]) -> list[tuple[str, str, np.ndarray]]:
    """A completed session has an end date, and not one before its start."""
    status = pc.fill_null(pc.equal(columns["status"].values, "completed"), False)
    completed = status.to_numpy(zero_copy_only=False).astype(bool)
    end = columns.get("end_date")
    if end is None:
        return [("end_date", "end_date_missing", completed)]
    before = pc.fill_null(pc.less(end.values, columns["start_date"].values), False)
    before = before.to_numpy(zero_copy_only=False).astype(bool)
    return [
        ("end_date", "end_date_missing", completed & end.is_missing),
        ("end_date", "end_before_start", completed & before),
    ]


def _superseded(columns: dict[str, ColumnRead], source: Source, rejected: np.ndarray) -> np.ndarray:
    """Accepted rows whose key comes again in a later accepted row."""
    rows = np.flatnonzero(~rejected)
    keys = [
        columns[c.name].values.take(pa.array(rows)).cast(pa.string())
        for c in extract_columns(source.extract)
        if c.is_key
    ]
    key = keys[0] if len(keys) == 1 else pc.binary_join_element_wise(*keys, "\x1f")
    encoded = key.dictionary_encode()
    places = encoded.indices.to_numpy()
    last = np.empty(len(encoded.dictionary), dtype=np.int64)
    last[places] = rows  # of several assignments to one place the last stays
    flags = np.zeros(source.rows, dtype=bool)
    flags[rows[last[places] != rows]] = True
    return flags


def _person_columns(read: ColumnRead, accepted: pa.Array | None, key: bytes) -> dict[str, pa.Array]:
    """The pseudonym and what else is kept of an ID, in the order of the raw columns; each distinct ID is looked at
    once. Accepted rows have an ID each."""
    rows = read.indices if accepted is None else read.indices.take(accepted)
    used, places = np.unique(rows.to_numpy(zero_copy_only=False), return_inverse=True)
    ids = read.readings.values.take(pa.array(used))
    odd = pc.bit_wise_and(pc.utf8_slice_codeunits(ids, 16, 17).cast(pa.int8()), pa.scalar(1, pa.int8()))
    at = pa.array(places)
    return {
        "person_key": _keys_of(ids, places, key),
        "birth_year": pc.utf8_slice_codeunits(ids, 6, 10).cast(pa.int16()).take(at),
        "sex": pc.if_else(pc.equal(odd, 1), "male", "female").dictionary_encode().take(at),
        "origin_region": pc.utf8_slice_codeunits(ids, 0, 2).dictionary_encode().take(at),
    }


def _payee_columns(
    read: ColumnRead, columns: dict[str, ColumnRead], accepted: pa.Array | None, key: bytes
) -> dict[str, pa.Array]:
    """Who was paid: a person as a pseudonym, an organisation by its code."""
    is_person, texts = pa.array(_is_person_paid(read, columns)), read.values
    if accepted is not None:
        is_person, texts = is_person.take(accepted), texts.take(accepted)
    ids = pc.utf8_upper(texts.filter(is_person)).dictionary_encode()
    persons = _keys_of(ids.dictionary, ids.indices.to_numpy(), key)
    flags = is_person.to_numpy(zero_copy_only=False)
    places = pa.array(np.cumsum(flags) - 1, mask=~flags)
    return {
        f"{_role(read)}_key": persons.take(places),
        f"{_role(read)}_code": pc.if_else(is_person, pa.scalar(None, pa.string()), pc.utf8_upper(texts)),
    }


def _keys_of(ids: pa.Array, places: np.ndarray, key: bytes) -> pa.Array:
    """The pseudonym at each of `places` in distinct IDs."""
    digests = np.frombuffer(pseudonyms(ids.cast(pa.binary()).to_pylist(), key), dtype="V16")
    storage = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(places), [None, pa.py_buffer(digests[places].tobytes())]
    )
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)
