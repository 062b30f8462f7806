"""The pages, in the order of the navigation, and the filters that each one takes.

Adding an entry here, `pages/<name>.py` and the words `page.<name>` makes a page: docs/pages.md.
"""

from dataclasses import dataclass

ALL = "ALL"  # no choice made: what marts call the scope that is not cut


@dataclass(frozen=True)
class Entry:
    """One page. `filters` are those of `frame.FILTERS` that it takes; `whole_plan` offers the three years together."""

    name: str
    filters: tuple[str, ...]
    whole_plan: bool = False


PAGES = (
    Entry("overview", ("year",), whole_plan=True),
    # Entry("cities", ("year", "city")),
)


def entry(name: str) -> Entry:
    """The page of that name."""
    return next(page for page in PAGES if page.name == name)
