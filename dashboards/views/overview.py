"""Overview: are we on course?"""

import streamlit as st

from dashboards import charts, frame, layout
from dashboards.findings import overview as finding
from dashboards.queries import common
from dashboards.queries import overview as query

with frame.page("overview") as page:
    pen, words = page.pen, page.pen.words
    plan = finding.Plan(query.progress(page.warehouse), page.version.as_of)
    year = plan.row(page.scope.year)

    layout.head(finding.question(plan, pen), finding.answer(plan, year, pen), finding.figures(plan, year, pen), words)

    months = query.months(page.warehouse, year.plan_year)
    funnel = finding.Funnel(query.funnel(page.warehouse, year.plan_year), query.losses(page.warehouse, year.plan_year))

    main, aside = st.columns([5, 3], gap="large")
    with main:
        title, subtitle = finding.of_months(plan, year, months, pen)
        chart = charts.cumulative_against_target(months, pen, title, subtitle)
        page.picture("months", chart, finding.month_table(months, pen))
    with aside:
        layout.items(*finding.attention(query.attention(page.warehouse), plan, pen))

    left, right = st.columns([3, 5], gap="large")
    with left:
        title, subtitle = finding.of_years(plan, pen)
        chart = charts.attainment_by_year(plan.years, finding.attainment_label(plan, pen), pen, title, subtitle)
        page.picture("years", chart, finding.year_table(plan, pen))
        layout.paragraph(*finding.priority(plan, year, pen))
    with right:
        if funnel.is_empty:
            layout.paragraph(*finding.empty_funnel(plan, year, pen))
        else:
            title, subtitle = finding.of_funnel(plan, funnel, pen)
            chart = charts.sessions_at_each_step(funnel.steps, finding.causes(funnel, pen), pen, title, subtitle)
            page.picture("funnel", chart, finding.funnel_table(funnel, pen))

    landed = common.landed(page.warehouse)
    accuracy, checks = query.accuracy(page.warehouse), query.checks(page.warehouse)
    layout.notes(words("notes.title"), finding.notes(year, landed, accuracy, checks, pen))
