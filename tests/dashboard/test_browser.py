"""The pages in a real browser: both languages, wide and narrow, light and dark, with no host but this one.

Screenshots go to the folder that SKILLSDW_SCREENSHOTS names, else to pytest's temporary one.
"""

import os
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlsplit

import fixture
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import IN_A_BROWSER, WITHIN
from openpyxl import load_workbook
from playwright.sync_api import Browser, Download, Page
from playwright.sync_api import TimeoutError as TookTooLong

from dashboards import script, site
from dashboards.screenshot import HEIGHT, serving, settle
from dashboards.words import Words

pytestmark = IN_A_BROWSER

# What the answer holds and how many charts there are; of other pages in their rows_<page>.py.
SENTENCES = {
    "zh": "2026年计入16.3万人次，完成年度目标21万人次的77.6%",
    "en": "163k sessions were counted in 2026, 77.6% of the year's target of 210k sessions",
}
CHARTS = 3
PAGES = [page.name for page in site.PAGES]
OVERFLOW = "document.querySelector('.stMain').scrollWidth - document.querySelector('.stMain').clientWidth"
# Streamlit looks for its own server beside the page first, and one step up when it is not there.
PROBES = "/_stcore/"


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
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))

    def _hear(self, message: object) -> None:
        is_probe = PROBES in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not is_probe:
            self.errors.append(message.text)

    def text(self, selector: str) -> str:
        """The text of the first element."""
        return self.page.inner_text(selector)


def grave_faults(page: Page) -> list[tuple[str, list[str]]]:
    """The serious and critical rules of accessibility that the page breaks, all that is folded in it opened."""
    for folded in page.query_selector_all("details:not([open])"):
        folded.evaluate("details => { details.open = true }")
    report = Axe().run(page).response
    assert len(report["passes"]) > 20  # else it did not look
    return [
        (rule["id"], [node["html"] for node in rule["nodes"]][:3])
        for rule in report["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [
        ("en", 1280, "dark"),
        ("zh", 390, "dark"),
        pytest.param("zh", 1280, "light", marks=pytest.mark.slow),
        pytest.param("en", 390, "light", marks=pytest.mark.slow),
    ],
)
def test_a_page_reads_well(browser, address, screenshots, name, language, width, scheme):
    visit = Visit(browser, width, scheme)
    visit.page.goto(f"{address}/{name}?lang={language}")
    settle(visit.page)
    visit.page.screenshot(path=screenshots / f"{name}.{language}.{width}.{scheme}.png")

    rows = fixture.rows_of_pages().get(name)
    assert (rows.SENTENCES if rows else SENTENCES)[language] in visit.text(".answer")
    assert visit.page.locator(".stPlotlyChart").count() == (rows.CHARTS if rows else CHARTS)
    assert visit.page.locator(".stException, .stAlert").count() == 0
    assert visit.errors == []
    assert visit.hosts <= {"127.0.0.1", ""}  # data: and blob: have no host
    assert visit.page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    assert visit.page.evaluate(OVERFLOW) <= 0
    assert visit.page.get_by_text("Deploy").count() == 0
    if (width, scheme) == (1280, "dark"):  # the page of a city in light: the next test
        assert grave_faults(visit.page) == []
    visit.page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_serious_rule_of_accessibility(browser, address, name):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/{name}?lang=zh&city=451200")
    settle(visit.page)
    assert grave_faults(visit.page) == []
    visit.page.close()


def test_a_page_that_stands_before_its_listeners_leads_to_what_was_wanted(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/overview")
    settle(visit.page)
    visit.page.evaluate(
        "listeners => { sessionStorage.setItem('skills.wanted', '/cities'); window.skillsListens = false;"
        " window.MutationObserver = class { observe() {} }; (0, eval)(listeners); }",
        script.page(Words("zh")),
    )
    visit.page.wait_for_url("**/cities", timeout=3_000)
    visit.page.close()


def test_filters_survive_a_change_of_page_and_stand_in_the_address(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/cities?lang=en&city=451200&measure=violation_rate")
    settle(visit.page)
    link = visit.page.locator("nav.links a", has_text="Overview")
    assert "city=451200" in link.get_attribute("href")
    visit.page.evaluate("window.sameDocument = true")
    link.click()
    visit.page.wait_for_selector(".answer:has-text('163k sessions')")
    assert visit.page.evaluate("window.sameDocument")  # changed without loading everything anew
    visit.page.get_by_role("radio", name="2025").click()
    visit.page.wait_for_selector(".answer:has-text('were counted in 2025')")
    settle(visit.page)
    visit.page.get_by_role("radio", name="2026").click()
    visit.page.wait_for_selector(".answer:has-text('were counted in 2026')")
    settle(visit.page)
    visit.page.locator("nav.links a", has_text="Cities").click()
    visit.page.wait_for_selector(".answer:has-text('Hechi counted')")
    assert "/cities?" in visit.page.url
    for part in ("lang=en", "city=451200", "measure=violation_rate"):
        assert part in visit.page.url
    visit.page.go_back()
    visit.page.wait_for_selector(".answer:has-text('163k sessions')")
    visit.page.close()


def test_back_undoes_a_choice_and_reset_takes_all_back(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/cities")
    settle(visit.page)
    visit.page.locator(".st-key-list_city [data-baseweb=select], .st-key-list_city [role=combobox]").first.click()
    visit.page.get_by_role("option", name="河池市").click()
    visit.page.wait_for_selector(".answer:has-text('河池市2026年计入')")
    visit.page.wait_for_url("**city=451200*")
    visit.page.go_back()
    visit.page.wait_for_selector(".answer:has-text('差额最大的')")
    visit.page.go_forward()
    visit.page.wait_for_selector(".answer:has-text('河池市2026年计入')")
    settle(visit.page)
    visit.page.get_by_role("button", name="清除筛选").click()
    visit.page.wait_for_selector(".answer:has-text('差额最大的')")
    visit.page.wait_for_function("!location.search.includes('city')")
    visit.page.close()


def test_two_quick_choices_both_hold(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/cities")
    settle(visit.page)
    visit.page.get_by_role("radio", name="取证率").click()
    visit.page.get_by_role("radio", name="English").click()
    visit.page.wait_for_selector(".answer:has-text('Certification rate:')")
    visit.page.wait_for_function("location.search.includes('measure=certification_rate')")
    visit.page.close()


def test_figures_and_picture_of_a_chart_can_be_saved(browser, address, tmp_path):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/cities?city=451200")
    settle(visit.page)
    block = visit.page.locator(".st-key-figures_ranks")
    block.locator("summary").first.click()

    def saved(name: str) -> Path:
        # On a loaded machine a click may fall on a button that is just being drawn anew: a reader would click again.
        for last in (False, False, True):
            try:
                with visit.page.expect_download(timeout=20_000) as download:
                    block.get_by_role("button", name=re.compile(name)).click()
                break
            except TookTooLong:
                if last:
                    raise
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        return file

    book = load_workbook(saved("Excel"))
    rows = list(book["名次"].iter_rows(values_only=True))
    assert rows[0] == ("市", "就业率", "就业率下限", "就业率上限", "就业率名次", "就业率名次下限", "就业率名次上限")
    assert rows[1][:2] == ("柳州市", 0.731)
    assert isinstance(rows[1][4], int)
    assert saved("CSV").read_bytes().startswith(b"\xef\xbb\xbf")
    picture = saved("PNG")
    assert picture.name == "地市_名次_2026年_河池市_20261101T083000-7f3a2c1.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 30_000
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
    settle(visit.page)
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
    visit.page.wait_for_selector(".foot:has-text('20261115T083000-aaaaaaa')", timeout=WITHIN)
    fixture.point_link_at(home, f"versions/{fixture.BUILD}.duckdb")
    visit.page.close()


def test_the_rows_of_a_common_question_are_two_clicks_away_in_excel(browser, address, tmp_path):
    visit = Visit(browser, 1280)
    visit.page.goto(address)
    settle(visit.page)
    visit.page.locator("nav.links a", has_text="查询").click()
    with visit.page.expect_download() as download:
        visit.page.locator(".st-key-ask_employment_by_city").get_by_role("button", name="Excel").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "查询_各市就业率及其区间_2026年_20261101T083000-7f3a2c1.xlsx"
    rows = list(load_workbook(file).worksheets[0].iter_rows(values_only=True))
    assert rows[0][:2] == ("市", "就业率")
    assert len(rows) == 16
    visit.page.close()


PRESSES = [("csv", "xlsx", "csv"), ("xlsx", "xlsx", "parquet"), ("parquet", "csv", "xlsx"), ("csv", "csv", "csv")]


@pytest.mark.parametrize("others", [0, 2])
def test_files_that_are_pressed_one_after_another_all_arrive(browser, address, others):
    """Also while others' pages are drawn anew, whose ends clear away files that nobody seems to need."""
    visit = Visit(browser, 1280)
    beside = [Visit(browser, 1280) for _ in range(others)]
    for other in beside:
        other.page.goto(f"{address}/query?view=dictionary")
        settle(other.page)
    sql = "select city_code, name_zh || ' <b>&' as name from marts.dim_city"
    visit.page.goto(f"{address}/query?view=sql&sql={quote(sql)}")
    settle(visit.page)
    if visit.page.locator(".st-key-csv_result button").count() == 0:  # SQL of an address may wait for the reader
        visit.page.locator(".st-key-run_sql button").click()
    visit.page.wait_for_selector(".st-key-csv_result button", timeout=60_000)
    arrived: list[Download] = []
    visit.page.on("download", lambda file: arrived.append(file))
    languages = cycle(("English", "中文"))
    for presses in PRESSES:
        arrived.clear()
        for ending in presses:
            visit.page.locator(f".st-key-{ending}_result button").click()
            for other in beside:
                other.page.get_by_role("radio", name=next(languages)).click(no_wait_after=True)
        for _ in range(300):
            if len(arrived) == len(presses):
                break
            visit.page.wait_for_timeout(100)
        assert sorted(file.suggested_filename.rsplit(".", 1)[-1] for file in arrived) == sorted(presses)
        assert [file.failure() for file in arrived] == [None] * len(presses)
        assert all(Path(file.path()).stat().st_size > 100 for file in arrived)
    for each in (visit, *beside):
        each.page.close()


def test_sql_is_coloured_as_it_is_written_and_a_long_query_is_cancelled(browser, address):
    visit = Visit(browser, 1280)
    visit.page.goto(f"{address}/query?view=sql")
    settle(visit.page)
    box = visit.page.get_by_role("textbox", name="SQL 查询")
    box.fill("select count(*) from range(100000000000) as a(i), range(1000) as b(j) -- endless")
    assert visit.page.locator(".paint .sql-word").first.inner_text() == "select"
    assert visit.page.locator(".paint .sql-remark").inner_text() == "-- endless"
    visit.page.get_by_role("button", name="运行").click()
    visit.page.get_by_role("button", name="取消").click(timeout=20_000)
    visit.page.wait_for_selector(".nothing:has-text('已取消')")
    assert "sql=select" in visit.page.url
    box.fill("from marts.dim_city")
    visit.page.get_by_role("button", name="运行").click()
    visit.page.wait_for_selector(".table.rows td:has-text('河池市')", timeout=20_000)
    assert visit.errors == []
    visit.page.close()


@pytest.mark.parametrize("view", ["table", "sql", "dictionary", "connect"])
def test_each_part_of_the_query_page_breaks_no_serious_rule_and_fits_a_phone(browser, address, view):
    visit = Visit(browser, 390, "dark")
    visit.page.goto(f"{address}/query?view={view}&sql=from marts.dim_city&columns=city_code,plan_year")
    settle(visit.page)
    if view == "sql":
        assert visit.page.locator(".table.rows").count() == 0  # what the address brings waits for the press
        assert grave_faults(visit.page) == []
        visit.page.get_by_role("button", name="运行").click()
        visit.page.wait_for_selector(".table.rows td:has-text('河池市')", timeout=20_000)
    assert visit.page.evaluate(OVERFLOW) <= 0
    assert grave_faults(visit.page) == []
    visit.page.close()
