"""What a city's session can get of another city: nothing, by a page, an address, a download, a query or the cache."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from doorway import HECHI, NANNING, SECRET, Door, sign_out
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from dashboards import site

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]


def _open(page: Page, path: str) -> str:
    page.goto(path)
    page.wait_for_selector(".foot, .shut")
    page.wait_for_function("() => !document.querySelector('.st-key-rest')")
    return page.content()


def test_no_page_and_no_address_shows_another_citys_row(sign_in: SignIn, door: Door) -> None:
    planner = sign_in("planner")
    assert SECRET[HECHI] in _open(planner, f"{door.address}/quality?city={HECHI}")  # it is there to be seen
    planner.context.clear_cookies()
    page = sign_in("somebody@nanning")  # in the same server, after the planner asked for the same
    for entry in site.PAGES:
        for city in (HECHI, "ALL", NANNING):
            html = _open(page, f"{door.address}/{entry.name}?city={city}")
            assert SECRET[HECHI] not in html
    assert SECRET[NANNING] in _open(page, f"{door.address}/quality?city={NANNING}")


def test_the_query_page_is_no_page_of_a_city(sign_in: SignIn, door: Door) -> None:
    page = sign_in("somebody@nanning")
    html = _open(page, f"{door.address}/query?view=sql&sql=from+marts.refused_row")
    assert "本页供分析人员使用" in html
    assert page.locator("table, textarea, .stDownloadButton").count() == 0


def test_an_analyst_of_a_city_asks_its_edition_alone(sign_in: SignIn, door: Door) -> None:
    page = sign_in("somebody@nanning-analysts")
    html = _open(page, f"{door.address}/query?view=sql&sql=from+marts.refused_row")
    assert page.locator("table").count() == 0  # SQL of an address waits for the reader's press
    page.locator(".st-key-run_sql button").click()
    expect(page.locator("table")).to_contain_text(SECRET[NANNING], timeout=30_000)
    assert SECRET[HECHI] not in html + page.content()
    whole = next(door.home.versions.glob("*.duckdb"))
    for sql in (f"from '{whole}'", f"attach '{whole}' as whole", f"from read_blob('{whole}')"):
        _open(page, f"{door.address}/query?view=sql&sql={quote_plus(sql)}")
        page.locator(".st-key-run_sql button").click()
        expect(page.locator('.nothing[role="alert"]')).to_be_visible(timeout=30_000)
        assert SECRET[HECHI] not in page.content()


def test_a_download_holds_own_rows_alone(sign_in: SignIn, door: Door, tmp_path: Path) -> None:
    page = sign_in("somebody@nanning")
    _open(page, f"{door.address}/quality?city={HECHI}")
    saved = []
    for place in (HECHI, NANNING):
        _open(page, f"{door.address}/quality?city={place}")
        buttons = page.locator(".st-key-save_refused button")
        for number in range(buttons.count()):
            with page.expect_download() as begun:
                buttons.nth(number).click()
            file = tmp_path / f"{place}-{number}"
            begun.value.save_as(file)
            saved.append((place, file.read_bytes()))
    assert any(SECRET[NANNING].encode() in content for _, content in saved)
    assert not [place for place, content in saved if SECRET[HECHI].encode() in content]


def test_another_reader_of_the_same_browser_sees_what_is_that_readers(sign_in: SignIn, door: Door) -> None:
    page = sign_in("somebody@hechi", f"/quality?city={HECHI}")
    page.wait_for_url("**/quality?**")
    assert SECRET[HECHI] in _open(page, f"{door.address}/quality?city={HECHI}")
    sign_out(page)
    own = sign_in("somebody@nanning")
    assert SECRET[HECHI] not in _open(own, f"{door.address}/quality?city={HECHI}")
    assert SECRET[HECHI] not in _open(page, f"{door.address}/quality?city={HECHI}")  # the tab that was the other's


def _said(address: str, path: str, **headers: str) -> str:
    """What a program without a browser is sent for a page, as text."""
    ask = BackMsg()
    ask.rerun_script.query_string = path.partition("?")[2]
    ask.rerun_script.page_name = path.partition("?")[0]
    said = []
    with connect(
        f"{address.replace('http', 'ws')}/_stcore/stream", additional_headers=headers, max_size=2**26
    ) as socket:
        socket.send(ask.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=60))
            said.append(str(message))
            if message.WhichOneof("type") == "script_finished":
                return "\n".join(said)


def test_a_program_without_a_cookie_is_sent_the_closed_door_alone(door: Door) -> None:
    for path in (f"quality?city={HECHI}", "query?view=sql&sql=from+marts.refused_row", "overview"):
        said = _said(door.address, path)
        assert "data-keeps-address" in said
        assert 'class=\\"foot' not in said
        assert not any(secret in said for secret in SECRET.values())


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8501"}])
def test_a_foreign_site_gets_no_session(door: Door, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketException):
        _said(door.address, "overview", **headers)
