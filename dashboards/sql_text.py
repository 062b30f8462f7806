"""SQL as people read it: words of the language, texts, numbers and remarks told apart.

The same four kinds are told apart in the editor by page.js, with the same classes.
"""

import re
from html import escape

KEYWORDS = (
    "all and any as asc asof between by case cast cross desc describe distinct else end except exclude exists explain "
    "false filter first from full group grouping having ilike in inner intersect interval is join last lateral left "
    "like limit natural not null nulls offset on or order outer over partition pivot positional qualify recursive "
    "replace right rollup rows sample select semi sets show summarize table tablesample then true union unpivot using "
    "values when where window with"
)
_PART = re.compile(
    r"(?P<remark>--[^\n]*|/\*.*?(?:\*/|$))"
    r"|(?P<text>'(?:[^']|'')*(?:'|$))"
    r'|(?P<name>"(?:[^"]|"")*(?:"|$))'
    r"|(?P<number>\b\d+(?:\.\d+)?\b)"
    r"|(?P<word>\b[a-z_]+\b)",
    re.IGNORECASE | re.DOTALL,
)
_WORDS = frozenset(KEYWORDS.split())


def html(sql: str) -> str:
    """The SQL in a `<pre>`; a keyboard can scroll it."""
    return f'<pre class="sql" tabindex="0">{_PART.sub(_marked, _escaped(sql))}</pre>'


def _escaped(sql: str) -> str:
    # Quotes stay, for they begin texts; they do no harm between tags.
    return escape(sql, quote=False)


def _marked(part: re.Match) -> str:
    kind = part.lastgroup
    if kind == "word":
        return f'<span class="sql-word">{part[0]}</span>' if part[0].lower() in _WORDS else part[0]
    return part[0] if kind == "name" else f'<span class="sql-{kind}">{part[0]}</span>'
