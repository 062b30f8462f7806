"""Judge rows: every fault of every row, and the accepted rows as they land (1-extracts § What is refused)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import ExtractColumn, extract_columns, spelling, stored_names
from skillsdw.identity import holds_identity, shape
from skillsdw.landing.hints import hint_of, resembles_county
from skillsdw.landing.identity import id_faults, pseudonyms
from skillsdw.landing.source import Source
from skillsdw.landing.values import BROKEN, Context, Readings, common_fault, normalize, read_column
from skillsdw.masking import holds_name, mask_person_id, mask_value, printable


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

    def names_of(self, rows: pa.Array | None) -> pa.Array:
        """The names of occupations that have no code, of some rows or of all."""
        indices = self.indices if rows is None else self.indices.take(rows)
        return _encoded(indices, self.readings.names)

    def text_at(self, row: int) -> str | None:
        place = self.places[row]
        return None if place < 0 else self.readings.texts[int(place)].as_py()


@dataclass(frozen=True)
class Fault:
    """One fault of one row; `column` is None when the whole row is at fault.

    `shown` is the shape of the value and holds no ID or name, `cell` where it stands (D15), `hint_zh`, `hint_en`
    what may be meant, `record_key` the row's own key where it can be read."""

    row: int  # place among the source's rows
    row_number: int
    column: str | None
    reason: str
    shown: str | None
    cell: str = ""
    hint_zh: str = ""
    hint_en: str = ""
    record_key: str | None = None
    header: str = ""  # the file's own word for the column


# Column (None for the whole row), reason code, row flags.
Finding = tuple[str | None, str, np.ndarray]

# Spelling of an institution's name → the codes that have landed under it.
Register = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Institutions:
    """What names of institutions say: a code (or null) a row, in which rows a name stands for the code, and what is
    wrong with it."""

    codes: pa.Array
    is_named: np.ndarray
    faults: dict[str, np.ndarray]


@dataclass(frozen=True)
class Judged:
    """The rows of a piece with what was found: `findings` in column order, `rejected` row flags, `dropped` the faults
    that cost a value and not its row, `institutions` the code of each row where names stand for codes."""

    source: Source
    columns: dict[str, ColumnRead]
    findings: list[Finding]
    rejected: np.ndarray
    dropped: list[Finding]
    institutions: pa.Array | None = None

    @property
    def rows_rejected(self) -> int:
        return int(self.rejected.sum())

    @property
    def rows_landed(self) -> int:
        return self.source.rows - self.rows_rejected

    @property
    def converted(self) -> int:
        """How many dates of accepted rows the time of day moved to another day."""
        moved = 0
        for read in self.columns.values():
            for flags in read.readings.notes.values():
                moved += int((read.rows_where(flags) & ~self.rejected).sum())
        return moved

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
        return normalize(name) if name else None

    def faults(self) -> list[Fault]:
        """Every fault that costs a row, row by row. A row with too many values shows none: they stand in wrong
        columns."""
        return self._listed(self.findings)

    def faults_dropped(self) -> list[Fault]:
        """The first faults of each kind that cost a value: a column may be unreadable throughout."""
        return self._listed([(column, reason, _first(flags, _DROPPED)) for column, reason, flags in self.dropped])

    @property
    def dropped_counts(self) -> Counter[tuple[str | None, str]]:
        """How many values were dropped, by column and reason."""
        return Counter({(column, reason): int(flags.sum()) for column, reason, flags in self.dropped})

    def _listed(self, findings: list[Finding]) -> list[Fault]:
        shifted = self.source.overflow
        keys = self._keys()
        hints: dict[tuple[str, str], tuple[str, str]] = {}
        found = []
        for column, reason, flags in findings:
            read = self.columns.get(column) if column else None
            for row in np.flatnonzero(flags).tolist():
                text = None if shifted[row] else self._text_at(column, row)
                number = int(self.source.row_numbers[row])
                hint = ("", "")
                if read is not None and text and reason in ("code_unknown", "county_unknown"):
                    hint = hints.get((column, text)) or (
                        hint_of(read.column, text) if len(hints) < _HINTS else ("", "")
                    )
                    hints[column, text] = hint
                shown = self._shown(column, text, row, reason)
                cell = self.source.cell(number, column)
                found.append(
                    Fault(row, number, column, reason, shown, cell, *hint, keys.get(row), self._header(column))
                )
        return sorted(found, key=lambda fault: fault.row)  # stable: columns keep their order within a row

    def _header(self, column: str | None) -> str:
        place = self.source.header.positions.get(column) if column else None
        return self.source.header.texts[place] if place is not None else ""

    def _keys(self) -> dict[int, str]:
        """The key of each rejected row whose key can be read and holds no identity."""
        rows = np.flatnonzero(self.rejected)
        names = [column.name for column in extract_columns(self.source.extract) if column.is_key]
        if not len(rows) or any(name not in self.columns for name in names):
            return {}
        bad = self.source.overflow.copy()
        for column, reason, flags in self.findings:
            if column in names and reason != "superseded_in_file":
                bad |= flags
        at = pa.array(rows)
        parts = [self.columns[name].values.take(at).cast(pa.string()).to_pylist() for name in names]
        return {
            row: KEY_JOINT.join(part)
            for row, part in zip(rows.tolist(), zip(*parts, strict=True), strict=True)
            if not bad[row] and all(part)
        }

    def _text_at(self, column: str | None, row: int) -> str | None:
        if column is None:
            return None
        if (read := self.columns.get(column)) is not None:
            return read.text_at(row)
        texts = self.source.columns.get(column)
        raw = None if texts is None or column == "person_name" else texts[row].as_py()
        return normalize(raw) if raw else None

    def _shown(self, column: str | None, text: str | None, row: int, reason: str) -> str | None:
        """A refused value as its shape. An ID column keeps the ends of its numbers, a place and an institution that
        were not found their names: these are no identity."""
        if column is None or text is None:
            return None
        if reason == "cell_error":
            return text
        if column == "person_id":
            return mask_person_id(text)
        if reason == "institution_not_found" or (reason == "county_unknown" and resembles_county(text)):
            return printable(mask_value(text, self.person_name_at(row)))
        return shape(text)


_DROPPED = 200


def _first(flags: np.ndarray, most: int) -> np.ndarray:
    """The first of the flags that are set."""
    kept = np.zeros(len(flags), dtype=bool)
    kept[np.flatnonzero(flags)[:most]] = True
    return kept


# Of one piece: likeliest codes are worked out for so many different texts.
_HINTS = 200
KEY_JOINT = "|"


def judge(
    source: Source,
    today: date,
    superseded_rows: frozenset[int] = frozenset(),
    register: Register | None = None,
    mended: frozenset[int] | None = None,
) -> Judged:
    """Read every column and find every fault of every row; `superseded_rows` are the numbers of those whose key comes
    again in a later piece of the file. `register` names the institutions that have landed; without one (a check before
    sending) a name stands for its institution unseen."""
    columns: dict[str, ColumnRead] = {}
    findings: list[Finding] = [(None, "too_many_values", source.overflow)]
    if source.references is not None:
        findings.append((None, "row_not_found", ~np.isin(source.row_numbers, list(mended or ()))))
    turned = source.header.values or {}
    for column in extract_columns(source.extract):
        texts = source.columns.get(column.name)
        if texts is None:
            continue
        if column.kind in ("person_name", "institution_name"):
            findings += _cell_errors(column, texts)
            continue
        context = Context(today, source.epoch, turned.get(column.name, {}))
        read = columns[column.name] = _read(column, texts, context)
        if column.is_required:
            findings.append((column.name, "missing_value", read.is_missing))
        if column.kind == "payee":
            findings += [(column.name, reason, flags) for reason, flags in _payee_faults(read, columns, today).items()]
            continue
        for reason, flags in read.readings.faults.items():
            findings.append((column.name, reason, read.rows_where(flags)))
        if column.kind in ("text", "free_text", "occupation") and "person_name" in source.columns:
            named = _holds_name(read, source.columns["person_name"])
            if named is not None:
                findings.append((column.name, "identity_in_value", named))
    institutions = _named_institutions(source, columns, register)
    findings, resolved = _with_names(findings, institutions, columns)
    if source.extract == "enrollment":
        findings += _end_date_faults(columns) + _birth_faults(columns)
    findings, dropped = _dropped(findings, source.extract, columns)
    rejected = np.zeros(source.rows, dtype=bool)
    for _, _, flags in findings:
        rejected |= flags
    key = next(c.name for c in extract_columns(source.extract) if c.is_key)
    superseded = _superseded(columns, source, rejected)
    if superseded_rows:
        superseded |= ~rejected & np.isin(source.row_numbers, list(superseded_rows))
    findings.append((key, "superseded_in_file", superseded))
    findings = [finding for finding in findings if finding[2].any()]
    return Judged(source, columns, findings, rejected | superseded, dropped, resolved)


# Faults that cost an optional column its value and not the row. Never an identity, a spreadsheet's error or a broken
# character: those say that the row itself is not what was meant.
_COST_THE_ROW = frozenset(
    {
        *("identity_in_value", "cell_error", "broken_character", "missing_value"),
        *("institution_not_found", "institution_ambiguous"),  # of a name that stands for the required code
    }
)


def _dropped(
    findings: list[Finding], extract: str, columns: dict[str, ColumnRead]
) -> tuple[list[Finding], list[Finding]]:
    """What costs the row, and what costs only the value of an optional column. The end of a completed session is no
    optional value."""
    optional = {c.name for c in extract_columns(extract) if not c.is_required and not c.is_key}
    kept: list[Finding] = []
    dropped: list[Finding] = []
    for column, reason, flags in findings:
        if column not in optional or reason in _COST_THE_ROW or not flags.any() or reason in _OF_COMPLETED:
            kept.append((column, reason, flags))
            continue
        needed = _is_completed(columns) if column == "end_date" else np.zeros(len(flags), dtype=bool)
        kept.append((column, reason, flags & needed))
        dropped.append((column, reason, flags & ~needed))
    return kept, [finding for finding in dropped if finding[2].any()]


def _cell_errors(column: ExtractColumn, texts: pa.Array) -> list[Finding]:
    """A spreadsheet's error in a column that is not kept says that its row was made from broken formulas."""
    found = []
    entries = texts.dictionary if isinstance(texts, pa.DictionaryArray) else texts
    faults: dict[str, np.ndarray] = {}
    for place in np.flatnonzero(_may_be_faulty(entries)).tolist():
        text = normalize(entries[place].as_py())
        if text and (reason := common_fault(text)):
            faults.setdefault(reason, np.zeros(len(entries), dtype=bool))[place] = True
    for reason, flags in faults.items():
        rows = flags
        if isinstance(texts, pa.DictionaryArray):
            rows = np.append(flags, False)[pc.fill_null(texts.indices, -1).to_numpy()]
        found.append((column.name, reason, rows))
    return found


def _may_be_faulty(entries: pa.Array) -> np.ndarray:
    return _flags(pc.match_substring_regex(entries, rf"^\s*(?:#|[Ee]rr:)|{BROKEN}"))


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
            data |= {column.name: read.values_of(accepted), stored_names(column)[1]: read.names_of(accepted)}
        else:
            data[column.name] = read.values_of(accepted)
    if judged.institutions is not None:
        codes = judged.institutions
        data["institution_uscc"] = codes if accepted is None else codes.take(accepted)
    for column, _, flags in judged.dropped:
        gone = pa.array(flags) if accepted is None else pa.array(flags).take(accepted)
        for name in stored_names(_column_of(judged.source.extract, column)):
            data[name] = _nulled(data[name], gone)
    data["unread_columns"] = _unread(judged, accepted)
    data["row_number"] = numbers if accepted is None else numbers.take(accepted)
    return pa.table(data)


def _read(column: ExtractColumn, texts: pa.Array, context: Context) -> ColumnRead:
    if isinstance(texts, pa.DictionaryArray):
        places = pc.fill_null(texts.indices, -1).to_numpy()
        return ColumnRead(column, read_column(column, texts.dictionary, context), places)
    return ColumnRead(column, read_column(column, texts, context), np.arange(len(texts)), is_plain=True)


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
    entries = read.readings.values if read.readings.names is None else read.readings.names
    foreign = ~pc.fill_null(pc.string_is_ascii(entries), True).to_numpy(zero_copy_only=False)
    if not foreign.any():
        return None
    chinese = np.flatnonzero(read.rows_where(foreign))
    texts = entries if read.is_plain else entries.take(read.indices)
    pairs = zip(chinese.tolist(), texts.take(chinese).to_pylist(), names.take(chinese).to_pylist(), strict=True)
    flags = np.zeros(len(texts), dtype=bool)
    for row, text, raw_name in pairs:
        name = normalize(raw_name) if raw_name else None
        if name and len(name) >= 2 and not name.isascii() and name in text:
            flags[row] = True
    return flags


def _column_of(extract: str, name: str) -> ExtractColumn:
    return next(column for column in extract_columns(extract) if column.name == name)


def _nulled(values: pa.Array, gone: pa.Array) -> pa.Array:
    """The values without those that are gone."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if isinstance(values, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(values.type, _nulled(values.storage, gone))
    return pc.if_else(gone, pa.scalar(None, values.type), values)


def _unread(judged: Judged, accepted: pa.Array | None) -> pa.Array:
    """The names of the columns whose value was dropped, a text a row, null for none."""
    if not judged.dropped:
        return pa.nulls(judged.rows_landed, pa.string())
    names: list[list[str]] = [[] for _ in range(judged.source.rows)]
    for column, _, flags in judged.dropped:
        for row in np.flatnonzero(flags).tolist():
            if column not in names[row]:
                names[row].append(column)
    texts = pa.array([",".join(found) or None for found in names], pa.string())
    return texts if accepted is None else texts.take(accepted)


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
    places = np.flatnonzero(asked & codes.is_valid().to_numpy(zero_copy_only=False))
    flags = np.zeros(len(codes), dtype=bool)
    if len(places):
        asked_codes = codes.take(pa.array(places))
        flags[places] = holds_identity(pc.utf8_upper(asked_codes), purpose="organization_code", today=today)
        for place in np.flatnonzero(~_flags(pc.string_is_ascii(asked_codes))).tolist():
            flags[places[place]] |= holds_name(asked_codes[place].as_py())
    return flags


_OF_COMPLETED = frozenset({"end_date_missing", "end_before_start"})


def _is_completed(columns: dict[str, ColumnRead]) -> np.ndarray:
    return _flags(pc.equal(columns["status"].values, "completed"))


def _end_date_faults(columns: dict[str, ColumnRead]) -> list[Finding]:
    """A completed session has an end date, and not one before its start."""
    completed = _is_completed(columns)
    end = columns.get("end_date")
    if end is None:
        return [("end_date", "end_date_missing", completed)]
    before = _flags(pc.less(end.values, columns["start_date"].values))
    return [
        ("end_date", "end_date_missing", completed & end.is_missing),
        ("end_date", "end_before_start", completed & before),
    ]


def _birth_faults(columns: dict[str, ColumnRead]) -> list[Finding]:
    """Nobody begins a course before they are born: the ID or the date is another's."""
    ids, start = columns["person_id"], columns["start_date"]
    wrong = np.zeros(len(ids.places), dtype=bool)
    for flags in ids.readings.faults.values():
        wrong |= ids.rows_where(flags)
    if wrong.all():
        return []
    born = pc.if_else(pa.array(wrong), None, pc.utf8_slice_codeunits(ids.values, 6, 10)).cast(pa.int32())
    return [("person_id", "birth_after_start", _flags(pc.greater(born, pc.year(start.values).cast(pa.int32()))))]


def _flags(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(bool)


def _named_institutions(
    source: Source, columns: dict[str, ColumnRead], register: Register | None
) -> _Institutions | None:
    """What the names of institutions stand for in the rows that have no code; None where nothing is named."""
    names = source.columns.get("institution_name")
    if names is None:
        return None
    encoded = names if isinstance(names, pa.DictionaryArray) else names.dictionary_encode()
    entries = [None if text is None else normalize(text) for text in encoded.dictionary.to_pylist()]
    found = [None if name is None else _institution(name, register) for name in entries]
    places = pc.fill_null(encoded.indices, -1).to_numpy()
    codes = pa.array([answer[0] if answer else None for answer in found], pa.string())
    code = columns.get("institution_uscc")
    asked = np.ones(source.rows, dtype=bool) if code is None else code.is_missing
    is_named = np.append(np.array([name is not None for name in entries], dtype=bool), False)[places] & asked
    faults = {}
    for reason in ("institution_not_found", "institution_ambiguous"):
        flags = np.append(np.array([bool(answer) and answer[1] == reason for answer in found], dtype=bool), False)
        faults[reason] = flags[places] & is_named
    return _Institutions(codes.take(pa.array(places, mask=places < 0)), is_named, faults)


def _institution(name: str, register: Register | None) -> tuple[str | None, str | None]:
    if register is None:
        return None, None
    codes = register.get(spelling(name), ())
    if len(codes) == 1:
        return codes[0], None
    return None, "institution_ambiguous" if codes else "institution_not_found"


def _with_names(
    findings: list[Finding], institutions: _Institutions | None, columns: dict[str, ColumnRead]
) -> tuple[list[Finding], pa.Array | None]:
    """The findings, with what names say of rows without a code, and the codes of all rows."""
    if institutions is None:
        return findings, None
    named = institutions.is_named
    code = columns.get("institution_uscc")
    if code is None:
        findings = [*findings, ("institution_name", "missing_value", ~named)]
        codes = institutions.codes
    else:
        findings = [
            (column, reason, flags & ~named if (column, reason) == ("institution_uscc", "missing_value") else flags)
            for column, reason, flags in findings
        ]
        codes = pc.if_else(pa.array(named), institutions.codes, code.values)
    findings += [("institution_name", reason, flags) for reason, flags in institutions.faults.items()]
    return findings, codes


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
        "origin_region": _origin(ids).dictionary_encode().take(at),
    }


# Of foreigners: 9, then the province that issued the card and the nationality, where a resident ID has the origin.
FOREIGN = "91"


def _origin(ids: pa.Array) -> pa.Array:
    """The region of origin, first two digits; foreigners have one of their own."""
    return pc.if_else(pc.starts_with(ids, "9"), FOREIGN, pc.utf8_slice_codeunits(ids, 0, 2))


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
