"""Funds and compliance: is money paid only where it is due?"""

import streamlit as st

from dashboards import charts, frame, layout
from dashboards.findings import funds as finding
from dashboards.queries import common
from dashboards.queries import funds as query

with frame.page("funds") as page:
    pen, words, scope, warehouse = page.pen, page.pen.words, page.scope, page.warehouse
    year, city = scope.year, scope.city
    funds = finding.Funds(
        query.uncounted(warehouse, year, city),
        query.rules(warehouse, year, city),
        query.flow(warehouse, year, city),
        query.entitlements(warehouse, year, city),
        common.landed(warehouse),
        scope,
        page.version.as_of,
    )
    layout.head(words("funds.question"), finding.answer(funds, pen), finding.figures(funds, pen), words)

    if funds.row:
        left, right = st.columns(2, gap="large")
        with left:
            chart = charts.bars(finding.rule_marks(funds, pen), pen, *finding.of_rules(funds, pen))
            page.picture("rules", chart, finding.rule_table(funds.ineligible, pen))
        with right:
            chart = charts.bars(finding.other_marks(funds, pen), pen, *finding.of_others(funds, pen))
            page.picture("others", chart, finding.rule_table(funds.others, pen))

    layout.heading(words("funds.by_rule"), words("funds.by_rule_sub"))
    with st.container(width=360):
        names = finding.rule_name(funds, pen)
        rule = page.choose("rule", funds.codes, words("funds.choice.rule"), names, as_list=True)
    cities = finding.Cities(
        rule,
        query.cities(warehouse, year),
        query.uncounted_cities(warehouse, year),
        query.rules(warehouse, year, finding.ALL),
        funds,
    )
    left, right = st.columns(2, gap="large")
    with left:
        if cities.is_drawn:
            page.picture("cities", finding.city_picture(cities, pen), finding.city_table(cities, pen))
        else:
            layout.paragraph(*finding.no_cities(cities, pen))
    with right:
        if rule == finding.ALL:
            broken = query.institutions(warehouse, year, city)
        else:
            broken = query.institution_rules(warehouse, year, city, rule)
        institutions = finding.Institutions(rule, broken, funds)
        if institutions.is_drawn:
            chart = finding.institution_picture(institutions, pen)
            page.picture("institutions", chart, finding.institution_table(institutions, pen))
        else:
            layout.paragraph(*finding.no_institutions(institutions, pen))

    records = query.records(warehouse, year, city, rule)
    if records:
        table = finding.record_table(records, query.names(warehouse), pen)
        page.table("records", *finding.of_records(rule, records, funds, pen), table)
    else:
        layout.paragraph(*finding.no_records(rule, funds, pen))

    if funds.has_payments:
        left, right = st.columns(2, gap="large")
        with left:
            if funds.months:
                chart = charts.bars(finding.flow_marks(funds, pen), pen, *finding.of_flow(funds, pen))
                page.picture("flow", chart, finding.flow_table(funds, pen))
        with right:
            layout.items(*finding.by_component(funds, pen))
        page.table("entitlements", *finding.of_entitlements(funds, pen), finding.entitlement_table(funds, pen))
        left, right = st.columns(2, gap="large")
        with left:
            component = page.choose(
                "component", finding.COMPONENTS, words("funds.choice.component"), finding.component_name(pen)
            )
            owed = query.owed(warehouse, year, component)
            if owed:
                chart = charts.bars(
                    finding.owed_marks(owed, funds, pen), pen, *finding.of_owed(component, owed, funds, pen)
                )
                page.picture("owed", chart, finding.owed_table(owed, funds, pen))
        with right:
            parks = query.parks(warehouse, year)
            if parks:
                chart = charts.bars(
                    finding.park_marks(parks, pen),
                    pen,
                    *finding.of_parks(parks, funds, pen),
                    finding.budget_line(parks, pen),
                )
                page.picture("parks", chart, finding.park_table(parks, pen))
            due = query.liability(warehouse)
            if due:
                chart = charts.bars(finding.liability_marks(due, pen), pen, *finding.of_liability(due, funds, pen))
                page.picture("liability", chart, finding.liability_table(due, pen))
        paid = query.funds(warehouse, year, city)
        if paid:
            page.table("funds", *finding.of_funds(funds, pen), finding.fund_table(paid, pen))
    else:
        layout.paragraph(*finding.no_payments(pen))
    layout.notes(words("notes.title"), finding.notes(pen))
