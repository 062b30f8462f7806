"""The 14 cities in their places: a grid of equal tiles, or a schematic map (示意图, no base map, no tiles fetched).

Colour says what the comparison allows, with its sign beside the figure; a map of bare rates would show noise.
"""

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dashboards import theme
from dashboards.charts.pen import Mark, Markup, Pen, Picture, bold, joined

GEO = Path(__file__).parents[1] / "geo"
_TILE = 84  # px
_LONGEST = 10  # letters
_STRETCH = 1.09  # a degree of latitude against one of longitude at 23.7° north
_THIN = {"undecided": 0.10, "other": 0.10}
SIGNS = {"below": "▼", "above": "▲", "undecided": "●"}


@cache
def _tiles() -> dict[str, tuple[int, int]]:
    """city_code → (column, row)."""
    with (GEO / "city_tile.csv").open(encoding="utf-8", newline="") as file:
        return {row["city_code"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}


@cache
def _outlines() -> dict[str, tuple[list, list, list]]:
    """city_code → (x of the outline, y of the outline, where its label stands); parts are set apart by null."""
    features = json.loads((GEO / "guangxi_city.geojson").read_text("utf-8"))["features"]
    outlines = {}
    for feature in features:
        x, y = [], []
        for part in feature["geometry"]["coordinates"]:
            x += [None] * bool(x) + [point[0] for point in part[0]]
            y += [None] * bool(y) + [point[1] for point in part[0]]
        outlines[feature["id"]] = (x, y, feature["properties"]["centre"])
    return outlines


def _fill(mark: Mark, pen: Pen) -> str:
    return theme.faded(pen.tone(mark.tone), _THIN.get(mark.tone, 0.32))


def _edge(mark: Mark, pen: Pen) -> dict:
    return {"color": pen.colours.focus, "width": 3} if mark.is_focus else {"color": pen.colours.other, "width": 1}


def _text(mark: Mark) -> Markup:
    name = mark.name
    if len(name) > _LONGEST:  # a tile on a phone holds no more
        name = f"{name[: _LONGEST - 1]}-\n{name[_LONGEST - 1 :]}"
    return joined("\n", bold(name) if mark.is_focus else name, f"{SIGNS.get(mark.tone, '')} {mark.text}")


def tile_grid(marks: Mapping[str, Mark], pen: Pen, title: str, subtitle: str) -> Picture:
    """One tile a city, where it lies among the others; `marks` by city code."""
    look, traces, labels = pen.colours, [], []
    tiles = _tiles()
    for code, mark in marks.items():
        if code not in tiles:
            continue
        column, row = tiles[code]
        left, top = column + 0.03, row + 0.03
        right, bottom = column + 0.97, row + 0.97
        traces.append(_area([left, right, right, left, left], [top, top, bottom, bottom, top], mark, pen))
        labels.append(_label(column + 0.5, row + 0.5, mark, look.ink, 12))
    rows = 1 + max(row for _, row in tiles.values())
    columns = 1 + max(column for column, _ in tiles.values())
    figure = pen.figure(
        _TILE * rows + 16,
        traces,
        xaxis={"range": [0, columns], "visible": False},
        yaxis={"range": [rows, 0], "visible": False},
        annotations=labels,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
    )
    return Picture(figure, title, subtitle)


def schematic_map(marks: Mapping[str, Mark], pen: Pen, title: str, subtitle: str, mark_of_kind: str) -> Picture:
    """The cities' outlines; `mark_of_kind` (示意图) stands on the drawing itself, so that a picture carries it."""
    look, traces, labels = pen.colours, [], []
    for code, mark in marks.items():
        if code not in _outlines():
            continue
        x, y, centre = _outlines()[code]
        traces.append(_area(x, y, mark, pen))
        # Cities lie close together: only what stands out has its figure on the map, all have it in the table.
        is_quiet = mark.tone in _THIN and not mark.is_focus
        labels.append(_label(*centre, mark, look.ink, 11, is_quiet=is_quiet))
    labels.append(
        {
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": 0,
            "text": mark_of_kind,
            "showarrow": False,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 12, "color": look.muted},
        }
    )
    figure = pen.figure(
        380,
        traces,
        xaxis={"visible": False, "range": [104.3, 112.2]},
        yaxis={"visible": False, "scaleanchor": "x", "scaleratio": _STRETCH, "range": [20.8, 26.5]},
        annotations=labels,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
    )
    return Picture(figure, title, subtitle)


def _area(x: list, y: list, mark: Mark, pen: Pen) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillcolor": _fill(mark, pen),
        "line": _edge(mark, pen),
        "hoveron": "fills",
        "text": mark.hover or f"{mark.name} {mark.text}",
        "hoverinfo": "text",
    }


def _label(x: float, y: float, mark: Mark, colour: str, size: int, *, is_quiet: bool = False) -> dict:
    return {
        "x": x,
        "y": y,
        "text": mark.name if is_quiet else _text(mark),
        "showarrow": False,
        "font": {"size": size, "color": colour},
        "captureevents": False,
    }
