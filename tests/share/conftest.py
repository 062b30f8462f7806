"""One server and one reader for all tests that do not harm them; made in seconds, so not anew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ordeals.share import Client, Server, publish_version
from skillsdw.home import Home
from skillsdw.share import tokens
from skillsdw.share.roles import ANALYST, Role


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Server, str]]:
    """A published home, its server, and a right token."""
    home = Home(tmp_path_factory.mktemp("share") / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, _ = tokens.add(home, "就业处", Role(ANALYST), 1)
    with Server(home) as server:
        yield home, server, text


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as process:
        yield process


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")
