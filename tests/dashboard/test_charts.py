"""Every kind of chart is what Plotly takes, though pages draw without its checks, and says its states."""

from datetime import date

import plotly.graph_objects as go
import pytest
from rows_cities import CITIES

from dashboards import charts
from dashboards.charts import Line, Mark, Pen
from dashboards.charts.maps import _outlines, _tiles
from dashboards.format import Numbers
from dashboards.words import Words

WORDS = Words("zh")
MARKS = [
    Mark("南宁市", 0.7, "70%", low=0.68, high=0.72, size=900, tone="above", code="450100"),
    Mark("河池市", 0.5, "50%", low=0.46, high=0.54, size=300, tone="below", is_focus=True, code="451200"),
    Mark("北海市", None, "〈‡ 小于10〉", tone="undecided", code="450500"),
]
DAYS = [date(2026, 1, 1), date(2026, 2, 1)]
LINES = [
    Line("甲", [1, 2, 3], [0.1, 0.2, 0.3], ["a", "b", "c"], low=[0, 0.1, 0.2], high=[0.2, 0.3, 0.4], end_text="30%"),
    Line("乙", [1, 2], [0.2, None], ["a", "b"], tone="other", is_complete=False),
]


class Limit:
    """A row of funnel_limit."""

    def __init__(self, denominator: int) -> None:
        self.denominator, self.province_value = denominator, 0.6
        self.limit_95_low, self.limit_95_high, self.limit_998_low, self.limit_998_high = 0.5, 0.7, 0.4, 0.8


def drawn(pen: Pen) -> dict[str, charts.Picture]:
    """One picture of each kind."""
    by_code = {mark.code: mark for mark in MARKS}
    cells = {("450100", "AI"): Mark("x", 12, "12", "南宁 AI 12"), ("451200", "AI"): Mark("y", None, "〈—〉")}
    show = pen.numbers.limit
    names = {"province": "全区", "limit_95": "95%限", "limit_998": "99.8%限"}
    return {
        "bars": charts.bars(MARKS, pen, "t", "s"),
        "bars with targets": charts.bars([Mark("a", 3, "3", target=4), Mark("b", -1, "-1")], pen, "t", "s", "目标"),
        "bars with the year before": charts.bars_with_before(
            [Mark("a", 3, "3", before=4), Mark("b", 0, "0"), Mark("c", None, "〈‡ 小于10〉")], pen, "t", "s", "今", "去"
        ),
        "course": charts.course(
            [
                Line("当月", DAYS, [0.7, 0.8], ["a", "b"], low=[0.6, 0.7], high=[0.8, 0.9], as_dots=True),
                Line("累计", DAYS, [0.7, 0.75], ["a", "b"], low=[0.6, 0.7], high=[0.8, 0.9], end_text="75%"),
            ],
            pen,
            "t",
            "s",
            show,
            [(DAYS[0], "1月")],
            0.7,
            "70%",
        ),
        "dots": charts.dots_with_intervals(MARKS, pen, "t", "s", show, 0.6, "全区"),
        "bridge": charts.bridge(Mark("a", 9, "9"), [Mark("b", 2, "+2"), Mark("c", -1)], Mark("d", 10), pen, "t", "s"),
        "funnel": charts.funnel_plot(MARKS, [Limit(100), Limit(900)], pen, "t", "s", names, "人次"),
        "wide funnel": charts.funnel_plot(MARKS, [Limit(10), Limit(900)], pen, "t", "s", names, "人次", is_wide=True),
        "share": charts.share_bar([("全区", MARKS[:2])], pen, "t", "s", 0.7, "70%"),
        "heat": charts.heat_map(MARKS, [Mark("人工智能", None, code="AI")], cells, pen, "t", "s"),
        "tiles": charts.tile_grid(by_code, pen, "t", "s"),
        "map": charts.schematic_map(by_code, pen, "t", "s", "示意图"),
        "multiples": charts.small_multiples(LINES, pen, "t", "s", reference=0.25),
        "cohorts": charts.cohort_curves(LINES, pen, "t", "s", show, "月"),
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_chart_is_valid_and_has_marks(dark):
    for kind, picture in drawn(Pen(WORDS, Numbers(WORDS), dark)).items():
        checked = go.Figure(picture.figure.to_dict())  # raises on what Plotly does not know
        assert len(checked.data) > 0, kind
        assert checked.layout.height >= 48, kind


def test_what_is_suppressed_has_its_symbol_and_no_length():
    figure = charts.bars(MARKS, Pen(WORDS, Numbers(WORDS), dark=False), "t", "s").figure.to_dict()
    assert figure["data"][0]["x"][2] is None
    assert "〈‡ 小于10〉" in [text.strip() for text in figure["data"][-1]["text"]]


def test_the_schematic_map_says_that_it_is_one():
    picture = drawn(Pen(WORDS, Numbers(WORDS), dark=False))["map"].figure.to_dict()
    assert "示意图" in [note["text"] for note in picture["layout"]["annotations"]]


def test_every_city_has_its_tile_and_its_outline():
    cities = set(CITIES) - {"450000"}
    assert set(_tiles()) == set(_outlines()) == cities
    assert len(set(_tiles().values())) == 14


def test_more_than_six_parts_are_refused():
    with pytest.raises(ValueError, match="six"):
        charts.share_bar([("x", [Mark(str(i), 0.1) for i in range(7)])], Pen(WORDS, Numbers(WORDS), False), "t", "s")


def test_a_long_name_of_several_words_is_folded_where_it_parts_evenly():
    assert Mark("Guilin", 1).label == "Guilin"
    assert "Rural workers in<br>transferred employment" in Mark("Rural workers in transferred employment", 1).label
    assert "现代特色农业与<br>食品加工产业集群" in Mark("现代特色农业与食品加工产业集群", 1).label
