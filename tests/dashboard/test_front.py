"""The dashboard behind nginx as docs/front/nginx.conf sets it up: its headers, and that the pages bear them."""

import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import fixture
import pytest
from browsing import IN_A_BROWSER, arrived
from playwright.sync_api import Browser

from dashboards import site
from dashboards.screenshot import serving
from skillsdw.home import PROJECT
from skillsdw.serve import free_port

pytestmark = IN_A_BROWSER

CONF = PROJECT / "docs" / "front" / "nginx.conf"
WRAPPED = "pid {0}/pid; error_log {0}/error.log; events {{}} http {{ access_log off; include {0}/site.conf; }}"
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where nginx serves the dashboard of a published home, by TLS."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        assert os.environ.get("CI") != "true", "nginx is needed: apt-get install nginx-light"
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    place = tmp_path_factory.mktemp("front")
    for name in ("home", "nginx"):
        (place / name).mkdir()
    of_nginx = place / "nginx"
    fixture.publish(place / "home")
    own = ["-keyout", f"{of_nginx}/key.pem", "-out", f"{of_nginx}/cert.pem", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *own], check=True, capture_output=True)
    with serving(place / "home", place / "server.log") as served:
        plain, secure = free_port("127.0.0.1", 8740), free_port("127.0.0.1", 8760)
        conf = CONF.read_text(encoding="utf-8")
        for given, here in (
            ("127.0.0.1:8501", served.removeprefix("http://")),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
            ("skills.example", "localhost"),
            ("/etc/ssl/certs/skills.pem", f"{of_nginx}/cert.pem"),
            ("/etc/ssl/private/skills.key", f"{of_nginx}/key.pem"),
        ):
            assert given in conf
            conf = conf.replace(given, here)
        (of_nginx / "site.conf").write_text(conf, encoding="utf-8")
        (of_nginx / "nginx.conf").write_text(WRAPPED.format(of_nginx), encoding="utf-8")
        words = [nginx, "-e", f"{of_nginx}/early.log", "-p", str(of_nginx), "-c", str(of_nginx / "nginx.conf")]
        tried = subprocess.run([*words, "-t"], capture_output=True, text=True)
        assert tried.returncode == 0, tried.stderr
        running = subprocess.Popen([*words, "-g", "daemon off;"])
        try:
            for _ in range(100):
                if (of_nginx / "pid").exists():
                    break
                time.sleep(0.1)
            yield f"https://localhost:{secure}"
        finally:
            running.terminate()
            running.wait()


def _headers(address: str) -> dict[str, str]:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(address, context=trusting) as answer:
        return dict(answer.headers)


@pytest.mark.parametrize("path", ["", "overview", "_stcore/health", "no-such-page"])
def test_every_answer_has_the_headers(front: str, path: str) -> None:
    found = _headers(f"{front}/{path}")
    assert {name: found.get(name) for name in HEADERS} == HEADERS
    policy = dict(part.strip().split(" ", 1) for part in found["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'self'"
    assert not re.search(r"https?:|\*", found["Content-Security-Policy"])
    assert "Uvicorn" not in found.get("Server", "")


@pytest.mark.parametrize("name", [entry.name for entry in site.PAGES])
def test_pages_are_drawn_through_it_without_a_complaint(front: str, browser: Browser, name: str) -> None:
    page = browser.new_page(ignore_https_errors=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    arrived(page, f"{front}/{name}")
    assert page.locator(".foot").count() == 1
    assert [text for text in said if "Content Security Policy" in text or "Refused" in text] == []
    page.close()


def test_no_site_may_put_a_page_into_a_frame(front: str, browser: Browser) -> None:
    page = browser.new_page(ignore_https_errors=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.set_content(f'<iframe src="{front}/overview"></iframe>')
    page.wait_for_timeout(1500)
    assert any("frame-ancestors" in text or "X-Frame-Options" in text for text in said)
    page.close()
