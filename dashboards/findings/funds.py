"""What the Funds and compliance page says: rules broken, what is due against what was paid, and the records themselves.

Sessions and payments are counted, not sampled: they are compared as they are. A share of sessions is told from the
province only by the funnel or by its interval. While no payments have landed everything of money is not assessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import charts
from dashboards.charts import Mark, Pen, Picture
from dashboards.findings.wording import span
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.site import ALL
from dashboards.table import LEAST_PERSONS, Cell, Column, Interval, State, Table

COMPONENTS = ("training", "post_employment")
LEAST_POINTS = 3  # fewer make a sentence and no chart
NAMED = 3
BARS = 15  # institutions of a chart
ON_PAGE = 20  # records and institutions of a table; the files hold all
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
FULL = 1  # of a park's budget


@dataclass(frozen=True)
class Funds:
    """The scope: sessions not counted, rules, payments by month, what is due against what was paid."""

    uncounted: Sequence
    rules: Sequence
    flow: Sequence
    entitlements: Sequence
    landed: Sequence
    scope: Scope
    as_of: date

    @property
    def row(self) -> object | None:
        """The subsidised sessions of the scope and those not counted."""
        return next(iter(self.uncounted), None)

    @property
    def ineligible(self) -> list:
        """The rules that take sessions out of the count, those broken most often first."""
        rows = [row for row in self.rules if row.severity == "ineligible"]
        return sorted(rows, key=lambda row: row.violation_rate or 0, reverse=True)

    @property
    def others(self) -> list:
        """The rules of payments, then the warnings."""
        payment = [row for row in self.rules if row.severity == "payment"]
        return [*payment, *(row for row in self.rules if row.severity == "warning")]

    @property
    def codes(self) -> list[str]:
        """All rules together, then each."""
        return [ALL, *(row.rule_code for row in self.rules)]

    @property
    def has_payments(self) -> bool:
        """Whether the extract of payments has ever landed."""
        return any(row.extract == "subsidy" for row in self.landed)

    @property
    def year_so_far(self) -> object | None:
        """The payments of the calendar year so far."""
        return next((row for row in self.flow if row.month_of_year == 0), None) if self.has_payments else None

    @property
    def months(self) -> list:
        """The payments of each month that has begun."""
        return [row for row in self.flow if row.month_of_year > 0]

    def component(self, name: str) -> object | None:
        """What is due and was paid of one component, all types together."""
        return next(
            (row for row in self.entitlements if row.component == name and row.training_type == ALL),
            None,
        )

    def named(self, code: str) -> object | None:
        """The rule of that code."""
        return next((row for row in self.rules if row.rule_code == code), None)

    def state(self, rule: object) -> str:
        """Why the rule has no number; empty when it has one."""
        if rule.is_suppressed:
            return "suppressed"
        if rule.records is None:
            return "not_assessed"
        is_few = 0 < rule.records < LEAST_PERSONS and self.scope.city != ALL
        return "suppressed" if is_few else ""


@dataclass(frozen=True)
class Cities:
    """The cities by one rule, or by all together."""

    rule: str
    rows: Sequence
    uncounted: Sequence
    province: Sequence  # the rules of all cities together
    funds: Funds

    @property
    def of_province(self) -> object | None:
        """The chosen rule in all cities together."""
        return next((row for row in self.province if row.rule_code == self.rule), None)

    @property
    def of_rule(self) -> list:
        """The cities' rows of the chosen rule, the highest share first; those suppressed last."""
        of_rule = [row for row in self.rows if row.rule_code == self.rule]
        rows = [row for row in of_rule if row.is_suppressed or row.violation_rate is not None]
        return sorted(rows, key=lambda row: row.is_suppressed)

    @property
    def is_drawn(self) -> bool:
        """Whether there are cities to compare: rules of payments and warnings are not counted by city."""
        return bool(self.uncounted) if self.rule == ALL else len(self.of_rule) >= LEAST_POINTS

    def apart(self, side: str) -> list:
        """The cities that the funnel tells from the province, on one side."""
        return [row for row in self.uncounted if row.funnel_status in ("alert", "alarm") and row.side == side]


@dataclass(frozen=True)
class Institutions:
    """The institutions by one rule, or by all together."""

    rule: str
    rows: Sequence
    funds: Funds

    @property
    def shown(self) -> list:
        """Those of the chart: above the funnel's limits, or of the rule those with ten sessions or more."""
        if self.rule != ALL:
            return [row for row in self.rows if row.sessions >= LEAST_PERSONS][:BARS]
        return self.above[:BARS]

    @property
    def above(self) -> list:
        """Those whose share not counted lies above the funnel's limits."""
        return [
            row
            for row in self.rows
            if row.violation_rate_funnel_status in ("alert", "alarm")
            and row.violation_rate_side == "above"
            and row.violating_sessions >= LEAST_PERSONS
        ]

    @property
    def is_drawn(self) -> bool:
        """Fewer than three points make no chart."""
        return len(self.shown) >= LEAST_POINTS


def rule_name(funds: Funds, pen: Pen) -> Callable[[str], str]:
    """The name of a rule, or of all together."""
    return lambda code: pen.words("funds.all_rules") if code == ALL else pen.words.name(funds.named(code))


def component_name(pen: Pen) -> Callable[[str], str]:
    """The name of a component."""
    return lambda name: pen.words.of("funds.component", name)


def _place(funds: Funds, pen: Pen) -> str:
    """The city's filter stands right after the year in the scope's names."""
    return pen.words("funds.province") if funds.scope.city == ALL else funds.scope.names[1]


def _facts(funds: Funds, pen: Pen) -> dict[str, str]:
    return {
        "as_of": pen.numbers.day(funds.as_of),
        "year": str(funds.scope.year),
        "place": _place(funds, pen),
    }


def _listed(rows: Sequence, pen: Pen) -> str:
    names = pen.words("sentence.list").join(pen.words.name(row) for row in rows[:NAMED])
    if len(rows) > NAMED:
        return pen.words("funds.and_more", names=names, count=str(len(rows)))
    return names or pen.words("sentence.nobody")


def answer(funds: Funds, pen: Pen) -> str:
    """One sentence of HTML: what was paid against the rules, and how many sessions a rule took out."""
    says, facts = pen.words, _facts(funds, pen)
    if funds.as_of.year < funds.scope.year:
        return says.html("funds.answer.not_begun", **facts)
    return says.run_on([_paid(funds, facts, pen), _not_counted(funds, facts, pen)])


def _paid(funds: Funds, facts: dict[str, str], pen: Pen) -> str:
    says, numbers, paid = pen.words, pen.numbers, funds.year_so_far
    if paid is None:
        return says.html("funds.paid.not_assessed", state=numbers.state("not_assessed"), **facts)
    if not paid.payments:
        return says.html("funds.paid.nothing", **facts)
    return says.html(
        "funds.paid.some" if paid.irregular_yuan else "funds.paid.clean",
        paid=numbers.money(paid.paid_yuan),
        irregular=numbers.money(paid.irregular_yuan),
        share=numbers.percent(paid.irregular_share, against=0),
        **facts,
    )


def _not_counted(funds: Funds, facts: dict[str, str], pen: Pen) -> str:
    says, numbers, row = pen.words, pen.numbers, funds.row
    if row is None:
        return says.html("funds.uncounted.nothing", **facts)
    facts |= {"subsidised": numbers.sessions(row.subsidised_sessions)}
    if not row.uncounted_sessions:
        return says.html("funds.uncounted.none", **facts)
    if row.uncounted_sessions < LEAST_PERSONS:
        return says.html("funds.uncounted.small", state=numbers.state("suppressed"), **facts)
    first = next((rule for rule in funds.ineligible if not funds.state(rule)), None)
    facts |= {
        "uncounted": numbers.sessions(row.uncounted_sessions),
        "rate": numbers.percent(row.violation_rate, against=0),
    }
    if first is None:
        return says.html("funds.uncounted.some", **facts)
    return says.html("funds.uncounted.most", rule=says.name(first), records=numbers.sessions(first.records), **facts)


def figures(funds: Funds, pen: Pen) -> list[Figure]:
    """Money of the year and what of it breaks a rule, what is owed, sessions not counted."""
    if funds.as_of.year < funds.scope.year:
        return []
    return [_paid_figure(funds, pen), _irregular_figure(funds, pen), _owed_figure(funds, pen), _rule_figure(funds, pen)]


def _dated(funds: Funds, pen: Pen) -> str:
    return pen.words("figure.as_of", day=pen.numbers.day(funds.as_of))


def _no_money(label: str, column: str, funds: Funds, pen: Pen, state: str = "not_assessed") -> Figure:
    """A figure of money while no payments have landed, or where nothing is due."""
    return Figure(
        label=label,
        value=pen.numbers.state(state),
        compare=pen.words("funds.no_payments" if state == "not_assessed" else "funds.no_standard"),
        dated=_dated(funds, pen),
        definition=pen.define(column),
        is_state=True,
    )


def _paid_figure(funds: Funds, pen: Pen) -> Figure:
    says, numbers, paid = pen.words, pen.numbers, funds.year_so_far
    label, column = says("funds.figure.paid"), "fund_flow_scope.paid_yuan"
    if paid is None:
        return _no_money(label, column, funds, pen)
    return Figure(
        label=label,
        value=numbers.money(paid.paid_yuan),
        compare=says("funds.figure.paid_compare", payments=numbers.count(paid.payments)),
        dated=_dated(funds, pen),
        definition=pen.define(column),
    )


def _irregular_figure(funds: Funds, pen: Pen) -> Figure:
    says, numbers, paid = pen.words, pen.numbers, funds.year_so_far
    label, column = says("funds.figure.irregular"), "fund_flow_scope.irregular_yuan"
    if paid is None:
        return _no_money(label, column, funds, pen)
    tone = "below" if paid.irregular_yuan else "above"
    return Figure(
        label=label,
        value=numbers.money(paid.irregular_yuan),
        compare=says.of(
            "funds.figure.irregular_compare",
            tone,
            sign=SIGN[tone],
            share=numbers.percent(paid.irregular_share, against=0),
        ),
        dated=_dated(funds, pen),
        definition=pen.define(column),
        tone=tone,
    )


def _owed_figure(funds: Funds, pen: Pen) -> Figure:
    says, numbers = pen.words, pen.numbers
    training, jobs = (funds.component(name) for name in COMPONENTS)
    label, column = says("funds.figure.owed"), "entitlement_scope.owed_yuan"
    if not funds.has_payments:
        return _no_money(label, column, funds, pen)
    if training is None or training.owed_yuan is None:
        return _no_money(label, column, funds, pen, "not_available")
    return Figure(
        label=label,
        value=numbers.money(training.owed_yuan),
        compare=says(
            "funds.figure.owed_compare",
            entitled=numbers.money(training.entitled_yuan),
            jobs=numbers.money(jobs.owed_yuan if jobs else None),
        ),
        dated=_dated(funds, pen),
        definition=pen.define(column),
    )


def _rule_figure(funds: Funds, pen: Pen) -> Figure:
    says, numbers, row = pen.words, pen.numbers, funds.row
    label, definition = says("funds.figure.uncounted"), pen.define("uncounted_scope.uncounted_sessions")
    state = "not_available" if row is None else ""
    if row is not None and 0 < row.uncounted_sessions < LEAST_PERSONS:
        state = "suppressed"
    if state:
        reason = says.of("state_reason", state)
        return Figure(label, numbers.state(state), reason, _dated(funds, pen), definition, is_state=True)
    return Figure(
        label=label,
        value=numbers.count(row.uncounted_sessions),
        beside=says("unit.sessions_word"),
        compare=says(
            "funds.figure.uncounted_compare",
            rate=numbers.percent(row.violation_rate, against=0),
            range=span(row.violation_rate_low, row.violation_rate_high, pen),
        ),
        dated=_dated(funds, pen),
        definition=definition,
    )


def of_rules(funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the rules that take sessions out of the count."""
    says, facts = pen.words, _facts(funds, pen)
    shown = [rule for rule in funds.ineligible if not funds.state(rule) and rule.records]
    subtitle = says("funds.rules_sub", **facts)
    if not shown:
        return says("funds.rules.none", **facts), subtitle
    first = shown[0]
    facts |= {"rule": says.name(first), "rate": pen.numbers.percent(first.violation_rate, against=0)}
    return says("funds.rules.most", **facts), subtitle


def rule_marks(funds: Funds, pen: Pen) -> list[Mark]:
    """A bar a rule: its share of the subsidised sessions with the 95 % interval, the number beside it."""
    return [_rule_mark(rule, funds, pen) for rule in funds.ineligible]


def _rule_mark(rule: object, funds: Funds, pen: Pen) -> Mark:
    says, numbers, state = pen.words, pen.numbers, funds.state(rule)
    message = says.name(_Message(rule.message_zh, rule.message_en))
    facts = {"rule": says.name(rule), "clause": rule.clause or numbers.state("not_available"), "message": message}
    if state:
        reason = says("funds.rule_hover", records=says.of("state_reason", state), **facts)
        return Mark(says.name(rule), None, numbers.state(state), reason, tone="undecided", code=rule.rule_code)
    records = numbers.exact(rule.records)
    if rule.violation_rate is None:
        text = records if rule.has_year else says("funds.no_year", records=records)
        return Mark(
            says.name(rule),
            rule.records,
            text,
            says("funds.rule_hover", records=records, **facts),
            tone="below" if rule.severity == "payment" else "other",
            code=rule.rule_code,
        )
    rate = numbers.percent(rule.violation_rate, against=0)
    return Mark(
        says.name(rule),
        rule.violation_rate,
        says("funds.rule_text", rate=rate, records=records) if rule.records else records,
        says(
            "funds.rule_rate_hover",
            rate=rate,
            range=span(rule.violation_rate_low, rule.violation_rate_high, pen),
            records=records,
            **facts,
        ),
        rule.violation_rate_low,
        rule.violation_rate_high,
        tone="below",
        code=rule.rule_code,
    )


@dataclass(frozen=True)
class _Message:
    """A text in both languages that is no name."""

    name_zh: str
    name_en: str


def other_marks(funds: Funds, pen: Pen) -> list[Mark]:
    """A bar a rule of payments or a warning: its records."""
    return [_rule_mark(rule, funds, pen) for rule in funds.others]


def of_others(funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the rules of payments and of the warnings."""
    says, facts = pen.words, _facts(funds, pen)
    payment = [rule for rule in funds.others if rule.severity == "payment"]
    broken = [rule for rule in payment if rule.records]
    subtitle = says("funds.others_sub", **facts)
    if not funds.has_payments:
        return says("funds.others.not_assessed", **facts), subtitle
    if not broken:
        return says("funds.others.none", **facts), subtitle
    facts |= {"broken": str(len(broken)), "rules": str(len(payment))}
    shown = [rule for rule in broken if not funds.state(rule)]
    if not shown:
        return says("funds.others.small", state=pen.numbers.state("suppressed"), **facts), subtitle
    first = max(shown, key=lambda rule: rule.records)
    facts |= {"rule": says.name(first), "records": pen.numbers.exact(first.records)}
    return says("funds.others.some", **facts), subtitle


def rule_table(rules: Sequence, pen: Pen) -> Table:
    """The rules with their clause, their text, and how often they are broken."""
    says = pen.words

    def known(value: Callable[[object], Cell]) -> Callable[[object], Cell]:
        def cell(rule: object) -> Cell:
            if rule.is_suppressed:
                return State("suppressed")
            return State("not_assessed") if rule.records is None else value(rule)

        return cell

    def rate(rule: object) -> Cell:
        if rule.violation_rate is None:
            return State("not_available", says("funds.no_rate"))
        return Interval(rule.violation_rate, rule.violation_rate_low, rule.violation_rate_high)

    return Table(
        says("funds.table.rules"),
        [
            Column(says("column.rule"), value=says.name),
            Column(says("funds.column.severity"), of="dim_rule.severity", value=_severity(pen)),
            Column(says("funds.column.records"), "count", "rule_scope.records", known(lambda rule: rule.records)),
            Column(says("funds.column.rate"), "share", "rule_scope.violation_rate", known(rate)),
            Column(says("column.clause"), of="dim_rule.clause"),
            Column(
                says("funds.column.message"),
                of="dim_rule.message_zh",
                value=lambda rule: says.name(_Message(rule.message_zh, rule.message_en)),
            ),
        ],
        rules,
    )


def _severity(pen: Pen) -> Callable[[object], Cell]:
    return lambda row: pen.words.of("funds.severity", row.severity)


def city_picture(cities: Cities, pen: Pen) -> Picture:
    """City × rule, or the cities of the chosen rule with their intervals."""
    return _heat_map(cities, pen) if cities.rule == ALL else _city_dots(cities, pen)


def _heat_map(cities: Cities, pen: Pen) -> Picture:
    says, funds = pen.words, cities.funds
    rules = [rule for rule in funds.rules if rule.severity == "ineligible"]
    cells = {(row.city_code, row.rule_code): _cell(row, funds, pen) for row in cities.rows}
    rows = [
        Mark(_with_rate(row, pen), None, is_focus=row.city_code == funds.scope.city, code=row.city_code)
        for row in cities.uncounted
    ]
    columns = [Mark(says.name(rule), None, code=rule.rule_code) for rule in rules]
    facts = _facts(funds, pen) | {
        "above": _listed(cities.apart("above"), pen),
        "below": _listed(cities.apart("below"), pen),
    }
    kind = {(True, True): "both", (True, False): "above", (False, True): "below", (False, False): "alike"}[
        bool(cities.apart("above")), bool(cities.apart("below"))
    ]
    title = says.of("funds.cities", kind, **facts)
    return charts.heat_map(rows, columns, cells, pen, title, says("funds.cities_sub", **facts))


def _with_rate(row: object, pen: Pen) -> str:
    """A city's name and what share of its sessions is not counted for any rule."""
    if 0 < row.uncounted_sessions < LEAST_PERSONS:
        return pen.words.name(row)
    return pen.words("funds.city_rate", city=pen.words.name(row), rate=pen.numbers.percent(row.violation_rate))


def _cell(row: object, funds: Funds, pen: Pen) -> Mark:
    says, numbers = pen.words, pen.numbers
    name, rule = says.name(row), says.name(funds.named(row.rule_code))
    if row.is_suppressed:
        return Mark(name, None, says("funds.suppressed_sign"), f"{name} {says.of('state_reason', 'suppressed')}")
    if row.violation_rate is None:
        state = "not_assessed" if row.records is None else "not_available"
        return Mark(name, None, numbers.state(state), says.of("state_reason", state))
    rate = numbers.percent(row.violation_rate)
    return Mark(
        name,
        row.violation_rate,
        rate.rstrip("%") if row.records else "0",  # the unit stands in the subtitle: a phone's cells are narrow
        says(
            "funds.cell_hover",
            city=name,
            rule=rule,
            rate=rate,
            records=numbers.exact(row.records),
            sessions=numbers.exact(row.assessed_sessions),
        ),
    )


def _city_dots(cities: Cities, pen: Pen) -> Picture:
    says, numbers, funds = pen.words, pen.numbers, cities.funds
    rule = funds.named(cities.rule)
    known = [row for row in cities.of_rule if not row.is_suppressed]
    known.sort(key=lambda row: row.violation_rate, reverse=True)
    hidden = [row for row in cities.of_rule if row.is_suppressed]
    whole = cities.of_province
    above = [row for row in known if row.violation_rate_low > whole.violation_rate_high]
    facts = _facts(funds, pen) | {"rule": says.name(rule), "above": _listed(above, pen)}
    marks = [
        Mark(
            says.name(row),
            row.violation_rate,
            says("funds.rule_text", rate=numbers.percent(row.violation_rate), records=numbers.exact(row.records))
            if row.records
            else "0",
            says(
                "funds.cell_hover",
                city=says.name(row),
                rule=says.name(rule),
                rate=span(row.violation_rate_low, row.violation_rate_high, pen),
                records=numbers.exact(row.records),
                sessions=numbers.exact(row.assessed_sessions),
            ),
            row.violation_rate_low,
            row.violation_rate_high,
            tone="below" if row in above else "undecided",
            is_focus=row.city_code == funds.scope.city,
            code=row.city_code,
        )
        for row in known
    ]
    unknown = [
        Mark(
            says.name(row),
            None,
            numbers.state("suppressed"),
            says.of("state_reason", "suppressed"),
            is_focus=row.city_code == funds.scope.city,
            code=row.city_code,
        )
        for row in hidden
    ]
    key = "funds.city_rule.above" if above else "funds.city_rule.alike"
    return charts.dots_with_intervals(
        [*marks, *unknown],
        pen,
        says(key, **facts),
        says("funds.city_rule_sub", **facts),
        numbers.limit,
        reference=whole.violation_rate,
        reference_name=says("funds.province_value", value=numbers.percent(whole.violation_rate)),
    )


def city_table(cities: Cities, pen: Pen) -> Table:
    """The cities' figures: of all rules the sessions not counted, of one rule its records."""
    says, funds = pen.words, cities.funds
    is_focus = lambda row: row.city_code == funds.scope.city  # noqa: E731
    of_city = Column(says("column.city"), value=says.name)
    if cities.rule != ALL:

        def known(value: Callable[[object], Cell]) -> Callable[[object], Cell]:
            return lambda row: State("suppressed") if row.is_suppressed else value(row)

        return Table(
            says.name(funds.named(cities.rule)),
            [
                of_city,
                Column(says("funds.column.records"), "count", "rule_scope.records", known(lambda row: row.records)),
                Column(says("funds.column.assessed"), "count", "rule_scope.assessed_sessions"),
                Column(says("funds.column.rate"), "share", "rule_scope.violation_rate", known(_rate)),
            ],
            cities.of_rule,
            is_focus,
        )
    cells = {(row.city_code, row.rule_code): row for row in cities.rows}

    def of_rule(code: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = cells.get((row.city_code, code))
            if found is not None and found.is_suppressed:
                return State("suppressed")
            return State("not_assessed") if found is None or found.records is None else found.records

        return value

    def uncounted(row: object) -> Cell:
        return State("suppressed") if 0 < row.uncounted_sessions < LEAST_PERSONS else row.uncounted_sessions

    return Table(
        says("funds.table.cities"),
        [
            of_city,
            Column(says("funds.column.subsidised"), "count", "uncounted_scope.subsidised_sessions"),
            Column(says("funds.column.uncounted"), "count", "uncounted_scope.uncounted_sessions", uncounted),
            Column(says("funds.column.rate"), "share", "uncounted_scope.violation_rate", _rate),
            *(
                Column(says.name(rule), "count", "city_rule_loss.lost_sessions", of_rule(rule.rule_code))
                for rule in funds.rules
                if rule.severity == "ineligible"
            ),
        ],
        cities.uncounted,
        is_focus,
    )


def _rate(row: object) -> Cell:
    if row.violation_rate is None:
        return State("not_available")
    return Interval(row.violation_rate, row.violation_rate_low, row.violation_rate_high)


def no_cities(cities: Cities, pen: Pen) -> tuple[str, str, str]:
    """Why there is no comparison of cities."""
    says, funds = pen.words, cities.funds
    rule = funds.named(cities.rule)
    if rule is None:
        return says("funds.no_cities"), "", says.html("funds.no_cities_why.nothing", **_facts(funds, pen))
    kind = "not_assessed" if rule.records is None else "payment" if rule.severity != "ineligible" else "nothing"
    return says.name(rule), "", says.html_of("funds.no_cities_why", kind, **_facts(funds, pen))


def institution_picture(institutions: Institutions, pen: Pen) -> Picture:
    """The institutions above the limits with their intervals, or the bars of one rule."""
    says, numbers, funds = pen.words, pen.numbers, institutions.funds
    facts = _facts(funds, pen)
    if institutions.rule == ALL:
        province = funds.row.violation_rate if funds.row is not None and funds.scope.city == ALL else None
        return charts.dots_with_intervals(
            [
                Mark(
                    says.name(row),
                    row.violation_rate,
                    says(
                        "funds.rule_text",
                        rate=numbers.percent(row.violation_rate),
                        records=numbers.exact(row.violating_sessions),
                    ),
                    says(
                        "funds.institution_hover",
                        name=says.name(row),
                        rate=span(row.violation_rate_low, row.violation_rate_high, pen),
                        records=numbers.exact(row.violating_sessions),
                        sessions=numbers.exact(row.subsidised_sessions),
                    ),
                    row.violation_rate_low,
                    row.violation_rate_high,
                    tone="below",
                    code=row.institution_code,
                )
                for row in institutions.shown
            ],
            pen,
            says("funds.institutions.above", count=str(len(institutions.above)), **facts),
            says("funds.institutions_sub", shown=str(len(institutions.shown)), **facts),
            numbers.limit,
            reference=province,
            reference_name=says("funds.province_value", value=numbers.percent(province)) if province else "",
        )
    rule = funds.named(institutions.rule)
    facts |= {"rule": says.name(rule), "name": says.name(institutions.shown[0])}
    marks = [
        Mark(
            says.name(row),
            row.sessions,
            says("funds.of_sessions", records=numbers.exact(row.sessions), share=numbers.percent(row.share)),
            says(
                "funds.institution_hover",
                name=says.name(row),
                rate=numbers.percent(row.share),
                records=numbers.exact(row.sessions),
                sessions=numbers.exact(row.assessed_sessions),
            ),
            tone="below",
            code=row.institution_code,
        )
        for row in institutions.shown
    ]
    return charts.bars(
        marks,
        pen,
        says("funds.institutions.rule", **facts),
        says("funds.institutions_rule_sub", shown=str(len(marks)), **facts),
    )


def institution_table(institutions: Institutions, pen: Pen) -> Table:
    """Institutions with what they broke; a number under ten is suppressed, and the share with it."""
    says = pen.words
    of_name = Column(says("funds.column.institution"), value=says.name)
    if institutions.rule != ALL:

        def few(value: Callable[[object], Cell]) -> Callable[[object], Cell]:
            return lambda row: State("suppressed") if row.sessions < LEAST_PERSONS else value(row)

        return Table(
            says.name(institutions.funds.named(institutions.rule)),
            [
                of_name,
                Column(
                    says("funds.column.records"), "count", "institution_rule.sessions", few(lambda row: row.sessions)
                ),
                Column(says("funds.column.assessed"), "count", "institution_rule.assessed_sessions"),
                Column(says("funds.column.rate"), "share", "institution_rule.share", few(lambda row: row.share)),
            ],
            institutions.rows,
            most=ON_PAGE,
        )

    def known(value: Callable[[object], Cell]) -> Callable[[object], Cell]:
        def cell(row: object) -> Cell:
            if row.violating_sessions is None:
                return State("not_available")
            return State("suppressed") if 0 < row.violating_sessions < LEAST_PERSONS else value(row)

        return cell

    def status(row: object) -> Cell:
        found = row.violation_rate_funnel_status
        if found in (None, "too_few"):
            return State("not_assessed", says("funds.too_few"))
        return says.of("funds.place_of", "inside" if found == "inside" else row.violation_rate_side)

    def money(column: str) -> Callable[[object], Cell]:
        return lambda row: State("not_assessed") if getattr(row, column) is None else getattr(row, column)

    return Table(
        says("funds.table.institutions"),
        [
            of_name,
            Column(says("funds.column.subsidised"), "count", "institution_scorecard.subsidised_sessions"),
            Column(
                says("funds.column.uncounted"),
                "count",
                "institution_scorecard.violating_sessions",
                known(lambda row: row.violating_sessions),
            ),
            Column(says("funds.column.rate"), "share", "institution_scorecard.violation_rate", known(_rate)),
            Column(says("funds.column.place"), of="institution_scorecard.violation_rate_funnel_status", value=status),
            Column(says("funds.column.paid"), "yuan", "institution_scorecard.paid_yuan", money("paid_yuan")),
            Column(
                says("funds.column.irregular"), "yuan", "institution_scorecard.irregular_yuan", money("irregular_yuan")
            ),
        ],
        institutions.rows,
        most=ON_PAGE,
    )


def no_institutions(institutions: Institutions, pen: Pen) -> tuple[str, str, str]:
    """The sentence for fewer than three institutions."""
    says, numbers, funds = pen.words, pen.numbers, institutions.funds
    facts = _facts(funds, pen) | {"rule": rule_name(funds, pen)(institutions.rule)}
    title = says("funds.no_institutions", **facts)
    if institutions.shown:
        return title, "", says.html("funds.few_institutions", names=_listed(institutions.shown, pen), **facts)
    rule = funds.named(institutions.rule)
    if rule is not None and rule.records is None:
        return title, "", says.html("funds.no_cities_why.not_assessed", **facts)
    return title, "", says.html("funds.small_institutions", state=numbers.state("suppressed"), **facts)


def of_records(rule: str, records: Sequence, funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the list of records."""
    says, facts = pen.words, _facts(funds, pen)
    facts |= {"rule": rule_name(funds, pen)(rule), "rows": pen.numbers.exact(len(records))}
    kind = {(True, True): "any_bounded", (True, False): "any", (False, True): "bounded", (False, False): "all"}[
        rule == ALL, len(records) == MOST_RECORDS
    ]
    return says.of("funds.records", kind, **facts), says("funds.records_sub", **facts)


MOST_RECORDS = 5_000  # of the query


def no_records(rule: str, funds: Funds, pen: Pen) -> tuple[str, str, str]:
    """The sentence for a scope in which no record breaks the rule."""
    says, facts = pen.words, _facts(funds, pen) | {"rule": rule_name(funds, pen)(rule)}
    found = funds.named(rule)
    is_unknown = found is not None and found.records is None
    return (
        says("funds.records.none", **facts),
        "",
        says.html("funds.no_cities_why.not_assessed" if is_unknown else "funds.records.none_why", **facts),
    )


def record_table(records: Sequence, names: Sequence, pen: Pen) -> Table:
    """The records: which, of which city, which rule, and the value that broke it."""
    says = pen.words
    known = {row.code: says.name(row) for row in names}

    def city(row: object) -> Cell:
        return says.name(_Message(row.city_name_zh, row.city_name_en)) if row.city_name_zh else None

    return Table(
        says("funds.table.records"),
        [
            Column(says("funds.column.record"), of="fct_rule_violation.record_key"),
            Column(says("funds.column.enrollment"), of="fct_rule_violation.enrollment_id"),
            Column(says("column.city"), of="fct_rule_violation.city_code", value=city),
            Column(says("column.rule"), of="fct_rule_violation.rule_code", value=says.name),
            Column(says("funds.column.severity"), of="fct_rule_violation.severity", value=_severity(pen)),
            Column(
                says("funds.column.detail"),
                of="fct_rule_violation.detail",
                value=lambda row: _detail(row.detail, known, pen),
            ),
            Column(says("column.clause"), of="dim_rule.clause"),
        ],
        records,
        most=ON_PAGE,
    )


def _detail(detail: str, known: dict[str, str], pen: Pen) -> str:
    """`class_hours=20` in words; what has none stays as it is."""
    says = pen.words
    parts = []
    for part in detail.split(" "):
        name, is_value, value = part.partition("=")
        if is_value:
            shown = known.get(value) or says.of("funds.value", value)
            parts.append(says("funds.detail_of", name=says.of("funds.detail", name), value=shown))
    return says("sentence.pause").join(parts) or says.of("funds.detail", detail.partition(" ")[0])


def of_flow(funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the payments by month."""
    says, numbers, paid = pen.words, pen.numbers, funds.year_so_far
    facts = _facts(funds, pen)
    title = says(
        "funds.flow",
        paid=numbers.money(paid.paid_yuan if paid else None),
        irregular=numbers.money(paid.irregular_yuan if paid else None),
        share=numbers.percent(paid.irregular_share if paid else None, against=0),
        **facts,
    )
    return title, says("funds.flow_sub", **facts)


def flow_marks(funds: Funds, pen: Pen) -> list[Mark]:
    """A bar a month: what was paid, and the share of it that breaks a rule beside it."""
    says, numbers = pen.words, pen.numbers
    return [
        Mark(
            numbers.month_of_year(row.paid_month),
            row.paid_yuan,
            says(
                "funds.flow_text",
                paid=numbers.money(row.paid_yuan),
                share=numbers.percent(row.irregular_share, against=0),
            )
            if row.payments
            else numbers.money(row.paid_yuan),
            says(
                "funds.flow_hover",
                month=numbers.month(row.paid_month),
                payments=numbers.exact(row.payments),
                paid=numbers.of_kind(row.paid_yuan, "yuan"),
                irregular=numbers.of_kind(row.irregular_yuan, "yuan"),
            ),
        )
        for row in funds.months
    ]


def flow_table(funds: Funds, pen: Pen) -> Table:
    """The payments by month."""
    says = pen.words
    return Table(
        says("funds.table.flow"),
        [Column(says("funds.column.month"), "month", "fund_flow_scope.paid_month"), *_flow_columns(pen)],
        funds.months,
    )


def _flow_columns(pen: Pen) -> list[Column]:
    says = pen.words
    return [
        Column(says("funds.column.payments"), "count", "fund_flow_scope.payments"),
        Column(says("funds.column.paid"), "yuan", "fund_flow_scope.paid_yuan"),
        Column(says("funds.column.irregular"), "yuan", "fund_flow_scope.irregular_yuan"),
        Column(says("funds.column.irregular_share"), "share", "fund_flow_scope.irregular_share", against=0),
    ]


def of_funds(funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the payments by fund."""
    return pen.words("funds.by_fund", **_facts(funds, pen)), pen.words("funds.by_fund_sub", **_facts(funds, pen))


def fund_table(paid: Sequence, pen: Pen) -> Table:
    """The payments by fund."""
    says = pen.words
    return Table(
        says("funds.table.funds"), [Column(says("funds.column.fund"), value=says.name), *_flow_columns(pen)], paid
    )


def by_component(funds: Funds, pen: Pen) -> tuple[str, str, list[str], str]:
    """What is due against what was paid, a component each: two are too few for a chart."""
    says, numbers = pen.words, pen.numbers
    items = []
    for name in COMPONENTS:
        row = funds.component(name)
        if row is None:
            continue
        facts = {
            "component": says.of("funds.component", name),
            "entitled": numbers.money(row.entitled_yuan, "not_assessed"),
            "paid": numbers.money(row.paid_yuan, "not_assessed"),
            "owed": numbers.money(row.owed_yuan, "not_assessed"),
            "overpaid": numbers.money(row.overpaid_yuan, "not_assessed"),
            "assessed": numbers.sessions(row.assessed_sessions),
            "sessions": numbers.sessions(row.sessions),
            "apart": numbers.money(row.paid_not_assessed_yuan),
        }
        why = [says.html("funds.component_why", **facts)]
        if row.paid_not_assessed_yuan:
            why.append(says.html("funds.component_apart", **facts))
        items.append(
            f'<span class="what">{says.html("funds.component_what", **facts)}</span>'
            f'<span class="do">{says.run_on(why)}</span>'
        )
    facts = _facts(funds, pen)
    return says("funds.due", **facts), says("funds.due_sub", **facts), items, says("funds.due_none")


def of_entitlements(funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the table of what is due."""
    return pen.words("funds.entitlements", **_facts(funds, pen)), pen.words("funds.due_sub", **_facts(funds, pen))


def entitlement_table(funds: Funds, pen: Pen) -> Table:
    """By component and training type: due, paid, owed, overpaid, and what has no standard apart."""
    says = pen.words

    def money(column: str, absent: str = "not_assessed") -> Column:
        def value(row: object) -> Cell:
            found = getattr(row, column)
            return (
                State(absent, says("funds.no_standard") if absent == "not_assessed" else "") if found is None else found
            )

        return Column(says.of("funds.column", column), "yuan", f"entitlement_scope.{column}", value)

    def kind(row: object) -> Cell:
        return says("choice.all.type") if row.training_type == ALL else says.name(row)

    return Table(
        says("funds.table.entitlements"),
        [
            Column(
                says("funds.column.component"),
                of="entitlement_scope.component",
                value=lambda row: says.of("funds.component", row.component),
            ),
            Column(says("funds.column.type"), of="entitlement_scope.training_type", value=kind),
            Column(says("funds.column.sessions"), "count", "entitlement_scope.sessions"),
            Column(says("funds.column.assessed_of"), "count", "entitlement_scope.assessed_sessions"),
            money("entitled_yuan"),
            money("paid_yuan"),
            money("owed_yuan"),
            money("overpaid_yuan"),
            money("paid_not_assessed_yuan", "not_available"),
        ],
        funds.entitlements,
    )


def of_owed(component: str, owed: Sequence, funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of what is owed by city."""
    says, facts = pen.words, _facts(funds, pen) | {"component": pen.words.of("funds.component", component)}
    first = owed[0]
    key = "funds.owed.most" if first.owed_yuan else "funds.owed.none"
    return (
        says(key, city=says.name(first), owed=pen.numbers.money(first.owed_yuan), **facts),
        says("funds.owed_sub", **facts),
    )


def owed_marks(owed: Sequence, funds: Funds, pen: Pen) -> list[Mark]:
    """A bar a city: what is owed, and what was paid without being due beside it."""
    says, numbers = pen.words, pen.numbers
    return [
        Mark(
            says.name(row),
            row.owed_yuan,
            says("funds.owed_text", owed=numbers.money(row.owed_yuan), overpaid=numbers.money(row.overpaid_yuan))
            if row.overpaid_yuan
            else numbers.money(row.owed_yuan),
            says(
                "funds.owed_hover",
                city=says.name(row),
                entitled=numbers.of_kind(row.entitled_yuan, "yuan"),
                paid=numbers.of_kind(row.paid_yuan, "yuan"),
                owed=numbers.of_kind(row.owed_yuan, "yuan"),
                overpaid=numbers.of_kind(row.overpaid_yuan, "yuan"),
            ),
            tone="focus" if row.city_code == funds.scope.city else "counted",
            is_focus=row.city_code == funds.scope.city,
            code=row.city_code,
        )
        for row in owed
    ]


def owed_table(owed: Sequence, funds: Funds, pen: Pen) -> Table:
    """What is due, was paid, is owed and was overpaid by city."""
    says = pen.words
    return Table(
        says("funds.table.owed"),
        [
            Column(says("column.city"), value=says.name),
            Column(says("funds.column.assessed_of"), "count", "entitlement_scope.assessed_sessions"),
            *(
                Column(says.of("funds.column", name), "yuan", f"entitlement_scope.{name}")
                for name in ("entitled_yuan", "paid_yuan", "owed_yuan", "overpaid_yuan")
            ),
        ],
        owed,
        lambda row: row.city_code == funds.scope.city,
    )


def of_parks(parks: Sequence, funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the parks' budgets."""
    says, facts = pen.words, _facts(funds, pen)
    over = [row for row in parks if row.used_share is not None and row.used_share > FULL]
    budget = next((row.budget_yuan for row in parks if row.budget_yuan is not None), None)
    facts |= {"names": _listed(over, pen), "budget": pen.numbers.money(budget)}
    if parks[0].paid_yuan is None:
        return says("funds.parks.too_early", **facts), says("funds.parks_sub", **facts)
    key = "funds.parks.none" if budget is None else "funds.parks.over" if over else "funds.parks.within"
    return says(key, **facts), says("funds.parks_sub", **facts)


def budget_line(parks: Sequence, pen: Pen) -> str:
    """The name of the budget's line."""
    budget = next((row.budget_yuan for row in parks if row.budget_yuan is not None), None)
    return "" if budget is None else pen.words("funds.budget_line", budget=pen.numbers.money(budget))


def park_marks(parks: Sequence, pen: Pen) -> list[Mark]:
    """A bar a park against its budget; a list that is not official says so."""
    says, numbers = pen.words, pen.numbers
    return [
        Mark(
            _park(row, pen),
            row.paid_yuan,
            numbers.state("too_early")
            if row.paid_yuan is None
            else numbers.money(row.paid_yuan)
            if row.used_share is None
            else says(
                "funds.park_text",
                paid=numbers.money(row.paid_yuan),
                share=numbers.percent(row.used_share, against=FULL),
            ),
            says(
                "funds.park_hover",
                park=says.name(row),
                payments=numbers.exact(row.payments),
                paid=numbers.of_kind(row.paid_yuan, "yuan"),
                budget=numbers.of_kind(row.budget_yuan, "yuan"),
            ),
            target=row.budget_yuan,
            tone="below" if row.used_share is not None and row.used_share > FULL else "counted",
            code=row.park_code,
        )
        for row in parks
    ]


def _park(row: object, pen: Pen) -> str:
    name = pen.words.name(row)
    return pen.words("funds.provisional", name=name) if row.list_status == "provisional" else name


def park_table(parks: Sequence, pen: Pen) -> Table:
    """The parks' payments against their budgets."""
    says = pen.words

    def paid(column: str) -> Callable[[object], Cell]:
        return lambda row: State("too_early") if row.paid_yuan is None else getattr(row, column)

    return Table(
        says("funds.table.parks"),
        [
            Column(says("funds.column.park"), value=lambda row: _park(row, pen)),
            Column(says("funds.budget"), "yuan", "park_budget.budget_yuan"),
            Column(says("funds.column.payments"), "count", "park_budget.payments", paid("payments")),
            Column(says("funds.column.paid"), "yuan", "park_budget.paid_yuan", paid("paid_yuan")),
            Column(says("funds.column.used"), "share", "park_budget.used_share", paid("used_share"), against=FULL),
        ],
        parks,
    )


def of_liability(due: Sequence, funds: Funds, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of what may fall due."""
    says, numbers, last = pen.words, pen.numbers, due[-1]
    facts = _facts(funds, pen) | {
        "until": numbers.month(last.due_month),
        "low": numbers.money(last.low_yuan_so_far, "not_assessed"),
        "expected": numbers.money(last.expected_yuan_so_far, "not_assessed"),
        "high": numbers.money(last.high_yuan_so_far),
    }
    key = "funds.liability.at_most" if last.expected_yuan_so_far is None else "funds.liability.expected"
    return says(key, **facts), says("funds.liability_sub", **facts)


def liability_marks(due: Sequence, pen: Pen) -> list[Mark]:
    """A bar a month: what is expected, from low to high; only the most is known while no window has closed."""
    says, numbers = pen.words, pen.numbers
    return [
        Mark(
            numbers.month(row.due_month),
            row.expected_yuan,
            says("funds.at_most", high=numbers.money(row.high_yuan))
            if row.expected_yuan is None
            else says(
                "funds.liability_text",
                expected=numbers.money(row.expected_yuan),
                low=numbers.money(row.low_yuan),
                high=numbers.money(row.high_yuan),
            ),
            says(
                "funds.liability_hover",
                month=numbers.month(row.due_month),
                sessions=numbers.exact(row.open_sessions),
                low=numbers.money(row.low_yuan, "not_assessed"),
                expected=numbers.money(row.expected_yuan, "not_assessed"),
                high=numbers.money(row.high_yuan),
            ),
            row.low_yuan,
            row.high_yuan,
            tone="other",
        )
        for row in due
    ]


def liability_table(due: Sequence, pen: Pen) -> Table:
    """What may fall due by month, and summed up to it."""
    says = pen.words

    def money(column: str) -> Column:
        def value(row: object) -> Cell:
            found = getattr(row, column)
            return State("not_assessed", says("funds.no_window")) if found is None else found

        return Column(says.of("funds.column", column), "yuan", f"subsidy_liability.{column}", value)

    return Table(
        says("funds.table.liability"),
        [
            Column(says("funds.column.month"), "month", "subsidy_liability.due_month"),
            Column(says("funds.column.open"), "count", "subsidy_liability.open_sessions"),
            *(money(name) for name in ("low_yuan", "expected_yuan", "high_yuan", "expected_yuan_so_far")),
        ],
        due,
    )


def no_payments(pen: Pen) -> tuple[str, str, str]:
    """Everything of money while no payments have landed."""
    says = pen.words
    return says("funds.money"), "", says.html("funds.money_why", state=pen.numbers.state("not_assessed"))


def notes(pen: Pen) -> list[tuple[str, str]]:
    """What the figures rest on: a term and its sentence of HTML."""
    says = pen.words
    return [
        (says.of("funds.note", name), says.html_of("funds.note_says", name))
        for name in ("uncounted", "years", "due", "irregular", "parks", "liability", "limits", "suppressed", "records")
    ]
