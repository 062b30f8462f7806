"""How a figure is to be written, and the published file that it is to be taken from: the test's own, not the pages'.

Percentages and counts are rounded from the decimal that a double stands for, halves to even (GB/T 8170); exactly
between two, both are right, for the double itself is a little more or less.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal
from pathlib import Path

import duckdb

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATES = {
    "suppressed": ("〈‡ 小于10〉", "‹‡ under 10›"),
    "not_assessed": ("〈未评估〉", "‹not assessed›"),
    "too_early": ("〈未到期〉", "‹too early›"),
    "not_available": ("〈—〉", "‹—›"),
}
SIGNS = {"below": "▼", "above": "▲", "undecided": "●"}
NEAR_A_HALF = Decimal("1e-7")  # of the last digit shown


class Published:
    """The published file of a home, asked with the test's own SQL."""

    def __init__(self, home: Path) -> None:
        file = (home / "published" / "warehouse.duckdb").resolve(strict=True)
        self._connection = duckdb.connect(str(file), read_only=True)
        self.version = self.one("select * from marts.published_version")

    def rows(self, sql: str, **facts: object) -> list[dict]:
        """The rows, each a dict by column."""
        answer = self._connection.execute(sql, {name: fact for name, fact in facts.items() if f"${name}" in sql})
        heads = [column[0] for column in answer.description]
        return [dict(zip(heads, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str, **facts: object) -> dict:
        """The only row."""
        (row,) = self.rows(sql, **facts)
        return row

    def close(self) -> None:
        """Lets the file go."""
        self._connection.close()


class Tongue:
    """One language: words by hand, figures by rule."""

    def __init__(self, language: str, published: Published) -> None:
        self.language = language
        self.is_zh = language == "zh"
        self._published = published
        # Without the regional level, whose Chinese name is a common word of sentences about it.
        self.names = tuple(
            {
                row["name"]
                for table in ("dim_city where is_city", "dim_industry", "dim_rule", "dim_funding_source")
                for row in published.rows(f"select name_{language} as name from marts.{table}")
            }
            | {published.version["build_id"], published.version["git_commit"] or "", published.version["rules_version"]}
        )

    def __call__(self, zh: str, en: str) -> str:
        """The text of the language."""
        return zh if self.is_zh else en

    def order(self, zh: str, en: str, facts: dict[str, str | Sequence[str]]) -> list[str]:
        """Facts in the order of the language's sentence, given as names with blanks between."""
        found: list[str] = []
        for name in self(zh, en).split():
            fact = facts[name]
            found += [fact] if isinstance(fact, str) else fact
        return found

    def state(self, name: str) -> str:
        """The symbol of what is no figure."""
        return self(*_STATES[name])

    def name(self, row: dict) -> str:
        """The name of a row with both."""
        return row[f"name_{self.language}"]

    def count(self, value: float | None, absent: str = "not_available") -> str:
        """16.3万 · 163k from ten thousand on, whole below."""
        if value is None:
            return self.state(absent)
        size = abs(_decimal(value))
        scales = (
            ((10**8, 10**8, "亿"), (10**4, 10**4, "万")) if self.is_zh else ((10**6, 10**6, "M"), (10**4, 1000, "k"))
        )
        for least, divisor, sign in scales:
            if size >= least:
                scaled = _decimal(value) / divisor
                return _either(scaled, _place(scaled, 3), lambda shown, sign=sign: f"{_trimmed(shown)}{sign}")
        return self.exact(value)

    def exact(self, value: float | None, absent: str = "not_available") -> str:
        """163,000."""
        if value is None:
            return self.state(absent)
        return _either(_decimal(value), Decimal(1), lambda shown: f"{int(shown):,}")

    def percent(self, value: float | None, against: float | None = None, absent: str = "not_available") -> str:
        """70.4%; more digits where one would show the limit itself beside a value that is not it."""
        if value is None:
            return self.state(absent)
        shown, digits = _decimal(value) * 100, 1
        while against is not None and value != against and digits < 6:
            unit = Decimal(1).scaleb(-digits)
            if shown.quantize(unit, ROUND_HALF_EVEN) != (_decimal(against) * 100).quantize(unit, ROUND_HALF_EVEN):
                break
            digits += 1
        return _either(shown, Decimal(1).scaleb(-digits), lambda rounded: f"{rounded:.{digits}f}%")

    def points(self, value: float | None, digits: int = 1) -> str:
        """+5.4 · −1.2 percentage points."""
        if value is None:
            return self.state("not_available")

        def signed(rounded: Decimal) -> str:
            return f"{'+' if rounded > 0 or (rounded == 0 and value >= 0) else '−'}{abs(rounded):.{digits}f}"

        return _either(_decimal(value) * 100, Decimal(1).scaleb(-digits), signed)

    def decimal(self, value: float | None, digits: int) -> str:
        """1.02."""
        if value is None:
            return self.state("not_available")
        return _either(_decimal(value), Decimal(1).scaleb(-digits), lambda rounded: f"{rounded:,.{digits}f}")

    def span(self, low: float | None, high: float | None) -> list[str]:
        """The two ends of an interval of shares."""
        return [self.percent(low), self.percent(high)]

    def limit(self, value: float | None) -> str:
        """70%: with no more digits than it was set with."""
        if value is None:
            return self.state("not_available")
        return f"{_trimmed(_decimal(value) * 100)}%"

    def day(self, value: date) -> str:
        """2026年10月31日 · 31 Oct 2026."""
        return self(
            f"{value.year}年{value.month}月{value.day}日", f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
        )

    def month(self, value: date) -> str:
        """2026年10月 · Oct 2026."""
        return self(f"{value.year}年{value.month}月", f"{_MONTHS[value.month - 1]} {value.year}")

    def month_of_year(self, value: date) -> str:
        """10月 · Oct."""
        return self(f"{value.month}月", _MONTHS[value.month - 1])

    @staticmethod
    def moment(value: datetime) -> str:
        """2026-11-01 08:30."""
        return f"{value:%Y-%m-%d %H:%M}"

    def meaning(self, column: str) -> str:
        """What the published file says of a mart's column: a line a language."""
        table, _, name = column.partition(".")
        found = self._published.rows(
            """
            select comment from duckdb_columns()
            where schema_name = 'marts' and table_name = $table and column_name = $name
            """,
            table=table,
            name=name,
        )
        zh, *en = ((found[0]["comment"] if found else None) or "").split("\n")
        return zh if self.is_zh or not en else en[0]


def _decimal(value: float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _place(value: Decimal, digits: int) -> Decimal:
    """The place of the last of so many significant digits."""
    return Decimal(1).scaleb(value.adjusted() - digits + 1)


def _trimmed(value: Decimal) -> str:
    """Without zeros at the end, thousands apart."""
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _either(value: Decimal, unit: Decimal, show: object) -> str:
    """The rounded figure; `a|b` where the value lies exactly between two."""
    down, up = value.quantize(unit, ROUND_DOWN), value.quantize(unit, ROUND_UP)
    if abs(abs(value - down) - abs(up - value)) / unit < NEAR_A_HALF and down != up:
        return f"{show(down)}|{show(up)}"
    return show(value.quantize(unit, ROUND_HALF_EVEN))
