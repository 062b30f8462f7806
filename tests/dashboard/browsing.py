"""What every test in a real browser shares: the machine's Chromium, and when a page has arrived."""

import os
import shutil

import pytest
from playwright.sync_api import Page

from dashboards.screenshot import DRAWN

CHROMIUM = shutil.which("chromium")
# In CI a missing browser is a failure; elsewhere it is a reason to skip.
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="no chromium on this machine (Debian: apt install chromium fonts-noto-cjk)",
    ),
]
WITHIN = 60_000  # ms: other tests may have the machine's processors


def arrived(page: Page, address: str) -> None:
    """Opens a page and waits until its script has run and its charts are drawn."""
    page.goto(address, timeout=WITHIN)
    page.wait_for_selector(".foot, .nothing", timeout=WITHIN)
    page.wait_for_selector('[data-test-script-state="notRunning"]', timeout=WITHIN)
    page.wait_for_selector(".st-key-lang [role=radio]", timeout=WITHIN)
    page.wait_for_function(DRAWN, timeout=WITHIN)
