"""Numbers and dates as people read them, in both languages.

Counts below 10,000 are whole; above, three significant digits with 万 or k; exact ones are for tables and
hover. What is not there is never 0: it is a state (`未评估`, `未到期`, `—`).
"""

from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_datetime

from dashboards.words import Words

# Parsed once: it takes milliseconds.
_LOCALE = {"zh": Locale.parse("zh_CN"), "en": Locale("en")}
_WHOLE_BELOW = 10_000
# (from, divisor, sign): the largest that fits is used.
_SCALES = {
    "zh": ((100_000_000, 100_000_000, "亿"), (_WHOLE_BELOW, 10_000, "万")),
    "en": ((1_000_000, 1_000_000, "M"), (_WHOLE_BELOW, 1_000, "k")),
}

_DIGITS = {"count": 0, "rank": 0, "decimal": 1, "ratio": 2, "yuan": 2}


class Numbers:
    """Formats of one language. Every method takes `None` and then gives the state `absent`."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._language = words.language

    def state(self, name: str) -> str:
        """A state in its brackets: `suppressed`, `not_assessed`, `too_early`, `not_available`."""
        return self._words.of("state", name)

    def count(self, value: float | None, absent: str = "not_available") -> str:
        """163000 → 16.3万, 163k; 9512 → 9,512."""
        if value is None:
            return self.state(absent)
        for start, divisor, sign in _SCALES[self._language]:
            if abs(value) >= start:
                return f"{_three_digits(value / divisor)}{sign}"
        return f"{value:,.0f}"

    def sessions(self, value: float | None, absent: str = "not_available") -> str:
        """A count with its unit 人次 or sessions."""
        return self._with_unit("unit.sessions", value, absent)

    def persons(self, value: float | None, absent: str = "not_available") -> str:
        """A count with its unit 人 or persons."""
        return self._with_unit("unit.persons", value, absent)

    def money(self, value: float | None, absent: str = "not_available") -> str:
        """Yuan as people read them: 348380 → 34.8万元, ¥348k; 600 → 600元, ¥600."""
        return self._with_unit("unit.yuan", value, absent)

    def _with_unit(self, unit: str, value: float | None, absent: str) -> str:
        if value is None:
            return self.state(absent)
        return self._words.of(*unit.split("."), count=self.count(value))

    def exact(self, value: float | None, absent: str = "not_available") -> str:
        """163000 → 163,000."""
        return self.state(absent) if value is None else f"{value:,.0f}"

    def percent(self, value: float | None, absent: str = "not_available", against: float | None = None) -> str:
        """0.704 → 70.4%. Beside a limit it never rounds onto it: 0.69996 against 0.7 → 69.996%."""
        if value is None:
            return self.state(absent)
        digits = 1
        while against is not None and value != against and digits < 6 and _same(value, against, digits):
            digits += 1
        return f"{value:.{digits}%}"

    def points(self, value: float | None, digits: int = 1) -> str:
        """A difference of shares in percentage points, its sign always shown: 0.054 → +5.4, -0.012 → −1.2."""
        if value is None:
            return self.state("not_available")
        return f"{value * 100:+.{digits}f}".replace("-", "−")

    def points_exact(self, value: float | None) -> str:
        """A small part of a difference: 0.0031 → +0.31."""
        return self.points(value, digits=2)

    def limit(self, value: float) -> str:
        """0.7 → 70%: a target has no more digits than it was set with."""
        return f"{value * 100:g}%"

    def of_kind(self, value: object, kind: str, against: float | None = None) -> str:
        """A table's cell by the kind of its column (`table.KINDS`)."""
        if value is None:
            return self.state("not_available")
        if kind == "share":
            return self.percent(value, against=against)
        if kind == "points":
            return self.points_exact(value)
        if kind in _DIGITS:
            return f"{value:,.{_DIGITS[kind]}f}"
        if kind in ("day", "month", "moment"):
            return getattr(self, kind)(value)
        return str(value)

    def day(self, value: date | None) -> str:
        """2026年10月31日 · 31 Oct 2026."""
        if value is None:
            return self.state("not_available")
        pattern = {"zh": "y年M月d日", "en": "d MMM y"}[self._language]
        return format_date(value, pattern, locale=_LOCALE[self._language])

    def month(self, value: date) -> str:
        """2026年10月 · Oct 2026."""
        pattern = {"zh": "y年M月", "en": "MMM y"}[self._language]
        return format_date(value, pattern, locale=_LOCALE[self._language])

    def month_of_year(self, value: date) -> str:
        """10月 · Oct: for an axis whose year is named elsewhere."""
        pattern = {"zh": "M月", "en": "MMM"}[self._language]
        return format_date(value, pattern, locale=_LOCALE[self._language])

    def moment(self, value: datetime | None) -> str:
        """2026-11-01 08:30, Beijing time as stored."""
        if value is None:
            return self.state("not_available")
        return format_datetime(value, "y-MM-dd HH:mm", locale=_LOCALE[self._language])


def _three_digits(value: float) -> str:
    """16.3, 4.12, 123: three significant digits, no trailing zeros, never an exponent."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _same(value: float, other: float, digits: int) -> bool:
    return f"{value:.{digits}%}" == f"{other:.{digits}%}"
