"""A clean working warehouse, made once; each test plants its fault in a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_warehouse import make_warehouse
from planted import Planted


@pytest.fixture(scope="session")
def clean_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_warehouse(tmp_path_factory.mktemp("clean") / "warehouse.duckdb")


@pytest.fixture
def warehouse(clean_warehouse: Path, tmp_path: Path) -> Planted:
    return Planted(Path(shutil.copy(clean_warehouse, tmp_path / "warehouse.duckdb")))
