"""A published home for every test of the pages, and the page run without a browser."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fixture
import pytest
from browsing import CHROMIUM
from page_text import html_of
from playwright.sync_api import Browser, sync_playwright
from streamlit import config
from streamlit.testing.v1 import AppTest

import dashboards
from dashboards import layout, site
from dashboards.screenshot import BROWSER_FLAGS

APP = Path(dashboards.__file__).parent / "app.py"


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit leaves its script as this process's main module, which a process that a later test starts would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def on_loopback() -> Iterator[None]:
    """As dashboards/.streamlit/config.toml has it, which only `streamlit run` reads: nobody else is let in."""
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that the pages read."""
    monkeypatch.setenv("SKILLSDW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run_page(home: Path) -> Callable[..., AppTest]:
    """Publishes the fixture with changes unless told not to, and runs the page `name` at `?…`."""

    def run(name: str, address: dict[str, str] | None = None, *, published: bool = True, **changes: object) -> AppTest:
        if published:
            fixture.publish(home, **changes)
        page = AppTest.from_file(str(APP), default_timeout=30)
        page.query_params.update(address or {})
        page.session_state[layout._SHOWS_ALL] = True  # there is no browser to ask for them
        page.run()
        if name != site.PAGES[0].name:
            page.switch_page(f"views/{name}.py").run()
        assert not page.exception, page.exception
        return page

    return run


@pytest.fixture
def open_page(run_page: Callable[..., AppTest]) -> Callable[..., str]:
    """The page's HTML; the Overview unless `name` says otherwise."""

    def opened(address: dict[str, str] | None = None, *, name: str = "overview", **more: object) -> str:
        return html_of(run_page(name, address, **more))

    return opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield opened
        opened.close()
