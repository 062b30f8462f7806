"""The Overview in a real browser: both languages, wide and narrow, light and dark, with no host but this one.

Screenshots go to the folder that SKILLSDW_SCREENSHOTS names, else to pytest's temporary one.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import fixture
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dashboards.screenshot import BROWSER_FLAGS, HEIGHT, serving, settle

CHROMIUM = shutil.which("chromium")
# In CI a missing browser is a failure; elsewhere it is a reason to skip.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="no chromium on this machine (Debian: apt install chromium fonts-noto-cjk)",
    ),
]

SENTENCES = {
    "zh": "2026年计入16.3万人次，完成年度目标21万人次的77.6%",
    "en": "163k sessions were counted in 2026, 77.6% of the year's target of 210k sessions",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home of this module."""
    folder = tmp_path_factory.mktemp("home")
    fixture.publish(folder)
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """Where the dashboard is served."""
    with serving(home, home / "server.log") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for pictures."""
    folder = Path(os.environ.get("SKILLSDW_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Visit:
    """One page, with what it asked for and what it complained about."""

    def __init__(self, browser: Browser, width: int, scheme: str = "light") -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))

    def text(self, selector: str) -> str:
        """The text of the first element."""
        return self.page.inner_text(selector)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("zh", 1280, "light"), ("en", 1280, "dark"), ("zh", 390, "dark"), ("en", 390, "light")],
)
def test_the_overview_reads_well(browser, address, screenshots, language, width, scheme):
    visit = Visit(browser, width, scheme)
    visit.page.goto(f"{address}/?lang={language}")
    settle(visit.page)
    visit.page.screenshot(path=screenshots / f"overview.{language}.{width}.{scheme}.png")

    assert SENTENCES[language] in visit.text(".answer")
    assert visit.page.locator(".stPlotlyChart").count() == 3
    assert visit.page.locator(".stException, .stAlert").count() == 0
    assert visit.errors == []
    assert visit.hosts <= {"127.0.0.1", ""}  # data: and blob: have no host
    assert visit.page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    overflow = "document.querySelector('.stMain').scrollWidth - document.querySelector('.stMain').clientWidth"
    assert visit.page.evaluate(overflow) <= 0
    assert visit.page.get_by_text("Deploy").count() == 0
    visit.page.close()


def test_each_chart_says_its_finding_to_a_screen_reader(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(address)
    settle(visit.page)
    assert visit.page.locator('[aria-label*="2026年10月底累计16.3万人次，低于目标线"]').count() == 1
    visit.page.close()


def test_language_and_year_are_chosen_by_buttons_and_stand_in_the_address(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(address)
    settle(visit.page)
    visit.page.get_by_role("radio", name="2025年").click()
    visit.page.wait_for_selector(".answer:has-text('2025年全年计入')")
    visit.page.get_by_role("radio", name="English").click()
    visit.page.wait_for_selector(".answer:has-text('were counted in 2025')")
    visit.page.wait_for_url("**/?*lang=en*")
    assert "year=2025" in visit.page.url
    visit.page.reload()
    visit.page.wait_for_selector(".answer:has-text('were counted in 2025')")
    visit.page.close()


def test_an_open_page_shows_a_new_publish_by_itself(browser, address, home):
    visit = Visit(browser, 1280)
    visit.page.goto(address)
    settle(visit.page)
    fixture.publish(home, build="20261115T083000-aaaaaaa")
    visit.page.wait_for_selector(".foot:has-text('20261115T083000-aaaaaaa')", timeout=15_000)
    fixture.point_link_at(home, f"versions/{fixture.BUILD}.duckdb")
    visit.page.close()
