"""The circular's pictures, drawn for paper: PNG of a column's width in the pages' colours, text in Chinese.

A picture carries no title: its finding is the caption under it. What a colour says, a sign or a label says too.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from dashboards import theme
from dashboards.charts.pen import Mark, round_steps, steps_between

WIDTH = 156.0  # mm, of an official page's text
DOTS_PER_INCH = 220
INCH = 25.4
SIZE, SMALL = 8.5, 7.5
MANY = 15  # bars, beyond which they stand closer
LOOK = theme.LIGHT
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
SHAPE = {"below": "v", "above": "^", "undecided": "o", "focus": "D", "other": "o", "counted": "o"}


@contextmanager
def _sheet(family: str, height: float) -> Iterator[Figure]:
    """An empty drawing `height` mm high."""
    look = {
        "font.family": [family],
        "font.size": SIZE,
        "text.color": LOOK.ink,
        "axes.labelcolor": LOOK.muted,
        "axes.edgecolor": LOOK.hairline,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": LOOK.muted,
        "ytick.color": LOOK.ink,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SIZE,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "svg.hashsalt": "skillsdw",
    }
    with rc_context(look):
        yield Figure(figsize=(WIDTH / INCH, height / INCH), dpi=DOTS_PER_INCH, layout="constrained")


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})
    return file.getvalue()


def course(
    family: str,
    months: Sequence,
    name_of: Callable[[object], str],
    count: Callable[[float], str],
    names: dict[str, str],
) -> bytes:
    """Counted since January (solid), projected with its band (dashed), the target's line (dashed, named)."""
    with _sheet(family, 62) as figure:
        axes = figure.subplots()
        places = range(1, len(months) + 1)
        axes.plot(places, [month.target_cumulative for month in months], "--", color=LOOK.target, linewidth=1)
        counted = [(place, month) for place, month in zip(places, months, strict=True) if not month.is_future]
        ahead = [
            (place, month)
            for place, month in zip(places, months, strict=True)
            if month.cumulative_projection is not None and (month.is_future or month is counted[-1][1])
        ]
        axes.plot(
            [place for place, _ in counted],
            [month.cumulative_sessions for _, month in counted],
            color=LOOK.counted,
            linewidth=2,
            marker="o",
            markersize=3,
        )
        last = months[-1]
        axes.text(len(months) + 0.15, last.target_cumulative, names["target"], va="center", fontsize=SIZE)
        place, month = counted[-1]
        label = {"xy": (place, month.cumulative_sessions), "xytext": (0, 7), "textcoords": "offset points"}
        axes.annotate(names["counted"], **label, ha="right", color=LOOK.counted, fontsize=SIZE, fontweight="bold")
        if len(ahead) > 1:
            steps = [place for place, _ in ahead]
            axes.fill_between(
                steps,
                [month.cumulative_projection_low for _, month in ahead],
                [month.cumulative_projection_high for _, month in ahead],
                color=LOOK.counted,
                alpha=0.2,
                linewidth=0,
            )
            axes.plot(steps, [month.cumulative_projection for _, month in ahead], ":", color=LOOK.counted, linewidth=2)
            axes.text(
                len(months) + 0.15,
                last.cumulative_projection,
                names["projected"],
                va="center",
                color=LOOK.counted,
                fontsize=SIZE,
            )
        axes.set_xlim(0.6, len(months) + 2.6)
        axes.set_xticks(list(places), [name_of(month) for month in months])
        _count_axis(axes.yaxis, [month.target_cumulative for month in months], count)
        axes.set_ylim(bottom=0)
        axes.spines["left"].set_visible(False)
        return _png(figure)


def _count_axis(axis: object, values: Sequence[float | None], count: Callable[[float], str]) -> None:
    steps = round_steps(max([1.0, *(value for value in values if value is not None)]), 4)
    axis.set_major_locator(FixedLocator(steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    axis.set_tick_params(labelsize=SMALL, labelcolor=LOOK.muted)


def columns(
    family: str,
    names: Sequence[str],
    before: Sequence[float | None],
    now: Sequence[float | None],
    legend: tuple[str, str],
    count: Callable[[float], str],
) -> bytes:
    """Two columns a month: a year before, pale and outlined, beside this year, solid with its figure."""
    with _sheet(family, 54) as figure:
        axes = figure.subplots()
        places = list(range(len(names)))
        axes.bar(
            [place - 0.2 for place in places],
            [value or 0 for value in before],
            0.36,
            color=theme_faded(),
            edgecolor=LOOK.counted,
            linewidth=0.6,
        )
        axes.bar([place + 0.2 for place in places], [value or 0 for value in now], 0.36, color=LOOK.counted)
        for place, value in zip(places, now, strict=True):
            if value is not None:
                axes.annotate(
                    count(value),
                    (place + 0.2, value),
                    xytext=(0, 2),
                    textcoords="offset points",
                    ha="center",
                    fontsize=SMALL,
                )
        axes.set_xticks(places, names)
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        for at, text, colour, edge in (
            (0.01, legend[0], theme_faded(), LOOK.counted),
            (0.14, legend[1], LOOK.counted, LOOK.counted),
        ):
            axes.scatter([at], [1.08], s=26, marker="s", color=colour, edgecolor=edge, **_on_axes(axes))
            axes.text(at + 0.015, 1.08, text, va="center", fontsize=SIZE, transform=axes.transAxes)
        return _png(figure)


def theme_faded() -> tuple[float, float, float, float]:
    """The colour of what is counted, pale."""
    red, green, blue = (int(LOOK.counted[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue, 0.22


def _on_axes(axes: object) -> dict:
    return {"transform": axes.transAxes, "clip_on": False, "linewidth": 0.6}


def bars(
    family: str,
    marks: Sequence[Mark],
    reference: float | None = None,
    reference_name: str = "",
    other: tuple[float, str] | None = None,
) -> bytes:
    """A bar a mark from zero, each with its text at its end; a line where `reference` is, another where `other` is."""
    many = len(marks) > MANY
    with _sheet(family, 10 + (3.6 if many else 4.1) * len(marks) + (8 if reference_name or other else 0)) as figure:
        axes = figure.subplots()
        places = list(range(len(marks)))[::-1]
        axes.barh(places, [mark.value or 0 for mark in marks], 0.66, color=[_colour(mark) for mark in marks])
        top = max([1e-9, reference or 0, *(mark.value or 0 for mark in marks)])
        for place, mark in zip(places, marks, strict=True):
            text = axes.text((mark.value or 0) + top * 0.012, place, mark.text, va="center", fontsize=SIZE - many)
            text.set_bbox({"facecolor": LOOK.paper, "edgecolor": "none", "pad": 0.6})
        # One name above, one below: the two lines may stand close together.
        ends = (
            (reference, reference_name, "--", len(marks) - 0.3, "bottom"),
            (*(other or (None, "")), ":", -0.7, "top"),
        )
        for value, name, style, place, side in ends:
            if value is not None:
                axes.axvline(value, color=LOOK.target, linestyle=style, linewidth=1, zorder=0)
                axes.text(value, place, name, ha="center", va=side, fontsize=SMALL)
        _names(axes, places, marks)
        axes.tick_params(axis="y", labelsize=SIZE - many)
        axes.set_xlim(0, top * 1.28)
        axes.set_ylim(-0.6, len(marks) - 0.4)
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
        return _png(figure)


def _colour(mark: Mark) -> str:
    return LOOK.focus if mark.is_focus else getattr(LOOK, mark.tone)


def _names(axes: object, places: Sequence[int], marks: Sequence[Mark]) -> None:
    axes.set_yticks(places, [mark.name for mark in marks])
    for label, mark in zip(axes.get_yticklabels(), marks, strict=True):
        if mark.is_focus:
            label.set_color(LOOK.focus)
            label.set_fontweight("bold")


def dots(
    family: str,
    panels: Sequence[tuple[str, Sequence[Mark], float | None, str]],
    share: Callable[[float], str],
) -> bytes:
    """A panel a measure: (its name, marks, where the line stands, the line's name); dots with their intervals.

    Not from zero: positions are compared, not lengths. A shape goes with each colour.
    """
    most = max(len(marks) for _, marks, _, _ in panels)
    with _sheet(family, 18 + 4.2 * most) as figure:
        for axes, (name, marks, reference, reference_name) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            places = list(range(len(marks)))[::-1]
            for place, mark in zip(places, marks, strict=True):
                colour = _colour(mark)
                axes.plot([mark.low, mark.high], [place, place], color=colour, linewidth=1.6, solid_capstyle="butt")
                axes.scatter([mark.value], [place], s=22, color=colour, marker=SHAPE[mark.tone], zorder=3)
            ends = [end for mark in marks for end in (mark.low, mark.high) if end is not None]
            low, high = min([*ends, *_there(reference)]), max([*ends, *_there(reference)])
            room = (high - low) * 0.06 or 0.01
            low, high = low - room, high + room
            if reference is not None:
                axes.axvline(reference, color=LOOK.target, linestyle="--", linewidth=1, zorder=0)
                axes.text(reference, len(marks) - 0.25, reference_name, ha="center", va="bottom", fontsize=SMALL)
            _names(axes, places, marks)
            for place, mark in zip(places, marks, strict=True):
                axes.text(1.01, place, mark.text, va="center", fontsize=SMALL, transform=axes.get_yaxis_transform())
            axes.xaxis.set_major_locator(
                FixedLocator([step for step in steps_between(low, high) if low <= step <= high])
            )
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: share(value)))
            axes.set_xlim(low, high)
            axes.set_ylim(-0.7, len(marks) - 0.3)
            axes.spines["left"].set_visible(False)
            axes.set_xlabel(name, fontsize=SIZE, color=LOOK.ink)
        return _png(figure)


def _there(value: float | None) -> list[float]:
    return [] if value is None else [value]
