"""The shared filters: a page shows those that it takes, all stand in the address, and one click takes them back."""

import pytest
from page_text import html_of

from dashboards import frame, site
from dashboards.site import Entry


@pytest.fixture
def every_filter(monkeypatch):
    """The Cities page as if it took every filter there is."""
    monkeypatch.setattr(site, "PAGES", (site.PAGES[0], Entry("cities", frame.FILTERS)))


@pytest.mark.usefixtures("every_filter")
def test_every_filter_stands_in_the_address_as_a_code(run_page):
    page = run_page("cities")
    assert len(page.selectbox) == 4
    page.selectbox(key="industry").set_value("AI").run()
    page.selectbox(key="type").set_value("project").run()
    page.button_group(key="basis").set_value("sessions").run()
    assert {name: page.query_params[name] for name in ("industry", "type", "basis")} == {
        "industry": "AI",
        "type": "project",
        "basis": "sessions",
    }
    assert "人工智能" in html_of(page)  # the files' names carry the scope
    page.button(key="reset").click().run()
    assert dict(page.query_params) == {}
    assert page.selectbox(key="industry").value == "ALL"


@pytest.mark.usefixtures("every_filter")
def test_filters_are_read_from_the_address(run_page):
    page = run_page("cities", {"group": "rural_labour", "industry": "I03", "basis": "sessions"})
    assert page.selectbox(key="industry").value == "I03"


def test_a_page_shows_no_filter_that_it_does_not_take(run_page):
    assert len(run_page("overview").selectbox) == 0
    assert len(run_page("cities", build="b").selectbox) == 1


@pytest.mark.parametrize("page", site.PAGES, ids=lambda page: page.name)
def test_a_listed_page_has_its_script_and_known_filters(page):
    assert set(page.filters) <= set(frame.FILTERS)


def test_an_address_that_says_nothing_of_a_filter_takes_it_back_also_by_way_of_a_page_without_it(run_page):
    """Back to a page without years, then a link to one with years: the address is right, not what stood there."""
    page = run_page("overview", {"year": "2025"})
    shown = page.button_group(key="year").value
    page.query_params.pop("year")
    page.switch_page("views/quality.py").run()
    page.switch_page("views/overview.py").run()
    assert page.button_group(key="year").value != shown
    assert "year" not in page.query_params
