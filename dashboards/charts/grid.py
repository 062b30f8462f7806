"""The heat map: a value a cell, on one hue from white (0) to dark, with its figure in it."""

from collections.abc import Mapping, Sequence

from dashboards.charts.pen import Mark, Pen, Picture

_ROW = 28  # px
_LIGHT_TEXT_FROM = 0.55  # share of the scale where white text reads better than ink


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
        {
            "x": x,
            "y": y,
            "text": cell.text,
            "showarrow": False,
            "font": {"size": 11, "color": _ink(cell.value, most, pen)},
        }
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
            }
        ],
        xaxis={
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
        annotations=texts,
    )
    return Picture(figure, title, subtitle, is_wide=True)


def _ink(value: float | None, most: float, pen: Pen) -> str:
    if not value:
        return pen.colours.muted
    return pen.colours.paper if value / most >= _LIGHT_TEXT_FROM else pen.colours.ink
