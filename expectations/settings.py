"""The gates' thresholds: those of settings.toml here, and above them those that a home sets for itself.

Light: landing reads them, too, and nothing here imports Great Expectations.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

SETTINGS_FILE = Path(__file__).with_name("settings.toml")
HOME_SETTINGS = "settings.toml"  # the name of a home's own file

# What is 1 at the most; of the others a figure is at least 0.
_SHARES = frozenset({"reject_share_warn", "reject_share_stop", "fall_warn", "fall_stop", "slack"})
_KINDS = {
    bool: ("true 或 false", "true or false"),
    int: ("不小于0的整数", "a whole number of at least 0"),
    float: ("不小于0的数", "a number of at least 0"),
    date: ("日期,如 2015-01-01(不加引号)", "a date such as 2015-01-01, without quotes"),
    str: ("加引号的文字", "text in quotes"),
    dict: ("一节,如 [gate_2.jump]", "a table such as [gate_2.jump]"),
}
# What a home may still name, and what took its place.
_GONE = {
    "accepted_batches": (
        "已取消:退回过多的批次自行暂扣,核实后用 skillsdw land --release 批次号 --because 原因 放行",
        "is gone: a batch with too many rejected rows is held by itself; once looked at it is released with "
        "skillsdw land --release BATCH --because REASON",
    ),
}


class SettingsError(ValueError):
    """A home's settings cannot be used; `str()` is bilingual and names the file, the key and what is known."""


@dataclass(frozen=True)
class Identity:
    """What counts as the birth year of a resident ID."""

    earliest_birth_year: int
    youngest_age: int


@dataclass(frozen=True)
class Batches:
    """Which batches gate 1 judges, how many rejected rows it bears, and above how many landing holds a batch."""

    judged_days: int
    reject_share_warn: float
    reject_share_stop: float
    reject_share_min_rows: int


@dataclass(frozen=True)
class Dates:
    """The range of plausible dates."""

    earliest: date
    years_after_as_of: int


@dataclass(frozen=True)
class Jump:
    """How far counted sessions may move from the last published version."""

    fall_warn: float
    fall_stop: float
    rise_warn: float
    rise_stop: float
    min_sessions: int
    accepted_build_id: str


@dataclass(frozen=True)
class Settings:
    """Every threshold of both gates."""

    identity: Identity
    batches: Batches
    dates: Dates
    fresh_days: dict[str, int]
    share_slack: float
    jump: Jump

    def days_until_stale(self, extract: str) -> int:
        """Days after which an extract's newest batch is too old."""
        return self.fresh_days.get(extract, self.fresh_days["default"])

    @property
    def digest(self) -> str:
        """Equal digests, equal thresholds: a comment or the order of a file says nothing."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def read_settings(home_settings: Path | None = None) -> Settings:
    """Read the thresholds; those that a home's file names, where there is one, take the place of the project's.

    Raises SettingsError when that file cannot be read, or names what is not known or not of its kind: a misspelt
    threshold is never passed over.
    """
    text: dict[str, Any] = tomllib.loads(SETTINGS_FILE.read_text(encoding="utf-8"))
    if home_settings is not None and home_settings.exists():
        text = _merged(text, _parsed(home_settings), home_settings)
    gate_1, gate_2 = text["gate_1"], text["gate_2"]
    return Settings(
        identity=Identity(**text["identity"]),
        batches=Batches(**gate_1["batches"]),
        dates=Dates(**gate_1["dates"]),
        fresh_days=dict(sorted(gate_1["fresh_days"].items())),
        share_slack=gate_2["share"]["slack"],
        jump=Jump(**gate_2["jump"]),
    )


def _parsed(file: Path) -> dict[str, Any]:
    try:
        # Windows' editor puts a mark before the text.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{file} 不是 UTF-8 编码,请另存为 UTF-8 / {file} is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{file} 格式有误({fault}) / {file} is not TOML: {fault}") from None


def _merged(base: Mapping[str, Any], own: Mapping[str, Any], file: Path, above: str = "") -> dict[str, Any]:
    """The project's table with the values of a home's."""
    merged = dict(base)
    for key, value in own.items():
        path = f"{above}{key}"
        if key not in base:
            raise SettingsError(_unknown(file, path))
        if isinstance(base[key], dict) and isinstance(value, dict):
            merged[key] = _merged(base[key], value, file, f"{path}.")
        elif not _fits(key, base[key], value):
            zh, en = _kind(key, base[key])
            raise SettingsError(f"{file}:{path} 应为{zh},现为 {value!r} / {file}: {path} must be {en}, not {value!r}")
        else:
            merged[key] = value
    return merged


def _fits(key: str, known: object, value: object) -> bool:
    """Whether a value is of the kind of the known one. A moment is no day, and true is no number."""
    if isinstance(known, float):
        return type(value) in (int, float) and 0 <= value <= (1 if key in _SHARES else float("inf"))
    return type(value) is type(known) and not (isinstance(value, int) and value < 0)


def _kind(key: str, known: object) -> tuple[str, str]:
    return ("0到1之间的数", "a number from 0 to 1") if key in _SHARES else _KINDS[type(known)]


def _unknown(file: Path, path: str) -> str:
    """The sentence about a key that is not known: what took its place, or the nearest that is."""
    name = path.rpartition(".")[2]
    if name in _GONE:
        zh, en = _GONE[name]
        return f"{file}:{path} {zh} / {file}: {path} {en}"

    def likeness(known: str) -> tuple[float, float]:
        """By the key itself first: a right name may stand in a wrong table."""
        own = SequenceMatcher(None, name, known.rpartition(".")[2]).ratio()
        return own, SequenceMatcher(None, path, known).ratio()

    nearest = max(_paths(tomllib.loads(SETTINGS_FILE.read_text(encoding="utf-8"))), key=likeness)
    return f"{file} 中没有 {path} 这一项,是否指 {nearest} / {file}: {path} is not known; is {nearest} meant?"


def _paths(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")
