"""Cities: who is ahead, who needs help, compared fairly?"""

import streamlit as st

from dashboards import charts, frame, layout
from dashboards.findings import cities as finding
from dashboards.findings.wording import measure_name
from dashboards.queries import cities as query

with frame.page("cities") as page:
    pen, words, year = page.pen, page.pen.words, page.scope.year
    cities = finding.Cities(
        query.scorecard(page.warehouse, year),
        query.pace(page.warehouse, year),
        query.standardised(page.warehouse, year),
        page.scope,
        page.version.as_of,
    )
    head, gaps = st.container(), st.container()

    measure = page.choose("measure", finding.MEASURES, words("choice.measure"), measure_name(pen))
    compared = finding.Compared(
        measure, query.funnel(page.warehouse, year, measure), query.limits(page.warehouse, year, measure)
    )
    with head:
        layout.head(
            words("cities.question"),
            finding.answer(cities, compared, pen),
            finding.figures(cities, compared, pen),
            words,
        )

    if cities.pace:
        with gaps:
            main, aside = st.columns([5, 3], gap="large")
        with main:
            chart = charts.bars(finding.gap_marks(cities, pen), pen, *finding.of_gaps(cities, pen))
            page.picture("gaps", chart, finding.gap_table(cities, pen))
        with aside:
            layout.items(*finding.three(cities, pen))

    if compared.rows:
        left, right = st.columns(2, gap="large")
        with left:
            page.picture("ranks", finding.ranks(cities, compared, pen), finding.rank_table(cities, compared, pen))
        with right:
            page.picture("limits", finding.limits(cities, compared, pen), finding.limit_table(compared, pen))
        left, right = st.columns(2, gap="large")
        with left:
            drawing = st.container()
            kind = page.choose("map", finding.MAPS, words("choice.map"), finding.map_name(pen))
            with drawing:
                page.picture("place", finding.place(kind, cities, compared, pen), finding.limit_table(compared, pen))
        with right:
            if cities.expected(measure):
                chart = finding.expected(cities, measure, pen)
                page.picture("expected", chart, finding.expected_table(cities, measure, pen))
            else:
                layout.paragraph(*finding.no_expected(measure, pen))

    if cities.own:
        peers = query.peers(page.warehouse, cities.focus)
        losses = query.losses(page.warehouse, year, cities.focus)
        left, right = st.columns(2, gap="large")
        with left:
            if peers:
                chart = finding.peers(cities, compared, peers, pen)
                page.picture("peers", chart, finding.peer_table(cities, compared, peers, pen))
            layout.paragraph(*finding.own_mix(cities, pen))
        with right:
            if losses:
                chart = charts.bars(finding.loss_marks(losses, pen), pen, *finding.of_losses(cities, losses, pen))
                page.picture("losses", chart, finding.loss_table(losses, pen))
            else:
                layout.paragraph(*finding.no_losses(cities, pen))

    page.table("scorecard", *finding.of_scorecard(cities, pen), finding.scorecard_table(cities, pen))
    layout.notes(words("notes.title"), finding.notes(pen))
