"""What stands around every page: brand, links, filters, provenance, and a sentence where data is missing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from dashboards import address, door, layout, saving, script, site, theme, warehouse
from dashboards.charts.pen import Pen, Picture
from dashboards.definitions import definitions
from dashboards.door import Closed, Reader
from dashboards.download import Source
from dashboards.format import Numbers
from dashboards.queries import common
from dashboards.site import ALL, Entry
from dashboards.table import Table
from dashboards.warehouse import Unavailable, Warehouse
from dashboards.words import DEFAULT, LANGUAGES, Words

CHECK_EVERY = 5  # seconds between two looks at the link and the mode while a page is open
_WAITED = "frame.waited"
BASES = ("persons", "sessions")
# Filter → the query for its codes and names; the year and the basis are drawn as buttons, these as lists.
LISTS: dict[str, Callable[[Warehouse], list]] = {
    "city": common.cities,
    "industry": common.industries,
    "group": common.groups,
    "type": common.types,
}
FILTERS = ("year", *LISTS, "basis")


def words() -> Words:
    """The words of the language that the reader chose or the address asks for."""
    return Words(address.chosen("lang", list(LANGUAGES), DEFAULT))


@dataclass(frozen=True)
class Scope:
    """What the reader wants to see. A filter that the page does not take is not cut: `ALL`."""

    year: int
    city: str = ALL
    industry: str = ALL
    group: str = ALL
    type: str = ALL
    basis: str = BASES[0]
    names: tuple[str, ...] = ()  # in words, for headings and file names


@dataclass(frozen=True)
class Page:
    """What a page script works with. `version` is the row of `published_version`."""

    entry: Entry
    reader: Reader
    warehouse: Warehouse
    version: object
    scope: Scope
    pen: Pen
    source: Source

    def picture(self, key: str, shown: Picture, table: Table) -> None:
        """A chart block: finding, chart, table of the exact figures and downloads. `key` is unique on the page."""
        layout.picture(key, shown, table, self.source, self.pen)

    def table(self, key: str, title: str, subtitle: str, table: Table) -> None:
        """A table that is open, with its definitions and downloads."""
        layout.table(key, title, subtitle, table, self.source, self.pen)

    def choose(
        self,
        name: str,
        options: Sequence[str],
        label: str,
        show: Callable[[str], str],
        *,
        default: str | None = None,
        as_list: bool = False,
    ) -> str:
        """A choice of this page's own, in its address as `name`; `default` or the first option until the reader chose.

        Buttons, or a list to drop down where they would not fit on a line.
        """
        return address.choice(name, options, default or options[0], label, show, as_list=as_list)


@contextmanager
def page(name: str) -> Iterator[Page]:
    """Draws the frame, hands the page its scope, version and pen, and closes with the provenance.

    Where nothing can be read the page's script does not run: the reader gets a sentence and the next step.
    """
    entry, says = site.entry(name), words()
    layout.begin()
    st.html(theme.stylesheet())
    # A screen reader takes its voice, and the browser its Han glyphs, from the document's language.
    st.html(f"<script>{script.page(says)}</script>", unsafe_allow_javascript=True)
    reader, closed = _let_in(entry)
    bar = _bar(reader, says)
    if closed:
        if reader:
            _links(bar, entry, reader, says)()
        _close(closed, says)
        _follow(None, None, dark=theme.is_dark(), closed=closed.reason)
        st.stop()
    shown = None
    try:
        shown = warehouse.published(reader.access)
        version = common.version(shown)
        scope, draw_filters = _filters(entry, shown, version, says)
    except Unavailable as missing:
        _links(bar, entry, reader, says)()
        _explain(missing, says)
        _follow(shown, reader, dark=theme.is_dark())
        st.stop()
    draw_links = _links(bar, entry, reader, says)
    pen = Pen(says, Numbers(says), theme.is_dark(), definitions(shown, says.language))
    lines = [*_scope_line(shown, reader, pen), *_provenance(version, pen)]
    source = Source(says.of("page", name), scope.names, version.build_id, tuple(lines))
    saving.reads(reader, version.build_id)
    missing = None
    try:
        yield Page(entry, reader, shown, version, scope, pen, source)
    except Unavailable as gone:
        missing = gone
        _explain(missing, says)
    except Exception:
        draw_filters()  # the way out of a view that fails
        raise
    draw_filters()
    if not layout.holds_back():  # until then a link loads its page anew
        draw_links()
    if missing is None:
        layout.rest(says)
        layout.foot(lines)
    _follow(shown, reader, dark=pen.dark)


@st.fragment(run_every=CHECK_EVERY)
def _follow(shown: Warehouse | None, reader: Reader | None, *, dark: bool, closed: str = "") -> None:
    """Draws the page again when another version is current, when the reader may see more or less than before, or when
    light was turned into dark.

    Also when parts are still held back (`layout.rest`).

    The colours of charts are set on the server, which hears of the reader's mode only with a run.
    """
    try:
        still = door.reader()
    except Closed as now_closed:
        if now_closed.reason != closed:
            st.rerun()
        return
    if still != reader and not (closed == "no_query" and not still.access.can_query):
        st.rerun()
    try:
        now = warehouse.published(still.access)
    except Unavailable:
        now = None
    if reader is None:
        return
    has_waited = st.session_state.get(_WAITED) and not layout.shows_all()
    st.session_state[_WAITED] = True
    if has_waited:
        layout.show_all()  # the browser did not ask: it may be slow, or hold back scripts
    if now != shown or theme.is_dark() != dark or has_waited:
        st.rerun()


def _let_in(entry: Entry) -> tuple[Reader | None, Closed | None]:
    """Who reads, and why this page is closed to them."""
    try:
        reader = door.reader()
    except Closed as closed:
        return None, closed
    return reader, Closed("no_query") if entry.is_for_analysts and not reader.access.can_query else None


def _close(closed: Closed, says: Words) -> None:
    """Says why nothing is shown, and offers to sign in where that may help."""
    layout.shut(
        says.of("door.title", closed.reason),
        [says.html_of("door.why", closed.reason), says.html_of("door.do", closed.reason, serve="skillsdw serve")],
        closed.detail and says("door.detail", subject=closed.detail),
        keeps_address=closed.can_sign_in,
    )
    if closed.can_sign_in:
        st.button(says("door.sign_in"), key="sign_in", type="primary", on_click=st.login)
    elif closed.reason == "no_access":
        st.button(says("door.sign_out"), key="sign_out", on_click=st.logout)


def _scope_line(shown: Warehouse, reader: Reader, pen: Pen) -> list[str]:
    """Whose edition a page shows; nothing of the province's own version."""
    if reader.access.cities is None:
        return []
    names = [pen.words.name(row) for row in common.cities(shown) if row.code in reader.access.cities]
    (told,) = shown.rows("select figures_of_month from marts.edition")
    month = pen.numbers.month(told.figures_of_month)
    return [pen.words("foot.edition", cities=pen.words("sentence.list").join(names), month=month)]


def _bar(reader: Reader | None, says: Words) -> object:
    """Brand on the left; the way out, where there was a way in, and the language on the right; below them the place for
    the links, which is given back."""
    bar = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="bar")
    with bar:
        st.html(f'<div class="brand">{says.html("brand")}</div>', width="content")
        with st.container(width="content", key="language", horizontal=True, vertical_alignment="center"):
            if reader and reader.is_signed_in:
                st.button(says("door.sign_out"), key="sign_out", type="tertiary", on_click=st.logout)
            address.choice("lang", list(LANGUAGES), DEFAULT, says("choice.language"), LANGUAGES.get)
    return st.container()


def _links(place: object, entry: Entry, reader: Reader, says: Words) -> Callable[[], None]:
    """A link to every page, with the whole address; drawn once the filters have found theirs.

    Readers see plain links, which say where they lead and which page is open; a click on one goes to Streamlit's
    own link beside it, out of sight, which changes the page without loading everything anew (page.js). Those are
    drawn by what is given back.
    """
    carried = address.everything()
    open_ = [page for page in site.PAGES if reader.access.can_query or not page.is_for_analysts]
    with place:
        layout.links([(page.name, says.of("page", page.name)) for page in open_], entry.name, carried, says)
        own = st.container(key="switches")

    def draw() -> None:
        with own:
            for page in site.named(says, open_):
                st.page_link(page, label=page.title, query_params=carried)

    return draw


def _filters(entry: Entry, shown: Warehouse, version: object, says: Words) -> tuple[Scope, Callable[[], None]]:
    """The scope that the page's filters say, each in the address; and what draws them in the place kept here, with a
    button that takes them all back.

    A browser that has yet to load what a list is made of would show the sentence later: the page's answer goes first.
    """
    chosen: dict[str, object] = {}
    names, later = [], []
    place = st.container(horizontal=True, vertical_alignment="center", key="filters", gap="xsmall")
    years = [row.plan_year for row in common.years(shown) if row.plan_year != common.WHOLE_PLAN or entry.whole_plan]
    if not years:
        raise Unavailable("unreadable", shown.version.name)
    current = current_year(years, version.as_of.year)

    def take(name: str, options: list, default: object, show: Callable[[object], str], *, as_list: bool = False) -> str:
        chosen[name] = address.picks(name, options, default)
        later.append((name, options, show, as_list))
        return show(chosen[name])

    if "year" in entry.filters:
        names.append(take("year", years, current, _year_name(says)))
    for name, query in LISTS.items():
        if name in entry.filters:
            rows = {ALL: None} | {row.code: row for row in query(shown)}
            said = take(name, list(rows), ALL, _row_name(name, rows, says), as_list=True)
            names += [said] * (chosen[name] != ALL)
    if "basis" in entry.filters:
        names.append(take("basis", BASES, BASES[0], lambda basis: says.of("choice.basis", basis)))

    def draw() -> None:
        with place:
            for name, options, show, as_list in later:
                with st.container(width=LIST_WIDTH if as_list else "content", key=f"list_{name}"):
                    address.draw(name, options, says.of("choice", name), show, as_list=as_list)
            if any(name in address.everything() for name in FILTERS):
                st.button(says("choice.reset"), key="reset", type="tertiary", on_click=address.forget, args=[FILTERS])
            layout.copy_link(says)

    return Scope(**({"year": current} | chosen), names=tuple(names)), draw


LIST_WIDTH = 150  # px


def _year_name(says: Words) -> Callable[[int], str]:
    return lambda year: says.of("choice.years", "whole" if year == common.WHOLE_PLAN else "one", year=str(year))


def _row_name(name: str, rows: dict[str, object], says: Words) -> Callable[[str], str]:
    return lambda code: says.of("choice.all", name) if rows.get(code) is None else says.name(rows[code])


def current_year(years: Sequence[int], today: int) -> int:
    """The plan year that `today` falls in; before the plan its first, after it its last."""
    plan = [year for year in years if year != common.WHOLE_PLAN]
    return min(max(today, min(plan)), max(plan))


def _explain(missing: Unavailable, says: Words) -> None:
    sentences = [says.html_of("nothing.why", missing.reason), says.html("nothing.do", up="skillsdw up")]
    if missing.reason == "no_edition":
        sentences[1] = says.html("nothing.edition", editions="skillsdw editions")
    elif missing.reason != "not_published":
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
