"""The heat map: a value a cell, on one hue from white (0) to dark, with its figure in it."""

from collections.abc import Mapping, Sequence

from dashboards.charts.pen import Mark, Pen, Picture, width_of

_ROW = 28  # px


def heat_map(
    rows: Sequence[Mark],
    columns: Sequence[Mark],
    cells: Mapping[tuple[str, str], Mark],
    pen: Pen,
    title: str,
    subtitle: str,
    top: float | None = None,
) -> Picture:
    """`cells` by (row code, column code); a cell that is missing or has no value stays blank with its text.

    `rows` and `columns` are marks for their names and codes. On a phone it is scrolled rather than shrunk.
    """
    look = pen.colours
    grid = [[cells.get((row.code, column.code)) for column in columns] for row in rows]
    values = [[cell.value if cell else None for cell in line] for line in grid]
    most = top or max([value for line in values for value in line if value is not None] or [1]) or 1
    dark, paper = look.counted, look.paper
    texts = [
        (x, y, cell.text, _ink(cell.value, most, pen))
        for y, line in enumerate(grid)
        for x, cell in enumerate(line)
        if cell and cell.text
    ]
    figure = pen.figure(
        _ROW * len(rows) + 110,
        [
            {
                "type": "heatmap",
                "z": values,
                "x": list(range(len(columns))),
                "y": list(range(len(rows))),
                "zmin": 0,
                "zmax": most,
                "colorscale": [[0, paper], [1, dark]],
                "showscale": False,
                "xgap": 1,
                "ygap": 1,
                "customdata": [[cell.hover if cell else "" for cell in line] for line in grid],
                "hovertemplate": "%{customdata}<extra></extra>",
                "hoverongaps": False,
            },
            # One trace: as annotations the figures of a large grid take the browser longer than all else on the page.
            {
                "type": "scatter",
                "mode": "text",
                "x": [text[0] for text in texts],
                "y": [text[1] for text in texts],
                "text": [text[2] for text in texts],
                "textfont": {"size": 11, "color": [text[3] for text in texts]},
                "cliponaxis": False,
                "hoverinfo": "skip",
            },
        ],
        xaxis={
            "range": [-0.5, len(columns) - 0.5],
            "tickvals": list(range(len(columns))),
            "ticktext": [column.label for column in columns],
            "side": "top",
            "tickangle": -45,
            "tickfont": {"color": look.ink, "size": 12},
        },
        yaxis={
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [row.label for row in rows],
            "tickfont": {"color": look.ink, "size": 12},
        },
        # The names lean over to the right: without room Plotly leaves the last ones out.
        margin={"l": 8, "r": _lean(columns), "t": 8, "b": 8},
    )
    return Picture(figure, title, subtitle, is_wide=True)


def _lean(columns: Sequence[Mark]) -> float:
    """px right of the grid that the last columns' names take."""
    halves = [width_of(column.name) / (1 + ("<br>" in column.label)) for column in columns[-2:]]  # folded in two
    return max(halves, default=0) * 8 + 8


def _ink(value: float | None, most: float, pen: Pen) -> str:
    """The ink or the paper, whichever can be read better on the cell's colour."""
    look = pen.colours
    if not value:
        return look.muted
    share = min(value / most, 1)
    mixed = [a + (b - a) * share for a, b in zip(_channels(look.paper), _channels(look.counted), strict=True)]
    cell, ink, paper = (_luminance(colour) for colour in (mixed, _channels(look.ink), _channels(look.paper)))
    return look.ink if _contrast(cell, ink) >= _contrast(cell, paper) else look.paper


def _channels(colour: str) -> list[float]:
    """#0F6B66 → red, green, blue, 0–1."""
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def _luminance(channels: Sequence[float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
