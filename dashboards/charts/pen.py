"""What every picture is made with: the pen, the finished picture, and text on a drawing.

Plotly reads a little HTML in every text. So texts come plain, a new line between their lines, and `Pen.figure` makes
each of them literal: a name with `<b>` or `&` in it is shown as it is. Only what is `Markup` is drawn as it stands.

Traces and layouts are plain dicts, and a figure is made of them at once and unchecked: Plotly's checks cost
more than everything else that a page does. What Plotly would have to measure in the browser it is told: margins that
it finds by itself make it draw a chart twice, and each annotation is measured alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape

import plotly.graph_objects as go

from dashboards import theme
from dashboards.format import Numbers
from dashboards.words import Words

MAIN_HEIGHT = 360  # px
_HAN_FROM = 0x2E80


class Markup(str):
    """Text in Plotly's HTML, whatever came from data in it made literal."""

    __slots__ = ()


def literal(text: str) -> Markup:
    """Plain text as Plotly must be given it: its signs stand for themselves, a new line begins a line."""
    return text if isinstance(text, Markup) else Markup(escape(text, quote=False).replace("\n", "<br>"))


def bold(text: str) -> Markup:
    """Plain text in bold."""
    return Markup(f"<b>{literal(text)}</b>")


def joined(between: str, *parts: str) -> Markup:
    """Plain texts and markup one after the other, as markup."""
    return Markup(literal(between).join(literal(part) for part in parts))


@dataclass(frozen=True)
class Picture:
    """A drawn figure with the words that stand above it."""

    figure: go.Figure
    title: str
    subtitle: str
    is_wide: bool = False  # keeps its width on a phone, where it is scrolled


@dataclass(frozen=True)
class Pen:
    """What every picture and finding needs: words, numbers, the mode, and what a mart's column means."""

    words: Words
    numbers: Numbers
    dark: bool
    define: Callable[[str], str] = lambda column: column

    @property
    def colours(self) -> theme.Tokens:
        """The colours of the mode."""
        return theme.tokens(self.dark)

    def tone(self, name: str) -> str:
        """The colour of a tone that a `Mark` names: below, above, undecided, counted, focus, other."""
        return getattr(self.colours, name)

    def figure(self, height: int, traces: list[dict], **layout: object) -> go.Figure:
        """A figure of `height` px in the pages' look, unchecked, each of its texts literal unless it is markup."""
        traces, layout = [_literal_trace(trace) for trace in traces], _literal_layout(layout)
        look = {"template": theme.template(self.dark), "height": height} | with_room(layout)
        notes, look["annotations"] = as_traces(layout["annotations"])
        return go.Figure(data=[*traces, *notes], layout=look, _validate=False)


@dataclass(frozen=True)
class Mark:
    """One thing that a chart compares. `text` stands beside it, `hover` says it exactly.

    `code` is what an address names it by; `tone` a colour's meaning; `is_focus` makes its name bold.
    """

    name: str
    value: float | None
    text: str = ""
    hover: str = ""
    low: float | None = None
    high: float | None = None
    target: float | None = None
    before: float | None = None  # the same of the year before
    size: float | None = None  # the denominator, where a chart has an axis for it
    tone: str = "counted"
    is_focus: bool = False
    code: str = ""

    @property
    def label(self) -> Markup:
        """The name, on two small lines where it is long, bold for the one in focus."""
        name = folded(self.name)
        return bold(name) if self.is_focus else name


def text_at(x: object, y: object, text: str, colour: str, size: int = 13, **place: object) -> dict:
    """Text on a drawing that starts at the point (`x`, `y`) unless `place` anchors or shifts it, in px."""
    start = {"xanchor": "left", "yanchor": "middle", "align": "left", "showarrow": False}
    return {"x": x, "y": y, "text": text, "font": {"color": colour, "size": size}} | start | place


_TEXTS_OF_TRACE = ("text", "customdata", "name")  # a template is never made of what comes from data


def _literal_trace(trace: dict) -> dict:
    return trace | {key: _all_literal(trace[key]) for key in _TEXTS_OF_TRACE if key in trace}


def _literal_layout(layout: Mapping) -> dict:
    found = dict(layout)
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            own = {"ticktext": _all_literal(axis["ticktext"])} if "ticktext" in axis else {}
            if title := axis.get("title"):
                own["title"] = title | {"text": literal(title["text"])}
            found[name] = axis | own
    found["annotations"] = [note | {"text": literal(note["text"])} for note in layout.get("annotations", ())]
    return found


def _all_literal(value: object) -> object:
    if isinstance(value, str):
        return literal(value)
    return [_all_literal(part) for part in value] if isinstance(value, list | tuple) else value


_BESIDE = {"xanchor": "left", "yanchor": "middle", "align": "left", "showarrow": False}
_NEXT_TO = 6  # px between a mark and the text right of it
_GAP = "\u2002"  # a trace has no shift: an en space is as wide


def as_traces(notes: Sequence[Mapping]) -> tuple[list[dict], list[Mapping]]:
    """Notes that stand right of a point, as a trace for each of their looks; and those that stand otherwise."""
    beside, apart = defaultdict(list), []
    for note in notes:
        place = {name: note[name] for name in note if name not in ("x", "y", "text", "font", "xshift")}
        is_beside = place == _BESIDE and note.get("xshift") == _NEXT_TO and isinstance(note["x"], int | float)
        (beside[note["font"]["color"], note["font"]["size"]] if is_beside else apart).append(note)
    traces = [
        {
            "type": "scatter",
            "mode": "text",
            "x": [note["x"] for note in group],
            "y": [note["y"] for note in group],
            "text": [_GAP + note["text"] for note in group],
            "textposition": "middle right",
            "textfont": {"color": colour, "size": size},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
        for (colour, size), group in beside.items()
    ]
    return traces, apart


_MARGIN = theme.MARGIN
_LINE = 1.3  # the height of a line of text, in sizes
_TICK = 12  # px, as the template has it
_FROM_AXIS = 5  # px between an axis and the names of its ticks
_BREAK, _TAG, _SIZE = re.compile(r"<br\s*/?>"), re.compile(r"<[^>]*>"), re.compile(r"font-size:(\d+)px")


def with_room(layout: Mapping) -> dict:
    """The layout with margins that hold the names of its axes' ticks, and those of its first axes' titles.

    Where names lean, only the browser knows: Plotly finds the margin.
    """
    margin = _MARGIN | layout.get("margin", {})
    found = dict(layout)
    for name in [name for name in layout if name.startswith(("xaxis", "yaxis"))] or ["xaxis", "yaxis"]:
        axis = layout.get(name, {})
        if axis.get("tickangle"):
            continue
        found[name] = axis | {"automargin": False}
        if axis.get("visible", True) is False or name not in ("xaxis", "yaxis"):
            continue
        names, size = axis.get("ticktext", ()), axis.get("tickfont", {}).get("size", _TICK)
        if name == "yaxis":
            margin["l"] += name_room(names, size)
            continue
        widest, lines = _size_of(names, size)
        # Half of a name stands out at either end.
        margin["l"], margin["r"] = max(margin["l"], widest / 2 + 4), max(margin["r"], widest / 2 + 4)
        margin["b"] += lines and lines * _LINE + _FROM_AXIS
        if title := axis.get("title"):
            margin["b"] += title["font"]["size"] * _LINE + _FROM_AXIS
    return found | {"margin": margin}


def name_room(names: Sequence[str], size: int) -> float:
    """px that the names of an axis on the left take."""
    widest, _ = _size_of(names, size)
    return widest and widest + _FROM_AXIS


def _size_of(names: Sequence[str], size: int) -> tuple[float, float]:
    """px: how wide the widest line of the names is, and how tall the tallest name without its leading."""
    widest = tallest = 0.0
    for name in names:
        own = int(found[1]) if (found := _SIZE.search(name)) else size
        parts = [unescape(_TAG.sub("", part)) for part in _BREAK.split(name)]
        # Bold and wide letters take more than `width_of` reckons with.
        widest = max(widest, *(width_of(part) * own * 1.05 + 2 for part in parts if part or len(parts) == 1))
        tallest = max(tallest, len(parts) * own if any(parts) else 0)
    return (widest if any(names) else 0.0), tallest


def round_steps(top: float, most: int = 5) -> list[float]:
    """Round marks from 0 to `top`, at most `most` steps of 1, 2 or 5 times a power of ten."""
    for step in (step * 10.0**power for power in range(-4, 9) for step in (1, 2, 5)):
        if top / step <= most:
            return [step * place for place in range(int(top / step) + 1)]
    return [0]


def steps_between(low: float, high: float, most: int = 4) -> list[float]:
    """Round marks within an axis that need not begin at 0."""
    width = high - low
    for step in (step * 10.0**power for power in range(-4, 9) for step in (1, 2, 5)):
        if width / step <= most:
            first = int(low // step) + 1
            return [round(step * place, 6) for place in range(first, int(high // step) + 1)]
    return [low]


def ends(values: Iterable[float | None], room: float = 0.06) -> tuple[float, float]:
    """The least and the greatest of what is there, with `room` of their distance on both sides."""
    there = [value for value in values if value is not None]
    if not there:
        return 0.0, 1.0
    low, high = min(there), max(there)
    margin = (high - low) * room or 0.01
    return low - margin, high + margin


def in_lines(parts: Sequence[str], comma: str, room: int) -> str:
    """`parts` on one line where `room` Han characters hold them, else one a line: a drawing does not wrap."""
    return comma.join(parts) if width_of("".join(parts)) <= room else f"{comma.rstrip()}\n".join(parts)


# Wider names would leave no room for a drawing on a phone: in Han characters, and where there are words to break
# between, whose texts beside the drawing are longer, too.
_LONG_NAME, _LONG_WORDS = 13, 10


def folded(name: str) -> Markup:
    """A long name on two smaller lines, parted where they are nearest to equal: between words, Han text anywhere."""
    words, between = name.split(" "), " "
    if width_of(name) <= (_LONG_NAME if len(words) == 1 else _LONG_WORDS):
        return literal(name)
    if len(words) == 1:
        words, between = list(name), ""
    halves = [(between.join(words[:cut]), between.join(words[cut:])) for cut in range(1, len(words))]
    first, second = min(halves, key=lambda half: max(len(part) for part in half))
    return Markup(f'<span style="font-size:11px">{literal(first)}<br>{literal(second)}</span>')


def width_of(text: str) -> float:
    """The width of a plain text's widest line in Han characters."""
    return max((_width_of_line(line) for line in text.split("\n")), default=0.0)


def _width_of_line(text: str) -> float:
    return sum(1 if ord(sign) >= _HAN_FROM else 0.55 for sign in text)
