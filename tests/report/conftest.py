"""A published version with every row that a circular reads, made as the pages' tests make theirs."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))

import fixture
import report_rows
from report_rows import OCTOBER

from bulletin import report as command
from bulletin.document import Document
from bulletin.fonts import find_font
from bulletin.version import Published, opened
from skillsdw.home import Home


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Home]:
    """Publishes a version with changes of rows and gives its home."""

    def published(**changes: object) -> Home:
        fixture.open_figures(fixture.publish(tmp_path, **(report_rows.tables() | changes)))
        return Home(tmp_path)

    return published


@pytest.fixture
def write(made: Callable[..., Home], tmp_path: Path) -> Callable[..., Path]:
    """Writes a circular with this ending and gives its path."""

    def written(ending: str, city: str = "ALL", **changes: object) -> Path:
        out = tmp_path / f"circular{ending}"
        command.report(made(**changes), OCTOBER, city, out, progress=lambda _: None)
        return out

    return written


@pytest.fixture
def compose(made: Callable[..., Home]) -> Callable[..., Document]:
    """Composes a circular that is no file yet."""

    def composed(city: str = "ALL", **changes: object) -> Document:
        home = made(**changes)
        with opened(home.link.resolve()) as published:
            return command.compose(published, OCTOBER, city, find_font())[0]

    return composed


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """ending → the province's circular, and "version" → the published file that it is made from."""
    home = tmp_path_factory.mktemp("written")
    found = {"version": fixture.publish(home, **report_rows.tables())}
    fixture.open_figures(found["version"])
    for ending in (".docx", ".xlsx", ".html"):
        found[ending] = home / f"circular{ending}"
        command.report(Home(home), OCTOBER, "ALL", found[ending], progress=lambda _: None)
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """One open version for tests that only read it."""
    home = tmp_path_factory.mktemp("home")
    with opened(fixture.publish(home, **report_rows.tables())) as version:
        yield version
