"""A dashboard with a door: a real OpenID provider, a real server, a home with editions, and a browser."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doorway import ACCESS, HERE, Door, published
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dashboards.screenshot import BROWSER_FLAGS, DRAWN
from skillsdw.home import PROJECT, Home
from skillsdw.serve import free_port

expect.set_options(timeout=20_000)  # on a machine that has other work, too


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The ports of a running provider and of the dashboard that it knows; installed by its lock, without scripts."""
    npm = shutil.which("npm")
    assert npm, "npm is needed for the provider: apt-get install nodejs npm"
    place = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(HERE / "provider" / name, place)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    subprocess.run([npm, "ci", *quiet], cwd=place, check=True, capture_output=True)
    # The provider knows the dashboard by its port before either is there: workers of pytest keep apart.
    apart = 20 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own, dashboard = free_port("127.0.0.1", 8620 + apart), free_port("127.0.0.1", 8820 + apart)
    callback = f"http://127.0.0.1:{dashboard}/oauth2callback"
    with (place / "log").open("w") as log:
        running = subprocess.Popen(
            ["node", "provider.mjs", str(own), callback], cwd=place, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert running.stdout.readline().strip() == "ready", (place / "log").read_text()
        yield own, dashboard
    finally:
        running.kill()
        running.wait()


@pytest.fixture(scope="session")
def door(provider: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The dashboard as `skillsdw serve` starts it, with the provider configured."""
    own, port = provider
    home = Home(tmp_path_factory.mktemp("door") / "home")
    home.root.mkdir()
    published(home)
    home.access.write_text(ACCESS, encoding="utf-8")
    home.access.chmod(0o600)
    secret = "0123456789abcdef" * 4
    home.secrets.write_text(
        f"""
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{secret}"
client_id = "dashboard"
client_secret = "of-the-tests"
server_metadata_url = "http://127.0.0.1:{own}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid groups", prompt = "login" }}
""",
        encoding="utf-8",
    )
    home.secrets.chmod(0o600)
    log = home.root / "server.log"
    with log.open("w") as said:
        running = subprocess.Popen(
            [sys.executable, "-m", "skillsdw", "serve", "--home", str(home.root), "--port", str(port)],
            cwd=PROJECT,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(lambda: "Uvicorn server started" in log.read_text(), log)
        yield Door(f"http://127.0.0.1:{port}", home, log, secret)
    finally:
        running.terminate()
        running.wait(20)


def _wait(done: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: no cookie of another test."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", accept_downloads=True)
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def sign_in(door: Door, context: BrowserContext) -> Callable[..., Page]:
    """Opens a page, signs in as `login`, and returns it as it then stands."""

    def signed(login: str, path: str = "/overview", *, drawn: bool = True) -> Page:
        page = context.new_page()
        page.goto(f"{door.address}{path}")
        page.get_by_role("button", name="登录").click()
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", "any")
        page.click("button[type=submit]")
        page.click("button[type=submit]")  # consent
        page.wait_for_url(f"{door.address}/**")
        if drawn:
            page.wait_for_selector(".foot")
            page.wait_for_function(DRAWN)
        return page

    return signed
