"""The gates' thresholds, read from settings.toml: the only place that holds them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

SETTINGS_FILE = Path(__file__).with_name("settings.toml")


@dataclass(frozen=True)
class Identity:
    """What counts as the birth year of a resident ID."""

    earliest_birth_year: int
    youngest_age: int


@dataclass(frozen=True)
class Batches:
    """Which batches gate 1 judges, and how many rejected rows it bears."""

    judged_days: int
    reject_share_warn: float
    reject_share_stop: float
    reject_share_min_rows: int
    accepted_batches: tuple[int, ...]


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


def read_settings(path: Path = SETTINGS_FILE) -> Settings:
    """Read the thresholds; a missing or misspelt one is an error, never a default."""
    text: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    gate_1, gate_2 = text["gate_1"], text["gate_2"]
    batches = {**gate_1["batches"], "accepted_batches": tuple(gate_1["batches"]["accepted_batches"])}
    return Settings(
        identity=Identity(**text["identity"]),
        batches=Batches(**batches),
        dates=Dates(**gate_1["dates"]),
        fresh_days=gate_1["fresh_days"],
        share_slack=gate_2["share"]["slack"],
        jump=Jump(**gate_2["jump"]),
    )
