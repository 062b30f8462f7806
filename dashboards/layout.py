"""The blocks a page is made of, in the order it is read: question, answer, figures, pictures, tables, notes.

Blocks get finished words and HTML that is already escaped (`Words.html`); they decide nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards import saving
from dashboards.charts.pen import Pen, Picture
from dashboards.download import Source, csv_file, excel_file
from dashboards.table import Cell, Column, Interval, State, Table
from dashboards.words import Words

# No mode bar: it shows only under a mouse, and its picture has no title. The block has a button of its own.
_CHART = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_HAS_SHOWN = "layout.has_shown"
# Seconds: without them the charts arrive in the same breath, and the browser draws them before it shows the sentence
# (measured: twice as late). More for a session's first page, whose browser has yet to load Plotly.
_FIRST_HEAD_START = 0.15
_HEAD_START = 0.1

# A session's first page shows its first chart before it sends what follows: a browser that has just loaded Plotly draws
# all that it has before it shows any. page.js says when the first one stands.
_SHOWS_ALL = "layout.shows_all"
_STANDS = "layout.stands"  # this run only sends what was held back: the answer has long been painted
_SHOWN_NOW = "layout.shown_now"  # charts of this run, and the parts that were held back


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


def links(pages: Sequence[tuple[str, str]], here: str, carried: dict[str, str], words: Words) -> None:
    """The links between pages, (path, name) each; `carried` is what the address says and goes along."""
    query = f"?{urlencode(carried)}" if carried else ""
    items = "".join(
        f'<a href="{escape(path + query)}" data-page="{escape(path)}"{CURRENT * (path == here)}>{escape(name)}</a>'
        for path, name in pages
    )
    st.html(f'<nav class="links" aria-label="{escape(words("links"))}">{items}</nav>')


CURRENT = ' aria-current="page"'


def copy_link(words: Words) -> None:
    """A button that copies the address, which holds all that the reader chose (page.js)."""
    done, name = escape(words("link.copied")), escape(words("link.copy"))
    st.html(
        f'<button type="button" class="save" data-copied="{done}" aria-live="polite">{name}</button>', width="content"
    )


def head(question: str, answer: str, figures: Sequence[Figure], words: Words) -> None:
    """The question (a text), the answer in one sentence (HTML) and at most four figures, two by two on a phone.

    One element, so that they show together, before the browser turns to the charts.
    """
    shown = "".join(_figure(figure, words) for figure in figures)
    st.html(
        f'<h1 class="question">{escape(question)}</h1><p class="answer">{answer}</p>'
        + (f'<section class="figures">{shown}</section>' if shown else "")
    )
    if not st.session_state.pop(_STANDS, False):
        time.sleep(_HEAD_START if st.session_state.get(_HAS_SHOWN) else _FIRST_HEAD_START)
    st.session_state[_HAS_SHOWN] = True


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


def heading(title: str, subtitle: str) -> None:
    """A finding over a block."""
    sub = f'<p class="says-sub">{escape(subtitle)}</p>' if subtitle else ""
    st.html(f'<h2 class="says-title">{escape(title)}</h2>{sub}')


def picture(key: str, shown: Picture, table: Table, source: Source, pen: Pen) -> None:
    """A chart under its finding; the finding is also what a screen reader hears. Below it figures and downloads.

    The title is text of the page and not of the figure, so that it wraps on a phone.
    """
    words = pen.words
    alt = words("chart.alt", title=shown.title, subtitle=shown.subtitle)
    with st.container(key=f"finding_{key}"):  # on one sheet of paper
        heading(shown.title, shown.subtitle)
        with st.container(key=f"{'wide' if shown.is_wide else 'chart'}_{key}"):
            if _is_due(is_chart=True):
                st.plotly_chart(shown.figure, theme=None, config=_CHART, alt=alt, key=key)
            else:
                st.html(f'<div class="to-come" style="height:{shown.figure.layout.height}px" role="status"></div>')
    if not _is_due():
        return
    with st.expander(words("table.open"), key=f"figures_{key}"):
        st.html(_table(table, pen))
        button = _picture_button(key, shown, table, source, words)
        _downloads(key, table, source, pen, shown.title, shown.subtitle, button)


def _is_due(*, is_chart: bool = False) -> bool:
    """Whether the next part of this run is sent now: all up to the first chart, what follows when that one stands."""
    drawn, held = st.session_state[_SHOWN_NOW]
    due = not drawn or shows_all()
    st.session_state[_SHOWN_NOW] = (drawn + (due and is_chart), held + (not due))
    return due


def begin() -> None:
    """At the start of a run, before any picture."""
    st.session_state[_SHOWN_NOW] = (0, 0)


def shows_all() -> bool:
    """Whether this session's pages send all that they have at once."""
    return bool(st.session_state.get(_SHOWS_ALL))


def show_all() -> None:
    """From now on they do."""
    st.session_state[_SHOWS_ALL] = st.session_state[_STANDS] = True


def holds_back() -> bool:
    """Whether this run has left parts for another."""
    return st.session_state[_SHOWN_NOW][1] > 0


def rest(words: Words) -> None:
    """At the end: the button by which the browser asks for what was held back (page.js; out of sight)."""
    if holds_back():
        st.button(words("chart.rest"), key="rest", on_click=show_all)


def table(key: str, title: str, subtitle: str, shown: Table, source: Source, pen: Pen) -> None:
    """A table that is open, with its downloads."""
    if not _is_due():
        return
    heading(title, subtitle)
    st.html(_table(shown, pen))
    _downloads(key, shown, source, pen, title, subtitle)


def list_of_rows(title: str, subtitle: str, shown: Table, pen: Pen) -> None:
    """The first rows of a long list; its files, which hold all of it, are the page's to offer."""
    if not _is_due():
        return
    heading(title, subtitle)
    st.html(_table(shown, pen))


def _picture_button(key: str, shown: Picture, table: Table, source: Source, words: Words) -> str:
    facts = {
        "picture": key,
        "title": shown.title,
        "subtitle": shown.subtitle,
        "source": " · ".join(source.lines[:2]),
        "file": source.file_name(table.name, "png"),
    }
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in facts.items())
    return f'<button type="button" class="save" {data}>{escape(words("table.png"))}</button>'


def _downloads(key: str, table: Table, source: Source, pen: Pen, title: str, subtitle: str, button: str = "") -> None:
    """What can be saved. The files are made when they are asked for: a page with ten charts makes none."""
    words = pen.words
    csv_name, excel_name = source.file_name(table.name, "csv"), source.file_name(table.name, "xlsx")
    with st.container(horizontal=True, gap="small", key=f"save_{key}"):
        if button:
            st.html(button, width="content")
        st.download_button(
            words("table.csv"),
            saving.offered(lambda: csv_file(table, pen), csv_name, pen),
            file_name=csv_name,
            mime="text/csv",
            on_click="ignore",
            key=f"csv_{key}",
        )
        st.download_button(
            words("table.excel"),
            saving.offered(lambda: excel_file(table, source, pen, title, subtitle), excel_name, pen),
            file_name=excel_name,
            mime=_EXCEL,
            on_click="ignore",
            key=f"excel_{key}",
        )


def items(title: str, subtitle: str, shown: Sequence[str], empty: str) -> None:
    """A short list in words; each item is HTML."""
    heading(title, subtitle)
    entries = "".join(f"<li>{item}</li>" for item in shown) or f"<li>{escape(empty)}</li>"
    st.html(f'<ol class="says">{entries}</ol>')


def paragraph(title: str, subtitle: str, html: str) -> None:
    """A finding in one or two sentences, where a chart would have too few points."""
    heading(title, subtitle)
    st.html(f'<p class="says">{html}</p>')


def _table(table: Table, pen: Pen) -> str:
    """Real HTML, with the columns' definitions and the symbols that it uses under it."""
    rows = table.cells(table.on_page)
    greatest = [_greatest(column, [cells[i] for cells in rows]) for i, column in enumerate(table.columns)]
    heads = "".join(_head(column, pen) for column in table.columns)
    body = "".join(
        f"<tr{' class=focus' if table.focus(row) else ''}>"
        f'<th scope="row">{_shown(cells[0], table.columns[0], pen)}</th>'
        + "".join(
            _cell(cell, column, most, row, pen)
            for cell, column, most in zip(cells[1:], table.columns[1:], greatest[1:], strict=True)
        )
        + "</tr>"
        for row, cells in zip(table.on_page, rows, strict=True)
    )
    # The box scrolls by itself on a phone; tabindex lets a keyboard scroll it too.
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(table.name)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{_more(table, pen)}{_symbols(rows, pen)}{_definitions(table, pen)}"
    )


def _more(table: Table, pen: Pen) -> str:
    """What a long table leaves to its files."""
    if len(table.on_page) == len(table.rows):
        return ""
    count = pen.numbers.exact
    says = pen.words("table.more", shown=count(len(table.on_page)), rows=count(len(table.rows)))
    return f'<p class="symbols">{escape(says)}</p>'


def _head(column: Column, pen: Pen) -> str:
    meaning = pen.define(column.of) if column.of else ""
    title = f' title="{escape(meaning)}"' if meaning else ""
    number = "" if column.kind == "text" else ' class="number"'
    return f'<th scope="col"{number}{title}>{escape(column.head)}</th>'


def _cell(cell: Cell, column: Column, most: float, row: object, pen: Pen) -> str:
    kinds = [] if column.kind == "text" else ["number"]
    style = ""
    if column.bars and isinstance(cell, int | float) and most:
        kinds, style = ["number", "bar"], f' style="--bar:{max(cell, 0) / most:.1%}"'
    if column.tone and (tone := column.tone(row)):
        kinds.append(f"tone-{tone}")
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<td{kind}{style}>{_shown(cell, column, pen)}</td>"


def _greatest(column: Column, cells: Sequence[Cell]) -> float:
    return max([0, *(cell for cell in cells if isinstance(cell, int | float))]) if column.bars else 0


def _shown(cell: Cell, column: Column, pen: Pen) -> str:
    if isinstance(cell, State):
        reason = cell.reason or pen.words.of("state_reason", cell.name)
        return f'<span class="no-figure" title="{escape(reason)}">{escape(pen.numbers.state(cell.name))}</span>'
    if isinstance(cell, Interval):
        ends = (pen.numbers.of_kind(end, column.kind) for end in (cell.low, cell.high))
        if cell.low is None:
            return escape(pen.numbers.of_kind(cell.value, column.kind))
        return f"{escape(pen.numbers.of_kind(cell.value, column.kind))} <small>{escape('–'.join(ends))}</small>"
    return escape(pen.numbers.of_kind(cell, column.kind, against=column.against))


def _symbols(rows: Sequence[Sequence[Cell]], pen: Pen) -> str:
    """Each symbol that the table uses, once, with its reason: hovering is not open to everybody."""
    used = {
        cell.name: cell.reason or pen.words.of("state_reason", cell.name)
        for cells in rows
        for cell in cells
        if isinstance(cell, State)
    }
    if not used:
        return ""
    texts = (f"{escape(pen.numbers.state(name))} {escape(reason)}" for name, reason in used.items())
    return f'<p class="symbols">{pen.words("sentence.pause").join(texts)}</p>'


def _definitions(table: Table, pen: Pen) -> str:
    entries = "".join(
        f"<dt>{escape(column.head)}</dt><dd>{escape(pen.define(column.of))}</dd>"
        for column in table.columns
        if column.of and pen.define(column.of)
    )
    if not entries:
        return ""
    head = escape(pen.words("table.definitions"))
    return f'<details class="defines"><summary>{head}</summary><dl class="notes">{entries}</dl></details>'


def notes(title: str, entries: Sequence[tuple[str, str]]) -> None:
    """Definitions and limits: pairs of a term and one sentence of HTML."""
    if not _is_due():
        return
    body = "".join(f"<dt>{escape(term)}</dt><dd>{html}</dd>" for term, html in entries)
    st.html(f'<h2 class="says-title">{escape(title)}</h2><dl class="notes">{body}</dl>')


def foot(entries: Sequence[str]) -> None:
    """The provenance line under every page, the last that its script draws."""
    st.html(f'<div class="foot">{"".join(f"<span>{escape(entry)}</span>" for entry in entries)}</div>')


def shut(title: str, sentences: Sequence[str], detail: str = "", *, keeps_address: bool = False) -> None:
    """Says why the door is closed; with `keeps_address` the browser comes back to this page after signing in."""
    kept = " data-keeps-address" if keeps_address else ""
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    shown = f'<p class="says-sub">{escape(detail)}</p>' if detail else ""
    st.html(f'<div class="nothing shut" role="status"{kept}><h1>{escape(title)}</h1>{body}{shown}</div>')


def nothing(title: str, sentences: Sequence[str], detail: str = "") -> None:
    """Says why there is nothing to show and what to do next; `sentences` are HTML."""
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    shown = f'<p class="says-sub">{escape(detail)}</p>' if detail else ""
    st.html(f'<div class="nothing" role="status"><h2>{escape(title)}</h2>{body}{shown}</div>')
