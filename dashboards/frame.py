"""What stands around every page: brand and choices, provenance, and a sentence where data is missing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import address, layout, theme, warehouse
from dashboards.charts import Pen
from dashboards.format import Numbers
from dashboards.queries import overview
from dashboards.warehouse import Unavailable, Warehouse
from dashboards.words import DEFAULT, LANGUAGES, Words

CHECK_EVERY = 5  # seconds between two looks at the link and the mode while a page is open


def words() -> Words:
    """The words of the language that the reader chose or the address asks for."""
    return Words(address.chosen("lang", list(LANGUAGES), DEFAULT))


@dataclass(frozen=True)
class Page:
    """What a page script works with. `version` is the row of `published_version`."""

    warehouse: Warehouse
    version: object
    pen: Pen
    _bar: DeltaGenerator

    def choose_year(self, years: Sequence[int]) -> int:
        """The plan year to show; the one that `as_of` falls in unless the address says otherwise."""
        current = current_year(years, self.version.as_of.year)
        with self._bar:
            return address.choice("year", years, current, self.pen.words("choice.year"), self._year_name)

    def _year_name(self, year: int) -> str:
        member = "whole" if year == overview.WHOLE_PLAN else "one"
        return self.pen.words.of("choice.years", member, year=str(year))


def current_year(years: Sequence[int], today: int) -> int:
    """The plan year that `today` falls in; before the plan its first, after it its last."""
    plan = [year for year in years if year != overview.WHOLE_PLAN]
    return min(max(today, min(plan)), max(plan))


@contextmanager
def page() -> Iterator[Page]:
    """Draws the frame, hands the page its version, words and pen, and closes with the provenance.

    Where nothing can be read the page's script does not run: the reader gets a sentence and the next step.
    """
    says = words()
    st.html(theme.stylesheet())
    # A screen reader takes its voice, and the browser its Han glyphs, from the document's language.
    st.html(f"<script>document.documentElement.lang = '{says.tag}'</script>", unsafe_allow_javascript=True)
    bar = _bar(says)
    shown = None
    try:
        shown = warehouse.published()
        version = overview.version(shown)
    except Unavailable as missing:
        _explain(missing, says)
        _follow(shown, dark=theme.is_dark())
        st.stop()
    pen = Pen(says, Numbers(says), theme.is_dark())
    try:
        yield Page(shown, version, pen, bar)
        layout.foot(_provenance(version, pen))
    except Unavailable as missing:
        _explain(missing, says)
    _follow(shown, dark=pen.dark)


@st.fragment(run_every=CHECK_EVERY)
def _follow(shown: Warehouse | None, *, dark: bool) -> None:
    """Draws the page again when another version is current, or when the reader turned light into dark.

    The colours of charts are set on the server, which hears of the reader's mode only with a run.
    """
    try:
        now = warehouse.published()
    except Unavailable:
        now = None
    if now != shown or theme.is_dark() != dark:
        st.rerun()


def _bar(says: Words) -> DeltaGenerator:
    """Brand on the left, choices on the right; they wrap on a phone."""
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with bar:
        st.html(f'<div class="brand">{says.html("brand")}</div>', width="content")
        choices = st.container(horizontal=True, width="content")
    with choices:
        # The language comes last on the line but is drawn first: the year waits for the warehouse.
        years = st.container(width="content")
        address.choice("lang", list(LANGUAGES), DEFAULT, says("choice.language"), LANGUAGES.get)
    return years


def _explain(missing: Unavailable, says: Words) -> None:
    sentences = [says.html_of("nothing.why", missing.reason), says.html("nothing.do", up="skillsdw up")]
    if missing.reason != "not_published":
        sentences[1] = says.html("nothing.restore", status="skillsdw status", rollback="skillsdw rollback")
    layout.nothing(says.of("nothing.title", missing.reason), sentences, missing.detail)


def _provenance(version: object, pen: Pen) -> list[str]:
    says, numbers = pen.words, pen.numbers
    known = numbers.moment(version.known_at) if version.known_at else says("foot.all_known")
    return [
        says("foot.build", build=version.build_id),
        says("foot.as_of", day=numbers.day(version.as_of)),
        says("foot.known_at", moment=known),
        says("foot.published_at", moment=numbers.moment(version.published_at)),
        says("foot.rules", version=str(version.rules_version)),
        says("foot.code", commit=version.git_commit or numbers.state("not_available")),
    ]
