"""Outcomes: does training lead to certificates and jobs?"""

import streamlit as st

from dashboards import frame, layout
from dashboards.findings import outcomes as finding
from dashboards.findings.wording import measure_name
from dashboards.queries import common
from dashboards.queries import outcomes as query

with frame.page("outcomes") as page:
    pen, words, scope, warehouse = page.pen, page.pen.words, page.scope, page.warehouse
    cut = [scope.year, scope.city, scope.industry, scope.group, scope.type]
    head, main = st.container(), st.container()

    measure = page.choose("outcome", finding.MEASURES, words("outcomes.choice.measure"), measure_name(pen))
    funnel = query.institution_funnel(warehouse, scope.year, measure)
    outcomes = finding.Outcomes(
        query.scope(warehouse, *cut),
        query.parts(warehouse, "city", *cut),
        query.city_funnel(warehouse, scope.year, scope.city),
        query.city_expected(warehouse, scope.year, scope.city),
        common.landed(warehouse),
        scope,
        page.version.as_of,
    )
    with head:
        layout.head(
            words("outcomes.question"),
            finding.answer(outcomes, pen),
            finding.figures(outcomes, measure, funnel, pen),
            words,
        )
        if outcomes.is_city:
            layout.items(*finding.city_verdict(outcomes, pen))

    with main:
        dimension = page.choose(
            "by", finding.DIMENSIONS, words("outcomes.choice.dimension"), finding.dimension_name(pen)
        )
        parts = query.parts(warehouse, dimension, *cut)
        names = {
            "city": common.cities,
            "industry": common.industries,
            "group": common.groups,
            "type": common.types,
        }
        whole = query.whole(warehouse, dimension, *cut)
        parted = finding.Parted(dimension, parts, whole, names[dimension](warehouse), outcomes)
        if parted.is_drawn:
            for place, shown in zip(st.columns(2, gap="large"), finding.MEASURES, strict=True):
                with place:
                    if outcomes.is_assessed(shown):
                        page.picture(shown, finding.part_picture(parted, shown, pen), finding.part_table(parted, pen))
                    else:
                        layout.paragraph(*finding.not_assessed(shown, pen))
        else:
            layout.paragraph(*finding.no_parts(parted, pen))
        months = query.months(warehouse, scope.year, scope.city)
        curves = query.cohorts(warehouse, scope.year, scope.city)
        if months:
            left, right = st.columns(2, gap="large")
            with left:
                if outcomes.is_assessed("employment_rate"):
                    chart = finding.month_picture(outcomes, months, pen)
                    page.picture("months", chart, finding.month_table(months, pen))
            with right:
                if curves and outcomes.is_assessed("certification_rate"):
                    chart = finding.cohort_picture(outcomes, curves, pen)
                    page.picture("cohorts", chart, finding.cohort_table(curves, pen))

    if funnel:
        left, right = st.columns([5, 3], gap="large")
        with left:
            limits = query.institution_limits(warehouse, scope.year, measure)
            chart = finding.institution_picture(outcomes, measure, funnel, limits, pen)
            page.picture("institutions", chart, finding.funnel_table(outcomes, measure, funnel, pen))
        with right:
            held = query.concentration(warehouse, scope.year, scope.city)
            grown = query.sudden(warehouse, scope.year, scope.city)
            layout.items(*finding.held_by_few(outcomes, held, grown, pen))
        cards = query.institutions(warehouse, scope.year, scope.city)
        page.table("cards", *finding.of_institutions(outcomes, cards, pen), finding.institution_table(cards, pen))
    layout.notes(words("notes.title"), finding.notes(pen))
