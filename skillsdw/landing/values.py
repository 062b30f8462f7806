"""Read values (1-extracts § Values): every kind's reading has its one home here.

Codes, dates, numbers and the like come by the hundred thousand but in few spellings: each distinct text is
read once, in plain Python, and the answer is shared by its rows. Texts that are mostly distinct (keys) pass
a vectorised test when they are ordinary ASCII, and only the others are read one by one.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import ExtractColumn, code_lookup, county_lookup, spelling
from skillsdw.landing.identity import holds_resident_id, id_faults, uscc_fault

_NULLS = frozenset({"", "-", "—", "/", "无", "null", "n/a"})
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"  # not white space to Unicode, but copied along from web pages
_PLAIN_TEXT = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"
# What a resident ID looks like inside a text; `holds_resident_id` decides.
ROUGH_ID = r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9Xx]"

# Nothing but free text is longer; what is stands for an unreadable value, so that no pattern has to look at it.
_LONGEST = 200
_UNREADABLE = "\ufffd"
_TIME = re.compile(r"(?:T|(?<!\s)\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$", re.ASCII)
_DATES = (
    re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})()(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})(年)(\d{1,2})月(\d{1,2})日", re.ASCII),
)
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.\d+)?", re.ASCII)  # five digits: 2025 alone is no date
_SERIAL_EPOCH = date(1899, 12, 30)
_INTEGER = re.compile(r"([+-]?(?:\d+|\d{1,3}(?:,\d{3})+))(?:\.0+)?", re.ASCII)
_AMOUNT = re.compile(r"((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d{1,2})?)0*", re.ASCII)
_DECIMAL_ZERO = re.compile(r"(\d+)\.0+", re.ASCII)
_BOOLEANS = {
    "是": True,
    "true": True,
    "1": True,
    "y": True,
    "否": False,
    "false": False,
    "0": False,
    "n": False,
}
_MAX_INTEGER = 2**31 - 1
_MAX_AMOUNT = Decimal(10**12)  # what decimal(14, 2) holds

Value = str | date | int | bool | Decimal | None
# text already normalised and not null → its value, or None and the reason code
Reader = Callable[[str], tuple[Value, str | None]]


@dataclass(frozen=True)
class Readings:
    """What a column says. One entry a text of the array read: `values` typed, null where the text means
    nothing or has a fault; `faults` reason code → flags. `texts` are the texts, normalised."""

    texts: pa.Array
    values: pa.Array
    faults: dict[str, np.ndarray]


def normalise(text: str) -> str | None:
    """NFKC, outer white space and leading apostrophes removed; None for what means null."""
    text = unicodedata.normalize("NFKC", text).strip().strip(_INVISIBLE).lstrip("'").strip()
    return None if text.lower() in _NULLS else text


def read_date(text: str) -> tuple[date | None, str | None]:
    """2025-03-01 · 2025/3/1 · 2025.3.1 · 20250301 · 2025年3月1日 · an Excel serial; time parts drop."""
    day = _TIME.sub("", text)
    for pattern in _DATES:
        if match := pattern.fullmatch(day):
            try:
                return date(int(match[1]), int(match[3]), int(match[4])), None
            except ValueError:
                return None, "date_format"
    if match := _SERIAL.fullmatch(day):
        return _SERIAL_EPOCH + timedelta(days=int(match[1])), None
    return None, "date_format"


def read_integer(minimum: int | None, maximum: int | None, text: str) -> tuple[int | None, str | None]:
    """A whole number, thousands separators and a trailing .0 allowed, between the bounds."""
    match = _INTEGER.fullmatch(text)
    if not match:
        return None, "integer_format"
    if len(text) > 40:
        return None, "out_of_range"
    number = int(match[1].replace(",", ""))
    low = -_MAX_INTEGER if minimum is None else minimum
    high = _MAX_INTEGER if maximum is None else maximum
    return (number, None) if low <= number <= high else (None, "out_of_range")


def read_amount(text: str) -> tuple[Decimal | None, str | None]:
    """Yuan, thousands separators allowed, at most two decimals that are not 0."""
    match = _AMOUNT.fullmatch(text)
    if not match or len(text) > 20:
        return None, "amount_format"
    amount = Decimal(match[1].replace(",", "")).quantize(Decimal("0.01"))
    return (amount, None) if amount < _MAX_AMOUNT else (None, "out_of_range")


def read_boolean(text: str) -> tuple[bool | None, str | None]:
    """是/否, true/false, 1/0, Y/N, in any case."""
    value = _BOOLEANS.get(text.lower())
    return value, "boolean_format" if value is None else None


def read_code(code_list: str, text: str) -> tuple[str | None, str | None]:
    """A code, its Chinese or English name, or an alias of it."""
    lookup = code_lookup(code_list)
    # A column of 5s with gaps leaves many tools as 5.0.
    code = lookup.get(spelling(text)) or lookup.get(_DECIMAL_ZERO.sub(r"\1", text))
    return code, None if code else "code_unknown"


def read_county(text: str) -> tuple[str | None, str | None]:
    """A place of Guangxi by code or unambiguous name; a replaced one is read as the newer."""
    lookup = county_lookup()
    codes = lookup.get(spelling(text)) or lookup.get(_DECIMAL_ZERO.sub(r"\1", text))
    if not codes:
        return None, "county_unknown"
    return (next(iter(codes)), None) if len(codes) == 1 else (None, "county_ambiguous")


def read_uscc(today: date, text: str) -> tuple[str | None, str | None]:
    """A USCC in upper case. One resident ID in 31 passes the USCC check by chance: it is refused as an ID."""
    uscc = text.upper()
    reason = uscc_fault(uscc)
    if reason is None and holds_resident_id(uscc, today):
        reason = "identity_in_value"
    return (uscc, None) if reason is None else (None, reason)


def reader_of(column: ExtractColumn, today: date) -> tuple[Reader, pa.DataType]:
    """The reader of a column whose kind is read by distinct text, and the type of its values."""
    match column.kind:
        case "date":
            return read_date, pa.date32()
        case "integer":
            return partial(read_integer, column.minimum, column.maximum), pa.int32()
        case "boolean":
            return read_boolean, pa.bool_()
        case "amount":
            return read_amount, pa.decimal128(14, 2)
        case "county":
            return read_county, pa.string()
        case "uscc":
            return partial(read_uscc, today), pa.string()
        case "code":
            return partial(read_code, column.code_list), pa.string()
    raise ValueError(f"no reader for kind {column.kind}")


def read_each(texts: pa.Array, reader: Reader, value_type: pa.DataType) -> Readings:
    """Read every text of an array by itself."""
    normalised: list[str | None] = []
    values: list[Value] = []
    faulty: dict[str, list[int]] = {}
    for place, raw in enumerate(texts.to_pylist()):
        text = None if raw is None else normalise(raw)
        value, reason = (None, None) if text is None else reader(text if len(text) <= _LONGEST else _UNREADABLE)
        normalised.append(text)
        values.append(value)
        if reason:
            faulty.setdefault(reason, []).append(place)
    faults = {reason: _flags_at(places, len(texts)) for reason, places in faulty.items()}
    return Readings(pa.array(normalised, pa.string()), pa.array(values, value_type), faults)


def read_person_ids(texts: pa.Array, today: date) -> Readings:
    """Resident IDs, upper case, vectorised: a large file has millions of distinct ones."""
    ordinary = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]{17}[0-9Xx]$"), False)
    ids = pc.utf8_upper(_normalise_others(texts, _numpy(ordinary)))
    faults = id_faults(ids, today)
    return Readings(ids, ids, faults)


def read_texts(texts: pa.Array, max_length: int | None, today: date) -> Readings:
    """Keys and other free text: normalised, not too long, and no resident ID anywhere inside."""
    # NULL is the one word of § Values that looks like a plain key.
    plain = pc.and_(
        pc.match_substring_regex(texts, _PLAIN_TEXT), pc.invert(pc.match_substring_regex(texts, "(?i)^null$"))
    )
    ordinary = pc.fill_null(plain, False)
    values = _normalise_others(texts, _numpy(ordinary))
    faults = {}
    if max_length is not None:
        faults["text_too_long"] = _numpy(pc.fill_null(pc.greater(pc.utf8_length(values), max_length), False))
    candidates = np.flatnonzero(_numpy(pc.fill_null(pc.match_substring_regex(values, ROUGH_ID), False)))
    held = [place for place in candidates.tolist() if holds_resident_id(values[place].as_py(), today)]
    faults["identity_in_value"] = _flags_at(held, len(texts))
    return Readings(values, values, {reason: flags for reason, flags in faults.items() if flags.any()})


def read_column(column: ExtractColumn, texts: pa.Array, today: date) -> Readings:
    """Read the texts of a column by its kind."""
    if column.kind == "person_id":
        return read_person_ids(texts, today)
    if column.kind in ("text", "payee", "occupation"):
        return read_texts(texts, column.maximum, today)
    return read_each(texts, *reader_of(column, today))


def _normalise_others(texts: pa.Array, ordinary: np.ndarray) -> pa.Array:
    """Normalise the texts that are not ordinary, each distinct one once."""
    others = ~ordinary
    if not others.any():
        return texts
    encoded = texts.filter(pa.array(others)).dictionary_encode()
    cleaned = pa.array([None if t is None else normalise(t) for t in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pa.array(others), cleaned.take(encoded.indices))


def _flags_at(places: list[int], length: int) -> np.ndarray:
    flags = np.zeros(length, dtype=bool)
    flags[places] = True
    return flags


def _numpy(flags: pa.Array) -> np.ndarray:
    return flags.to_numpy(zero_copy_only=False).astype(bool)
