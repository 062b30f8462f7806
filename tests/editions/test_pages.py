"""Every page of a city reader's real edition is drawn: what is not told is a sentence or a dash, never a fault."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

import dashboards.door as door
from dashboards import layout, site
from skillsdw.access import Access
from skillsdw.build import build
from skillsdw.editions.make import make
from skillsdw.home import PROJECT, Home
from skillsdw.landing import land
from skillsdw.publish import current_version
from skillsdw.sample import write_sample

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

NANNING, LIUZHOU = "450100", "450200"
AS_OF = date(2026, 10, 31)


def silent(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("pages") / "home")
    write_sample(home.landing, 6_000, end=AS_OF, progress=silent)
    land(home, None, None, progress=silent)
    assert build(home, AS_OF, progress=silent).state == "published"
    assert make(home, current_version(home), [frozenset([NANNING])]) == []
    return home


@pytest.mark.parametrize("can_query", [False, True], ids=["city", "analyst"])
@pytest.mark.parametrize(
    ("name", "language", "city"),
    list(product([entry.name for entry in site.PAGES], ("zh", "en"), ("ALL", NANNING, LIUZHOU))),
)
def test_a_page_of_an_edition_is_drawn(home, monkeypatch, name, language, city, can_query) -> None:
    monkeypatch.setenv("SKILLSDW_HOME", str(home.root))
    monkeypatch.setattr(door, "PROVINCE", Access(frozenset([NANNING]), can_query=can_query))
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    try:
        page = AppTest.from_file(str(PROJECT / "dashboards" / "app.py"), default_timeout=60)
        page.query_params.update({"city": city, "lang": language})
        page.session_state[layout._SHOWS_ALL] = True
        page.run()
        if name != site.PAGES[0].name:
            page.switch_page(f"views/{name}.py").run()
        assert not page.exception, page.exception
        assert Path(home.link).exists()
    finally:
        config.set_option("server.address", before)
