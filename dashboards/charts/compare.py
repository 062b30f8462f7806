"""Things compared with each other: bars, dots with intervals, the funnel plot, the parts of a whole."""

from collections.abc import Callable, Sequence
from math import log10

from dashboards.charts.pen import (
    Mark,
    Markup,
    Pen,
    Picture,
    ends,
    joined,
    name_room,
    steps_between,
    text_at,
    width_of,
)

_ROW = 27  # px between two marks
_PAIR = 32  # px between two pairs of bars
_HOVER = "%{customdata}<extra></extra>"
_HAN = 13  # px
_APART = "\u00a0\u00a0\u00a0"
# Okabe–Ito, without its yellow (too pale on paper) and its black: for parts that are neither good nor bad.
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def _rows_axis(marks: Sequence[Mark], pen: Pen) -> dict:
    """The names down the left side, the first on top."""
    return {
        "range": [len(marks) - 0.5, -0.5],
        "tickvals": list(range(len(marks))),
        "ticktext": [mark.label for mark in marks],
        "tickfont": {"color": pen.colours.ink, "size": 13},
    }


def _height(marks: Sequence[Mark]) -> int:
    """px that the rows take: more where names stand on two lines."""
    return (_ROW + 6 * any("<br>" in mark.label for mark in marks)) * len(marks)


def _room_for(texts: Sequence[str]) -> float:
    """px that the widest text takes."""
    return max((width_of(text) for text in texts), default=0) * _HAN + 12


_PHONE = 350  # px that a phone has for a chart
_TICKS_NEED = 130  # px for the names of four ticks


def _left_on_a_phone(marks: Sequence[Mark]) -> float:
    """px between the names and the texts of the marks on a phone."""
    return _PHONE - name_room([mark.label for mark in marks], 13) - _room_for([mark.text for mark in marks])


def bars(marks: Sequence[Mark], pen: Pen, title: str, subtitle: str, target_name: str = "") -> Picture:
    """Horizontal bars from 0 in the order given, each with its text, its interval and its target where it has them.

    Negative values go left of the line at 0. A target that all share has its name above it.
    """
    look, places = pen.colours, list(range(len(marks)))
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [mark.value for mark in marks],
            "y": places,
            "width": 0.62,
            "marker": {"color": [pen.tone(mark.tone) for mark in marks]},
            "customdata": [mark.hover or f"{mark.name} {mark.text}" for mark in marks],
            "hovertemplate": _HOVER,
        },
        *_intervals(marks, look.ink),
    ]
    if any(mark.target is not None for mark in marks):
        traces.append(_target_marks(marks, pen, target_name))
    least = min([0, *(edge for mark in marks for edge in (mark.value, mark.low) if edge is not None)])
    most = max([0, *(edge for mark in marks for edge in (mark.value, mark.high, mark.target) if edge is not None)])
    labels = [
        text_at(max(0, mark.value or 0, mark.high or 0, mark.target or 0), place, mark.text, look.ink, xshift=6)
        for place, mark in zip(places, marks, strict=True)
        if mark.text
    ]
    top, shared = 8, {mark.target for mark in marks if mark.target is not None}
    if target_name and len(shared) == 1:
        line = next(iter(shared))
        labels.append(text_at(line, -0.4, target_name, look.ink, 12, xanchor="right", yanchor="bottom", xshift=4))
        top = 24
    figure = pen.figure(
        _height(marks) + 24 + top,
        traces,
        xaxis={
            "range": [least, most or 1],
            "showticklabels": False,
            "zeroline": least < 0,
            "zerolinecolor": look.muted,
        },
        yaxis=_rows_axis(marks, pen),
        margin={"l": 8, "r": _room_for([mark.text for mark in marks]), "t": top, "b": 8},
        annotations=labels,
        bargap=0,
    )
    return Picture(figure, title, subtitle)


def bars_with_before(
    marks: Sequence[Mark], pen: Pen, title: str, subtitle: str, now_name: str, before_name: str
) -> Picture:
    """Horizontal bars from 0, under each a thin one of the year before where there is one; both are named on top."""
    look, places = pen.colours, list(range(len(marks)))
    most = max([0, *(value for mark in marks for value in (mark.value, mark.before) if value is not None)]) or 1
    hovers = [mark.hover or f"{mark.name} {mark.text}" for mark in marks]
    bar = {"type": "bar", "orientation": "h", "customdata": hovers, "hovertemplate": _HOVER}
    traces = [
        bar
        | {
            "x": [mark.value for mark in marks],
            "y": [place - 0.1 for place in places],
            "width": 0.46,
            "marker": {"color": [pen.tone(mark.tone) for mark in marks]},
        },
        bar
        | {
            "x": [mark.before for mark in marks],
            "y": [place + 0.25 for place in places],
            "width": 0.16,
            "marker": {"color": look.other},
        },
    ]
    labels = [
        text_at(max(mark.value or 0, mark.before or 0), place, mark.text, look.ink, xshift=6)
        for place, mark in zip(places, marks, strict=True)
        if mark.text
    ]
    names = [(look.counted, now_name)]
    if any(mark.before is not None for mark in marks):
        names.append((look.other, before_name))
    signs = [Markup(f'<span style="color:{colour}">■</span>') for colour, _ in names]
    key = joined(_APART, *(joined(" ", sign, name) for sign, (_, name) in zip(signs, names, strict=True)))
    room = _room_for([mark.text for mark in marks])
    # From the right edge: from the left of the bars it would be cut on a phone.
    place = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom", "xshift": room - 4, "yshift": 4}
    labels.append(text_at(1, 1, key, look.muted, 12, **place))
    figure = pen.figure(
        _PAIR * len(marks) + 44,
        traces,
        barmode="overlay",
        xaxis={"range": [0, most], "showticklabels": False},
        yaxis=_rows_axis(marks, pen),
        margin={"l": 8, "r": room, "t": 28, "b": 8},
        annotations=labels,
        bargap=0,
    )
    return Picture(figure, title, subtitle)


def _intervals(marks: Sequence[Mark], colour: str) -> list[dict]:
    """One line a mark from low to high, as a single trace with gaps."""
    x, y = [], []
    for place, mark in enumerate(marks):
        if mark.low is not None and mark.high is not None:
            x += [mark.low, mark.high, None]
            y += [place, place, None]
    line = {"color": colour, "width": 2}
    return [{"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}] if x else []


def _target_marks(marks: Sequence[Mark], pen: Pen, name: str) -> dict:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.target for mark in marks],
        "y": list(range(len(marks))),
        "marker": {"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": pen.colours.target}},
        "customdata": [name] * len(marks),
        "hovertemplate": _HOVER,
        "cliponaxis": False,
    }


def dots_with_intervals(
    marks: Sequence[Mark],
    pen: Pen,
    title: str,
    subtitle: str,
    show: Callable[[float], str],
    reference: float | None = None,
    reference_name: str = "",
) -> Picture:
    """A dot a row with its interval, against a named dashed line; the axis need not begin at 0."""
    look = pen.colours
    shown = [mark for mark in marks if mark.value is not None]
    low, high = ends([reference, *(edge for mark in shown for edge in (mark.low, mark.high, mark.value))])
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [edge for mark in marks for edge in (mark.low, mark.high, None)],
            "y": [place for row in range(len(marks)) for place in (row, row, None)],
            "line": {"color": look.other, "width": 3},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [mark.value for mark in marks],
            "y": list(range(len(marks))),
            "marker": {
                "size": [_size(mark) for mark in marks],
                "opacity": 1,
                "color": [pen.tone(mark.tone) for mark in marks],
                "symbol": [_SYMBOL.get(mark.tone, "circle") for mark in marks],
                "line": {"width": [2 if mark.is_focus else 0 for mark in marks], "color": look.focus},
            },
            "customdata": [mark.hover or f"{mark.name} {mark.text}" for mark in marks],
            "hovertemplate": _HOVER,
            "cliponaxis": False,
        },
    ]
    labels = [
        text_at(1, place, mark.text, look.ink, xref="paper", xshift=6) for place, mark in enumerate(marks) if mark.text
    ]
    shapes, top = [], 8
    if reference is not None:
        shapes.append(_line_at(reference, look.target, vertical=True))
        labels.append(
            text_at(reference, 1, reference_name, look.ink, 12, yref="paper", yanchor="bottom", xanchor="center")
        )
        top = 28
    ticks = steps_between(low, high)
    if _left_on_a_phone(marks) < _TICKS_NEED:  # the texts say every value
        ticks = list(dict.fromkeys((ticks[0], ticks[-1])))
    figure = pen.figure(
        _height(marks) + 24 + top,
        traces,
        xaxis={
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [show(tick) for tick in ticks],
            "tickangle": 0,
            "showgrid": True,
            "gridcolor": look.hairline,
        },
        yaxis=_rows_axis(marks, pen),
        margin={"l": 8, "r": _room_for([mark.text for mark in marks]), "t": top, "b": 8},
        annotations=labels,
        shapes=shapes,
    )
    return Picture(figure, title, subtitle)


_SYMBOL = {"below": "triangle-down", "above": "triangle-up"}


def _size(mark: Mark) -> int:
    """px; a triangle looks smaller than a circle of its size."""
    return 10 + 3 * (mark.tone in _SYMBOL) + 2 * mark.is_focus


def _line_at(value: float, colour: str, *, vertical: bool) -> dict:
    along, across = ("y", "x") if vertical else ("x", "y")
    return {
        "type": "line",
        f"{across}0": value,
        f"{across}1": value,
        f"{along}ref": "paper",
        f"{along}0": 0,
        f"{along}1": 1,
        "layer": "below",
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
    }


def funnel_plot(
    marks: Sequence[Mark],
    limits: Sequence,
    pen: Pen,
    title: str,
    subtitle: str,
    names: dict[str, str],
    size_name: str,
    *,
    is_wide: bool = False,
) -> Picture:
    """A dot a unit at its `size` and value, within the 95 % and 99.8 % limits around the province's value.

    `limits` are rows of `funnel_limit`; `names` the texts of `province`, `limit_95` and `limit_998`. Where sizes differ
    by orders of magnitude (`is_wide`) their axis is logarithmic, and names stand right of their dots.
    """
    look = pen.colours
    sizes = [limit.denominator for limit in limits]
    traces = []
    for column, dash, width in (("limit_998", "solid", 1.2), ("limit_95", "dash", 1.2)):
        traces += [
            {
                "type": "scatter",
                "mode": "lines",
                "x": sizes,
                "y": [getattr(limit, f"{column}_{side}") for limit in limits],
                "line": {"color": look.other, "width": width, "dash": dash},
                "hoverinfo": "skip",
            }
            for side in ("low", "high")
        ]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": sizes,
            "y": [limit.province_value for limit in limits],
            "line": {"color": look.target, "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
    )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [mark.size for mark in marks],
            "y": [mark.value for mark in marks],
            # Only what is outside the limits, or in focus, is named: fourteen names would lie on each other.
            "text": _names_apart(marks) if is_wide else [_named(mark) for mark in marks],
            "textposition": [_beside(mark, is_wide=is_wide) for mark in marks],
            "textfont": {"color": look.ink, "size": 12},
            "marker": {
                "size": [_size(mark) for mark in marks],
                "opacity": 1,
                "color": [pen.tone(mark.tone) for mark in marks],
                "symbol": [_SYMBOL.get(mark.tone, "circle") for mark in marks],
                "line": {"width": [2 if mark.is_focus else 0 for mark in marks], "color": look.focus},
            },
            "customdata": [mark.hover for mark in marks],
            "hovertemplate": _HOVER,
            "cliponaxis": False,
        }
    )
    labels = []
    if limits:
        last = limits[-1]
        for name, value in (
            ("limit_998", last.limit_998_high),
            ("limit_95", last.limit_95_high),
            ("province", last.province_value),
            ("limit_95", last.limit_95_low),
            ("limit_998", last.limit_998_low),
        ):
            colour = look.ink if name == "province" else look.muted
            # On a logarithmic axis a note stands at the logarithm of its place.
            place = log10(last.denominator) if is_wide else last.denominator
            labels.append(text_at(place, value, names[name], colour, 12, xshift=4))
    values = [mark.value for mark in marks]
    edges = [getattr(limit, name) for limit in limits for name in ("limit_998_low", "limit_998_high")]
    low, high = ends([*values, *edges], 0.08)
    low, high = max(low, 0.0 - (high - low) * 0.05), min(high, 1.0 + (high - low) * 0.05)
    ticks = [tick for tick in steps_between(low, high) if 0 <= tick <= 1]
    every_size = [*sizes, *(mark.size or 1 for mark in marks), 1]
    narrowest, widest = (min(every_size[:-1], default=1), max(every_size))
    size_ticks = _decades(narrowest, widest) if is_wide else steps_between(0, widest, 4)
    sized = {"type": "log", "range": [log10(narrowest) - 0.05, log10(widest) + 0.02]} if is_wide else {}
    figure = pen.figure(
        400,
        traces,
        xaxis={
            "range": [0, widest * 1.02],
            "tickvals": size_ticks,
            "ticktext": [pen.numbers.count(tick) for tick in size_ticks],
            "title": {"text": size_name, "font": {"size": 12, "color": look.muted}},
            "showline": True,
            **sized,
        },
        yaxis={
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [pen.numbers.limit(tick) for tick in ticks],
            "showgrid": True,
            "gridcolor": look.hairline,
        },
        margin={"l": 8, "r": _room_for(list(names.values())), "t": 16, "b": 8},
        annotations=labels,
    )
    return Picture(figure, title, subtitle)


def _named(mark: Mark) -> str:
    return mark.label if mark.tone != "undecided" or mark.is_focus else ""


def _names_apart(marks: Sequence[Mark]) -> list[str]:
    """The names but those that would lie on one already there: long ones, side by side on a logarithmic axis."""
    placed: list[Mark] = []
    for mark in marks:
        near = (
            other
            for other in placed
            if abs(other.value - mark.value) < _NEAR_VALUE and 1 / _NEAR_SIZE < other.size / mark.size < _NEAR_SIZE
        )
        if mark.name and mark.value is not None and mark.size and next(near, None) is None:
            placed.append(mark)
    return [_named(mark) if mark in placed else "" for mark in marks]


_NEAR_VALUE = 0.05
_NEAR_SIZE = 8


def _beside(mark: Mark, *, is_wide: bool) -> str:
    if is_wide:
        return "middle right"
    return "bottom center" if mark.tone == "below" else "top center"


def _decades(low: float, high: float) -> list[int]:
    """1, 2 and 5 times the powers of ten within an axis."""
    return [step * 10**power for power in range(7) for step in (1, 2, 5) if low <= step * 10**power <= high]


def share_bar(
    rows: Sequence[tuple[str, Sequence[Mark]]],
    pen: Pen,
    title: str,
    subtitle: str,
    reference: float | None = None,
    reference_name: str = "",
) -> Picture:
    """One bar of parts a row, each part's value a share; at most six parts, named on the first row.

    A part takes Okabe–Ito's colour of its place unless its tone says what it means.
    """
    look, traces, labels = pen.colours, [], []
    parts = len(rows[0][1]) if rows else 0
    if parts > len(OKABE_ITO):
        raise ValueError("at most six parts can be told apart by colour")
    for part in range(parts):
        marks = [row[part] for _, row in rows]
        toned = marks[0].tone not in ("counted", "")
        colour = pen.tone(marks[0].tone) if toned else OKABE_ITO[part]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [mark.value for mark in marks],
                "y": list(range(len(rows))),
                "width": 0.6,
                "marker": {"color": colour, "line": {"color": look.paper, "width": 1}},
                "customdata": [mark.hover or f"{mark.name} {mark.text}" for mark in marks],
                "hovertemplate": _HOVER,
            }
        )
    if rows:
        start = 0.0
        for mark in rows[0][1]:
            labels.append(text_at(start, 0, f"{mark.name} {mark.text}", look.ink, 12, yshift=20))
            start += mark.value or 0
    shapes = []
    if reference is not None:
        shapes.append(_line_at(reference, look.target, vertical=True))
        labels.append(
            text_at(reference, 0, reference_name, look.ink, 12, yref="paper", yanchor="top", xanchor="center")
        )
    figure = pen.figure(
        48 * len(rows) + 40,
        traces,
        barmode="stack",
        xaxis={"range": [0, 1], "visible": False},
        yaxis={
            "range": [len(rows) - 0.5, -0.7],
            "tickvals": list(range(len(rows))),
            "ticktext": [name for name, _ in rows],
            "tickfont": {"color": look.ink, "size": 13},
        },
        margin={"l": 8, "r": 16, "t": 8, "b": 28 if reference is not None else 8},
        annotations=labels,
        shapes=shapes,
    )
    return Picture(figure, title, subtitle)
