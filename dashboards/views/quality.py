"""Data quality: can I trust today's figures?"""

import streamlit as st

from dashboards import asking, charts, frame, layout, questions
from dashboards.findings import quality as finding
from dashboards.queries import quality as query

with frame.page("quality") as page:
    pen, words, city = page.pen, page.pen.words, page.scope.city
    state = finding.Quality(
        query.freshness(page.warehouse),
        query.extracts(page.warehouse),
        query.scopes(page.warehouse, city),
        query.checks(page.warehouse),
        page.scope,
        page.version,
    )
    layout.head(words("quality.question"), finding.answer(state, pen), finding.figures(state, pen), words)

    files = query.refused_files(page.warehouse, city)
    reasons = query.reasons(page.warehouse, city)
    main, aside = st.columns([5, 3], gap="large")
    with main:
        page.table("freshness", *finding.of_freshness(state, pen), finding.freshness_table(state, pen))
    with aside:
        layout.items(*finding.gates(state, pen))

    left, right = st.columns(2, gap="large")
    with left:
        if reasons:
            chart = charts.bars(finding.reason_marks(reasons, pen), pen, *finding.of_reasons(state, reasons, pen))
            page.picture("reasons", chart, finding.reason_table(reasons, pen))
        else:
            layout.paragraph(*finding.no_reasons(state, pen))
    with right:
        layout.items(*finding.files(state, files, pen))
        if not state.own and (nobodys := query.files_of_nobody(page.warehouse)):
            layout.items(*finding.files_of_nobody(state, nobodys, pen))

    if state.own:
        refused = query.refused_rows(page.warehouse, city)
        causes = query.causes(page.warehouse, city)
        page.table("own", *finding.of_own(state, pen), finding.own_table(state, pen))
        if refused:
            page.table("causes", *finding.of_causes(state, causes, pen), finding.cause_table(causes, state, pen))
            title, subtitle = finding.of_rows(state, refused, pen)
            layout.list_of_rows(title, subtitle, finding.row_table(refused, pen), pen)
            sql = questions.sql("refused_rows", words.language, page.scope.year, city)
            asking.files(page, finding.rows_name(pen), sql, [title, subtitle], finding.ENDINGS, "refused")
    else:
        page.table("extracts", *finding.of_extracts(state, pen), finding.extract_table(state, pen))

    occupations = query.occupations(page.warehouse, city)
    if occupations:
        page.table(
            "occupations",
            *finding.of_occupations(state, occupations, pen),
            finding.occupation_table(occupations, pen),
        )

    changes = finding.Changes(query.changes(page.warehouse), page.scope.year)
    left, right = st.columns(2, gap="large")
    with left:
        if changes.figures:
            place = st.container()
            figure = page.choose(
                "figure", changes.figures, words("choice.figure"), finding.figure_name(pen), as_list=True
            )
            chart = finding.bridge(changes, figure, pen)
            with place:
                page.picture("changes", chart, finding.change_table(changes, figure, pen))
        else:
            layout.paragraph(*finding.no_changes(changes, pen))
    with right:
        layout.items(*finding.all_changes(changes, pen))

    forecasts = query.forecasts(page.warehouse)
    left, right = st.columns([5, 3], gap="large")
    with left:
        if forecasts:
            page.picture("forecasts", finding.forecasts(forecasts, pen), finding.forecast_table(forecasts, pen))
        else:
            layout.paragraph(*finding.no_forecasts(pen))
    with right:
        layout.paragraph(*finding.delay(query.delay(page.warehouse, page.scope.year), page.version, pen))

    with st.expander(words("quality.all_checks"), key="figures_checks"):
        page.table("checks", *finding.of_checks(state, pen), finding.check_table(state, pen))
    layout.notes(words("notes.title"), finding.notes(pen))
