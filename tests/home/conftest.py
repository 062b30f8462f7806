"""A small healthy home: three files landed on three days, two versions published, the key backed up."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from small_home import PASSPHRASE, file, silent

import skillsdw.build as building
import skillsdw.home as homes
import skillsdw.keys as keys
from expectations.result import GateResult
from skillsdw.build import build
from skillsdw.home import Home, beijing_now
from skillsdw.keys import backup
from skillsdw.landing import land
from skillsdw.publish import Marts


def _passed(*_: object) -> list[GateResult]:
    return [GateResult("gate_1", "check", "raw", "error", "passed", None, 0, "", "", "2026-10-31T08:00:00")]


def _run_dbt(_crew: object, home: Home, report: building.BuildReport) -> tuple[list[GateResult], Marts]:
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute("create or replace table marts.session as select * from raw.enrollment")
        con.execute(
            "create or replace table marts.published_version as select ? as build_id, null::timestamp as published_at, "
            "?::date as as_of, 'r' as rules_version, 'c' as git_commit",
            [report.build_id, report.as_of],
        )
    return _passed(), Marts(["session", "published_version"], {})


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Builds whose gates pass and whose dbt fills two tables; no key from outside."""
    monkeypatch.delenv("SKILLSDW_HMAC_KEY", raising=False)
    monkeypatch.setitem(keys._SCRYPT, "n", 2**10)  # the cost is not what is tried
    monkeypatch.setattr(building, "crew", lambda *_: nullcontext())
    monkeypatch.setattr(building, "run_gate", _passed)
    monkeypatch.setattr(building, "run_dbt", _run_dbt)


@pytest.fixture
def clock(monkeypatch):
    """Set the clock: a function of the moment, None for the real one."""

    def put(moment: datetime | None) -> None:
        monkeypatch.setattr(homes, "beijing_now", beijing_now if moment is None else lambda: moment)

    return put


@pytest.fixture
def home(tmp_path: Path, clock) -> Home:
    home = Home(tmp_path / "data")
    home.landing.mkdir(parents=True, mode=0o700)
    # What comes later has the earlier name: the order of paths is not that of arrival.
    for day, name in enumerate(("c", "b", "a")):
        file(home, name, status="completed" if name == "a" else "in_training", rows=6 - day % 2)
        clock(beijing_now() - timedelta(days=3 - day))
        land(home, threads=1)
    clock(None)
    for _ in range(2):
        build(home, progress=silent)
    (tmp_path / "safe").mkdir()
    backup(home, tmp_path / "safe" / "key.backup", PASSPHRASE)
    return home
