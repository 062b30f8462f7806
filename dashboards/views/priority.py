"""Priority groups: is the 70 % kept, and what moves it?"""

import streamlit as st

from dashboards import frame, layout
from dashboards.findings import priority as finding
from dashboards.queries import priority as query

with frame.page("priority") as page:
    pen, words, scope = page.pen, page.pen.words, page.scope
    shares = finding.Shares(
        query.scopes(page.warehouse, scope.year),
        query.parts(page.warehouse, scope.year, scope.city),
        scope,
        page.version.as_of,
        query.has_landed(page.warehouse),
    )
    layout.head(words("groups.question"), finding.answer(shares, pen), finding.figures(shares, pen), words)

    if shares.has_begun and shares.cities:
        main, aside = st.columns([5, 3], gap="large")
        with main:
            page.picture("cities", finding.cities(shares, pen), finding.scope_table(shares, "city", pen))
        with aside:
            layout.items(*finding.needed(shares, pen))

    if shares.has_begun and not shares.is_empty:
        months = query.months(page.warehouse, scope.year, scope.city)
        left, right = st.columns(2, gap="large")
        with left:
            if months:
                page.picture("months", finding.months(shares, months, pen), finding.month_table(months, pen))
            else:
                layout.paragraph(*finding.no_months(pen))
        with right:
            page.picture("parts", finding.parts(shares, pen), finding.part_table(shares, pen))

        left, right = st.columns(2, gap="large")
        with left:
            if shares.is_whole:
                steps = query.bridge(page.warehouse, scope.year, scope.city)
                layout.paragraph(*finding.bridge(shares, steps, pen))
            elif shares.own.change_standing is None:
                layout.paragraph(*finding.no_moves(pen))
            elif scope.city != finding.ALL:
                layout.paragraph(*finding.own_move(shares, pen))
            else:
                # By city nothing is told to a city: only what there is can be chosen.
                moved = {by: query.changes(page.warehouse, scope.year, by) for by in finding.DIMENSIONS}
                if told := [by for by in finding.DIMENSIONS if moved[by]]:
                    drawing = st.container()
                    by = page.choose("by", told, words("choice.by"), finding.dimension_name(pen))
                    table = finding.move_table(by, moved[by], pen)
                    with drawing:
                        page.picture("moves", finding.moves(shares, by, moved[by], pen), table)
        with right:
            table = finding.scope_table(shares, "industry", pen)
            page.picture("industries", finding.industries(shares, pen), table)

        page.table("scorecard", *finding.of_scopes(shares, pen), finding.scope_table(shares, "city", pen))
    layout.notes(words("notes.title"), finding.notes(pen))
