"""Query: give me the rows."""

import streamlit as st

from dashboards import address, asking, dictionary, frame, layout, picker, saving
from dashboards.findings import query as finding
from dashboards.queries import common, query

with frame.page("query") as page:
    pen, words = page.pen, page.pen.words
    known = dictionary.dictionary(page.warehouse, words)
    layout.head(words("query.question"), finding.answer(query.facts(page.warehouse), known, pen), (), words)

    view = page.choose("view", finding.views(page.reader.access), words("choice.view"), finding.view_name(pen))
    if view == "questions":
        picker.saved(page)
    if view == "table":
        mart, sql = picker.pick(page, known)
        asking.show(page, mart, sql, finding.own_notes(pen))
    if view == "sql":
        asking.own_sql(page, finding.START, words("query.file"), finding.own_notes(pen))
    if view == "dictionary":
        searched = address.text("find", words("query.find"), words("query.find_empty"))
        carried = finding.carried(address.everything())
        st.html(finding.dictionary_html(known.search(searched), searched, carried, pen))
    if view == "connect":
        st.html(finding.connect_html(page.warehouse.link, pen))
    if view == finding.TRAIL:
        asked = saving.newest(finding.TRAIL_DAYS)
        page.table(
            "trail", *finding.of_trail(asked, pen), finding.trail_table(asked, common.cities(page.warehouse), pen)
        )
