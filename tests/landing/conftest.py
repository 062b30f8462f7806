from pathlib import Path

import duckdb
import pytest
from hypothesis import settings

from skillsdw.home import Home
from skillsdw.landing import LandingSummary, land

# Other work shares the machine: a slow example is no failure.
settings.register_profile("landing", deadline=None, max_examples=60)
settings.load_profile("landing")


@pytest.fixture(autouse=True)
def _no_key_in_environment(monkeypatch):
    monkeypatch.delenv("SKILLSDW_HMAC_KEY", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "data")
    home.landing.mkdir(parents=True)
    return home


@pytest.fixture
def query(home: Home):
    """Run a query on the working warehouse and return its rows."""

    def run(sql: str) -> list[tuple]:
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            return con.execute(sql).fetchall()

    return run


@pytest.fixture
def land_all(home: Home):
    """Land everything under `landing/`."""

    def run() -> LandingSummary:
        return land(home, threads=1)

    return run
