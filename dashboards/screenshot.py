"""A picture of a page as a reader sees it: `python -m dashboards.screenshot --home DIR --out FILE`.

Starts the dashboard on a free loopback port and photographs it with the machine's Chromium; nothing is
fetched. For documents and for the browser tests, which use the same two functions.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

APP = Path(__file__).parent / "app.py"
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
STARTS_WITHIN = 30  # seconds
# The page has its charts (or none to show: every picture has a button to save it), each with its marks and not wider
# than its place, and nothing that Streamlit loads late is still to come.
DRAWN = """() => {
    const places = [...document.querySelectorAll('.stPlotlyChart')];
    const drawn = place => {
        const drawing = place.querySelector('.main-svg');
        return drawing && place.querySelector('.trace path, .hm image') && drawing.clientWidth <= place.clientWidth + 1;
    };
    if (document.querySelector('.nothing')) return true;
    if (document.querySelector('.st-key-rest')) return false; // parts are held back (layout.py)
    const pictures = document.querySelectorAll('button[data-picture]').length;
    const has_arrived = document.querySelector('.foot') && !document.querySelector('[data-testid="stSkeleton"]');
    return has_arrived && places.length === pictures && places.every(drawn);
}"""
HEIGHT = 900  # px, before the page's own height is known


@contextmanager
def serving(home: Path, log: Path, script: Path = APP) -> Iterator[str]:
    """The address of a dashboard that serves `home` until the block ends; its output goes to `log`."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = os.environ | {"SKILLSDW_HOME": str(home.absolute())}
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start: {log.read_text(errors='replace')[-2000:]}")


def settle(page: object) -> None:
    """Waits until the script has run and every chart is drawn, then makes the window as tall as the page."""
    page.wait_for_selector(".foot, .nothing", timeout=20_000)
    page.wait_for_selector('[data-test-script-state="notRunning"]', timeout=20_000)
    page.wait_for_function(DRAWN)
    tall = page.evaluate("document.querySelector('.stMainBlockContainer').scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": max(int(tall), 400)})
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(500)  # the last chart's fonts


def main() -> None:
    """Photograph one page of a home."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--page", default="", help="the page's path and query, for example ?year=2025")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    wanted = parser.parse_args()

    from playwright.sync_api import sync_playwright

    mark = "&" if "?" in wanted.page else "?"
    with serving(wanted.home, wanted.out.with_suffix(".log")) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_FLAGS)
        page = browser.new_page(
            viewport={"width": wanted.width, "height": HEIGHT},
            color_scheme="dark" if wanted.dark else "light",
        )
        page.goto(f"{address}/{wanted.page}{mark}lang={wanted.lang}")
        settle(page)
        page.screenshot(path=wanted.out)
        browser.close()
    wanted.out.with_suffix(".log").unlink()


if __name__ == "__main__":
    main()
