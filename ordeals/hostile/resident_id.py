"""Whether a whole resident ID is shown: read here apart from the detector that is tried (`skillsdw/identity`)."""

import re
from datetime import date

from skillsdw.landing.identity import id_check_digit

_WINDOW = re.compile(r"(?=([1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]))", re.ASCII)
_PROVINCES = {
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91),
}
_YOUNGEST = 10  # years: nobody younger trains or works, and keys made of city, date and number look so


def holds_resident_id(text: str, today: date) -> bool:
    """Whether a whole, valid resident ID stands anywhere in a text, also inside a longer run of digits."""
    if len(text) < 18:
        return False
    for match in _WINDOW.finditer(text):
        window = match[1].upper()
        if int(window[:2]) not in _PROVINCES or int(window[6:10]) > today.year - _YOUNGEST:
            continue
        if _is_date(window[6:14]) and id_check_digit(window[:17]) == window[17]:
            return True
    return False


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
