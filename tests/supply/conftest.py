"""A registry on loopback that holds what a test puts there; pip's configuration points to it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Registry:
    """`pages` maps a path to the JSON that is answered; everything else is 404."""

    def __init__(self) -> None:
        self.pages: dict[str, dict] = {}

    def put(self, name: str, files: list[dict], status: str | None = None, **release: object) -> None:
        """A project with its files, its status (PEP 792) and the JSON page of its newest release."""
        page = {"meta": {"api-version": "1.4"}, "name": name, "files": files}
        self.pages[f"/simple/{name}/"] = page | ({"project-status": {"status": status}} if status else {})
        if release:
            self.pages[f"/pypi/{name}/json"] = release


def file(name: str, digest: str = "0" * 64, uploaded: str = "2026-10-01T00:00:00Z", yanked: object = False) -> dict:
    """A file of a simple index."""
    return {"filename": name, "hashes": {"sha256": digest}, "upload-time": uploaded, "yanked": yanked, "url": "unused"}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    found = Registry()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = found.pages.get(self.path)
            body = json.dumps(page).encode()
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield found
    server.shutdown()
    server.server_close()
