"""Every colour, font and distance of the pages, once, and the two forms that carry them to the reader.

`stylesheet()` gives the CSS of the page, `template()` the Plotly template of the charts;
`.streamlit/config.toml` repeats the five colours that Streamlit itself must know (a test compares them).
Each colour has one meaning and never stands alone: a sign, a dash or a label goes with it.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

FONT = '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif'


@dataclass(frozen=True)
class Tokens:
    """The colours of one mode, each `#RRGGBB`, named by what they mean."""

    paper: str
    panel: str
    ink: str
    muted: str
    hairline: str
    counted: str
    target: str
    below: str
    undecided: str
    above: str
    focus: str
    other: str


LIGHT = Tokens(
    paper="#FFFFFF",
    panel="#F4F6F8",
    ink="#1F2933",
    muted="#5B6470",
    hairline="#DDE2E8",
    counted="#0F6B66",
    target="#1F2933",
    below="#B4451F",
    undecided="#7B818B",
    above="#2F5D9B",
    focus="#B77703",
    other="#8D95A1",
)
DARK = Tokens(
    paper="#14181D",
    panel="#1D2329",
    ink="#E5E7EB",
    muted="#A3ABB5",
    hairline="#323A43",
    counted="#5FC2B8",
    target="#E5E7EB",
    below="#F08A5D",
    undecided="#9AA3AF",
    above="#7FB0E8",
    focus="#F2B84B",
    other="#6B7280",
)


def is_dark() -> bool:
    """Whether the reader's page is dark; light where Streamlit does not know."""
    return st.context.theme.type == "dark"


def tokens(dark: bool) -> Tokens:
    """The colours of the mode."""
    return DARK if dark else LIGHT


def faded(colour: str, share: float = 0.35) -> str:
    """`#RRGGBB` as rgba at `share` opacity: what is projected or not yet complete."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


MARGIN = {"l": 8, "r": 16, "t": 8, "b": 8, "pad": 4}  # px, without the names of an axis (`charts.pen.with_room`)


@cache
def template(dark: bool) -> go.layout.Template:
    """The Plotly template: transparent, no grid, the page's font, nothing that drags or zooms."""
    look = tokens(dark)
    # A reader who scrolls a phone must never be caught by a chart: every axis is fixed.
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "linecolor": look.hairline,
        "tickfont": {"color": look.muted, "size": 12},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": look.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": MARGIN,
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {
                "bgcolor": look.panel,
                "bordercolor": look.hairline,
                "font": {"family": FONT, "size": 13, "color": look.ink},
            },
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": look.muted, "activecolor": look.ink},
        }
    )


@cache
def _rules() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def stylesheet() -> str:
    """The page's CSS in a `<style>` element.

    The mode is left to the browser (`light-dark()` follows the colour scheme that Streamlit sets on the
    page), so text is right in the first paint, before the server has heard which mode the reader has.
    """
    plain = "".join(f"--{name}:{colour};" for name, colour in asdict(LIGHT).items())
    either = "".join(f"--{name}:light-dark({colour},{getattr(DARK, name)});" for name, colour in asdict(LIGHT).items())
    # The bar behind a figure in a table: thin enough that ink reads on it.
    plain = f"--font:{FONT};{plain}--bar-fill:{faded(LIGHT.counted, 0.18)};"
    either += f"--bar-fill:light-dark({faded(LIGHT.counted, 0.18)},{faded(DARK.counted, 0.28)});"
    root = f".stApp{{{plain}}}@supports (color:light-dark(#000,#fff)){{.stApp{{{either}}}}}"
    return f"<style>{root}{_rules()}</style>"
