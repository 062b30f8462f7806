"""Numbers that identify a person: resident IDs, permits, passports, bank cards, mobile numbers (1-extracts § Privacy).

Shapes are never loosened; what a column is for decides what else such a number can be. In a key two groups of
digits with a hyphen between them are a numbering scheme before they are a telephone number, and a code that is a right
USCC is one.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise

from skillsdw.identity.form import DASH, GAP, Form
from skillsdw.identity.places import COUNTRY_LETTERS, COUNTRY_NUMBERS, HOME, PREFECTURES, PROVINCES

YOUNGEST, OLDEST = 10, 100  # years; keys made of a county, a date and a number have a "birth" of today
EARLIEST = 1900  # with a right check digit nobody asks for the age

KEY, ORGANIZATION_CODE, ORGANIZATION_NAME = "key", "organization_code", "organization_name"
FREE_TEXT, FILE_NAME, OCCUPATION, OUTPUT = "free_text", "file_name", "occupation", "output"
PURPOSES = (KEY, ORGANIZATION_CODE, ORGANIZATION_NAME, FREE_TEXT, FILE_NAME, OCCUPATION, OUTPUT)
# Where people number things: figures with hyphens between them are a scheme first.
_NUMBERED = frozenset((KEY, ORGANIZATION_CODE, FILE_NAME, OCCUPATION, OUTPUT))

RESIDENT_ID, OLD_RESIDENT_ID, PERMANENT_RESIDENCE = "resident_id", "old_resident_id", "permanent_residence"
BANK_CARD, MOBILE, PASSPORT, PERMIT, LONG_NUMBER = "bank_card", "mobile", "passport", "permit", "long_number"
UUID, DIGEST, USCC = "uuid", "digest", "uscc"  # no numbers of a person

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile(rf"(?<![0-9A-Z])[{_USCC_ALPHABET}]{{18}}(?![0-9A-Z])")

# Cards of China by their beginnings, in free text also the world's; every length but of UnionPay's is fixed.
_UNION_PAY = re.compile(r"62[0-9]*")
_CARD_OF_19 = re.compile(
    r"9558[0-9]{15}|95599[0-9]{14}|43674[25][0-9]{13}|456351[0-9]{13}|60138[12][0-9]{13}|60142[48][0-9]{13}"
)
_CARD_OF_16 = re.compile(r"(?:35[2-8]|40[345]|4581|52[24]|62)[0-9]*")
_WORLDS_CARD = re.compile(r"(?:35|4(?!5[012])|5[1-5])[0-9]{14}")  # 4501…, 4521… are counties of Guangxi

_STRETCH = re.compile(r"[0-9](?:[ -]?[0-9])*")
_BIRTH = re.compile(r"(?=((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))")
# What may stand glued in front of a number: a year, with a month or a day, or a county.
_GLUED = re.compile(r"(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:[0-3][0-9])?)?|45[0-2][0-9]{3}")
_SCHEME = re.compile(
    r"(?:19|20)[0-9]{2}|(?:20)?[0-3][0-9](?:0[1-9]|1[0-2])(?:[0-3][0-9])?|45[0-2][0-9](?:[0-9]{2})?|00[0-9]+"
)
_PHONE_LAYOUTS = frozenset(((3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5), (5, 6), (6, 5)))
_CARD_LAYOUT = re.compile(r"4(,4){2,3}(,[1-4])?|6,(10|13)")
_UUID = re.compile(
    r"(?<![0-9A-Z])(?=[0-9-]{0,35}[A-F])[0-9A-F]{8}-[0-9A-F]{4}-[1-8][0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}(?![0-9A-Z])"
)
_DIGEST = re.compile(r"(?<![0-9A-Z])[0-9A-F]{16,}(?![0-9A-Z])")

# A letter and eight digits number many things: not a passport are those that begin with a year, a county or zeros.
_SERIAL = r"(?!00|201|202|203|45[0-2][0-9])"
_LETTERED = re.compile(
    rf"(?<![0-9A-Z])(?:(?P<passport>[EGDSPK] ?{_SERIAL}[0-9](?: ?[0-9]){{7}}|(?:E[A-HJ-NP-Z]|DE|SE|PE|KJ|MA) ?{_SERIAL}"
    rf"[0-9](?: ?[0-9]){{6}})|(?P<permit>[HM] ?{_SERIAL}[0-9](?: ?[0-9]){{7}}(?: ?[0-9] ?[0-9])?))(?![ ]?[0-9]|[A-Z])"
)
_LETTERED_IN_TEXT = re.compile(_LETTERED.pattern.replace(" ?", "[ -]?"))
_RESIDENCE = re.compile(r"(?<![A-Z])([A-Z](?:[ -]?[A-Z]){2})[ -]?([0-9](?:[ -]?[0-9]){11})(?![ ]?[0-9])")
_TOLD_ID = re.compile(
    r"(?:身份证|身份证明|公民身份|身份号码|社会保障号|证件号|IDCARD|ID CARD|IDNO|ID NO)[^0-9]{0,6}"
    r"(?P<number>[0-9](?:[ -]?[0-9]){13,18}(?:[ -]?X)?)(?![0-9])"
)
_TOLD_PERMIT = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|台湾居民|居住证|居留证|永居|PASSPORT|TRAVEL PERMIT|军官证|士兵证|[军士文武]字)"
    r"[^0-9A-Z]{0,8}?(?:NO)?[^0-9A-Z]{0,4}(?P<number>[A-Z]{0,3}[ -]?[0-9](?:[ -]?[0-9]){5,11})(?![0-9])"
)
_TOLD_CARD = re.compile(
    r"(?:银行卡|卡号|借记卡|储蓄卡|BANK CARD|CARD NO)[^0-9]{0,6}(?P<number>[0-9](?:[ -]?[0-9]){14,18})(?![0-9])"
)
_TOLD_MOBILE = re.compile(
    r"(?:手机|电话|联系方式|MOBILE|PHONE|TEL)[^0-9]{0,6}(?P<number>(?:(?:00)?86[ -]?)?1(?:[ -]?[0-9]){10})(?![0-9])"
)
_TOLD = (
    (_TOLD_ID, RESIDENT_ID),
    (_TOLD_PERMIT, PERMIT),
    (_TOLD_CARD, BANK_CARD),
    (_TOLD_MOBILE, MOBILE),
)


@dataclass(frozen=True)
class Span:
    """A part of a text that identifies a person, and as what."""

    start: int
    end: int
    kind: str
    is_certain: bool = False  # its check digit is right


@dataclass(frozen=True)
class Ages:
    """Which births are plausible on a day: of a trainee, and of whoever has a number with the right check digit."""

    today: date
    youngest: int = YOUNGEST
    oldest: int = OLDEST
    earliest: int = EARLIEST

    @property
    def newest_birth(self) -> int:
        """The last year of birth that is plausible."""
        return self.today.year - self.youngest

    def is_trainee(self, year: int) -> bool:
        """Whether who was born in a year may be a trainee."""
        return self.today.year - self.oldest < year <= self.newest_birth


def number_spans(form: Form, purpose: str, ages: Ages) -> Iterator[Span]:
    """Every number of a person in a form, by its place in it."""
    text = form.text
    for match in _STRETCH.finditer(text):
        if match.end() - match.start() >= 11:
            yield from _of_stretch(_stretch(text, *match.span()), purpose, ages)
    if any(character.isalpha() for character in text):
        yield from _lettered(text, purpose)
        yield from _residences(text, ages)
        yield from _told(text)
    if purpose == ORGANIZATION_CODE:
        yield from _long(text)


def no_numbers(form: Form) -> Iterator[Span]:
    """What is no number of a person, whatever digits it has: UUIDs, digests, codes of organizations."""
    text = form.text
    if len(text) < 16:
        return
    yield from (Span(*match.span(), UUID) for match in _UUID.finditer(text))
    yield from (Span(*match.span(), DIGEST) for match in _DIGEST.finditer(text) if _is_digest(match[0]))
    yield from (Span(*match.span(), USCC) for match in _USCC.finditer(text) if _is_organization(match[0]))


def excludes(other: Span, span: Span) -> bool:
    """Whether what is no number of a person keeps a span from being one. In a digest eighteen digits with a birth
    and the right check digit are one too many to have come about by chance."""
    if span.start >= other.end or other.start >= span.end:
        return False
    return other.kind != DIGEST or not span.is_certain


@dataclass(frozen=True)
class _Stretch:
    """Digits with nothing but marks between them. `starts` and `ends` are the borders of groups."""

    digits: str
    places: tuple[int, ...]  # of each digit in the form
    starts: frozenset[int]
    ends: frozenset[int]
    dashes: frozenset[int]  # groups that a key's punctuation begins
    has_x: bool

    @cached_property
    def _starts_in_order(self) -> list[int]:
        return sorted(self.starts)

    @cached_property
    def _ends_in_order(self) -> list[int]:
        return sorted(self.ends)

    @cached_property
    def _dashes_in_order(self) -> list[int]:
        return sorted(self.dashes)

    def groups(self, start: int, end: int) -> list[str]:
        """The digits from `start` to `end`, group by group."""
        borders = [start, *_between(self._starts_in_order, start, end), end]
        return [self.digits[a:b] for a, b in pairwise(borders)]

    def is_parted(self, start: int, end: int) -> bool:
        """Whether a group begins between two of these digits."""
        return bool(_between(self._starts_in_order, start, end))

    def has_dash(self, start: int, end: int) -> bool:
        """Whether a key's punctuation stands between two of these digits."""
        return bool(_between(self._dashes_in_order, start, end))

    def group_start(self, place: int) -> int:
        """Where the group of a digit begins."""
        return self._starts_in_order[bisect_right(self._starts_in_order, place) - 1]

    def group_end(self, place: int) -> int:
        """The first end of a group at or behind a place."""
        return self._ends_in_order[bisect_left(self._ends_in_order, place)]


def _between(places: list[int], start: int, end: int) -> list[int]:
    """Those of some ordered places that lie between two, themselves not among them."""
    return places[bisect_right(places, start) : bisect_left(places, end)]


def _stretch(text: str, start: int, end: int) -> _Stretch:
    places = [place for place in range(start, end) if text[place] not in (GAP, DASH)]
    starts = {0} | {at for at in range(1, len(places)) if places[at] != places[at - 1] + 1}
    dashes = {at for at in starts if at and text[places[at] - 1] == DASH}
    digits = "".join(text[place] for place in places)
    behind = text[end : end + 3].lstrip(GAP + DASH)
    if has_x := behind[:1] == "X" and not re.match("[0-9A-Z]", behind[1:2]):
        digits += "X"
        places.append(text.index("X", end))
    ends = frozenset(starts - {0} | {len(places)})
    return _Stretch(digits, tuple(places), frozenset(starts), ends, frozenset(dashes), has_x)


def _of_stretch(stretch: _Stretch, purpose: str, ages: Ages) -> Iterator[Span]:
    """What a stretch of digits holds, by its place in the form."""
    if len(stretch.digits) < 11:
        return
    for found in (
        _resident_ids(stretch, purpose, ages),
        _backwards(stretch, ages),
        _old_ids(stretch, ages),
        _cards(stretch, purpose),
        _mobiles(stretch, purpose),
    ):
        for span in found:
            yield Span(stretch.places[span.start], stretch.places[span.end - 1] + 1, span.kind, span.is_certain)


def _resident_ids(stretch: _Stretch, purpose: str, ages: Ages) -> Iterator[Span]:
    """18 characters with an area and a birth, also without the last or the last two: whatever the check digit where
    the number stands free of other digits, or glued to a year, a county or up to four more digits; with the right one
    anywhere."""
    digits = stretch.digits
    for match in _BIRTH.finditer(digits):
        start = match.start() - 6
        if start < 0 or len(digits) - start < 16 or not _is_date(match[1] + match[2] + match[3]):
            continue
        year, area = int(match[1]), digits[start : start + 6]
        if not (ages.earliest <= year <= ages.newest_birth) or not _is_area(area, exactly=False):
            continue
        begins = start in stretch.starts
        whole = start + 18
        is_one = not stretch.is_parted(start, whole)
        is_right = len(digits) >= whole and id_check(digits[start : whole - 1]) == digits[whole - 1]
        if is_right and (is_one or begins or whole in stretch.ends):
            yield Span(start, whole, RESIDENT_ID, is_certain=True)
            continue
        if not ages.is_trainee(year) or not _is_area(area, exactly=purpose != ORGANIZATION_CODE):
            continue
        front = stretch.group_start(start)
        glued = begins or bool(_GLUED.fullmatch(digits[front:start]))
        for length in (18, 17, 16):
            end = start + length
            if end > len(digits):
                continue
            behind = stretch.group_end(end) - end
            free = behind == 0 or (length == 18 and behind <= 4)
            if free and (begins or (glued and length >= 17)):
                yield Span(start, end, RESIDENT_ID)
                break


def _backwards(stretch: _Stretch, ages: Ages) -> Iterator[Span]:
    """An ID written from its end, as one word, with its right check digit: what a sheet of another direction makes
    of it."""
    for start in stretch.starts:
        number = stretch.digits[start : start + 18][::-1]
        born = _BIRTH.match(number, 6)
        if (
            start + 18 in stretch.ends
            and born
            and number.isdecimal()
            and len(stretch.groups(start, start + 18)) == 1
            and ages.earliest <= int(born[1]) <= ages.newest_birth
            and _is_area(number[:6], exactly=False)
            and number[17:] == id_check(number[:17])
        ):
            yield Span(start, start + 18, RESIDENT_ID, is_certain=True)


def _old_ids(stretch: _Stretch, ages: Ages) -> Iterator[Span]:
    """15 digits, free of others: an area, a birth of the last century with two digits of its year, a number."""
    for start in stretch.starts:
        end = start + 15
        number = stretch.digits[start:end]
        if end not in stretch.ends or number[0] == "9" or not number.isdecimal():
            continue
        if not _is_area(number[:6], exactly=True):
            continue
        if _is_date("19" + number[6:12]) and ages.is_trainee(1900 + int(number[6:8])):
            yield Span(start, end, OLD_RESIDENT_ID)


def _cards(stretch: _Stretch, purpose: str) -> Iterator[Span]:
    """16 to 19 digits, free of others, that begin as a card does and hold Luhn's sum."""
    for start in stretch.starts:
        for length in (19, 18, 17, 16):
            end = start + length
            number = stretch.digits[start:end]
            if end not in stretch.ends or not number.isdecimal():
                continue
            groups = stretch.groups(start, end)
            in_fours = bool(_CARD_LAYOUT.fullmatch(",".join(str(len(group)) for group in groups)))
            if not _begins_as_card(number, purpose, in_fours) or not _luhn(number):
                continue
            is_scheme = purpose in _NUMBERED and stretch.has_dash(start, end) and any(map(_SCHEME.fullmatch, groups))
            is_scheme |= purpose == OUTPUT and max(map(len, groups)) > 1  # a row of a table
            if len(groups) == 1 or in_fours or not is_scheme:
                yield Span(start, end, BANK_CARD)
                break


def _begins_as_card(number: str, purpose: str, in_fours: bool) -> bool:
    """Whether a card begins so. The few cards of 17 and 18 digits are not looked for in a key, unless they stand in
    fours: the numbers of many systems have as many."""
    if _UNION_PAY.fullmatch(number) and (len(number) in (16, 19) or in_fours or purpose != KEY):
        return True
    if _CARD_OF_19.fullmatch(number) or (len(number) == 16 and _CARD_OF_16.fullmatch(number)):
        return True
    return purpose not in _NUMBERED and bool(_WORLDS_CARD.fullmatch(number))


def _mobiles(stretch: _Stretch, purpose: str) -> Iterator[Span]:
    """Eleven digits, free of others, 86 in front or not."""
    for first in stretch.starts:
        for prefix in ("", "86", "0086", "086"):
            start, end = first + len(prefix), first + len(prefix) + 11
            number = stretch.digits[start:end]
            if stretch.digits[first:start] != prefix or end not in stretch.ends or len(number) < 11:
                continue
            if number[0] != "1" or number[1] not in "3456789" or not number.isdecimal():
                continue
            if not _is_scheme(stretch, start, end, purpose):
                yield Span(first, end, MOBILE)


def _is_scheme(stretch: _Stretch, start: int, end: int, purpose: str) -> bool:
    """Whether groups that add up to eleven digits are a scheme of numbers: one is a year, a month, a county or
    begins with zeros, and they do not stand as those of a telephone number do (138-0013-8000)."""
    groups = stretch.groups(start, end)
    if len(groups) == 1:
        return False
    lengths = tuple(len(group) for group in groups)
    if purpose == OUTPUT and lengths not in _PHONE_LAYOUTS and max(lengths) > 1:
        return True  # a row of a table
    if not stretch.has_dash(start, end):
        return False
    if lengths in _PHONE_LAYOUTS:
        return any(_SCHEME.fullmatch(group) and not group.startswith("00") for group in groups)
    return any(_SCHEME.fullmatch(group) for group in groups)


def _lettered(text: str, purpose: str) -> Iterator[Span]:
    pattern = _LETTERED if purpose in _NUMBERED else _LETTERED_IN_TEXT
    for match in pattern.finditer(text):
        yield Span(*match.span(), match.lastgroup)


def _residences(text: str, ages: Ages) -> Iterator[Span]:
    """A foreigner's card: a country, then an area of four digits, a birth of six, two more; or 18 digits: 9, a
    province, a country, a birth."""
    for match in _RESIDENCE.finditer(text):
        country, number = (re.sub("[ -]", "", match[group]) for group in (1, 2))
        year = int(number[4:6])
        years = (1900 + year, 2000 + year)
        if (
            country in COUNTRY_LETTERS
            and number[:2] in PROVINCES
            and any(ages.is_trainee(born) and _is_date(f"{born}{number[6:10]}") for born in years)
        ):
            yield Span(*match.span(), PERMANENT_RESIDENCE)


def _told(text: str) -> Iterator[Span]:
    """A number that the words before it call an ID, a passport, a card or a telephone: whatever its digits."""
    for pattern, kind in _TOLD:
        for match in pattern.finditer(text):
            yield Span(*match.span("number"), kind)


def _long(text: str) -> Iterator[Span]:
    """Where a code of an organization is asked for, any fourteen digits: a mistyped ID has no other mark."""
    for match in _STRETCH.finditer(text):
        if sum(character not in (GAP, DASH) for character in match[0]) >= 14:
            yield Span(*match.span(), LONG_NUMBER)


@lru_cache(maxsize=65536)
def _is_area(area: str, *, exactly: bool) -> bool:
    """Whether six digits may name a county, or (a foreigner's) a province and a country. `exactly` asks of the last
    two what all counties outside Guangxi hold."""
    if area[0] == "9":
        return area[1:3] in PROVINCES and area[3:] in COUNTRY_NUMBERS
    if area[:4] not in PREFECTURES:
        return False
    return not exactly or area[:2] == HOME or int(area[4:]) <= 43 or 81 <= int(area[4:]) <= 88


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def id_check(first17: str) -> str:
    """The eighteenth character that belongs to seventeen digits (GB 11643)."""
    return _ID_CHECK[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, first17, strict=True)) % 11]


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _is_organization(code: str) -> bool:
    """A right USCC (GB 32100) of a known area, that is not as right an ID."""
    values = [_USCC_ALPHABET.index(character) for character in code]
    total = sum(weight * value for weight, value in zip(_USCC_WEIGHTS, values[:17], strict=True))
    if -total % 31 != values[17]:
        return False
    if not code[:17].isdecimal():
        return True
    is_made_so = code[0] in "1359" and code[1] in "1239" and (code[2:6] in PREFECTURES or code[2:6] == "1000")
    return is_made_so and not (_BIRTH.match(code, 6) and id_check(code[:17]) == code[17])


def _is_digest(token: str) -> bool:
    """Hexadecimal with letters here and there: a digest, in which eleven digits in a row come about by chance. The
    numbers of a document store (ObjectId) have 24 digits of it and begin with the second that they were made in."""
    letters = len(re.findall("[A-F]", token))
    if len(token) == 24 and letters >= 2 and _MADE_SINCE <= int(token[:8], 16) <= _MADE_UNTIL:
        return True
    return letters >= 3 and len(re.findall("[A-F]+", token)) >= 2


_MADE_SINCE, _MADE_UNTIL = 1_235_865_600, 2_208_988_800  # 2009, the year of the first of them, to 2039
