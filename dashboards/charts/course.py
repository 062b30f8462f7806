"""Courses over time: small multiples of lines, and the curves of cohorts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards import theme
from dashboards.charts.pen import Pen, Picture, bold, ends, joined, round_steps, steps_between, text_at, width_of

_HOVER = "%{customdata}<extra></extra>"
_PANEL = 120  # px


@dataclass(frozen=True)
class Line:
    """A course: points in order, with what hovering says of each. `low` and `high` make a band."""

    name: str
    x: Sequence
    y: Sequence[float | None]
    hover: Sequence[str]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    tone: str = "counted"
    is_complete: bool = True
    end_text: str = ""
    as_dots: bool = False  # each point for itself, with its interval


def _traces(line: Line, pen: Pen, axes: dict) -> list[dict]:
    colour, traces = pen.tone(line.tone), []
    if line.low and line.high:
        edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": list(line.x)}
        traces.append(edge | axes | {"y": list(line.low)})
        traces.append(edge | axes | {"y": list(line.high), "fill": "tonexty", "fillcolor": theme.faded(colour, 0.18)})
    traces.append(
        {
            "type": "scatter",
            "mode": "lines" if len(line.x) > 1 else "markers",
            "x": list(line.x),
            "y": list(line.y),
            "line": {
                "color": colour,
                "width": 1 if line.tone == "other" else 2.5,
                "dash": "solid" if line.is_complete else "dot",
            },
            "customdata": list(line.hover),
            "hovertemplate": _HOVER,
            **axes,
        }
    )
    return traces


def course(
    lines: Sequence[Line],
    pen: Pen,
    title: str,
    subtitle: str,
    show: Callable[[float], str],
    named: Sequence[tuple[object, str]],
    reference: float,
    reference_name: str,
) -> Picture:
    """Courses against a named dashed line on an axis that need not begin at 0; `named` are the points to name below.

    A line `as_dots` has a dot with its interval at each point; the others their band.
    """
    look = pen.colours
    traces = [trace for line in lines for trace in (_dots(line, pen) if line.as_dots else _traces(line, pen, {}))]
    seen = [value for line in lines for value in (*line.y, *line.low, *line.high)]
    low, high = ends([reference, *seen])
    ticks = steps_between(low, high)
    places = [place for line in lines for place in line.x]
    shapes = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": reference,
            "y1": reference,
            "layer": "below",
            "line": {"color": look.target, "width": 1.5, "dash": "dash"},
        }
    ]
    ended = [line for line in lines if line.end_text]
    labels = []
    for line in ended:
        side = "bottom" if line.y[-1] >= reference else "top"
        labels.append(text_at(1, line.y[-1], bold(line.end_text), pen.tone(line.tone), 12, xref="paper", yanchor=side))
    # Right of the drawing, where no dot is, and on the other side of the line than what ends near it.
    side = "top" if ended and ended[-1].y[-1] >= reference else "bottom"
    labels.append(text_at(1, reference, reference_name, look.ink, 12, xref="paper", yanchor=side))
    room = max(width_of(text) for text in (reference_name, *(line.end_text for line in ended))) * 13 + 8
    figure = pen.figure(
        320,
        traces,
        xaxis={
            "range": _around(min(places), max(places)),
            "tickvals": [place for place, _ in named],
            "ticktext": [name for _, name in named],
            "tickangle": 0,
            "showline": True,
        },
        yaxis={
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [show(tick) for tick in ticks],
            "showgrid": True,
            "gridcolor": look.hairline,
        },
        margin={"l": 8, "r": room, "t": 8, "b": 8},
        annotations=labels,
        shapes=shapes,
    )
    return Picture(figure, title, subtitle)


def _around(first: date, last: date) -> list[date]:
    """Half a month of room on both sides: a dot is not cut."""
    return [first - timedelta(days=12), last + timedelta(days=12)]


def _dots(line: Line, pen: Pen) -> list[dict]:
    colour, edges = pen.tone(line.tone), {}
    if line.low and line.high:
        edges["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, high in zip(line.y, line.high, strict=True)],
            "arrayminus": [value - low for value, low in zip(line.y, line.low, strict=True)],
            "color": colour,
            "thickness": 1.5,
            "width": 0,
        }
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": list(line.x),
            "y": list(line.y),
            "marker": {"color": colour, "size": 8},
            "customdata": list(line.hover),
            "hovertemplate": _HOVER,
            **edges,
        }
    ]


def small_multiples(
    lines: Sequence[Line],
    pen: Pen,
    title: str,
    subtitle: str,
    columns: int = 3,
    reference: float | None = None,
) -> Picture:
    """One little panel a line on a common scale from 0, its name and last value above it."""
    look = pen.colours
    top = max([reference or 0, *(value for line in lines for value in (*line.y, *line.high) if value is not None)]) or 1
    rows = -(-len(lines) // columns)
    traces, labels, shapes, layout = [], [], [], {}
    for place, line in enumerate(lines):
        column, row = place % columns, place // columns
        number = "" if place == 0 else str(place + 1)
        left, upper = column / columns, 1 - row / rows
        layout[f"xaxis{number}"] = {
            "domain": [left, left + 0.9 / columns],
            "anchor": f"y{number}",
            "visible": False,
        }
        layout[f"yaxis{number}"] = {
            "domain": [upper - 0.68 / rows, upper - 0.2 / rows],
            "anchor": f"x{number}",
            "range": [0, top * 1.05],
            "tickvals": [0],
            "ticktext": [""],
            "zeroline": True,
            "zerolinecolor": look.hairline,
        }
        axes = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        traces += _traces(line, pen, axes)
        head = joined(" ", line.name, bold(line.end_text)) if line.end_text else line.name
        labels.append(text_at(left, upper, head, look.ink, 12, xref="paper", yref="paper", yanchor="top"))
        if reference is not None:
            shapes.append(
                {
                    "type": "line",
                    "xref": f"x{number} domain",
                    "yref": f"y{number}",
                    "x0": 0,
                    "x1": 1,
                    "y0": reference,
                    "y1": reference,
                    "line": {"color": look.target, "width": 1, "dash": "dash"},
                }
            )
    figure = pen.figure(_PANEL * rows, traces, annotations=labels, shapes=shapes, **layout)
    return Picture(figure, title, subtitle)


def cohort_curves(
    lines: Sequence[Line], pen: Pen, title: str, subtitle: str, show: Callable[[float], str], x_name: str
) -> Picture:
    """One curve a cohort against the months since it began; the newest in colour, what is open dotted."""
    look = pen.colours
    traces = [trace for line in lines for trace in _traces(line, pen, {})]
    top = max((value for line in lines for value in line.y if value is not None), default=1)
    labels = _under_their_ends([line for line in lines if line.tone != "other"], top * 1.08, pen)
    ticks = round_steps(top)
    months = sorted({month for line in lines for month in line.x})
    figure = pen.figure(
        320,
        traces,
        xaxis={
            "tickvals": months,
            "ticktext": [str(month) for month in months],
            "title": {"text": x_name, "font": {"size": 12, "color": look.muted}},
            "showline": True,
        },
        yaxis={
            "range": [0, top * 1.08],
            "tickvals": ticks,
            "ticktext": [show(tick) for tick in ticks],
            "showgrid": True,
            "gridcolor": look.hairline,
        },
        margin={"l": 8, "r": 96, "t": 8, "b": 8},
        annotations=labels,
    )
    return Picture(figure, title, subtitle)


_PLOT = 240  # px that the curves of a cohort have, about
_LINE = 15  # px of a line of text


def _under_their_ends(lines: Sequence[Line], most: float, pen: Pen) -> list[dict]:
    """The curves' names, none at the height of another.

    Curves of the same thing lie close together, older ones go on to their right, and on a phone ends lie side by side.
    """
    labels, taken = [], []
    ended = [line for line in lines if line.x and line.y[-1] is not None]
    for line in sorted(ended, key=lambda line: line.y[-1], reverse=True):
        end = (1 - line.y[-1] / most) * _PLOT
        height = end + 8
        while any(abs(height - other) < _LINE for other in taken):
            height += 1
        taken.append(height)
        place = {"xshift": 4, "yshift": end - height, "yanchor": "top"}
        labels.append(text_at(line.x[-1], line.y[-1], line.name, pen.tone(line.tone), 12, **place))
    return labels
