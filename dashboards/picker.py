"""The choices of the table viewer and the list of saved questions: widgets whose state is in the address."""

from collections.abc import Sequence

import streamlit as st

from dashboards import address, asking, picking, questions
from dashboards.dictionary import Dictionary, Mart
from dashboards.findings import query as finding
from dashboards.frame import Page

NONE = ""  # no column chosen
CONDITIONS = (1, 2, 3, 4)


def pick(page: Page, known: Dictionary) -> tuple[str, str]:
    """The mart that was chosen, and the query that the choices make."""
    words = page.pen.words
    names = [mart.name for mart in known.marts]
    shown = finding.mart_name(known)
    name = address.choice("mart", names, finding.FIRST_MART, words("query.mart"), shown, as_list=True)
    mart = known.mart(name)
    columns = [column.name for column in mart.columns]
    show = finding.column_name(mart, known, words("query.no_column"))
    chosen = address.several("columns", columns, words("query.columns"), show, words("query.all_columns"))
    conditions = [*finding.of_scope(mart, page.scope), *_conditions(page, known, mart)]
    with st.container(horizontal=True, gap="xsmall", key="order_row"):
        order = address.choice("sort", [NONE, *columns], NONE, words("query.order"), show, as_list=True)
        way = address.choice("way", finding.SORTS, "asc", words("query.order"), finding.sort_name(page.pen))
        limits = finding.LIMIT_CHOICES
        limit = address.choice(
            "limit", limits, limits[0], words("query.limits"), finding.limit_name(page.pen), as_list=True
        )
    return mart.name, picking.select(mart.name, chosen, conditions, order, way == "desc", int(limit))


def _conditions(page: Page, known: Dictionary, mart: Mart) -> list[picking.Condition]:
    """The conditions that are complete; below the last one stands room for another."""
    words, found = page.pen.words, []
    columns = [column.name for column in mart.columns]
    show = finding.column_name(mart, known, words("query.no_condition"))
    for place in CONDITIONS:
        with st.container(horizontal=True, gap="xsmall", key=f"where_{place}"):
            column = address.choice(f"c{place}", [NONE, *columns], NONE, words("query.where"), show, as_list=True)
            if not column:
                return found
            how = finding.operator_name(page.pen)
            operator = address.choice(f"o{place}", finding.operators(), "eq", words("query.how"), how, as_list=True)
            value = ""
            if operator not in picking.NEED_NO_VALUE:
                value = address.text(f"v{place}", words("query.value"), words("query.value"))
        condition = picking.Condition(column, operator, value)
        if not finding.is_whole(condition):
            return found
        found.append(condition)
    return found


def saved(page: Page, names: Sequence[str] = questions.NAMES) -> None:
    """The saved questions, each with its file at one click; the one that is looked at is open below itself."""
    words, asked = page.pen.words, address.asked("ask")
    for name in names:
        sql = questions.sql(name, words.language, page.scope.year, page.scope.city)
        notes = finding.notes(name, page.scope, page.pen)
        is_open = name == asked
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ask_{name}"):
            st.html(finding.question_html(name, page.scope, page.pen))
            asking.files(page, notes[0], sql, notes, finding.QUICK_FILES, name)
            st.button(
                words.of("query.look", "close" if is_open else "open"),
                key=f"look_{name}",
                on_click=address.put,
                args=[{"ask": None if is_open else name, "from": None}],
            )
        if is_open:
            with st.container(key="answer"):
                asking.show(page, notes[0], sql, notes)
