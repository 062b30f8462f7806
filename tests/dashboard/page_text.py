"""What a page says, as tests read it."""

import html
import re

from streamlit.testing.v1 import AppTest


def html_of(page: AppTest) -> str:
    """All that the page says in HTML."""
    return "\n".join(block.proto.body for block in page.get("html"))


def plain(page: str) -> str:
    """The page's text without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)))
