"""The little that runs in the browser: the document's language, links, and a chart's picture with its words on it.

Plotly's own download leaves out what stands above a chart. A button `[data-picture]` draws title, subtitle, chart
and source on one canvas, from what the page shows already; nothing is fetched.
"""

import json
from functools import cache
from pathlib import Path

import streamlit

from dashboards.sql_text import KEYWORDS
from dashboards.words import Words


@cache
def _listeners() -> str:
    own, editor = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.js", "editor.js"))
    return f"{own.replace('PLOTLY_CHUNK', _plotly_chunk(), 1)}\n{editor.replace('KEYWORDS', KEYWORDS, 1)}"


def _plotly_chunk() -> str:
    """The address of the script by which Streamlit draws a chart; its name holds a digest of its content."""
    static = Path(streamlit.__file__).parent / "static"
    return next((file.relative_to(static).as_posix() for file in static.glob("static/js/PlotlyChart.*.js")), "none")


def page(says: Words) -> str:
    """Sets the document's language, and once a page the listeners."""
    return f"document.documentElement.lang = {json.dumps(says.tag)};\n{_listeners()}"
