"""Fixtures of the publish tests; what the tests call by name stands in `tiny_warehouse`."""

from pathlib import Path

import pytest

from skillsdw.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")
