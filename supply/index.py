"""The registry that pip is set up for, and nothing else: its simple index (PEP 691) and its JSON pages.

The address, the certificate and the time limit are pip's own configuration, read from pip, so that no address stands in
this project. The two modules of pip used here are private; both have been where they are since 2018.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import requests
from packaging.utils import canonicalize_name

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
AT_ONCE = 8


class Unreachable(Exception):
    """The registry did not answer, or answered with something else than an index."""


class Index:
    """Pip's configured index. `seconds` is how long one answer may take."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds

    def project(self, name: str) -> dict:
        """The simple index's page of a project: files with hashes and times, versions, status where it is told."""
        return self._json(f"{self._base}/{canonicalize_name(name)}/", SIMPLE_JSON)

    def release(self, name: str, version: str | None = None) -> dict | None:
        """The JSON page of a release, by default the newest, with its known vulnerabilities; None for none kept."""
        root = self._base.removesuffix("/simple")
        middle = f"{canonicalize_name(name)}/{version}" if version else canonicalize_name(name)
        try:
            return self._json(f"{root}/pypi/{middle}/json", "application/json")
        except FileNotFoundError:
            return None

    def each(self, work: object, things: list) -> list:
        """`work(thing)` for each, several at once, in order."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(work, things))

    @cached_property
    def _configured(self) -> dict[str, str]:
        from pip._internal.configuration import Configuration
        from pip._internal.models.index import PyPI

        configuration = Configuration(isolated=False)
        configuration.load()
        # Later entries of pip's list count more, as pip itself has it: files, then the environment.
        found = {key.partition(".")[2]: value for key, value in configuration.items()}
        return {"index-url": PyPI.simple_url} | found

    @property
    def _base(self) -> str:
        return self._configured["index-url"].rstrip("/")

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=2))
        session.verify = self._configured.get("cert") or True
        return session

    def _json(self, address: str, kind: str) -> dict:
        """FileNotFoundError for a page that there is not, `Unreachable` for everything else that is no JSON."""
        try:
            answer = self._session.get(address, headers={"Accept": kind}, timeout=self._seconds)
            if answer.status_code == 404:
                raise FileNotFoundError("no such page in the registry")
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as fault:
            # The fault's own text would name the registry's host.
            raise Unreachable(type(fault).__name__) from None
