"""Five errands of real readers, walked in a real browser: what is on the screen after so many clicks.

Prints clicks and the seconds that the pages took (a reader's own reading and thinking is not in them): run with `-s`.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import fixture
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, sync_playwright

from dashboards.screenshot import BROWSER_FLAGS, serving, settle

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]


class Walk:
    """A reader on the Overview who clicks and reads; the clock stands while nothing is waited for."""

    def __init__(self, page: Page, address: str, errand: str) -> None:
        self.page, self.errand = page, errand
        self.clicks, self.seconds = 0, 0.0
        page.goto(address)
        settle(page)

    def click(self, what: Locator) -> None:
        """One click, timed with what it starts."""
        self.clicks += 1
        began = time.perf_counter()
        what.click()
        self.seconds += time.perf_counter() - began

    def open(self, name: str) -> None:
        """The link to a page."""
        self.click(self.page.locator("nav.links a", has_text=name))

    def choose_city(self, name: str) -> None:
        """Two clicks: the list, and the city in it."""
        self.click(self.page.locator(".st-key-list_city").locator("[data-baseweb=select], [role=combobox]").first)
        self.click(self.page.get_by_role("option", name=name))

    def read(self, text: str, where: str = ".stMain") -> None:
        """Waits until the text stands there."""
        began = time.perf_counter()
        self.page.wait_for_selector(f"{where}:has-text('{text}')", timeout=20_000)
        self.seconds += time.perf_counter() - began

    def ends(self, *, within: int) -> None:
        """Says what the errand took; more clicks than `within` are a fault."""
        print(f"\n{self.errand}: {self.clicks} clicks, {self.seconds:.1f} s")
        assert self.clicks <= within


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the fixture's home is served."""
    home = tmp_path_factory.mktemp("home")
    fixture.publish(home)
    with serving(home, home / "server.log") as served:
        yield served


@pytest.fixture
def page() -> Iterator[Page]:
    """A new browser that may read what was copied."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context.new_page()
        browser.close()


def test_which_three_cities_hold_the_province_back_and_why(page, address):
    walk = Walk(page, address, "which three cities hold the province back, by size, mix or pace")
    walk.open("地市")
    walk.read("拖慢全区的三个市：规模、结构还是进度？")
    for city, why in (("河池市", "主要因进度"), ("玉林市", "规模部分"), ("南宁市", "主要因规模")):
        walk.read(why, f"ol.says li:has-text('{city}')")
    walk.read("低于按学员结构应有的水平", "ol.says li:has-text('河池市')")
    walk.ends(within=1)


def test_send_a_colleague_this_view(page, address):
    page.goto(f"{address}/cities?city=451200&measure=certification_rate")
    walk = Walk(page, f"{address}/cities?city=451200&measure=certification_rate", "send a colleague this view")
    walk.click(page.get_by_role("button", name="复制链接"))
    walk.read("已复制", "[data-copied]")
    walk.ends(within=1)
    copied = page.evaluate("navigator.clipboard.readText()")
    colleague = page.context.new_page()
    colleague.goto(copied)
    settle(colleague)
    assert colleague.inner_text(".answer") == page.inner_text(".answer")
    assert "取证率" in colleague.inner_text(".answer")
    assert "河池市" in colleague.inner_text(".answer")


def test_why_were_312_sessions_of_hechi_not_counted(page, address):
    walk = Walk(page, address, "why were 312 sessions of Hechi not counted")
    walk.open("资金与合规")
    walk.read("钱是否只发到了该发的地方？")
    walk.choose_city("河池市")
    walk.read("312人次", ".answer:has-text('河池市')")
    walk.read("当年已享受1次", ".answer")
    walk.read("PX4512-00000001", "td")
    walk.read("课时 20", "td")
    walk.ends(within=3)


def test_all_certified_ai_trainees_by_city_in_excel(page, address, tmp_path: Path):
    walk = Walk(page, address, "all certified AI trainees by city in Excel")
    walk.open("查询")
    walk.read("把数据行给我", ".question")
    with page.expect_download() as download:
        walk.click(page.locator(".st-key-ask_ai_by_city").get_by_role("button", name="Excel"))
    walk.ends(within=2)
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert len(list(load_workbook(file).worksheets[0].iter_rows(values_only=True))) >= 1


def test_is_this_citys_employment_rate_really_lower(page, address):
    walk = Walk(page, address, "is this city's employment rate really lower")
    walk.open("地市")
    walk.read("谁走在前面")
    walk.choose_city("河池市")
    walk.read("就业率56.1%（95%区间55.0%–57.2%），排第14位，低于全区（64.5%）", ".answer")
    walk.read("低于按结构应有的63.0%", ".figures")
    walk.ends(within=3)
