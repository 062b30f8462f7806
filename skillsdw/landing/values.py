"""Read values (1-extracts § Values): every kind's reading has its one home here, dates in `dates.py`.

Codes, dates, numbers and the like come by the hundred thousand but in few spellings: each distinct text is read once,
in plain Python, and the answer is shared by its rows. Texts that are mostly distinct (keys) pass a vectorized test when
they are ordinary ASCII, and only the others are read one by one.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation, localcontext
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import (
    OCCUPATION_CODE,
    ExtractColumn,
    code_lookup,
    county_lookup,
    occupation_lookup,
    plain,
    spelling,
)
from skillsdw.identity import holds_identity
from skillsdw.landing.dates import read_date, role_of
from skillsdw.landing.identity import id_faults, uscc_fault
from skillsdw.landing.length import LONGEST

_NULLS = frozenset(
    {"", "/", "\\", "无", "暂无", "null", "(null)", "<null>", "\\n", "nan", "n/a", "none", "<na>", "nat", "[null]"}
)
_RUN_OF_DASHES = re.compile(r"[-_—─]+|/+")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_QUOTED_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
# What spreadsheets show instead of a value, and what a column too narrow for its number was saved as.
_CELL_ERROR = re.compile(
    r"#(?:N/A|REF!?|VALUE!?|NAME\?|DIV/0!?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|"
    r"PYTHON!|GETTING_DATA|UNCALCULATED)|#{2,}|ERR:\d{3}",
    re.IGNORECASE,
)
# A number as a spreadsheet writes it when it has more digits than it keeps.
_SCIENTIFIC = re.compile(r"[+-]?(?:\d(?:\.\d+)?E[+-]\d+|\d\.\d+E\d+)", re.IGNORECASE | re.ASCII)
_DECIMAL_ZERO = re.compile(r"(\d+)\.0+", re.ASCII)
BROKEN = "\ufffd"  # stands for bytes that are no character

_ORDINARY = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"
# Ordinary to the eye, and yet read as something else: nulls, numbers of a float column, scientific notation, escapes.
_NOT_ORDINARY = r"(?i)^(?:null|nan|none|nat)$|^[0-9]+\.0+$|^[0-9](?:\.[0-9]+)?e[0-9+-]*[0-9]$|_x[0-9a-f]{4}_|^_+$|^err:"

_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|[+-]?\.\d+", re.ASCII)
_UNITS = re.compile(r"(?:个?课时|个?学时|个?小时|h|hrs?|人次|人|个|名|家|节)", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(r"(?:¥|￥|人民币|rmb|cny)\s*", re.IGNORECASE)
_CURRENCY_BEHIND = re.compile(r"\s*(?P<ten_thousands>万)?(?:元|圆|rmb|cny)整?", re.IGNORECASE)
_BOOLEANS = {
    **dict.fromkeys(
        ("是", "true", "1", "y", "yes", "有", "领取", "已领取", "正在领取", "领取中", "√", "✓", "对"), True
    ),
    **dict.fromkeys(("否", "false", "0", "n", "no", "未领取", "不领取", "没有领取", "没有", "×", "✗", "不是"), False),
}
_STAR_WORDS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_STARS = re.compile(r"([1-5一二两三四五])(?:\.0+)?\s*(?:星级?|颗星|★)?", re.ASCII)
_MAX_INTEGER = 2**31 - 1
_MAX_AMOUNT = Decimal(10**12)  # what decimal(14, 2) holds
_COUNTY_DIGITS = re.compile(r"(45\d{4})(?:\d{3}|\d{6})?", re.ASCII)

Value = str | date | int | bool | Decimal | None
# text already normalized and not null → its value, or None and the reason code
Reader = Callable[[str], tuple[Value, str | None]]


@dataclass(frozen=True)
class Context:
    """What a reading depends on besides the text: the day of landing, the workbook's epoch, and the values that the
    column's own header turns round (spelling → code)."""

    today: date
    epoch: int = 1900
    header_values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Readings:
    """What a column says. One entry a text of the array read: `values` typed, null where the text means nothing or
    has a fault; `faults` reason code → flags; `notes` what was converted → flags. `texts` are the texts, normalized.
    `names` are those of occupations that have no code in the list."""

    texts: pa.Array
    values: pa.Array
    faults: dict[str, np.ndarray]
    notes: dict[str, np.ndarray] = field(default_factory=dict)
    names: pa.Array | None = None


def normalize(text: str) -> str | None:
    """§ Values: NFKC, format characters and `_xNNNN_` escapes undone, outer white space, a leading apostrophe and a
    CSV's ="…" taken off; None for what means null."""
    if "_x" in text or "_X" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    text = " ".join(_without_marks(text).split())
    if match := _QUOTED_FORMULA.fullmatch(text):
        text = match[1].replace('""', '"').strip()
    text = text.lstrip("'").strip()
    return None if text.lower() in _NULLS or _RUN_OF_DASHES.fullmatch(text) else text


def _without_marks(text: str) -> str:
    """NFKC without format and control characters. White space within stays: it parts words."""
    if text.isascii() and text.isprintable():
        return text
    return _unprintable_removed(text)


def _unprintable_removed(text: str) -> str:
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Cf" or (category == "Cc" and character not in "\t\n"):
            continue
        kept.append(character)
    return "".join(kept)


def normalize_key(text: str) -> str | None:
    """A key, code or number as it is kept: `normalize` with one dash, without the .0 of a float column."""
    normal = normalize(text)
    if normal is None:
        return None
    return _without_decimal_zero(normal if normal.isascii() else plain(normal))


def _without_decimal_zero(text: str) -> str:
    """5.0, which a column of numbers with gaps makes of 5 in many tools, is 5."""
    match = _DECIMAL_ZERO.fullmatch(text)
    return match[1] if match else text


def read_integer(minimum: int | None, maximum: int | None, text: str) -> tuple[int | None, str | None]:
    """A whole number between the bounds; thousands separators, a trailing .0 and a unit (80课时) are allowed."""
    if len(text) > LONGEST:
        return None, "out_of_range" if text.isdecimal() else "integer_format"
    number = _number(_UNITS.sub("", text).strip() if text[-1:].isalpha() else text)
    if number is None and re.fullmatch(r"[+-]?\d{16,}", text, re.ASCII):
        return None, "out_of_range"
    if number is None or number != number.to_integral_value():
        return None, "integer_format"
    low = -_MAX_INTEGER if minimum is None else minimum
    high = _MAX_INTEGER if maximum is None else maximum
    return (int(number), None) if low <= number <= high else (None, "out_of_range")


def read_amount(text: str) -> tuple[Decimal | None, str | None]:
    """Yuan, thousands separators and the word 元 allowed, at most two decimals that are not 0."""
    if len(text) > LONGEST:
        return None, "amount_format"
    behind = _CURRENCY_BEHIND.search(text)
    bare = _CURRENCY_BEFORE.sub("", text[: behind.start()] if behind and behind.end() == len(text) else text, count=1)
    amount = _number(bare.strip())
    if amount is None or amount.is_signed():
        return None, "amount_format"
    if behind and behind["ten_thousands"]:
        amount *= 10_000
    if amount >= _MAX_AMOUNT:
        return None, "out_of_range"
    rounded = amount.quantize(Decimal("0.01"))
    return (rounded, None) if rounded == amount else (None, "amount_format")


def _number(text: str) -> Decimal | None:
    """A decimal number as a spreadsheet shows it: with 15 significant digits where a float carries more."""
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if len(number.as_tuple().digits) > 15 and number != number.to_integral_value():
        with localcontext() as context:
            context.prec = 15
            number = +number
    return number


def read_stars(text: str) -> tuple[int | None, str | None]:
    """1–5, 四星级, ★★★★."""
    if match := _STARS.fullmatch(text):
        return _STAR_WORDS.get(match[1]) or int(match[1]), None
    stars = text.replace("☆", "")
    if stars and set(stars) <= {"★", "⭐"} and len(stars) <= 5:
        return len(stars), None
    return None, "stars_format"


def read_boolean(text: str) -> tuple[bool | None, str | None]:
    """是/否, true/false, 1/0, Y/N, in any case."""
    value = _BOOLEANS.get(_without_decimal_zero(text.lower()))
    return value, "boolean_format" if value is None else None


def read_code(code_list: str, header_values: dict[str, str], text: str) -> tuple[str | None, str | None]:
    """A code, its Chinese or English name, or an alias of it; first what the column's header makes of the value."""
    form = _without_decimal_zero(spelling(text))
    code = header_values.get(form) or code_lookup(code_list).get(form)
    if code:
        return code, None
    if code_list == "result" and (_NUMBER.fullmatch(form) or form.endswith("分")):
        return None, "score_not_result"
    return None, "code_unknown"


def read_county(text: str) -> tuple[str | None, str | None]:
    """A place of Guangxi by code or unambiguous name; a replaced one is read as the newer, a code of 12 digits by its
    first six, …01 (市辖区) as the city."""
    lookup = county_lookup()
    form = _without_decimal_zero(spelling(text))
    codes = lookup.get(form)
    if not codes and (match := _COUNTY_DIGITS.fullmatch(form)):
        codes = lookup.get(match[1])
        if not codes and match[1].endswith("01"):
            codes = lookup.get(f"{match[1][:4]}00")
    if not codes and form.endswith("市辖区"):
        codes = lookup.get(form.removesuffix("市辖区"))
    if not codes:
        return None, "county_unknown"
    return (next(iter(codes)), None) if len(codes) == 1 else (None, "county_ambiguous")


def read_uscc(text: str) -> tuple[str | None, str | None]:
    """A USCC in upper case; blanks and dashes between its groups are taken out."""
    uscc = "".join(text.split()).replace("-", "").upper()
    reason = uscc_fault(uscc)
    return (uscc, None) if reason is None else (None, reason)


def read_occupation(text: str) -> tuple[str | None, str | None]:
    """An occupation's code: as it stands, or of the name or job type that stands there; None without a fault for a name
    that the list does not have."""
    if match := OCCUPATION_CODE.search(text):
        return match[0], None
    form = spelling(text)
    if code := occupation_lookup().get(form):
        return code, None
    # Codes of other systems have no name of ours: they are kept as codes.
    return (text, None) if form.isascii() and any(c.isdigit() for c in form) else (None, None)


def read_column(column: ExtractColumn, texts: pa.Array, context: Context) -> Readings:
    """Read the texts of a column by its kind. An identity is looked for in every column but that of IDs."""
    match column.kind:
        case "person_id":
            return _read_person_ids(texts, context.today)
        case "text" | "payee":
            return _read_texts(column, texts, context.today, normalize_key, "key")
        case "free_text":
            return _read_texts(column, texts, context.today, normalize, _purpose(column))
        case "occupation":
            return _read_occupations(column, texts, context.today)
        case "date":
            return _read_dates(column, texts, context)
    return _read_each(texts, *_reader_of(column, context), column, context.today)


def _purpose(column: ExtractColumn) -> str:
    return "organization_name" if column.name == "name" else "free_text"


def _reader_of(column: ExtractColumn, context: Context) -> tuple[Reader, pa.DataType]:
    match column.kind:
        case "integer":
            return partial(read_integer, column.minimum, column.maximum), pa.int32()
        case "stars":
            return read_stars, pa.int32()
        case "boolean":
            return read_boolean, pa.bool_()
        case "amount":
            return read_amount, pa.decimal128(14, 2)
        case "county":
            return read_county, pa.string()
        case "uscc":
            return read_uscc, pa.string()
        case "code":
            return partial(read_code, column.code_list, context.header_values), pa.string()
    raise ValueError(f"no reader for kind {column.kind}")


# Columns whose unreadable value may be an identity that slipped into them, and whose numbers a spreadsheet cuts.
_HOLDS_NUMBERS = frozenset({"uscc", "code", "county"})


class _Faults:
    """Flags by reason, made from the places at fault."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._places: dict[str, list[int]] = {}

    def add(self, reason: str, place: int) -> None:
        self._places.setdefault(reason, []).append(place)

    def flags(self) -> dict[str, np.ndarray]:
        return {reason: _flags_at(places, self._length) for reason, places in self._places.items()}


def common_fault(text: str) -> str | None:
    """What is wrong with a normalized text whatever column it stands in."""
    if text[0] in "#Ee" and _CELL_ERROR.fullmatch(text):
        return "cell_error"
    return "broken_character" if BROKEN in text else None


def _read_each(
    texts: pa.Array, reader: Reader, value_type: pa.DataType, column: ExtractColumn, today: date
) -> Readings:
    """Read every text of an array by itself."""
    normal: list[str | None] = []
    values: list[Value] = []
    faults, asked = _Faults(len(texts)), []
    for place, raw in enumerate(texts.to_pylist()):
        text = None if raw is None else normalize(raw)
        value, reason = None, None
        if text is not None:
            value, reason = _one(text, reader, column.kind)
        if reason:
            faults.add(reason, place)
        # A code that was read is no identity; what was not may be anything. A USCC may be an ID by chance.
        if reason not in _NO_VALUE and (reason or column.kind == "uscc"):
            asked.append(place)
        normal.append(text)
        values.append(value)
    flags = faults.flags()
    texts_read = pa.array(normal, pa.string())
    held = _identities(texts_read, asked, "organization_code" if column.kind == "uscc" else "key", today)
    return Readings(texts_read, _cleared(pa.array(values, value_type), held), _with_identity(flags, held))


def _one(text: str, reader: Reader, kind: str) -> tuple[Value, str | None]:
    if reason := common_fault(text):
        return None, reason
    if kind in _HOLDS_NUMBERS and _SCIENTIFIC.fullmatch(text):
        return None, "number_lost_digits"
    return reader(text if len(text) <= LONGEST else BROKEN)


def _read_dates(column: ExtractColumn, texts: pa.Array, context: Context) -> Readings:
    role, may_be_open = role_of(column.name), column.name.endswith("_to")
    earliest = date(column.minimum or 1, 1, 1)
    latest = date(context.today.year + (column.maximum or 200), context.today.month, 28)
    normal: list[str | None] = []
    values: list[date | None] = []
    faults, notes, refused = _Faults(len(texts)), _Faults(len(texts)), []
    for place, raw in enumerate(texts.to_pylist()):
        text = None if raw is None else normalize(raw)
        day = None
        if text is not None:
            reason = common_fault(text)
            if reason is None:
                read = read_date(plain(text) if len(text) <= LONGEST else BROKEN, role, context.epoch)
                day, reason = read.day, read.reason
                if read.is_null or (read.is_open and may_be_open):
                    text = None
                elif read.is_open:
                    reason = "date_format"
                elif day is not None and column.maximum is not None and not earliest <= day < latest:
                    day, reason = None, "date_implausible"
                if read.is_converted:
                    notes.add("date_converted", place)
            if reason:
                faults.add(reason, place)
                refused.append(place)
        normal.append(text)
        values.append(day)
    texts_read = pa.array(normal, pa.string())
    held = _identities(texts_read, refused, "key", context.today)
    return Readings(texts_read, pa.array(values, pa.date32()), _with_identity(faults.flags(), held), notes.flags())


def _read_person_ids(texts: pa.Array, today: date) -> Readings:
    """Resident IDs, upper case, vectorized: a large file has millions of distinct ones."""
    ordinary = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]{17}[0-9Xx]$"), False)
    ids = pc.utf8_upper(_normalize_others(texts, _numpy(ordinary), _compact_key))
    faults = id_faults(ids, today)
    # What is no ID is told by what it is; the format's own fault stays for the rest.
    for place in np.flatnonzero(faults["id_format"]).tolist():
        text = ids[place].as_py()
        if reason := _other_document(text):
            faults["id_format"][place] = False
            faults.setdefault(reason, np.zeros(len(ids), dtype=bool))[place] = True
    return Readings(ids, ids, {reason: flags for reason, flags in faults.items() if flags.any()})


def _compact_key(text: str) -> str | None:
    normal = normalize_key(text)
    return None if normal is None else "".join(normal.split())


def _other_document(text: str) -> str | None:
    if reason := common_fault(text):
        return reason
    if _SCIENTIFIC.fullmatch(text):
        return "number_lost_digits"
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        return "id_old"
    if re.fullmatch(r"[A-Z]{1,3}\d{6,12}", text, re.ASCII):
        return "id_other_document"
    return None


def _read_texts(
    column: ExtractColumn,
    texts: pa.Array,
    today: date,
    normalized: Callable[[str], str | None],
    purpose: str,
) -> Readings:
    """Keys and free text: normalized, not too long, not cut by a spreadsheet, and no identity anywhere inside."""
    ordinary = pc.fill_null(
        pc.and_(pc.match_substring_regex(texts, _ORDINARY), pc.invert(pc.match_substring_regex(texts, _NOT_ORDINARY))),
        False,
    )
    others = ~_numpy(ordinary)
    values = _normalize_others(texts, ~others, normalized)
    faults: dict[str, np.ndarray] = {}
    if column.maximum is not None:
        faults["text_too_long"] = _numpy(pc.fill_null(pc.greater(pc.utf8_length(values), column.maximum), False))
    for place in np.flatnonzero(others).tolist():
        text = values[place].as_py()
        if text is None:
            continue
        reason = common_fault(text)
        if reason is None and purpose == "key" and _SCIENTIFIC.fullmatch(text):
            reason = "number_lost_digits"
        if reason:
            faults.setdefault(reason, np.zeros(len(texts), dtype=bool))[place] = True
    # A payee's own column may hold a person's ID: whose it is is judged with the row.
    held = holds_identity(values, purpose=purpose, today=today)
    faults = _with_identity(faults, held)
    return Readings(values, values, {reason: flags for reason, flags in faults.items() if flags.any()})


def _read_occupations(column: ExtractColumn, texts: pa.Array, today: date) -> Readings:
    codes: list[str | None] = []
    names: list[str | None] = []
    normal: list[str | None] = []
    faults = _Faults(len(texts))
    for place, raw in enumerate(texts.to_pylist()):
        text = None if raw is None else normalize_key(raw)
        code, name, reason = None, None, None
        if text is not None:
            code, reason = _one(text, read_occupation, "code")
            if reason is None and len(code or text) > (column.maximum or LONGEST):
                code, reason = None, "text_too_long"
            if code is None and reason is None:
                name = text
        if reason:
            faults.add(reason, place)
        normal.append(text)
        codes.append(code)
        names.append(name)
    texts_read = pa.array(normal, pa.string())
    held = holds_identity(texts_read, purpose="occupation", today=today)
    return Readings(
        texts_read,
        _cleared(pa.array(codes, pa.string()), held),
        _with_identity(faults.flags(), held),
        names=_cleared(pa.array(names, pa.string()), held),
    )


# Faults of what is no value at all: there is nothing in it that could be somebody's.
_NO_VALUE = frozenset({"cell_error", "number_lost_digits"})


def _identities(texts: pa.Array, asked: list[int], purpose: str, today: date) -> np.ndarray:
    """Flags of the texts among those asked that hold an identity."""
    flags = np.zeros(len(texts), dtype=bool)
    if asked:
        flags[asked] = holds_identity(texts.take(pa.array(asked)), purpose=purpose, today=today)
    return flags


def _with_identity(faults: dict[str, np.ndarray], held: np.ndarray) -> dict[str, np.ndarray]:
    """An identity is the one fault of its value: what else is wrong with it would only describe it."""
    if not held.any():
        return faults
    kept = {reason: flags & ~held for reason, flags in faults.items()}
    return {reason: flags for reason, flags in kept.items() if flags.any()} | {"identity_in_value": held}


def _cleared(values: pa.Array, held: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(held), pa.scalar(None, values.type), values) if held.any() else values


def _normalize_others(texts: pa.Array, ordinary: np.ndarray, normalized: Callable[[str], str | None]) -> pa.Array:
    """Normalize the texts that are not ordinary, each distinct one once."""
    others = ~ordinary
    if not others.any():
        return texts
    encoded = texts.filter(pa.array(others)).dictionary_encode()
    cleaned = pa.array([None if t is None else normalized(t) for t in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pa.array(others), cleaned.take(encoded.indices))


def _flags_at(places: list[int], length: int) -> np.ndarray:
    flags = np.zeros(length, dtype=bool)
    flags[places] = True
    return flags


def _numpy(flags: pa.Array) -> np.ndarray:
    return flags.to_numpy(zero_copy_only=False).astype(bool)
