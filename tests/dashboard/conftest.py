"""A published home for every test of the pages, and the page run without a browser."""

from collections.abc import Callable
from pathlib import Path

import fixture
import pytest
from streamlit.testing.v1 import AppTest

import dashboards

APP = Path(dashboards.__file__).parent / "app.py"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that the pages read."""
    monkeypatch.setenv("SKILLSDW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def open_page(home: Path) -> Callable[..., str]:
    """Publishes the fixture with changes unless told not to, opens `?…` and gives the page's HTML."""

    def opened(address: dict[str, str] | None = None, *, published: bool = True, **changes: object) -> str:
        if published:
            fixture.publish(home, **changes)
        page = AppTest.from_file(str(APP), default_timeout=30)
        page.query_params.update(address or {})
        page.run()
        assert not page.exception, page.exception
        return "\n".join(block.proto.body for block in page.get("html"))

    return opened
