"""Overview: are we on course?"""

import streamlit as st

from dashboards import charts, frame, layout
from dashboards.findings import overview as finding
from dashboards.queries import overview as query

with frame.page() as page:
    pen, words = page.pen, page.pen.words
    plan = finding.Plan(query.progress(page.warehouse), page.version.as_of)
    year = plan.row(page.choose_year(plan.choices))
    months = query.months(page.warehouse, year.plan_year)
    funnel = finding.Funnel(query.funnel(page.warehouse, year.plan_year), query.losses(page.warehouse, year.plan_year))

    layout.question(finding.question(plan, pen))
    layout.answer(finding.answer(plan, year, pen))
    layout.figures(finding.figures(plan, year, pen), words)

    main, aside = st.columns([5, 3], gap="large")
    with main:
        title, subtitle = finding.of_months(plan, year, months, pen)
        layout.picture(charts.cumulative_against_target(months, pen, title, subtitle), words, "months")
    with aside:
        layout.items(*finding.attention(query.attention(page.warehouse), plan, pen))

    left, right = st.columns([3, 5], gap="large")
    with left:
        title, subtitle = finding.of_years(plan, pen)
        label = finding.attainment_label(plan, pen)
        layout.picture(charts.attainment_by_year(plan.years, label, pen, title, subtitle), words, "years")
        layout.paragraph(*finding.priority(plan, year, pen))
    with right:
        if funnel.is_empty:
            layout.paragraph(*finding.empty_funnel(plan, year, pen))
        else:
            title, subtitle = finding.of_funnel(plan, funnel, pen)
            causes = finding.causes(funnel, pen)
            chart = charts.sessions_at_each_step(funnel.steps, causes, pen, title, subtitle)
            layout.picture(chart, words, "funnel")

    layout.tables(finding.tables(plan, months, funnel, pen), words, page.version.build_id)
    layout.notes(
        words("notes.title"), finding.notes(year, query.accuracy(page.warehouse), query.checks(page.warehouse), pen)
    )
