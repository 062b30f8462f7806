"""The pages, in the order of the navigation, and the filters that each one takes.

Adding an entry here, `views/<name>.py` and the words `page.<name>` makes a page: docs/pages.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards.words import Words

ALL = "ALL"  # no choice made: what marts call the scope that is not cut


@dataclass(frozen=True)
class Entry:
    """One page. `filters` are those of `frame.FILTERS` that it takes; `whole_plan` offers the three years together."""

    name: str
    filters: tuple[str, ...]
    whole_plan: bool = False
    is_for_analysts: bool = False


PAGES = (
    Entry("overview", ("year",), whole_plan=True),
    Entry("cities", ("year", "city")),
    Entry("industries", ("year", "city", "industry")),
    Entry("priority", ("year", "city"), whole_plan=True),
    Entry("outcomes", ("year", "city", "industry", "group", "type")),
    Entry("funds", ("year", "city")),
    Entry("quality", ("city",)),
    Entry("query", ("year", "city"), is_for_analysts=True),
)


def entry(name: str) -> Entry:
    """The page of that name."""
    return next(page for page in PAGES if page.name == name)


def pages(words: Words) -> list:
    """Streamlit's pages: `/` shows the first one, which has its own path too, as all have.

    Streamlit gives its default page no path of its own (`/start` is never shown), so the first is there twice.
    """
    start = st.Page(_script(PAGES[0]), title=words.of("page", PAGES[0].name), url_path="start", default=True)
    return [start, *named(words)]


def named(words: Words, shown: Sequence[Entry] = PAGES) -> list:
    """The pages as links name them."""
    return [st.Page(_script(page), title=words.of("page", page.name), url_path=page.name) for page in shown]


def _script(page: Entry) -> str:
    # Not in a folder named pages: Streamlit takes that for its older kind of app, and the first visitor of a page
    # other than the first gets an error.
    return f"views/{page.name}.py"
