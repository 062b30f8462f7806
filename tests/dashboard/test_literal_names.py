"""A name is shown as it is, whatever signs it has: in charts, which read a little HTML, in tables and titles."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from html import unescape
from types import SimpleNamespace

import duckdb
import fixture
import pytest
from page_text import html_of

from dashboards import charts, site
from dashboards.charts import Line, Mark, Pen
from dashboards.charts.pen import width_of
from dashboards.format import Numbers
from dashboards.words import Words

NAMES = (
    "南宁<b>青</b>&学校",
    "a<br>青b",
    "青&lt;b&gt;",
    "<i>青</i>%{x}",
    "x<a href='y'>青",
    "青<extra></extra>&nbsp;1<2",
)
LONG = "现代特色农业与<b>食品&青</b>加工产业集群示范区"
_MARKUP = re.compile(r"</?b>|<span style=\"[^\"<>]*\">|</span>")
_BREAK = re.compile(r"-?<br>")
_ENTITY = re.compile(r"&(?:amp|lt|gt|#\d+|quot);")


def texts(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a figure with the key under which it stands."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, dict):
        for name, part in node.items():
            if name != "template":
                yield from texts(part, name)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from texts(part, key)


def shown(text: str) -> str:
    """What Plotly shows of a text, its lines run on."""
    bare = _MARKUP.sub("", _BREAK.sub("", text))
    assert "<" not in bare, text
    assert ">" not in bare, text
    assert "&" not in _ENTITY.sub("", bare), text
    return unescape(bare)


def check(figure: dict, name: str) -> int:
    """How many texts of a figure show the name; each that has a part of it shows the whole."""
    found = 0
    for key, text in texts(figure):
        if "青" not in text:
            continue
        assert not key.endswith("template"), f"a template reads more than a text does: {text}"
        assert name in shown(text), (key, text)
        found += 1
    return found


def drawn(pen: Pen, name: str) -> dict[str, charts.Picture]:
    """One picture of each kind, every text of which is the name."""

    def mark(value: float | None, code: str, **more: object) -> Mark:
        given = {"low": 0.1, "high": 0.8, "size": 500, "hover": f"{name}\n{name}", "tone": "above", "code": code}
        return Mark(name, value, name, **(given | more))

    marks = [mark(0.7, "450100", is_focus=True), mark(0.2, "451200", hover="", tone="below"), mark(None, "450500")]
    in_plot = [mark(0.7, "450100", is_focus=True), mark(0.2, "451200", size=9000)]
    days = [date(2026, 1, 1), date(2026, 2, 1)]
    line = Line(name, [1, 2], [0.1, 0.2], [name, name], low=[0, 0.1], high=[0.2, 0.3], end_text=name)
    by_day = [Line(name, days, [0.7, 0.8], [name, name], low=[0.6, 0.7], high=[0.8, 0.9], end_text=name)]
    limit = {"province_value": 0.6, "limit_95_low": 0.5, "limit_95_high": 0.7}
    limit |= {"limit_998_low": 0.4, "limit_998_high": 0.8}
    limits = [SimpleNamespace(denominator=size, **limit) for size in (10, 900)]
    named = {"province": name, "limit_95": name, "limit_998": name}
    steps = [SimpleNamespace(step=name, sessions=count) for count in (9, 5)]
    years = [SimpleNamespace(plan_year=2026, counted_sessions=5, target_sessions=9)]

    def show(_value: float) -> str:
        return name

    by_code = {mark.code: mark for mark in marks}
    cells = {("450100", "450100"): mark(12, "x"), ("451200", "450100"): mark(None, "y")}
    targets = [mark(3, "a", target=4), mark(-1, "b", target=4)]
    return {
        "bars": charts.bars(targets, pen, "t", "s", name),
        "bars with the year before": charts.bars_with_before([mark(3, "a", before=4)], pen, "t", "s", name, name),
        "course": charts.course(by_day, pen, "t", "s", show, [(days[0], name)], 0.7, name),
        "dots": charts.dots_with_intervals(marks, pen, "t", "s", show, 0.6, name),
        "bridge": charts.bridge(mark(9, "a"), [mark(2, "b"), mark(-1, "c")], mark(10, "d"), pen, "t", "s"),
        "funnel": charts.funnel_plot(in_plot, limits, pen, "t", "s", named, name),
        "wide funnel": charts.funnel_plot(in_plot, limits, pen, "t", "s", named, name, is_wide=True),
        "share": charts.share_bar([(name, marks[:2])], pen, "t", "s", 0.7, name),
        "heat": charts.heat_map(marks, marks[:1], cells, pen, "t", "s"),
        "tiles": charts.tile_grid(by_code, pen, "t", "s"),
        "map": charts.schematic_map(by_code, pen, "t", "s", name),
        "multiples": charts.small_multiples([line, line], pen, "t", "s", reference=0.25),
        "cohorts": charts.cohort_curves([line], pen, "t", "s", show, name),
        "steps": charts.sessions_at_each_step(steps, lambda _: name, pen, "t", "s"),
        "years": charts.attainment_by_year(years, lambda _: name, pen, "t", "s"),
    }


@pytest.mark.parametrize("name", [*NAMES, LONG])
def test_every_chart_shows_a_name_as_it_is(name, monkeypatch):
    words, called = Words("zh"), set()
    pen = Pen(words, Numbers(words), dark=False)

    def counted(chart: Callable) -> Callable:
        @wraps(chart)
        def call(*given: object, **more: object) -> charts.Picture:
            called.add(chart.__name__)
            return chart(*given, **more)

        return call

    kinds = {kind for kind in charts.__all__ if kind.islower()}
    for kind in kinds:
        monkeypatch.setattr(charts, kind, counted(getattr(charts, kind)))
    least = {"share": 5, "bridge": 9, "heat": 5, "dots": 9, "multiples": 6, "bars": 8, "years": 1}
    for kind, picture in drawn(pen, name).items():
        found = check(json.loads(picture.figure.to_json()), name)
        assert found >= least.get(kind, 2), kind
    assert kinds - called == {"cumulative_against_target"}, "which says numbers alone"


def test_the_room_of_a_name_is_that_of_what_is_shown():
    words = Words("zh")
    pen = Pen(words, Numbers(words), dark=False)
    plain, signs = (
        charts.bars([Mark(name, 1, "1")], pen, "t", "s").figure.layout.margin.l
        for name in ("南宁bbb青bbbb", "南宁<b>青</b>")
    )
    assert abs(plain - signs) < 10  # no entity is measured as five letters
    assert width_of("青\n青青") == 2


NAMED = ("name", "title", "message", "clause", "alias", "subject")
NAME = NAMES[0]


@pytest.fixture
def named_home(home):
    """The fixture with the signs in every name of every table."""
    version = fixture.publish(home)
    with duckdb.connect(str(version)) as con:
        columns = con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and data_type = 'VARCHAR'"
        ).fetchall()
        for table, column in columns:
            if column.startswith(NAMED) or column.endswith(("_name", "_name_zh", "_name_en")):
                con.execute(f'update marts."{table}" set "{column}" = "{column}" || ?', [NAME])
    return home


@pytest.mark.usefixtures("named_home")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", [page.name for page in site.PAGES])
def test_a_page_shows_names_as_they_are(run_page, page, language):
    for address in ({"lang": language}, {"lang": language, "city": "451200"}):
        shown_page = run_page(page, address, published=False)
        html = html_of(shown_page)
        assert "<b>青" not in html
        assert "<b>青".replace("<", "&lt;").replace(">", "&gt;") in html or page == "query"
        figures = [json.loads(chart.proto.spec) for chart in shown_page.get("plotly_chart")]
        assert page == "query" or sum(check(figure, NAME) for figure in figures) >= 1
        for box in shown_page.selectbox:
            assert not [option for option in box.options if "&lt;" in option or "&amp;" in option]
