"""What the Outcomes page says: which sentence fits the rows, and the rows' numbers in it.

A difference is claimed only where a mart judged it: `…_standing` of a scope's parts, `funnel_status` of a city or an
institution, `standing` against what a city's own mix would lead one to expect.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import charts
from dashboards.charts import Line, Mark, Pen, Picture
from dashboards.findings.wording import span
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.site import ALL
from dashboards.table import LEAST_PERSONS, Cell, Column, Interval, State, Table

MEASURES = ("employment_rate", "certification_rate")
DIMENSIONS = ("city", "type", "industry", "group")
FILTERS = ("city", "industry", "group", "type")  # in the order of the scope's names
EXTRACTS = {"employment_rate": "employment", "certification_rate": "certification"}
DENOMINATOR = {"employment_rate": "due_sessions", "certification_rate": "counted_sessions"}
NUMERATOR = {"employment_rate": "employed_sessions", "certification_rate": "certified_sessions"}
SUPPRESSED = {"employment_rate": "is_employment_suppressed", "certification_rate": "is_suppressed"}
NAMED = 3  # that a sentence names
NAMED_ON_FUNNEL = 3  # at either end
NEWEST = 3  # cohorts in colour
ON_PAGE = 30  # institutions of the table; the files hold all
COMPLETE = 1
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
TONE = {"below": "below", "above": "above", "at_or_above": "above", "undecided": "undecided", None: "undecided"}


@dataclass(frozen=True)
class Outcomes:
    """The scope's row, the scope's cities, and the city in focus against the province and against its like."""

    whole: Sequence
    cities: Sequence
    funnel: Sequence
    expected: Sequence
    landed: Sequence
    scope: Scope
    as_of: date

    @property
    def row(self) -> object | None:
        """The scope's own row."""
        return next(iter(self.whole), None)

    @property
    def is_city(self) -> bool:
        """Whether a city is in focus that can be compared: with something counted."""
        return self.scope.city != ALL and self.row is not None

    @property
    def is_cut(self) -> bool:
        """Whether industry, group or type cut the scope: then no like-with-like comparison is there."""
        return {self.scope.industry, self.scope.group, self.scope.type} != {ALL}

    @property
    def own(self) -> object | None:
        """The city in focus as a part of the scope."""
        return next((row for row in self.cities if row.member_code == self.scope.city), None)

    def is_assessed(self, measure: str) -> bool:
        """Whether what the measure needs has ever landed."""
        return any(row.extract == EXTRACTS[measure] for row in self.landed)

    def state(self, measure: str) -> str:
        """Why the scope has no value of the measure; empty when it has one."""
        if not self.is_assessed(measure):
            return "not_assessed"
        if self.row is None:
            return "not_available"
        return _state_of(getattr(self.row, DENOMINATOR[measure]), measure)


def _state_of(denominator: int | None, measure: str) -> str:
    """too_early where no window has begun, suppressed where fewer than ten persons; empty where there is a value."""
    if not denominator:
        return "too_early" if measure == "employment_rate" else "not_available"
    return "suppressed" if denominator < LEAST_PERSONS else ""


@dataclass(frozen=True)
class Parted:
    """The parts of the scope by one dimension, with their names."""

    dimension: str
    rows: Sequence
    whole: Sequence  # the scope that they are parts of: its own filter does not cut it
    names: Sequence
    outcomes: Outcomes

    @property
    def is_drawn(self) -> bool:
        """Fewer than three points make no chart."""
        return len(self.rows) >= NAMED

    @property
    def focus(self) -> str:
        """The code that the dimension's own filter names."""
        return getattr(self.outcomes.scope, self.dimension)

    def whole_rate(self, measure: str) -> float | None:
        """The rate of the scope that they are parts of; none where it has too few persons or no window has begun."""
        row = next(iter(self.whole), None)
        return None if row is None or _state_of(getattr(row, DENOMINATOR[measure]), measure) else getattr(row, measure)

    def in_words(self, pen: Pen) -> str:
        """The scope that they are parts of, without the year and without the dimension's own filter."""
        scope = self.outcomes.scope
        cut = [name for name in FILTERS if getattr(scope, name) != ALL]
        named = [name for filtered, name in zip(cut, scope.names[1:], strict=True) if filtered != self.dimension]
        return pen.words("sentence.pause").join(named) or pen.words("outcomes.province")

    def name(self, row: object, pen: Pen) -> str:
        """The name of a part."""
        found = next((name for name in self.names if name.code == row.member_code), None)
        return pen.words.name(found) if found else row.member_code

    def state(self, row: object, measure: str) -> str:
        """Why the part has no value; empty when it has one."""
        if getattr(row, SUPPRESSED[measure]):
            return "suppressed"
        return _state_of(getattr(row, DENOMINATOR[measure]), measure)

    def ordered(self, measure: str) -> list:
        """The parts, the highest first; those without a value last."""
        there = [row for row in self.rows if not self.state(row, measure)]
        rest = [row for row in self.rows if self.state(row, measure)]
        return [*sorted(there, key=lambda row: getattr(row, measure), reverse=True), *rest]


def dimension_name(pen: Pen) -> Callable[[str], str]:
    """The name of a way to part the scope."""
    return lambda dimension: pen.words.of("outcomes.by", dimension)


def _listed(names: Sequence[str], pen: Pen, most: int = NAMED) -> str:
    shown = pen.words("sentence.list").join(names[:most])
    if len(names) > most:
        return pen.words("outcomes.and_more", names=shown, count=str(len(names)))
    return shown or pen.words("sentence.nobody")


def _of_scope(outcomes: Outcomes, pen: Pen) -> str:
    """The scope in words, without the year."""
    return pen.words("sentence.pause").join(outcomes.scope.names[1:]) or pen.words("outcomes.province")


def _dated(outcomes: Outcomes, pen: Pen) -> str:
    return pen.words("figure.as_of", day=pen.numbers.day(outcomes.as_of))


def _facts(outcomes: Outcomes, pen: Pen) -> dict[str, str]:
    return {
        "as_of": pen.numbers.day(outcomes.as_of),
        "year": str(outcomes.scope.year),
        "scope": _of_scope(outcomes, pen),
    }


def answer(outcomes: Outcomes, pen: Pen) -> str:
    """One sentence of HTML: what share was certified, what share is employed, and how firm that is."""
    says, facts = pen.words, _facts(outcomes, pen)
    if outcomes.as_of.year < outcomes.scope.year:
        return says.html("outcomes.answer.not_begun", **facts)
    if outcomes.row is None:
        return says.html("outcomes.answer.nothing", **facts)
    if outcomes.row.counted_sessions < LEAST_PERSONS:
        return says.html("outcomes.answer.small", state=pen.numbers.state("suppressed"), **facts)
    sentences = [_certified(outcomes, facts, pen), _employed(outcomes, facts, pen)]
    if outcomes.is_city:
        sentences.append(_verdict(outcomes, "employment_rate", pen))
    return says.run_on(sentences)


def _certified(outcomes: Outcomes, facts: dict[str, str], pen: Pen) -> str:
    row, numbers = outcomes.row, pen.numbers
    if outcomes.state("certification_rate"):
        return pen.words.html("outcomes.certified.not_assessed", state=numbers.state("not_assessed"), **facts)
    return pen.words.html(
        "outcomes.certified.some",
        counted=numbers.sessions(row.counted_sessions),
        rate=numbers.percent(row.certification_rate),
        range=span(row.certification_rate_low, row.certification_rate_high, pen),
        **facts,
    )


def _employed(outcomes: Outcomes, facts: dict[str, str], pen: Pen) -> str:
    row, numbers, says = outcomes.row, pen.numbers, pen.words
    state = outcomes.state("employment_rate")
    if state:
        return says.html_of("outcomes.employed", state, state=numbers.state(state), **facts)
    key = "outcomes.employed.final" if row.observation_complete == COMPLETE else "outcomes.employed.open"
    return says.html(
        key,
        due=numbers.sessions(row.due_sessions),
        rate=numbers.percent(row.employment_rate),
        range=span(row.employment_rate_low, row.employment_rate_high, pen),
        complete=numbers.percent(row.observation_complete, against=COMPLETE),
    )


def _judged(outcomes: Outcomes, measure: str) -> str | None:
    """Whether the city in focus can be told from the scope's cities: below, undecided, above or not judged."""
    found = outcomes.own
    return getattr(found, f"{measure}_standing") if found is not None else None


def _verdict(outcomes: Outcomes, measure: str, pen: Pen) -> str:
    """Is this city's rate really lower? Never more than the funnel and the like-with-like comparison allow."""
    says, judged = pen.words, _judged(outcomes, measure)
    like = next((row for row in outcomes.expected if row.measure == measure), None)
    facts = {"measure": says.of("measure", measure)}
    if outcomes.state(measure):
        return says.html("outcomes.verdict.empty", **facts)
    if judged is None:
        return says.html("outcomes.verdict.unjudged", **facts)
    if outcomes.is_cut or like is None or like.standing is None:
        return says.html_of("outcomes.verdict_of_cut", judged, **facts)
    return says.html_of("outcomes.verdict", f"{judged}_{TONE[like.standing]}", **facts)


def city_verdict(outcomes: Outcomes, pen: Pen) -> tuple[str, str, list[str], str]:
    """The grounds of the verdict on the city in focus, measure by measure."""
    says = pen.words
    items = [_grounds(outcomes, measure, pen) for measure in MEASURES if not outcomes.state(measure)]
    title = says("outcomes.really", city=_city_name(outcomes))
    subtitle = says.of("outcomes.really_sub", "cut" if outcomes.is_cut else "whole", **_facts(outcomes, pen))
    return title, subtitle, items, says("outcomes.really_none")


def _city_name(outcomes: Outcomes) -> str:
    """The city's filter stands right after the year in the scope's names."""
    return outcomes.scope.names[1]


def _grounds(outcomes: Outcomes, measure: str, pen: Pen) -> str:
    says, numbers, row = pen.words, pen.numbers, outcomes.row
    judged = _judged(outcomes, measure)
    facts = {
        "measure": says.of("measure", measure),
        "value": numbers.percent(getattr(row, measure)),
        "range": span(getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high"), pen),
    }
    why = [says.html_of("outcomes.against_cities", judged or "unjudged", **facts)]
    of_funnel = next((other for other in outcomes.funnel if other.measure == measure), None)
    if of_funnel is not None and not outcomes.is_cut:
        facts["province"] = numbers.percent(of_funnel.province_value)
        why = [says.html_of("outcomes.against_province", judged or "unjudged", **facts)]
    like = next((other for other in outcomes.expected if other.measure == measure), None)
    if like is not None and like.standing is not None and not outcomes.is_cut:
        why.append(
            says.html_of(
                "outcomes.against_like",
                TONE[like.standing],
                expected=numbers.percent(like.expected_rate),
                ratio=numbers.of_kind(like.observed_expected, "ratio"),
                ratio_range="–".join(
                    numbers.of_kind(end, "ratio") for end in (like.observed_expected_low, like.observed_expected_high)
                ),
                difference=numbers.points(like.difference),
                of_mix=numbers.points(like.difference_of_mix),
                beyond=numbers.points(like.difference_beyond_mix),
            )
        )
    if measure == "employment_rate":
        why.append(_firmness(outcomes, pen))
    tone = TONE[judged]
    return (
        f'<span class="what"><span class="sign tone-{tone}">{SIGN[tone]}</span>'
        f'{_verdict(outcomes, measure, pen)}</span><span class="do">{says.run_on(why)}</span>'
    )


def _firmness(outcomes: Outcomes, pen: Pen) -> str:
    """How much of the city's employment is still being observed, and whether that alone may hold its rate down."""
    says, numbers, row = pen.words, pen.numbers, outcomes.row
    if row.observation_complete == COMPLETE:
        return says.html("outcomes.firm.final")
    found = next((other for other in outcomes.funnel if other.measure == "observation_complete"), None)
    facts = {"complete": numbers.percent(row.observation_complete, against=COMPLETE)}
    if found is None or outcomes.is_cut:
        return says.html("outcomes.firm.open", **facts)
    facts["province"] = numbers.percent(found.province_value, against=COMPLETE)
    is_behind = found.funnel_status in ("alert", "alarm") and found.side == "below"
    return says.html("outcomes.firm.behind" if is_behind else "outcomes.firm.alike", **facts)


def figures(outcomes: Outcomes, measure: str, funnel: Sequence, pen: Pen) -> list[Figure]:
    """Two rates with their intervals, how firm the second is, and which institutions can be told apart."""
    if outcomes.row is None:
        return []
    return [
        _rate_figure(outcomes, "certification_rate", pen),
        _rate_figure(outcomes, "employment_rate", pen),
        _firm_figure(outcomes, pen),
        _apart_figure(outcomes, measure, funnel, pen),
    ]


def _rate_figure(outcomes: Outcomes, measure: str, pen: Pen) -> Figure:
    says, numbers, state = pen.words, pen.numbers, outcomes.state(measure)
    row = outcomes.row
    return Figure(
        label=says.of("measure", measure),
        value=numbers.state(state) if state else numbers.percent(getattr(row, measure)),
        compare=says.of("state_reason", state)
        if state
        else says(
            "outcomes.figure.rate_compare",
            range=span(getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high"), pen),
            numerator=numbers.count(getattr(row, NUMERATOR[measure])),
            denominator=numbers.count(getattr(row, DENOMINATOR[measure])),
        ),
        dated=_dated(outcomes, pen),
        definition=pen.define(f"outcome_scope.{measure}"),
        is_state=bool(state),
    )


def _firm_figure(outcomes: Outcomes, pen: Pen) -> Figure:
    says, numbers, state = pen.words, pen.numbers, outcomes.state("employment_rate")
    complete = outcomes.row.observation_complete
    is_final = complete == COMPLETE
    return Figure(
        label=says("measure.observation_complete"),
        value=numbers.state(state) if state else numbers.percent(complete, against=COMPLETE),
        compare=says.of("state_reason", state)
        if state
        else says("outcomes.figure.firm_final" if is_final else "outcomes.figure.firm_open"),
        dated=_dated(outcomes, pen),
        definition=pen.define("outcome_scope.observation_complete"),
        is_state=bool(state),
    )


def _told_apart(row: object) -> bool:
    return row.funnel_status in ("alert", "alarm")


def _apart_figure(outcomes: Outcomes, measure: str, funnel: Sequence, pen: Pen) -> Figure:
    says = pen.words
    rows = _of_city(outcomes, funnel)
    below = [row for row in rows if _told_apart(row) and row.side == "below"]
    above = [row for row in rows if _told_apart(row) and row.side == "above"]
    few = [row for row in rows if row.funnel_status == "too_few"]
    return Figure(
        label=says("outcomes.figure.apart", measure=says.of("measure", measure)),
        value=str(len([*below, *above])) if rows else pen.numbers.state("not_available"),
        beside=says("outcomes.institutions_word") if rows else "",
        compare=says("outcomes.figure.apart_compare", below=str(len(below)), above=str(len(above)), few=str(len(few))),
        dated=_dated(outcomes, pen),
        definition=pen.define("institution_funnel.funnel_status"),
        tone="below" if below else "undecided",
        is_state=not rows,
    )


def _of_city(outcomes: Outcomes, funnel: Sequence) -> list:
    """The institutions with most of their sessions in the city in focus; all where none is."""
    return [row for row in funnel if outcomes.scope.city in (ALL, row.main_city_code)]


def not_assessed(measure: str, pen: Pen) -> tuple[str, str, str]:
    """Why a measure is not there at all."""
    says = pen.words
    title = says("outcomes.not_assessed", measure=says.of("measure", measure))
    return title, "", says.html("outcomes.not_assessed_why", state=pen.numbers.state("not_assessed"))


def no_parts(parted: Parted, pen: Pen) -> tuple[str, str, str]:
    """The sentence for a scope with too few parts for a chart."""
    says = pen.words
    title = says("outcomes.no_parts", by=says.of("outcomes.by", parted.dimension))
    return title, "", says.html("outcomes.no_parts_why", **_facts(parted.outcomes, pen))


def part_picture(parted: Parted, measure: str, pen: Pen) -> Picture:
    """Dots with 95 % intervals against the scope's own rate."""
    says, numbers, outcomes = pen.words, pen.numbers, parted.outcomes
    rows = parted.ordered(measure)
    below = [row for row in reversed(rows) if getattr(row, f"{measure}_standing") == "below"]
    above = [row for row in rows if getattr(row, f"{measure}_standing") == "above"]
    title = says.of(
        "outcomes.parts",
        {(True, True): "both", (True, False): "below", (False, True): "above", (False, False): "none"}[
            bool(below), bool(above)
        ],
        measure=says.of("measure", measure),
        below=_listed([parted.name(row, pen) for row in below], pen),
        above=_listed([parted.name(row, pen) for row in above], pen),
    )
    subtitle = says.of(
        "outcomes.parts_sub",
        "city" if parted.dimension == "city" else "other",
        by=says.of("outcomes.by", parted.dimension),
        **_facts(outcomes, pen) | {"scope": parted.in_words(pen)},
    )
    whole = parted.whole_rate(measure)
    return charts.dots_with_intervals(
        [_part_mark(parted, row, measure, pen) for row in rows],
        pen,
        title,
        subtitle,
        numbers.limit,
        reference=whole,
        reference_name=says("outcomes.whole", value=numbers.percent(whole)) if whole is not None else "",
    )


def _part_mark(parted: Parted, row: object, measure: str, pen: Pen) -> Mark:
    says, numbers, state = pen.words, pen.numbers, parted.state(row, measure)
    name, standing = parted.name(row, pen), getattr(row, f"{measure}_standing")
    is_focus = row.member_code == parted.focus
    if state:
        hover = f"{name} {numbers.state(state)} {says.of('state_reason', state)}"
        return Mark(name, None, numbers.state(state), hover, is_focus=is_focus, code=row.member_code)
    low, high = getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high")
    value = numbers.percent(getattr(row, measure))
    return Mark(
        name,
        getattr(row, measure),
        text=value,
        hover=says(
            "outcomes.hover",
            name=name,
            value=value,
            range=span(low, high, pen),
            numerator=numbers.exact(getattr(row, NUMERATOR[measure])),
            denominator=numbers.exact(getattr(row, DENOMINATOR[measure])),
            standing=says.of("outcomes.standing", standing or "unjudged"),
        ),
        low=low,
        high=high,
        tone=TONE[standing],
        is_focus=is_focus,
        code=row.member_code,
    )


def part_table(parted: Parted, pen: Pen) -> Table:
    """The parts' counts, rates with intervals, and how they stand to their scope."""
    says = pen.words

    def figure(measure: str, column: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            state = parted.state(row, measure)
            return State(state) if state else getattr(row, column)

        return value

    def rate(measure: str) -> Column:
        def value(row: object) -> Cell:
            state = parted.state(row, measure)
            if state:
                return State(state)
            return Interval(*(getattr(row, f"{measure}{end}") for end in ("", "_low", "_high")))

        return Column(says.of("measure", measure), "share", f"outcome_part.{measure}", value)

    def standing(measure: str) -> Column:
        def value(row: object) -> Cell:
            state, found = parted.state(row, measure), getattr(row, f"{measure}_standing")
            if state:
                return State(state)
            if found is None:
                return State("not_assessed", says("outcomes.standing_why"))
            return says.of("outcomes.standing", found)

        head = says("outcomes.column.standing", measure=says.of("measure", measure))
        return Column(head, of=f"outcome_part.{measure}_standing", value=value)

    employed, certified = MEASURES
    return Table(
        says("outcomes.table.parts", by=says.of("outcomes.by", parted.dimension)),
        [
            Column(says.of("outcomes.by", parted.dimension), value=lambda row: parted.name(row, pen)),
            Column(
                says("column.counted"), "count", "outcome_part.counted_sessions", figure(certified, "counted_sessions")
            ),
            rate(certified),
            standing(certified),
            Column(says("outcomes.column.due"), "count", "outcome_part.due_sessions", figure(employed, "due_sessions")),
            rate(employed),
            standing(employed),
            Column(
                says("measure.observation_complete"),
                "share",
                "outcome_part.observation_complete",
                figure(employed, "observation_complete"),
                against=COMPLETE,
            ),
        ],
        parted.ordered(employed),
        lambda row: row.member_code == parted.focus,
    )


def _of_place(outcomes: Outcomes, pen: Pen) -> dict[str, str]:
    """Facts of a block that only year and city cut."""
    place = pen.words("outcomes.province") if outcomes.scope.city == ALL else _city_name(outcomes)
    return {"place": place, "as_of": pen.numbers.day(outcomes.as_of), "year": str(outcomes.scope.year)}


def month_picture(outcomes: Outcomes, months: Sequence, pen: Pen) -> Picture:
    """Employment by end month: what is still observed is pale and says how much of it is firm."""
    says, numbers, facts = pen.words, pen.numbers, _of_place(outcomes, pen)
    final = [row for row in months if row.observation_complete == COMPLETE]
    begun = [row for row in months if row.due_sessions]
    if not begun:
        title = says("outcomes.months.too_early", state=numbers.state("too_early"), **facts)
    elif not final:
        title = says("outcomes.months.open", **facts)
    elif len(final) == len(months):
        title = says("outcomes.months.final", **facts)
    else:
        title = says("outcomes.months.some", last=numbers.month(final[-1].end_month), **facts)
    return charts.dots_with_intervals(
        [_month_mark(row, pen) for row in months], pen, title, says("outcomes.months_sub", **facts), numbers.limit
    )


def _month_mark(row: object, pen: Pen) -> Mark:
    says, numbers = pen.words, pen.numbers
    state, name = _state_of(row.due_sessions, "employment_rate"), numbers.month_of_year(row.end_month)
    if state:
        return Mark(name, None, numbers.state(state), f"{name} {says.of('state_reason', state)}")
    is_final = row.observation_complete == COMPLETE
    value, complete = numbers.percent(row.employment_rate), numbers.percent(row.observation_complete, against=COMPLETE)
    return Mark(
        name,
        row.employment_rate,
        text=says("outcomes.month_final" if is_final else "outcomes.month_open", value=value, complete=complete),
        hover=says(
            "outcomes.month_hover",
            month=numbers.month(row.end_month),
            value=value,
            range=span(row.employment_rate_low, row.employment_rate_high, pen),
            numerator=numbers.exact(row.employed_sessions),
            denominator=numbers.exact(row.due_sessions),
            complete=complete,
        ),
        low=row.employment_rate_low,
        high=row.employment_rate_high,
        tone="counted" if is_final else "other",
    )


def month_table(months: Sequence, pen: Pen) -> Table:
    """Both rates by end month."""
    says = pen.words

    def rate(measure: str) -> Column:
        def value(row: object) -> Cell:
            state = _state_of(getattr(row, DENOMINATOR[measure]), measure)
            if state:
                return State(state)
            return Interval(*(getattr(row, f"{measure}{end}") for end in ("", "_low", "_high")))

        return Column(says.of("measure", measure), "share", f"outcome_month.{measure}", value)

    def counted(column: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = getattr(row, column)
            return State("suppressed") if found and found < LEAST_PERSONS else found

        return value

    def complete(row: object) -> Cell:
        state = _state_of(row.due_sessions, "employment_rate")
        return State(state) if state else row.observation_complete

    certified, employed = reversed(MEASURES)
    return Table(
        says("outcomes.table.months"),
        [
            Column(says("outcomes.column.month"), "month", "outcome_month.end_month"),
            Column(says("column.counted"), "count", "outcome_month.counted_sessions", counted("counted_sessions")),
            rate(certified),
            Column(says("outcomes.column.due"), "count", "outcome_month.due_sessions", counted("due_sessions")),
            rate(employed),
            Column(
                says("measure.observation_complete"),
                "share",
                "outcome_month.observation_complete",
                complete,
                against=COMPLETE,
            ),
        ],
        months,
    )


def _by_cohort(curves: Sequence) -> dict[date, list]:
    """The points of each end month that has ten persons or more, in order."""
    found: dict[date, list] = {}
    for row in curves:
        if row.counted_sessions >= LEAST_PERSONS:
            found.setdefault(row.end_month, []).append(row)
    return found


def cohort_picture(outcomes: Outcomes, curves: Sequence, pen: Pen) -> Picture:
    """Share certified some months after the end: the newest cohorts in colour, the older ones behind them."""
    says, numbers = pen.words, pen.numbers
    cohorts = _by_cohort(curves)
    # A cohort of one point is a dot on the axis and no course.
    courses = {month: points for month, points in cohorts.items() if len(points) > 1}
    newest = list(courses)[-NEWEST:]
    lines = [
        Line(
            numbers.month(month),
            [point.months_since for point in points],
            [point.certification_rate for point in points],
            [_cohort_hover(point, pen) for point in points],
            tone="counted" if month in newest else "other",
        )
        for month, points in courses.items()
    ]
    return charts.cohort_curves(
        lines,
        pen,
        _cohort_title(courses, newest, outcomes, pen),
        says("outcomes.cohorts_sub", **_of_place(outcomes, pen)),
        numbers.limit,
        says("outcomes.cohorts_axis"),
    )


def _cohort_hover(point: object, pen: Pen) -> str:
    return pen.words(
        "outcomes.cohort_hover",
        month=pen.numbers.month(point.end_month),
        since=str(point.months_since),
        value=pen.numbers.percent(point.certification_rate),
        numerator=pen.numbers.exact(point.certified_sessions),
        denominator=pen.numbers.exact(point.counted_sessions),
    )


def _cohort_title(courses: dict[date, list], newest: Sequence[date], outcomes: Outcomes, pen: Pen) -> str:
    """The newest cohort at its last month against the older ones after as many months: what is seen, no verdict."""
    says, numbers = pen.words, pen.numbers
    if not newest:
        return says("outcomes.cohorts.none", **_of_place(outcomes, pen))
    last = courses[newest[0]][-1]
    older = [
        point.certification_rate
        for month, points in courses.items()
        if month not in newest
        for point in points
        if point.months_since == last.months_since
    ]
    facts = {
        "month": numbers.month(last.end_month),
        "since": str(last.months_since),
        "value": numbers.percent(last.certification_rate),
    }
    if not older:
        return says("outcomes.cohorts.alone", **facts)
    return says("outcomes.cohorts.some", low=numbers.percent(min(older)), high=numbers.percent(max(older)), **facts)


def cohort_table(curves: Sequence, pen: Pen) -> Table:
    """One row an end month and number of months later."""
    says = pen.words
    return Table(
        says("outcomes.table.cohorts"),
        [
            Column(says("outcomes.column.month"), "month", "outcome_cohort.end_month"),
            Column(says("outcomes.column.since"), "rank", "outcome_cohort.months_since"),
            Column(says("column.counted"), "count", "outcome_cohort.counted_sessions"),
            Column(says("outcomes.column.certified"), "count", "outcome_cohort.certified_sessions"),
            Column(says("outcomes.column.share"), "share", "outcome_cohort.certification_rate"),
        ],
        [point for points in reversed(_by_cohort(curves).values()) for point in points],
        most=ON_PAGE,
    )


def institution_picture(outcomes: Outcomes, measure: str, funnel: Sequence, limits: Sequence, pen: Pen) -> Picture:
    """The funnel plot: only the farthest are named, the others by hovering and in the table."""
    says, numbers = pen.words, pen.numbers
    shown = [row for row in funnel if row.denominator >= LEAST_PERSONS]
    own = _of_city(outcomes, funnel)
    below = [row for row in own if _told_apart(row) and row.side == "below"]  # the farthest first
    above = [row for row in reversed(own) if _told_apart(row) and row.side == "above"]
    named = {row.institution_code for row in (*below[:NAMED_ON_FUNNEL], *above[:NAMED_ON_FUNNEL])}
    facts = {"measure": says.of("measure", measure), **_of_place(outcomes, pen)}
    key = "outcomes.institutions.some" if below or above else "outcomes.institutions.none"
    names = {
        "province": says("outcomes.province_value", value=numbers.percent(funnel[0].province_value)),
        "limit_95": says("cities.limit_95"),
        "limit_998": says("cities.limit_998"),
    }
    return charts.funnel_plot(
        [_institution_mark(row, row.institution_code in named, outcomes, pen) for row in shown],
        limits,
        pen,
        says(key, below=str(len(below)), above=str(len(above)), **facts),
        says.of("outcomes.institutions_sub", "all" if outcomes.scope.city == ALL else "city", **facts),
        names,
        says.of("cities.size", measure),
        is_wide=True,
    )


def _institution_tone(row: object) -> str:
    return row.side if _told_apart(row) else "undecided"


def _institution_mark(row: object, is_named: bool, outcomes: Outcomes, pen: Pen) -> Mark:
    says, numbers = pen.words, pen.numbers
    is_own = outcomes.scope.city in (ALL, row.main_city_code)
    return Mark(
        says.name(row) if is_named else "",
        row.value,
        hover=says(
            "outcomes.institution_hover",
            name=says.name(row),
            value=numbers.percent(row.value),
            numerator=numbers.exact(row.numerator),
            denominator=numbers.exact(row.denominator),
            status=says.of("outcomes.funnel_status", row.funnel_status),
        ),
        size=row.denominator,
        # Of another city than the one in focus: behind, and unjudged.
        tone=_institution_tone(row) if is_own else "other",
        is_focus=is_own and outcomes.scope.city != ALL,
        code=row.institution_code,
    )


def funnel_table(outcomes: Outcomes, measure: str, funnel: Sequence, pen: Pen) -> Table:
    """The funnel plot's figures, those below the limits first."""
    says = pen.words

    def known(column: str) -> Callable[[object], Cell]:
        return lambda row: State("suppressed") if row.denominator < LEAST_PERSONS else getattr(row, column)

    return Table(
        says("outcomes.table.funnel"),
        [
            Column(says("outcomes.column.institution"), value=says.name),
            Column(says.of("measure", measure), "share", "institution_funnel.value", known("value")),
            Column(says("column.numerator"), "count", "institution_funnel.numerator", known("numerator")),
            Column(says("column.denominator"), "count", "institution_funnel.denominator", known("denominator")),
            Column(
                says("column.funnel_status"),
                of="institution_funnel.funnel_status",
                value=lambda row: _status_cell(row.funnel_status, row.side, pen),
            ),
        ],
        _of_city(outcomes, funnel),
        most=ON_PAGE,
    )


def _status_cell(status: str | None, side: str | None, pen: Pen) -> Cell:
    says = pen.words
    if status is None:
        return State("not_available")
    if status == "too_few":
        return State("not_assessed", says("outcomes.too_few"))
    return says.of("outcomes.place", status, sign=SIGN["undecided" if status == "inside" else side])


def held_by_few(outcomes: Outcomes, held: Sequence, grown: Sequence, pen: Pen) -> tuple[str, str, list[str], str]:
    """How few institutions hold the training, and which grew suddenly."""
    says, numbers = pen.words, pen.numbers
    facts = _of_place(outcomes, pen)
    items = [
        _item(
            says.html("outcomes.held_what", name=says.name(row), share=numbers.percent(row.largest_share)),
            says.html(
                "outcomes.held_why",
                institutions=numbers.exact(row.institutions),
                top_four=numbers.percent(row.top_four_share),
                index=numbers.of_kind(row.herfindahl_index, "ratio"),
            ),
        )
        for row in held
    ]
    of_growth = [
        _item(
            says.html("outcomes.grown_what", name=says.name(row), ratio=numbers.of_kind(row.ratio, "decimal")),
            says.html(
                "outcomes.grown_why",
                month=numbers.month(row.quarter),
                sessions=numbers.sessions(row.sessions),
                before=numbers.exact(row.sessions_year_before),
                expected=numbers.exact(row.expected_sessions),
            ),
        )
        for row in grown
    ]
    items = [*items, *of_growth]
    title = says("outcomes.held" if grown else "outcomes.held_steady", **facts)
    return title, says("outcomes.held_sub", **facts), items, says("outcomes.held_none")


def _item(what: str, why: str) -> str:
    """One thing of a list, and under it why; both are HTML."""
    return f'<span class="what">{what}</span><span class="do">{why}</span>'


def of_institutions(outcomes: Outcomes, cards: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the institutions' table."""
    facts = _of_place(outcomes, pen)
    return pen.words("outcomes.cards", count=pen.numbers.exact(len(cards)), **facts), pen.words(
        "outcomes.cards_sub", **facts
    )


def institution_table(cards: Sequence, pen: Pen) -> Table:
    """Each institution: stars, licence, sessions, rates, rules broken, money."""
    says = pen.words

    def known(column: str, denominator: str, absent: str = "not_available") -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            of, found = getattr(row, denominator), getattr(row, column)
            if found is None:
                return State(absent)
            return State("suppressed") if of and of < LEAST_PERSONS else found

        return value

    def rate(measure: str, denominator: str, shown: str = "") -> Column:
        def value(row: object) -> Cell:
            of, found, few = getattr(row, denominator), getattr(row, measure), getattr(row, shown or denominator)
            if not of:
                return State("too_early" if measure == "employment_rate" else "not_available")
            if found is None:
                return State("not_assessed")
            if of < LEAST_PERSONS or (few and few < LEAST_PERSONS):
                return State("suppressed")
            return Interval(found, getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high"))

        return Column(says.of("measure", measure), "share", f"institution_scorecard.{measure}", value)

    def status(measure: str) -> Column:
        def value(row: object) -> Cell:
            return _status_cell(getattr(row, f"{measure}_funnel_status"), getattr(row, f"{measure}_side"), pen)

        head = says("outcomes.column.standing", measure=says.of("measure", measure))
        return Column(head, of=f"institution_scorecard.{measure}_funnel_status", value=value)

    def licence(row: object) -> Cell:
        return State("not_assessed") if row.licence_state is None else says.of("licence", row.licence_state)

    def money(column: str) -> Callable[[object], Cell]:
        return known(column, "subsidised_sessions", "not_assessed")

    return Table(
        says("outcomes.table.cards"),
        [
            Column(says("outcomes.column.institution"), value=says.name),
            Column(
                says("outcomes.column.main_city"),
                of="institution_scorecard.main_city_code",
                value=lambda row: says.name(_City(row.city_name_zh, row.city_name_en)) if row.city_code else None,
            ),
            Column(says("outcomes.column.stars"), "rank", "institution_scorecard.star_rating"),
            Column(says("outcomes.column.licence"), of="institution_scorecard.licence_state", value=licence),
            Column(
                says("column.counted"),
                "count",
                "institution_scorecard.counted_sessions",
                known("counted_sessions", "counted_sessions"),
                bars=True,
            ),
            Column(
                says("outcomes.column.share_of_city"),
                "share",
                "institution_scorecard.share_of_city",
                known("share_of_city", "counted_sessions"),
            ),
            rate("certification_rate", "counted_sessions"),
            status("certification_rate"),
            rate("employment_rate", "due_sessions"),
            status("employment_rate"),
            rate("violation_rate", "subsidised_sessions", "violating_sessions"),
            Column(says("outcomes.column.paid"), "yuan", "institution_scorecard.paid_yuan", money("paid_yuan")),
            Column(
                says("outcomes.column.irregular"),
                "yuan",
                "institution_scorecard.irregular_yuan",
                money("irregular_yuan"),
            ),
        ],
        cards,
        most=ON_PAGE,
    )


@dataclass(frozen=True)
class _City:
    """The names of a city that stand in a row of something else."""

    name_zh: str
    name_en: str


def notes(pen: Pen) -> list[tuple[str, str]]:
    """How the comparisons are made: a term and its sentence of HTML."""
    says = pen.words
    return [
        (says.of("outcomes.note", name), says.html_of("outcomes.note_says", name))
        for name in ("employment", "firm", "parts", "cities", "like", "institutions", "filters", "suppressed")
    ]
