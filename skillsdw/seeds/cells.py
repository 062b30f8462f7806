"""A cell of a seed: what Excel made of it is undone where that is certain, else the cell is a fault.

A value is written one way only, the one that dbt reads: a date as 2025-03-01, a boolean as true or false, a number
without separators and without zeros at its end.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

_EXCEL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!|#+)")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E[+-]?\d+", re.IGNORECASE)
# How Excel shows what it took for a day or a month: 5月1日, 2025年9月, 1-May, May-01, Sep-25.
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_MADE_A_DATE = re.compile(rf"\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2}}", re.IGNORECASE)
_LOST = re.compile(r"\?{2,}|\ufffd")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日|(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(?::00(?:\.0+)?)?$")
_DAY_ZERO = date(1899, 12, 30)  # of Excel's serial numbers
_DIGITS = 24  # of a number, more than any type has: Decimal counts with 28
_SERIALS = (36_526, 73_050)  # 2000 to 2099: days that a list may speak of
_TRUE, _FALSE = frozenset({"true", "1", "是", "y", "yes"}), frozenset({"false", "0", "否", "n", "no"})
_WHOLE = {"integer": 2**31, "bigint": 2**63}

Reader = Callable[[str], str | None]
"""A cell that is not empty → its canonical text, None when it is none of the type."""


def tidy(text: str) -> str:
    """A cell without what nobody sees: characters of format, white space around it, Excel's marks of a text."""
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    if match := re.fullmatch(r'="(.*)"', text):
        text = match[1].strip()
    return text[1:].strip() if text.startswith("'") else text


def damage(text: str, kind: str) -> tuple[str, str] | None:
    """What a program has done to a cell that cannot be undone, in both languages; None for a sound one."""
    if _EXCEL_ERROR.fullmatch(text):
        return "是 Excel 的错误值", "is an error of Excel's"
    if _LOST.search(text):
        return "中的文字已丢失(另存时编码不支持汉字)", "has lost its characters (saved in an encoding without them)"
    if _SCIENTIFIC.fullmatch(text):
        return "是科学计数法,末尾数字可能已丢失", "is in scientific notation: its last digits may be lost"
    if kind != "date" and _MADE_A_DATE.fullmatch(text):
        return "已被 Excel 改成日期", "was turned into a date by Excel"
    return None


def reader_of(kind: str) -> Reader:
    """The reader of a type of `column_types`. ValueError for a type that no seed has had yet."""
    if kind == "varchar":
        return lambda text: text
    if kind in _WHOLE:
        return lambda text: _whole(text, _WHOLE[kind])
    if kind == "double":
        return _share
    if kind == "date":
        return _date
    if kind == "boolean":
        return _boolean
    if match := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        digits, places = int(match[1]), int(match[2])
        return lambda text: _decimal(text, digits, places)
    raise ValueError(f"no reader of {kind}")


def words_of(kind: str) -> tuple[str, str]:
    """What a type looks like, for a message."""
    if kind in _WHOLE:
        return "整数,如 60000", "a whole number such as 60000"
    if kind == "double":
        return "数字,如 0.7", "a number such as 0.7"
    if kind == "date":
        return "日期,如 2025-03-01", "a date such as 2025-03-01"
    if kind == "boolean":
        return "true 或 false", "true or false"
    if kind.startswith("decimal"):
        return "最多两位小数的金额,如 600.00", "an amount with at most two decimals such as 600.00"
    return "文字", "a text"


def _number(text: str) -> Decimal | None:
    text = unicodedata.normalize("NFKC", text).replace(" ", "")
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return Decimal(text) if _NUMBER.fullmatch(text) and len(text) <= _DIGITS else None


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _whole(text: str, beyond: int) -> str | None:
    number = _number(text)
    if number is None or number % 1 != 0 or not -beyond <= number < beyond:
        return None
    return _plain(number)


def _decimal(text: str, digits: int, places: int) -> str | None:
    number = _number(re.sub(r"^[¥￥]|元$", "", text))
    if number is None or number != round(number, places) or abs(number) >= 10 ** (digits - places):
        return None
    return _plain(number)


def _share(text: str) -> str | None:
    text = unicodedata.normalize("NFKC", text)
    number = _number(text.removesuffix("%"))
    if number is None:
        return None
    return _plain(number / 100 if text.endswith("%") else number)


def _boolean(text: str) -> str | None:
    word = unicodedata.normalize("NFKC", text).lower()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def _date(text: str) -> str | None:
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"\d{5}", text) and _SERIALS[0] <= int(text) <= _SERIALS[1]:
        return (_DAY_ZERO + timedelta(days=int(text))).isoformat()
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part and part.isdigit())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
