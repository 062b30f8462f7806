"""The pictures, each a function named by what it shows. They draw rows; the words come in finished.

A picture's title is its finding, its subtitle says what is drawn, the unit and the date. Marks carry their
labels, so there is no legend and mostly no grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import plotly.graph_objects as go

from dashboards import theme
from dashboards.format import Numbers
from dashboards.words import Words

MAIN_HEIGHT = 360  # px
_LABEL_ROOM = 96  # px right of a line that ends at the right edge
_HOVER_OF_MONTH = "{} %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>"
_LINE = 19  # Han characters of causes that fit beside a step's loss on a phone
_HAN_FROM = 0x2E80
_HOVER_OF_BAR = "%{customdata[0]} %{customdata[1]}<extra></extra>"
_BAR_STEP = 64  # px between two bars that carry a line of text above
_FUNNEL_STEP = 90  # px between two bars with a line of text above and two below


@dataclass(frozen=True)
class Picture:
    """A drawn figure with the words that stand above it."""

    figure: go.Figure
    title: str
    subtitle: str


@dataclass(frozen=True)
class Pen:
    """What every picture needs to draw: words, numbers, and the mode of the page."""

    words: Words
    numbers: Numbers
    dark: bool

    @property
    def colours(self) -> theme.Tokens:
        """The colours of the mode."""
        return theme.tokens(self.dark)

    def blank(self, height: int) -> go.Figure:
        """An empty figure of `height` px in the pages' look."""
        return go.Figure(layout={"template": theme.template(self.dark), "height": height})


def cumulative_against_target(months: Sequence, pen: Pen, title: str, subtitle: str) -> Picture:
    """Sessions counted since 1 January, month by month, against the dashed line that leads to the target.

    `months` are rows of `progress_month`, of one plan year or of several one after the other.
    """
    figure = pen.blank(MAIN_HEIGHT)
    years = [list(of_year) for _, of_year in groupby(months, key=lambda month: month.plan_year)]
    for of_year in years:
        _draw_year(figure, of_year, pen)
    labels = [label for of_year in years for label in _year_labels(of_year, pen, is_alone=len(years) == 1)]
    top = max(
        max(month.target_cumulative, month.cumulative_sessions or 0, month.cumulative_projection_high or 0)
        for month in months
    )
    ticks = [tick for tick in _round_steps(top) if tick]
    figure.update_yaxes(
        range=[0, top * 1.16],
        tickvals=ticks,
        ticktext=[pen.numbers.count(tick) for tick in ticks],
        showgrid=True,
        gridcolor=pen.colours.hairline,
    )
    _month_axis(figure, months, pen)
    seen = [month for month in months if not month.is_future]
    if seen:  # room for the label of the last point, which stands right of it
        months_left = len(months) - len(seen)
        figure.update_layout(margin={"r": _LABEL_ROOM if months_left < len(months) / 6 else _LABEL_ROOM / 2})
    figure.update_layout(annotations=labels)  # all at once: Plotly checks the whole list at every addition
    return Picture(figure, title, subtitle)


def _draw_year(figure: go.Figure, months: list, pen: Pen) -> None:
    figure.add_scatter(
        x=[month.end_month for month in months],
        y=[month.target_cumulative for month in months],
        mode="lines",
        line={"color": pen.colours.target, "width": 1.5, "dash": "dash"},
        customdata=[_hover_of_month(month, "target_cumulative", pen) for month in months],
        hovertemplate=_HOVER_OF_MONTH.format(pen.words("chart.target_so_far")),
    )
    seen = [month for month in months if not month.is_future]
    complete = [month for month in seen if month.is_complete_month]
    _counted_line(figure, complete, pen, is_complete=True)
    if seen and not seen[-1].is_complete_month:
        _counted_line(figure, seen[len(complete[:-1]) :], pen, is_complete=False)
    _projected_line(figure, months[max(len(complete) - 1, 0) :], pen)


def _projected_line(figure: go.Figure, months: list, pen: Pen) -> None:
    """What is expected from the last whole month on: dashed, within its band, at the colour's third."""
    expected = [month for month in months if month.cumulative_projection is not None]
    if len(expected) < 2:
        return
    dates = [month.end_month for month in expected]
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(x=dates, y=[month.cumulative_projection_low for month in expected], **band)
    figure.add_scatter(
        x=dates,
        y=[month.cumulative_projection_high for month in expected],
        fill="tonexty",
        fillcolor=theme.faded(pen.colours.counted, 0.18),
        **band,
    )
    figure.add_scatter(
        x=dates,
        y=[month.cumulative_projection for month in expected],
        mode="lines",
        line={"color": theme.faded(pen.colours.counted, 0.6), "width": 2, "dash": "dash"},
        customdata=[_hover_of_month(month, "cumulative_projection", pen) for month in expected],
        hovertemplate=_HOVER_OF_MONTH.format(pen.words("chart.projected")),
    )


def _year_labels(months: list, pen: Pen, *, is_alone: bool) -> list[dict]:
    """The names of a year's two lines at their ends; where it is not alone there is room for fewer words."""
    target, look = months[-1], pen.colours
    name = {"year": str(target.plan_year), "target": pen.numbers.count(target.target_cumulative)}
    text = pen.words("chart.target_of_year" if is_alone else "chart.target", **name)
    labels = [
        _label(
            target.end_month,
            target.target_cumulative,
            text,
            colour=look.target,
            xanchor="right",
            yanchor="bottom",
            yshift=6,
        )
    ]
    seen = [month for month in months if not month.is_future]
    if seen:
        last = seen[-1]
        key = "chart.counted" if last.is_complete_month else "chart.counted_so_far"
        count = pen.numbers.count(last.cumulative_sessions)
        text = pen.words(key, count=count) if is_alone else count
        # Right of its point and a little below: no line runs there, the next year's starts at 0. Near the
        # axis there is no room below.
        is_low = last.cumulative_sessions < target.target_cumulative / 6
        place = {"yanchor": "bottom" if is_low else "top", "xshift": 6, "yshift": 4 if is_low else 8}
        labels.append(_label(last.end_month, last.cumulative_sessions, f"<b>{text}</b>", colour=look.counted, **place))
    end = months[-1]
    if is_alone and seen and end.is_future and end.cumulative_projection is not None:
        text = pen.words("chart.projected_end", count=pen.numbers.count(end.cumulative_projection))
        labels.append(
            _label(end.end_month, end.cumulative_projection, text, colour=look.counted, xshift=6, yanchor="middle")
        )
    return labels


def _counted_line(figure: go.Figure, months: list, pen: Pen, *, is_complete: bool) -> None:
    colour = pen.colours.counted
    figure.add_scatter(
        x=[month.end_month for month in months],
        y=[month.cumulative_sessions for month in months],
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": "solid" if is_complete else "dot"},
        marker={"size": 7, "color": colour, "symbol": "circle" if is_complete else "circle-open"},
        customdata=[_hover_of_month(month, "cumulative_sessions", pen) for month in months],
        hovertemplate=_HOVER_OF_MONTH.format(pen.words("chart.counted_since_january")),
    )


def _hover_of_month(month: object, column: str, pen: Pen) -> list[str]:
    return [pen.numbers.exact(getattr(month, column)), pen.numbers.month(month.end_month)]


def _month_axis(figure: go.Figure, months: Sequence, pen: Pen) -> None:
    one_year = len({month.plan_year for month in months}) == 1
    # Every third month: twelve labels would turn on a phone.
    named = [month for month in months if month.end_month.month in ((1, 3, 6, 9, 12) if one_year else (6,))]
    label = pen.numbers.month_of_year if one_year else lambda value: str(value.year)
    figure.update_xaxes(
        tickvals=[month.end_month for month in named],
        ticktext=[label(month.end_month) for month in named],
        tickangle=0,
        showline=True,
    )


def attainment_by_year(years: Sequence, label: Callable[[object], str], pen: Pen, title: str, subtitle: str) -> Picture:
    """One bar a plan year, its length the counted sessions, with the year's target as a named mark.

    `years` are rows of `target_progress` without the three together, in order of time; `label` gives the
    text on a row's bar.
    """
    look = pen.colours
    figure = pen.blank(_BAR_STEP * len(years) + 24)
    names = [str(year.plan_year) for year in years]
    figure.add_bar(
        x=[year.counted_sessions for year in years],
        y=list(range(len(years))),  # places, not names: Plotly would read "2025" as a number
        orientation="h",
        width=0.34,
        marker={"color": look.counted},
        customdata=[[name, pen.numbers.exact(year.counted_sessions)] for name, year in zip(names, years, strict=True)],
        hovertemplate=_HOVER_OF_BAR,
    )
    _target_marks(figure, years, pen)
    labels = []
    for place, year in enumerate(years):
        target = pen.words("chart.target", target=pen.numbers.count(year.target_sessions))
        labels.append(_label(0, place, label(year), colour=look.ink, yshift=22))
        labels.append(_label(year.target_sessions, place, target, colour=look.ink, yshift=22, xanchor="right"))
    figure.update_layout(annotations=labels)
    longest = max(max(year.target_sessions, year.counted_sessions) for year in years)
    figure.update_xaxes(range=[0, longest * 1.02], visible=False)
    figure.update_yaxes(
        autorange="reversed",
        tickvals=list(range(len(years))),
        ticktext=names,
        tickfont={"color": look.ink, "size": 13},
    )
    return Picture(figure, title, subtitle)


def _target_marks(figure: go.Figure, years: Sequence, pen: Pen) -> None:
    figure.add_scatter(
        x=[year.target_sessions for year in years],
        y=list(range(len(years))),
        mode="markers",
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": pen.colours.target}},
        customdata=[[pen.numbers.exact(year.target_sessions)] for year in years],
        hovertemplate=f"{pen.words('chart.target_word')} %{{customdata[0]}}<extra></extra>",
        cliponaxis=False,
    )


def sessions_at_each_step(
    steps: Sequence, causes: Callable[[str], str], pen: Pen, title: str, subtitle: str
) -> Picture:
    """One bar a step of the funnel, in its order, with what the step loses and why under it.

    `steps` are rows of `session_funnel`; `causes` gives the line of text for a step's loss.
    """
    look = pen.colours
    figure = pen.blank(_FUNNEL_STEP * len(steps) + 24)
    names = [pen.words.of("funnel.step", step.step) for step in steps]
    figure.add_bar(
        x=[step.sessions for step in steps],
        y=list(range(len(steps))),
        orientation="h",
        width=0.17,
        marker={"color": [look.counted if step.step == "eligible" else look.other for step in steps]},
        customdata=[[name, pen.numbers.exact(step.sessions)] for name, step in zip(names, steps, strict=True)],
        hovertemplate=_HOVER_OF_BAR,
    )
    labels, under = [], {"yshift": -9, "yanchor": "top", "size": 12}
    for place, (step, name) in enumerate(zip(steps, names, strict=True)):
        text = f"{name} <b>{pen.numbers.count(step.sessions)}</b>"
        labels.append(_label(0, place, text, colour=look.ink, yshift=22))
        labels.append(_label(0, place, causes(step.step), colour=look.muted, **under))
    figure.update_layout(annotations=labels)
    figure.update_xaxes(range=[0, max(step.sessions for step in steps)], visible=False)
    figure.update_yaxes(autorange="reversed", visible=False)
    return Picture(figure, title, subtitle)


def in_lines(parts: Sequence[str], comma: str) -> str:
    """`parts` on one line where a phone has room for them, else one a line: a drawing does not wrap."""
    width = sum(1 if ord(sign) >= _HAN_FROM else 0.55 for part in parts for sign in part)  # in Han characters
    return comma.join(parts) if width <= _LINE else f"{comma.rstrip()}<br>".join(parts)


def _label(x: object, y: object, text: str, colour: str, size: int = 13, **place: object) -> dict:
    """Text on a drawing that starts at the point (`x`, `y`) unless `place` anchors or shifts it, in px."""
    start = {"xanchor": "left", "yanchor": "middle", "align": "left", "showarrow": False}
    return {"x": x, "y": y, "text": text, "font": {"color": colour, "size": size}} | start | place


def _round_steps(top: float) -> list[float]:
    """Three to six round marks from 0 to `top`: steps of 1, 2 or 5 times a power of ten."""
    for step in (step * 10**power for power in range(1, 9) for step in (1, 2, 5)):
        if top / step <= 5:
            return [step * place for place in range(int(top / step) + 1)]
    return [0]
