"""The blocks a page is made of, in the order it is read: question, answer, figures, pictures, tables, notes.

Blocks get finished words and HTML that is already escaped (`Words.html`); they decide nothing.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO

import streamlit as st

from dashboards.charts import Picture
from dashboards.words import Words

# Only the download stays of Plotly's mode bar, and nothing calls a host.
_CHART = {"displaylogo": False, "modeBarButtons": [["toImage"]], "scrollZoom": False, "doubleClick": False}


@dataclass(frozen=True)
class Figure:
    """One of at most four figures. `tone` is below, above, undecided or none; `compare` holds its sign."""

    label: str
    value: str
    compare: str
    dated: str
    definition: str
    tone: str = ""
    beside: str = ""
    is_state: bool = False


@dataclass(frozen=True)
class Table:
    """Exact figures: `columns` are the heads, every row starts with its name, the rest are texts."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: frozenset[int] = frozenset({0})


def question(text: str) -> None:
    """The page's question: its first heading, small and grey."""
    st.html(f'<h1 class="question">{escape(text)}</h1>')


def answer(html: str) -> None:
    """The answer in one sentence."""
    st.html(f'<p class="answer">{html}</p>')


def figures(shown: Sequence[Figure], words: Words) -> None:
    """At most four figures side by side, two by two on a phone."""
    st.html(f'<section class="figures">{"".join(_figure(figure, words) for figure in shown)}</section>')


def _figure(figure: Figure, words: Words) -> str:
    tone = f" tone-{figure.tone}" if figure.tone else ""
    state = " state" if figure.is_state else ""
    beside = f"<small>{escape(figure.beside)}</small>" if figure.beside else ""
    return (
        f'<div class="figure"><div class="label">{escape(figure.label)}</div>'
        f'<div class="value{state}">{escape(figure.value)}{beside}</div>'
        f'<div class="compare{tone}">{escape(figure.compare)}</div>'
        f'<div class="dated">{escape(figure.dated)}</div>'
        f'<details class="defines"><summary>{escape(words("definition"))}</summary>'
        f"{escape(figure.definition)}</details></div>"
    )


def picture(shown: Picture, words: Words, key: str) -> None:
    """A chart under its finding; the finding is also what a screen reader hears.

    The title is text of the page and not of the figure, so that it wraps on a phone.
    """
    st.html(f'<h2 class="says-title">{escape(shown.title)}</h2><p class="says-sub">{escape(shown.subtitle)}</p>')
    config = _CHART | {"toImageButtonOptions": {"filename": key, "scale": 2}}
    alt = words("chart.alt", title=shown.title, subtitle=shown.subtitle)
    st.plotly_chart(shown.figure, theme=None, config=config, alt=alt, key=key)


def items(title: str, subtitle: str, shown: Sequence[str], empty: str) -> None:
    """A short list in words; each item is HTML."""
    entries = "".join(f"<li>{item}</li>" for item in shown) or f"<li>{escape(empty)}</li>"
    st.html(
        f'<h2 class="says-title">{escape(title)}</h2><p class="says-sub">{escape(subtitle)}</p>'
        f'<ol class="says">{entries}</ol>'
    )


def paragraph(title: str, subtitle: str, html: str) -> None:
    """A finding in one or two sentences, where a chart would have too few points."""
    st.html(
        f'<h2 class="says-title">{escape(title)}</h2><p class="says-sub">{escape(subtitle)}</p>'
        f'<p class="says">{html}</p>'
    )


def tables(shown: Sequence[Table], words: Words, file_stem: str) -> None:
    """Tables behind tabs, each with its download."""
    st.html(f'<h2 class="says-title">{escape(words("table.title"))}</h2>')
    for tab, table in zip(st.tabs([table.name for table in shown]), shown, strict=True):
        with tab:
            st.html(_table(table))
            st.download_button(
                words("table.download"),
                _csv(table),
                file_name=f"{file_stem}-{table.name}.csv",
                mime="text/csv",
                on_click="ignore",
            )


def _table(table: Table) -> str:
    def kind(place: int) -> str:
        return "" if place in table.text_columns else ' class="number"'

    heads = "".join(f'<th scope="col"{kind(i)}>{escape(head)}</th>' for i, head in enumerate(table.columns))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{kind(i)}>{escape(cell)}</td>" for i, cell in enumerate(row[1:], start=1))
        + "</tr>"
        for row in table.rows
    )
    # The box scrolls by itself on a phone; tabindex lets a keyboard scroll it too.
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(table.name)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _csv(table: Table) -> bytes:
    """The table for Excel on a Chinese Windows, which needs the byte-order mark."""
    text = StringIO()
    csv.writer(text).writerows([table.columns, *table.rows])
    return text.getvalue().encode("utf-8-sig")


def notes(title: str, entries: Sequence[tuple[str, str]]) -> None:
    """Definitions and limits: pairs of a term and one sentence of HTML."""
    body = "".join(f"<dt>{escape(term)}</dt><dd>{html}</dd>" for term, html in entries)
    st.html(f'<h2 class="says-title">{escape(title)}</h2><dl class="notes">{body}</dl>')


def foot(entries: Sequence[str]) -> None:
    """The provenance line under every page."""
    st.html(f'<div class="foot">{"".join(f"<span>{escape(entry)}</span>" for entry in entries)}</div>')


def nothing(title: str, sentences: Sequence[str], detail: str = "") -> None:
    """Says why there is nothing to show and what to do next; `sentences` are HTML."""
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    shown = f'<p class="says-sub">{escape(detail)}</p>' if detail else ""
    st.html(f'<div class="nothing" role="status"><h2>{escape(title)}</h2>{body}{shown}</div>')
