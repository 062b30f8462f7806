"""Number formats: which belong to the value they show (`000000` on 123 is 000123) and which only dress it.

Thousands separators, decimals, per cent, currencies and units leave the number as it is. Leading zeros and fixed text
(`"BM"000`, `0000-00`, `"第"0"期"`) are part of what a clerk reads and writes elsewhere, and so of the value.
"""

import re
from functools import cache

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<digit>[0#?])|(?P<other>.)', re.DOTALL
)
# Written before or after an amount or a count; none of them is part of a key.
_DRESS = re.compile(
    r"(?:[\s()+¥￥$€£-]|RMB|CNY|USD|HKD|人民币|[万亿]?元整?|[圆角分]|人次|人数|[人名个位次门节岁天日月年级星]|课时|学时|小时|星级|周岁|"
    r"个月|班次|%|‰)*",
    re.IGNORECASE,
)


_DATE = re.compile(r"[ymdhs]|e(?![+-])|上午|下午|aaa", re.IGNORECASE)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)


# The formats of dates that a workbook names by number alone; those of China are 27 to 36 and 50 to 58.
BUILT_IN_DATES = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), *range(34, 37), *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((*range(18, 22), 32, 33, 45, 47), "h:mm:ss"),
    22: "yyyy-mm-dd h:mm",
    46: "[h]:mm:ss",
}


@cache
def is_date(code: str) -> bool:
    """Whether the format makes a day or a time of its number."""
    if is_duration(code):
        return True
    bare = "".join(token["other"] or token["digit"] or "" for token in _TOKEN.finditer(code.partition(";")[0]))
    if re.search("General|Standard", bare, re.IGNORECASE):
        return False
    return bool(_DATE.search(bare)) and not re.search("[0#?]", re.sub(r"s\.0+", "s", bare, flags=re.IGNORECASE))


@cache
def is_duration(code: str) -> bool:
    """Whether the format shows hours beyond a day."""
    return bool(_DURATION.search(code))


@cache
def belongs(code: str) -> bool:
    """Whether a number so formatted is read as it is shown."""
    return _pieces(code) is not None


def shown(value: float, code: str) -> str | None:
    """The number as its format shows it; None when the format does not belong to it, or the number does not fit."""
    pieces = _pieces(code)
    if pieces is None or not float(value).is_integer() or not 0 <= value < 1e15:
        return None
    places = sum(piece is None or piece == 0 for piece in pieces)
    required = next((place for place, piece in enumerate(p for p in pieces if not isinstance(p, str)) if piece == 0), 0)
    digits = str(int(value)).rjust(places - required, "0")
    lead, digits = digits[: max(0, len(digits) - places)], digits[-places:].rjust(places)
    text, following = [], iter(digits)
    is_first = True
    for piece in pieces:
        if isinstance(piece, str):
            text.append(piece)
            continue
        text.append((lead if is_first else "") + next(following).strip())
        is_first = False
    return "".join(text)


@cache
def _pieces(code: str) -> tuple[str | int | None, ...] | None:
    """The format of positive numbers as literals (text), required digits (0) and optional ones (None); None for a
    format that does not belong to its value."""
    pieces: list[str | int | None] = []
    for token in _TOKEN.finditer(code):
        if (literal := token["quoted"] or token["escaped"]) is not None:
            pieces.append(literal)
        elif token["digit"]:
            pieces.append(0 if token["digit"] == "0" else None)
        elif token["bracket"] is not None:
            if re.match(r"[<>=]", token["bracket"]):
                return None  # shown so only under a condition
        elif other := token["other"]:
            if other == ";":
                break
            if other in "-/:()+ " or ord(other) > 127:  # Excel shows these as they stand
                pieces.append(other)
            elif other.isalpha() or other in ".,%@":
                return None  # a date, General, an exponent, decimals, thousands, per cent
            else:
                pieces.append(other)
    digits = [place for place, piece in enumerate(pieces) if not isinstance(piece, str)]
    if not digits or ("/" in (piece for piece in pieces if isinstance(piece, str)) and None in pieces):
        return None  # no number at all, or a fraction
    before, after = _literals(pieces[: digits[0]]), _literals(pieces[digits[-1] + 1 :])
    within = _literals(pieces[digits[0] : digits[-1]])
    is_dress = not within.strip() and _DRESS.fullmatch(before) and _DRESS.fullmatch(after)
    padded = sum(piece == 0 for piece in pieces) > 1
    if is_dress and not padded:
        return None
    return tuple(pieces)


def _literals(pieces: list[str | int | None]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))
