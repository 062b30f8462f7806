"""Read dates as bureaus write them (1-extracts § Values): days, moments, months, ranges, Excel's numbers."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from skillsdw.landing.length import LONGEST

_BEIJING = timedelta(hours=8)
# A float that stands for midnight may fall short of it; programs also lose the 43 seconds of Shanghai's old local time.
_SHORT_OF_MIDNIGHT = timedelta(minutes=1)
_END_OF_DAY = (23, 59, 59)

_DAY_MARK = "[日号]"
_DAYS = (
    re.compile(r"(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})()(\d{2})(\d{2})", re.ASCII),
    re.compile(rf"(\d{{4}})\s*(年)\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*{_DAY_MARK}", re.ASCII),
)
_MONTHS = (
    re.compile(r"(\d{4})\s*([-/])\s*(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})()(\d{2})", re.ASCII),
    re.compile(r"(\d{4})\s*(年)\s*(\d{1,2})\s*月(?:份)?", re.ASCII),
    re.compile(r"(\d{4})(\.)(\d{1,2})", re.ASCII),
)
_YEAR_AND_TENTH = re.compile(r"\d{4}\.10*", re.ASCII)  # 2025.1: January, or October that lost its 0
_TIME = re.compile(
    r"(?:T|\s*|\s+(?:星期[一二三四五六日天]|周[一二三四五六日天])\s*)"
    r"(?P<half>上午|下午|AM|PM)?\s*"
    r"(?P<hour>\d{1,2})(?::|时|点)(?P<minute>\d{1,2})(?:(?::|分)(?P<second>\d{1,2})(?:[.,]\d+)?秒?|分)?"
    r"\s*(?P<half_behind>AM|PM)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\[[\w/]+\])?",
    re.IGNORECASE | re.ASCII,
)
_COMPACT_TIME = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"([1-9]\d{4})(\.\d+)?", re.ASCII)  # five digits: 2025 alone is no date
_DECIMAL_ZERO = re.compile(r"(\d{5,8})\.0+", re.ASCII)
# What spreadsheets and databases show for a date that is not there.
_ZERO = re.compile(
    r"(?:0+|1900[-/.]0?1[-/.]0+|1900年0?1月0+日|0000[-/.]00[-/.]00|1899[-/.]12[-/.]3[01])"
    r"(?:[T\s]+0{1,2}:0{2}(?::0{2})?(?:\.0+)?)?",
    re.ASCII,
)
_EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_RANGE = re.compile(r"\s*(?:至|到|～|~|—+|–+|--+|\s-\s|\s+to\s+)\s*")
_OPEN_ENDS = frozenset(
    {"长期", "无固定期限", "至今", "长期有效", "永久", "永久有效", "无期限", "不限期", "无限期", "长期合同"}
)


class Role(Enum):
    """What a column's date is to its period: months and ranges are read by it."""

    START = "start"
    END = "end"
    POINT = "point"


@dataclass(frozen=True)
class DateRead:
    """A date as read, or the reason code of what is wrong. `is_open` is an end that stays open, `is_null` a date
    that is not there, `is_converted` a day that the time of day (an offset, a moment before midnight) has moved."""

    day: date | None = None
    reason: str | None = None
    is_open: bool = False
    is_null: bool = False
    is_converted: bool = False


def role_of(column_name: str) -> Role:
    """start_date, evidence_from and the like begin a period, end_date, evidence_to and the like end one."""
    if column_name == "start_date" or column_name.endswith("_from"):
        return Role.START
    if column_name == "end_date" or column_name.endswith("_to"):
        return Role.END
    return Role.POINT


def read_date(text: str, role: Role = Role.POINT, epoch: int = 1900) -> DateRead:
    """One cell, already normalised. `epoch` is the workbook's own, 1900 or 1904, by which its day numbers count."""
    if len(text) > LONGEST:
        return DateRead(reason="date_format")
    if role is Role.END and text in _OPEN_ENDS:
        return DateRead(is_open=True)
    if _ZERO.fullmatch(text):
        return DateRead(is_null=True)
    single = _single(text, role, epoch)
    if single.day is not None or single.reason != "date_format" or role is Role.POINT:
        return single
    return _of_range(text, role, epoch)


def _single(text: str, role: Role, epoch: int) -> DateRead:
    if match := _DECIMAL_ZERO.fullmatch(text):
        text = match[1]
    if match := _COMPACT_TIME.fullmatch(text):
        text = f"{match[1]} {match[2]}:{match[3]}:{match[4]}"
    for pattern in _DAYS:
        if match := pattern.match(text):
            rest = text[match.end() :]
            day = _day(match[1], match[3], match[4])
            if not rest:
                return DateRead(day) if day else DateRead(reason="date_format")
            if day and (time := _TIME.fullmatch(rest)):
                return _moment(day, time, role)
    if _YEAR_AND_TENTH.fullmatch(text) and text.rstrip("0").endswith(".1") and text != f"{text[:4]}.10":
        return DateRead(reason="month_ambiguous")
    for pattern in _MONTHS:
        if match := pattern.fullmatch(text):
            return _month(int(match[1]), int(match[3]), role)
    if match := _SERIAL.fullmatch(text):
        return _of_serial(int(match[1]), float(match[2] or 0), epoch)
    return DateRead(reason="date_format")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _month(year: int, month: int, role: Role) -> DateRead:
    """The first day of a month, and its last where a period ends."""
    if not 1 <= month <= 12 or not 1900 <= year <= 2199:
        return DateRead(reason="date_format")
    first = date(year, month, 1)
    if role is not Role.END:
        return DateRead(first)
    return DateRead((first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _moment(day: date, time: re.Match[str], role: Role) -> DateRead:
    """The day in Beijing of a moment; one within a minute of the next midnight belongs to the next day."""
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time["second"] or 0)
    half = (time["half"] or time["half_behind"] or "").upper()
    if half in ("下午", "PM") and hour < 12:
        hour += 12
    elif half in ("上午", "AM") and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return DateRead(reason="date_format")
    moment = datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute, seconds=second)
    if time["offset"]:
        moment += _BEIJING - _offset(time["offset"])
    elif role is Role.END and (hour, minute, second) == _END_OF_DAY and time[0].startswith(" "):
        return DateRead(day)  # 2025-12-31 23:59:59 closes the day that it names
    midnight = datetime(moment.year, moment.month, moment.day) + timedelta(days=1)
    if midnight - moment < _SHORT_OF_MIDNIGHT:
        moment = midnight
    return DateRead(moment.date(), is_converted=moment.date() != day)


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        return timedelta()
    digits = text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -span if text[0] == "-" else span


def _of_serial(days: int, fraction: float, epoch: int) -> DateRead:
    short = timedelta(days=1) - timedelta(days=fraction)
    is_next = fraction > 0 and short < _SHORT_OF_MIDNIGHT
    return DateRead(_EPOCHS[epoch] + timedelta(days=days + is_next), is_converted=is_next)


def _of_range(text: str, role: Role, epoch: int) -> DateRead:
    """The first day of a range for a start, its last for an end. The second may leave out what it shares with the
    first: 2025年3月1日—20日."""
    parts = _parts(text)
    if parts is None:
        return DateRead(reason="date_format")
    first, second = parts
    start = _single(first, Role.START, epoch)
    if start.day is None:
        return start
    if second in _OPEN_ENDS or second == "今":
        return start if role is Role.START else DateRead(is_open=True)
    end = _single(second, Role.END, epoch)
    if end.day is None:
        end = _single(_completed(first, second), Role.END, epoch)
    if end.day is None or end.day < start.day:
        return DateRead(reason="date_format")
    return start if role is Role.START else end


def _parts(text: str) -> tuple[str, str] | None:
    parts = [part.strip() for part in _RANGE.split(text)]
    if len(parts) == 1 and text.endswith("至今"):
        return text.removesuffix("至今").strip(), "至今"
    if len(parts) == 1:
        # One dash between two dates that hold none themselves: 2025.3.1-2025.3.20, 20250301-20250320.
        parts = [part.strip() for part in text.split("-")]
        if len(parts) == 6:  # 2025-03-01-2025-03-20
            parts = ["-".join(parts[:3]), "-".join(parts[3:])]
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def _completed(first: str, second: str) -> str:
    """3月20日 behind 2025年3月1日 is 2025年3月20日, and so is 20日."""
    for pattern, mark in ((_DAYS[0], None), (_DAYS[2], "年")):
        if match := pattern.fullmatch(first):
            if mark:
                if re.fullmatch(rf"\d{{1,2}}\s*月\s*\d{{1,2}}\s*{_DAY_MARK}", second):
                    return f"{match[1]}年{second}"
                return f"{match[1]}年{match[3]}月{second}"
            numbers = re.split(r"[-/.]", second)
            return match[2].join([match[1], match[3], match[4]][: 3 - len(numbers)] + numbers)
    return second
