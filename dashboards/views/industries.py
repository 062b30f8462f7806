"""Industries: does training go where the 1+19 need it?"""

import streamlit as st

from dashboards import frame, layout
from dashboards.findings import industries as finding
from dashboards.queries import common
from dashboards.queries import industries as query

with frame.page("industries") as page:
    pen, words, scope = page.pen, page.pen.words, page.scope
    training = finding.Training(
        query.industries(page.warehouse, scope.year, scope.city),
        scope,
        finding.city_name(common.cities(page.warehouse), scope.city, pen),
        page.version.as_of,
        query.has_landed(page.warehouse, "enrollment"),
    )
    head = st.container()
    left, right = st.columns(2, gap="large")

    halves = query.halves(page.warehouse, scope.year)
    half = None
    with right:
        surveyed = st.container()
        if halves:
            codes, first = finding.half_codes(halves), finding.first_half(halves)
            chosen = page.choose("half", codes, words("choice.half"), finding.half_name(pen), default=first)
            half = finding.half_of(halves, chosen)
    demand = finding.Demand(
        half,
        query.demand(page.warehouse, half, scope.city) if half else [],
        scope,
        bool(halves) or query.has_landed(page.warehouse, "demand"),
    )
    with head:
        answer = finding.answer(training, demand, pen)
        layout.head(words("industries.question"), answer, finding.figures(training, demand, pen), words)

    has_training = training.has_begun and not training.is_empty
    with left:
        if has_training:
            page.picture("sessions", finding.sessions(training, pen), finding.session_table(training, pen))
    with surveyed:
        if demand.industries:
            page.picture("gaps", finding.gaps(training, demand, pen), finding.gap_table(demand, pen))
        else:
            layout.paragraph(*finding.no_gaps(demand, pen))

    occupations = []
    if training.own and half:
        occupations = query.occupations(page.warehouse, half, scope.city, scope.industry)
    if occupations:
        title, subtitle = finding.occupations(training, occupations, demand, pen)
        page.table("occupations", title, subtitle, finding.occupation_table(occupations, pen))
    else:
        layout.paragraph(*finding.no_occupations(training, demand, pen))

    if has_training:
        cells = query.cells(page.warehouse, scope.year)
        page.picture("grid", finding.grid(training, cells, pen), finding.grid_table(cells, pen))
    layout.notes(words("notes.title"), finding.notes(pen))
