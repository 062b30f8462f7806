"""Who comes in by a real provider, and who does not: forged, expired and missing tokens, cookies that were touched."""

import json
import time
from collections.abc import Callable

import pytest
from doorway import ACCESS, NANNING, Door, sign_out
from itsdangerous import TimestampSigner
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

COOKIE = "_streamlit_user"
SHUT = "请先登录"
FOLLOWS_WITHIN = 9_000  # ms: the page looks every five seconds
SignIn = Callable[..., Page]


def test_a_reader_comes_back_to_the_page_that_was_wanted(sign_in: SignIn) -> None:
    page = sign_in("planner", "/cities?year=2025&city=451200")
    page.wait_for_url("**/cities?**")
    assert "year=2025" in page.url
    assert "city=451200" in page.url
    assert page.get_by_role("button", name="退出登录").is_visible()


@pytest.mark.parametrize(
    ("login", "can_query", "edition"),
    [
        ("planner", True, ""),
        ("somebody@planners", True, ""),
        ("somebody@analysts", True, ""),
        ("groups_as_text!somebody", True, ""),
        ("somebody@nanning", False, "南宁市"),
        ("somebody@nanning+other", False, "南宁市"),
        ("somebody@nanning-analysts", True, "南宁市"),
        ("somebody@nanning+planners", True, ""),
    ],
)
def test_a_role_opens_its_pages(sign_in: SignIn, login: str, can_query: bool, edition: str) -> None:
    page = sign_in(login)
    assert page.locator("nav.links a[data-page=query]").count() == int(can_query)
    foot = page.locator(".foot").inner_text()
    assert ("分市版本" in foot) == bool(edition)
    assert edition in foot


def test_whoever_no_line_names_sees_nothing_but_the_own_subject(sign_in: SignIn) -> None:
    page = sign_in("stranger@unheard-of", drawn=False)
    expect(page.locator(".shut")).to_contain_text("您还没有查看权限")
    expect(page.locator(".shut")).to_contain_text("stranger@unheard-of")
    assert page.locator("nav.links, .foot, .stPlotlyChart").count() == 0


@pytest.mark.parametrize(
    "way",
    [
        *("other_key", "no_signature", "other_audience", "other_issuer", "other_nonce"),
        *("expired", "endless", "no_subject", "no_token"),
    ],
)
def test_a_token_that_the_provider_did_not_mean_opens_nothing(sign_in: SignIn, way: str) -> None:
    page = sign_in(f"{way}!x@planners", drawn=False)
    expect(page.locator(".shut")).to_contain_text(SHUT)
    assert page.locator("nav.links, .foot, .stPlotlyChart").count() == 0


def test_a_token_that_ends_shuts_the_open_page(sign_in: SignIn) -> None:
    page = sign_in("short!nanning")
    expect(page.locator(".shut")).to_contain_text("登录已过期", timeout=12_000 + FOLLOWS_WITHIN)
    assert page.locator("nav.links, .stPlotlyChart").count() == 0


@pytest.mark.parametrize("touch", ["one letter", "another secret", "none"])
def test_a_cookie_that_was_touched_is_none(sign_in: SignIn, door: Door, context: BrowserContext, touch: str) -> None:
    page = sign_in("somebody@nanning")
    kept = next(cookie for cookie in context.cookies() if cookie["name"] == COOKIE)
    if touch == "none":
        context.clear_cookies(name=COOKIE)
    else:
        forged = {"sub": "planner", "exp": time.time() + 3600, "is_logged_in": True, "origin": door.address}
        value = (
            TimestampSigner("another-secret-another-secret-xx").sign(json.dumps(forged).encode()).decode()
            if touch == "another secret"
            else ("A" if kept["value"][10] != "A" else "B").join((kept["value"][:10], kept["value"][11:]))
        )
        context.add_cookies([kept | {"value": value}])
    page.reload()
    expect(page.locator(".shut")).to_contain_text(SHUT)
    assert page.locator("nav.links, .foot").count() == 0


def test_what_is_taken_away_is_gone_while_the_page_is_open(sign_in: SignIn, door: Door) -> None:
    page = sign_in("somebody@nanning")
    try:
        door.home.access.write_text(ACCESS.replace(f"group,nanning,city,{NANNING}\n", ""), encoding="utf-8")
        expect(page.locator(".shut")).to_contain_text("您还没有查看权限", timeout=FOLLOWS_WITHIN)
        door.home.access.write_text(f"{ACCESS}group,nanning,mayor,{NANNING}\n", encoding="utf-8")
        expect(page.locator(".shut")).to_contain_text("权限文件有误", timeout=FOLLOWS_WITHIN)
        assert page.locator("nav.links, .foot, .stPlotlyChart").count() == 0
    finally:
        door.home.access.write_text(ACCESS, encoding="utf-8")
    expect(page.locator(".foot")).to_contain_text("南宁市", timeout=FOLLOWS_WITHIN)


def test_signing_out_shuts_the_door(sign_in: SignIn) -> None:
    page = sign_in("somebody@nanning")
    sign_out(page)
    expect(page.locator(".shut")).to_contain_text(SHUT)
    page.reload()
    expect(page.locator(".shut")).to_contain_text(SHUT)
