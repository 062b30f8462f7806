"""From one value to another: what each cause added or took away, in the order in which they are applied."""

from collections.abc import Sequence

from dashboards.charts.pen import Mark, Pen, Picture, ends, text_at, width_of

_ROW = 32  # px
_HAN = 13  # px


def bridge(before: Mark, steps: Sequence[Mark], after: Mark, pen: Pen, title: str, subtitle: str) -> Picture:
    """A dot for the value before and after, and between them a bar a step from where the last one ended.

    Only differences are lengths, so the axis need not begin at 0; a step's `value` is what it adds.
    """
    look, rows = pen.colours, [before, *steps, after]
    starts, level = [], before.value
    for step in steps:
        starts.append(level)
        level += step.value
    levels = [before.value, *(start + step.value for start, step in zip(starts, steps, strict=True)), after.value]
    low, high = ends(levels, 0.12)
    places = list(range(1, len(steps) + 1))
    # From each row's level down to the next row: where one ends the other begins.
    drops = [(level, place) for place, level in enumerate(levels[:-1])]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [x for level, _ in drops for x in (level, level, None)],
            "y": [y for _, place in drops for y in (place, place + 1, None)],
            "line": {"color": look.other, "width": 1},
            "hoverinfo": "skip",
        },
        {
            "type": "bar",
            "orientation": "h",
            "x": [step.value for step in steps],
            "base": starts,
            "y": places,
            "width": 0.56,
            "marker": {"color": [pen.tone(step.tone) for step in steps]},
            "customdata": [step.hover or f"{step.name} {step.text}" for step in steps],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [before.value, after.value],
            "y": [0, len(rows) - 1],
            "marker": {"size": 12, "color": [look.other, look.counted], "opacity": 1},
            "customdata": [mark.hover or f"{mark.name} {mark.text}" for mark in (before, after)],
            "hovertemplate": "%{customdata}<extra></extra>",
            "cliponaxis": False,
        },
    ]
    right = [
        before.value,
        *(max(start, start + step.value) for start, step in zip(starts, steps, strict=True)),
        after.value,
    ]
    labels = [
        text_at(x, place, mark.text, look.ink, xshift=10)
        for place, (x, mark) in enumerate(zip(right, rows, strict=True))
    ]
    figure = pen.figure(
        _ROW * len(rows) + 24,
        traces,
        xaxis={"range": [low, high], "showticklabels": False},
        yaxis={
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [mark.label for mark in rows],
            "tickfont": {"color": look.ink, "size": 13},
        },
        margin={"l": 8, "r": max(width_of(mark.text) for mark in rows) * _HAN + 12, "t": 8, "b": 8},
        annotations=labels,
        bargap=0,
    )
    return Picture(figure, title, subtitle)
