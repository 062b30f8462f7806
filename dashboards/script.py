"""The little that runs in the browser: the document's language, links, and a chart's picture with its words on it.

Plotly's own download leaves out what stands above a chart. A button `[data-picture]` draws title, subtitle, chart
and source on one canvas, from what the page shows already; nothing is fetched.
"""

import json
from functools import cache
from pathlib import Path

from dashboards.sql_text import KEYWORDS
from dashboards.words import Words


@cache
def _listeners() -> str:
    own, editor = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.js", "editor.js"))
    return f"{own}\n{editor.replace('KEYWORDS', KEYWORDS, 1)}"


def page(says: Words) -> str:
    """Sets the document's language, and once a page the listeners."""
    return f"document.documentElement.lang = {json.dumps(says.tag)};\n{_listeners()}"
