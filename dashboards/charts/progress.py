"""The Overview's pictures: the course of a year against its target, the plan years, the steps of the funnel."""

from collections.abc import Callable, Sequence
from itertools import groupby

from dashboards import theme
from dashboards.charts.pen import MAIN_HEIGHT, Pen, Picture, bold, joined, round_steps, text_at

_LABEL_ROOM = 96  # px right of a line that ends at the right edge
_HOVER_OF_MONTH = "{} %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>"
_HOVER_OF_BAR = "%{customdata[0]} %{customdata[1]}<extra></extra>"
_BAR_STEP = 64  # px between two bars that carry a line of text above
_FUNNEL_STEP = 90  # px between two bars with a line of text above and two below


def cumulative_against_target(months: Sequence, pen: Pen, title: str, subtitle: str) -> Picture:
    """Sessions counted since 1 January, month by month, against the dashed line that leads to the target.

    `months` are rows of `progress_month`, of one plan year or of several one after the other.
    """
    years = [list(of_year) for _, of_year in groupby(months, key=lambda month: month.plan_year)]
    traces = [trace for of_year in years for trace in _year_traces(of_year, pen)]
    labels = [label for of_year in years for label in _year_labels(of_year, pen, is_alone=len(years) == 1)]
    top = max(
        max(month.target_cumulative, month.cumulative_sessions or 0, month.cumulative_projection_high or 0)
        for month in months
    )
    ticks = [tick for tick in round_steps(top) if tick]
    seen = [month for month in months if month.cumulative_sessions is not None]
    room = 16
    if seen:  # room for the label of the last point, which stands right of it
        months_left = len(months) - len(seen)
        room = _LABEL_ROOM if months_left < len(months) / 6 else _LABEL_ROOM // 2
    figure = pen.figure(
        MAIN_HEIGHT,
        traces,
        xaxis=_month_axis(months, pen),
        yaxis={
            "range": [0, top * 1.16],
            "tickvals": ticks,
            "ticktext": [pen.numbers.count(tick) for tick in ticks],
            "showgrid": True,
            "gridcolor": pen.colours.hairline,
        },
        margin={"l": 8, "r": room, "t": 8, "b": 8},
        annotations=labels,
    )
    return Picture(figure, title, subtitle)


def _year_traces(months: list, pen: Pen) -> list[dict]:
    target = {
        "type": "scatter",
        "x": [month.end_month for month in months],
        "y": [month.target_cumulative for month in months],
        "mode": "lines",
        "line": {"color": pen.colours.target, "width": 1.5, "dash": "dash"},
        "customdata": [_hover_of_month(month, "target_cumulative", pen) for month in months],
        "hovertemplate": _HOVER_OF_MONTH.format(pen.words("chart.target_so_far")),
    }
    seen = [month for month in months if month.cumulative_sessions is not None]
    complete = [month for month in seen if month.is_complete_month]
    traces = [target, _counted_line(complete, pen, is_complete=True)]
    if seen and not seen[-1].is_complete_month:
        traces.append(_counted_line(seen[len(complete[:-1]) :], pen, is_complete=False))
    return traces + _projected_line(months[max(len(complete) - 1, 0) :], pen)


def _projected_line(months: list, pen: Pen) -> list[dict]:
    """What is expected from the last whole month on: dashed, within its band, at the colour's third."""
    expected = [month for month in months if month.cumulative_projection is not None]
    if len(expected) < 2:
        return []
    dates = [month.end_month for month in expected]
    band = {"type": "scatter", "x": dates, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        band | {"y": [month.cumulative_projection_low for month in expected]},
        band
        | {
            "y": [month.cumulative_projection_high for month in expected],
            "fill": "tonexty",
            "fillcolor": theme.faded(pen.colours.counted, 0.18),
        },
        {
            "type": "scatter",
            "x": dates,
            "y": [month.cumulative_projection for month in expected],
            "mode": "lines",
            "line": {"color": theme.faded(pen.colours.counted, 0.6), "width": 2, "dash": "dash"},
            "customdata": [_hover_of_month(month, "cumulative_projection", pen) for month in expected],
            "hovertemplate": _HOVER_OF_MONTH.format(pen.words("chart.projected")),
        },
    ]


_ONE_LINE = 0.08  # of the axis: what a line of text takes


def _year_labels(months: list, pen: Pen, *, is_alone: bool) -> list[dict]:
    """The names of a year's two lines at their ends; where it is not alone there is room for fewer words."""
    target, look = months[-1], pen.colours
    name = {"year": str(target.plan_year), "target": pen.numbers.count(target.target_cumulative)}
    text = pen.words("chart.target_of_year" if is_alone else "chart.target", **name)
    labels = [
        text_at(
            target.end_month,
            target.target_cumulative,
            text,
            colour=look.target,
            xanchor="right",
            yanchor="bottom",
            yshift=6,
        )
    ]
    seen = [month for month in months if month.cumulative_sessions is not None]
    if seen:
        last = seen[-1]
        key = "chart.counted" if last.is_complete_month else "chart.counted_so_far"
        count = pen.numbers.count(last.cumulative_sessions)
        text = pen.words(key, count=count) if is_alone else count
        # Right of its point and a little below: no line runs there, the next year's starts at 0. Near the
        # axis there is no room below. Where the projection ends at the same height its name stands there already:
        # left of the point and above, for the line comes from below.
        is_low = last.cumulative_sessions < target.target_cumulative / 6
        place = {"yanchor": "bottom" if is_low else "top", "xshift": 6, "yshift": 4 if is_low else 8}
        end = target.cumulative_projection
        room = target.target_cumulative * _ONE_LINE
        if is_alone and last is not target and end is not None and end - last.cumulative_sessions < room:
            place = {"yanchor": "bottom", "xanchor": "right", "xshift": -2, "yshift": 4}
        labels.append(text_at(last.end_month, last.cumulative_sessions, bold(text), colour=look.counted, **place))
    end = months[-1]
    if is_alone and seen and end.is_future and end.cumulative_projection is not None:
        text = pen.words("chart.projected_end", count=pen.numbers.count(end.cumulative_projection))
        labels.append(
            text_at(end.end_month, end.cumulative_projection, text, colour=look.counted, xshift=6, yanchor="middle")
        )
    return labels


def _counted_line(months: list, pen: Pen, *, is_complete: bool) -> dict:
    colour = pen.colours.counted
    return {
        "type": "scatter",
        "x": [month.end_month for month in months],
        "y": [month.cumulative_sessions for month in months],
        "mode": "lines+markers",
        "line": {"color": colour, "width": 3, "dash": "solid" if is_complete else "dot"},
        "marker": {"size": 7, "color": colour, "symbol": "circle" if is_complete else "circle-open"},
        "customdata": [_hover_of_month(month, "cumulative_sessions", pen) for month in months],
        "hovertemplate": _HOVER_OF_MONTH.format(pen.words("chart.counted_since_january")),
    }


def _hover_of_month(month: object, column: str, pen: Pen) -> list[str]:
    return [pen.numbers.exact(getattr(month, column)), pen.numbers.month(month.end_month)]


def _month_axis(months: Sequence, pen: Pen) -> dict:
    one_year = len({month.plan_year for month in months}) == 1
    # Every third month: twelve labels would turn on a phone.
    named = [month for month in months if month.end_month.month in ((1, 3, 6, 9, 12) if one_year else (6,))]
    label = pen.numbers.month_of_year if one_year else lambda value: str(value.year)
    return {
        "tickvals": [month.end_month for month in named],
        "ticktext": [label(month.end_month) for month in named],
        "tickangle": 0,
        "showline": True,
    }


def attainment_by_year(years: Sequence, label: Callable[[object], str], pen: Pen, title: str, subtitle: str) -> Picture:
    """One bar a plan year, its length the counted sessions, with the year's target as a named mark.

    `years` are rows of `target_progress` without the three together, in order of time; `label` gives the
    text on a row's bar.
    """
    look, places = pen.colours, list(range(len(years)))  # places, not names: Plotly reads "2025" as a number
    names = [str(year.plan_year) for year in years]
    counted = {
        "type": "bar",
        "x": [year.counted_sessions for year in years],
        "y": places,
        "orientation": "h",
        "width": 0.34,
        "marker": {"color": look.counted},
        "customdata": [
            [name, pen.numbers.exact(year.counted_sessions)] for name, year in zip(names, years, strict=True)
        ],
        "hovertemplate": _HOVER_OF_BAR,
    }
    targets = {
        "type": "scatter",
        "x": [year.target_sessions for year in years],
        "y": places,
        "mode": "markers",
        "marker": {"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": look.target}},
        "customdata": [[pen.numbers.exact(year.target_sessions)] for year in years],
        "hovertemplate": f"{pen.words('chart.target_word')} %{{customdata[0]}}<extra></extra>",
        "cliponaxis": False,
    }
    labels = []
    for place, year in enumerate(years):
        target = pen.words("chart.target", target=pen.numbers.count(year.target_sessions))
        labels.append(text_at(0, place, label(year), colour=look.ink, yshift=22))
        labels.append(text_at(year.target_sessions, place, target, colour=look.ink, yshift=22, xanchor="right"))
    longest = max(max(year.target_sessions, year.counted_sessions) for year in years)
    figure = pen.figure(
        _BAR_STEP * len(years) + 24,
        [counted, targets],
        annotations=labels,
        xaxis={"range": [0, longest * 1.02], "visible": False},
        yaxis={
            "autorange": "reversed",
            "tickvals": places,
            "ticktext": names,
            "tickfont": {"color": look.ink, "size": 13},
        },
    )
    return Picture(figure, title, subtitle)


def sessions_at_each_step(
    steps: Sequence, causes: Callable[[str], str], pen: Pen, title: str, subtitle: str
) -> Picture:
    """One bar a step of the funnel, in its order, with what the step loses and why under it.

    `steps` are rows of `session_funnel`; `causes` gives the line of text for a step's loss.
    """
    look, places = pen.colours, list(range(len(steps)))
    names = [pen.words.of("funnel.step", step.step) for step in steps]
    reached = {
        "type": "bar",
        "x": [step.sessions for step in steps],
        "y": places,
        "orientation": "h",
        "width": 0.17,
        "marker": {"color": [look.counted if step.step == "eligible" else look.other for step in steps]},
        "customdata": [[name, pen.numbers.exact(step.sessions)] for name, step in zip(names, steps, strict=True)],
        "hovertemplate": _HOVER_OF_BAR,
    }
    labels, under = [], {"yshift": -9, "yanchor": "top", "size": 12}
    for place, (step, name) in enumerate(zip(steps, names, strict=True)):
        text = joined(" ", name, bold(pen.numbers.count(step.sessions)))
        labels.append(text_at(0, place, text, colour=look.ink, yshift=22))
        labels.append(text_at(0, place, causes(step.step), colour=look.muted, **under))
    figure = pen.figure(
        _FUNNEL_STEP * len(steps) + 24,
        [reached],
        annotations=labels,
        xaxis={"range": [0, max(step.sessions for step in steps)], "visible": False},
        yaxis={"autorange": "reversed", "visible": False},
    )
    return Picture(figure, title, subtitle)
