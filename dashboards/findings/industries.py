"""What the Industries page says: where training goes, and how much of the surveyed vacancies it has filled.

Sessions and vacancies are counted, not sampled, and are compared as they are. While the twelve months after a survey
are not over, nothing is concluded from its gap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import charts
from dashboards.charts import Mark, Pen, Picture
from dashboards.findings.wording import NAMED, SIGN, dated, names
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.site import ALL
from dashboards.table import Cell, Column, State, Table

IN_PLAN = "IN_PLAN"  # what the mart calls AI and the 19 pillars together
AI = "AI"
OTHER = "OTHER"
SMALL = 10  # persons


@dataclass(frozen=True)
class Training:
    """The rows of one plan year in the province or the city in focus, the most trained first."""

    rows: Sequence
    scope: Scope
    city_name: str  # empty for the province
    as_of: date
    has_landed: bool

    @property
    def in_plan(self) -> list:
        """AI and the 19 pillars."""
        return [row for row in self.rows if row.industry_code not in (ALL, IN_PLAN, OTHER)]

    @property
    def listed(self) -> list:
        """AI and the 19 pillars, and apart from them, last, the rest."""
        return [*self.in_plan, *(row for row in self.rows if row.industry_code == OTHER)]

    @property
    def without(self) -> list:
        """The plan's industries that nobody was trained for."""
        return [row for row in self.in_plan if row.counted_sessions == 0]

    def of(self, code: str) -> object | None:
        """The row of an industry or a sum."""
        return next((row for row in self.rows if row.industry_code == code), None)

    @property
    def own(self) -> object | None:
        """The industry in focus."""
        return None if self.scope.industry == ALL else self.of(self.scope.industry)

    @property
    def has_begun(self) -> bool:
        """Whether the year has begun."""
        return self.as_of.year >= self.scope.year

    @property
    def is_empty(self) -> bool:
        """Whether nothing is counted."""
        total = self.of(ALL)
        return total is None or not total.counted_sessions

    def is_focus(self, row: object) -> bool:
        """Whether the row is of the industry in focus."""
        return row.industry_code == self.scope.industry


@dataclass(frozen=True)
class Demand:
    """One half-year's survey: its industries, the largest gap first. `half` is none where nothing was surveyed."""

    half: date | None
    rows: Sequence
    scope: Scope
    has_landed: bool

    @property
    def industries(self) -> list:
        """The industries surveyed."""
        return [row for row in self.rows if row.industry_code != ALL]

    @property
    def in_scope(self) -> object | None:
        """The row of the industry in focus, else the sum."""
        return next((row for row in self.rows if row.industry_code == self.scope.industry), None)

    @property
    def is_over(self) -> bool:
        """Whether the twelve months are over."""
        return bool(self.in_scope and self.in_scope.is_window_over)

    @property
    def state(self) -> str:
        """Why there is nothing: never landed, or nothing surveyed here."""
        return "not_available" if self.has_landed else "not_assessed"


def half_of(halves: Sequence, chosen: str) -> date | None:
    """The half-year that was chosen, as the mart names it."""
    return next((row.surveyed_half for row in halves if row.surveyed_half.isoformat() == chosen), None)


def half_codes(halves: Sequence) -> list[str]:
    """What an address calls the half-years, in the order of time."""
    return sorted(row.surveyed_half.isoformat() for row in halves)


def first_half(halves: Sequence) -> str:
    """The half-year that is shown until another is chosen: the query's first."""
    return halves[0].surveyed_half.isoformat()


def half_name(pen: Pen) -> Callable[[str], str]:
    """A half-year in words."""
    return lambda code: _half(date.fromisoformat(code), pen)


def _half(half: date, pen: Pen) -> str:
    return pen.words.of("industries.half", str(half.month), year=str(half.year))


def city_name(cities: Sequence, code: str, pen: Pen) -> str:
    """The name of the city in focus; empty for the province."""
    return next((pen.words.name(row) for row in cities if row.code == code), "")


def _place(training: Training, pen: Pen) -> str:
    return training.city_name or pen.words("industries.province")


def _state_of(row: object, pen: Pen) -> str:
    """Sessions with their unit, or the symbol of what is suppressed."""
    return pen.numbers.sessions(row.counted_sessions, "suppressed" if row.is_suppressed else "not_available")


def answer(training: Training, demand: Demand, pen: Pen) -> str:
    """Where training goes, and what of the vacancies is filled: HTML."""
    says, numbers = pen.words, pen.numbers
    facts = {"as_of": numbers.day(training.as_of), "year": str(training.scope.year), "place": _place(training, pen)}
    if not training.has_begun:
        return says.run_on([says.html("industries.answer.not_begun", **facts), _of_demand(demand, pen)])
    if training.is_empty:
        landed = training.has_landed
        facts["state"] = numbers.state("not_available" if landed else "not_assessed")
        nothing = says.html_of("industries.nobody", "landed" if landed else "never", **facts)
        return says.run_on([nothing, _of_demand(demand, pen)])
    if training.own:
        return says.run_on([_of_own(training, facts, pen), _of_demand(demand, pen)])
    row, without = training.of(IN_PLAN), training.without
    facts |= {
        "counted": _state_of(row, pen),
        "share": numbers.percent(row.counted_share, "suppressed" if row.is_suppressed else "not_available"),
        "listed": names(without, pen),
        "count": str(len(without)),
        "industries": str(len(training.in_plan)),
    }
    kind = "all" if not without else "few" if len(without) <= NAMED else "some"
    return says.run_on([says.html_of("industries.answer", kind, **facts), _of_demand(demand, pen)])


def _of_own(training: Training, facts: dict[str, str], pen: Pen) -> str:
    """The industry in focus beside the year before."""
    says, numbers, row = pen.words, pen.numbers, training.own
    facts = facts | {
        "industry": says.name(row),
        "counted": _state_of(row, pen),
        "share": numbers.percent(row.counted_share, "suppressed" if row.is_suppressed else "not_available"),
    }
    if row.counted_sessions == 0:
        return says.html("industries.own.none", **facts)
    if row.sessions_change is None:
        return says.html("industries.own.alone", **facts)
    facts |= {"before": numbers.exact(row.sessions_before), "change": numbers.exact(abs(row.sessions_change))}
    return says.html_of("industries.own", _way(row), **facts)


def _way(row: object) -> str:
    change = row.sessions_change
    return "more" if change > 0 else "fewer" if change < 0 else "same"


def _of_demand(demand: Demand, pen: Pen) -> str:
    """What the survey's vacancies have become."""
    says, numbers, row = pen.words, pen.numbers, demand.in_scope
    if row is None:
        return says.html_of("industries.no_demand", demand.state, state=numbers.state(demand.state))
    facts = {
        "half": _half(demand.half, pen),
        "vacancies": numbers.count(row.vacancies),
        "filled": numbers.percent(row.filled_share),
        "gap": numbers.count(row.gap),
        "listed": names([other for other in demand.industries if other.gap][:NAMED], pen),
        "state": numbers.state("too_early"),
    }
    if not row.is_window_over:
        return says.html("industries.demand.open", **facts)
    return says.html("industries.demand.one" if demand.scope.industry != ALL else "industries.demand.over", **facts)


def figures(training: Training, demand: Demand, pen: Pen) -> list[Figure]:
    """What the plan's industries (or the one in focus) got, and what the vacancies became."""
    if not training.has_begun or training.is_empty:
        return []
    if training.own:
        first = [_sessions(training, training.own, pen.words.name(training.own), pen), _share(training, pen)]
    else:
        first = [
            _sessions(training, training.of(IN_PLAN), pen.words("industries.figure.in_plan"), pen),
            _sessions(training, training.of(AI), pen.words.name(training.of(AI)), pen),
        ]
    third = _gap(training, demand, pen) if training.own else _without(training, pen)
    return [*first, third, _filled(training, demand, pen)]


def _sessions(training: Training, row: object, label: str, pen: Pen) -> Figure:
    says, numbers = pen.words, pen.numbers
    definition = pen.define("industry_scope.counted_sessions")
    if row.is_suppressed:
        return Figure(
            label=label,
            value=numbers.state("suppressed"),
            compare=says.of("state_reason", "suppressed"),
            dated=dated(training.as_of, pen),
            definition=definition,
            tone="undecided",
            is_state=True,
        )
    if row.sessions_change is None:
        kind = "hidden" if row.is_before_suppressed else "first"
        compare, tone = says.of("industries.figure.alone", kind), "undecided"
    else:
        tone = {"more": "above", "fewer": "below", "same": "undecided"}[_way(row)]
        compare = says.of(
            "industries.figure.before",
            _way(row),
            sign=SIGN[tone],
            change=numbers.exact(abs(row.sessions_change)),
            before=numbers.exact(row.sessions_before),
        )
    return Figure(
        label=label,
        value=numbers.count(row.counted_sessions),
        beside=says("unit.sessions_word"),
        compare=compare,
        dated=dated(training.as_of, pen),
        definition=definition,
        tone=tone,
    )


def _share(training: Training, pen: Pen) -> Figure:
    row, total = training.own, training.of(ALL)
    return Figure(
        label=pen.words("industries.figure.share"),
        value=pen.numbers.percent(row.counted_share, "suppressed" if row.is_suppressed else "not_available"),
        compare=pen.words("industries.figure.share_compare", total=pen.numbers.sessions(total.counted_sessions)),
        dated=dated(training.as_of, pen),
        definition=pen.define("industry_scope.counted_share"),
        is_state=row.is_suppressed,
    )


def _without(training: Training, pen: Pen) -> Figure:
    without = training.without
    tone = "below" if without else "above"
    return Figure(
        label=pen.words("industries.figure.without"),
        value=str(len(without)),
        beside=pen.words("unit.industries_word"),
        compare=pen.words.of("industries.figure.without_compare", tone, sign=SIGN[tone], names=names(without, pen)),
        dated=dated(training.as_of, pen),
        definition=pen.words("industries.figure.without_means"),
        tone=tone,
    )


def _gap(training: Training, demand: Demand, pen: Pen) -> Figure:
    row = demand.in_scope
    if row is None:
        return _no_demand("industries.figure.gap", "demand_scope.gap", training, demand, pen)
    return Figure(
        label=pen.words("industries.figure.gap"),
        value=pen.numbers.count(row.gap),
        beside=pen.words("unit.persons_word"),
        compare=pen.words(
            "industries.figure.gap_compare",
            hard=pen.numbers.count(row.hard_to_fill),
            over=pen.numbers.count(row.over_supply),
        ),
        dated=_of_survey(demand, pen),
        definition=pen.define("demand_scope.gap"),
    )


def _filled(training: Training, demand: Demand, pen: Pen) -> Figure:
    row = demand.in_scope
    if row is None:
        return _no_demand("industries.figure.filled", "demand_scope.filled_share", training, demand, pen)
    return Figure(
        label=pen.words("industries.figure.filled"),
        value=pen.numbers.percent(row.filled_share),
        compare=pen.words.of(
            "industries.figure.filled_compare",
            "over" if row.is_window_over else "open",
            vacancies=pen.numbers.count(row.vacancies),
            gap=pen.numbers.count(row.gap),
        ),
        dated=_of_survey(demand, pen),
        definition=pen.define("demand_scope.filled_share"),
        tone="" if row.is_window_over else "undecided",
    )


def _of_survey(demand: Demand, pen: Pen) -> str:
    return pen.words("industries.figure.surveyed", half=_half(demand.half, pen))


def _no_demand(label: str, column: str, training: Training, demand: Demand, pen: Pen) -> Figure:
    return Figure(
        label=pen.words(label),
        value=pen.numbers.state(demand.state),
        compare=pen.words.of("industries.why_no_demand", demand.state),
        dated=dated(training.as_of, pen),
        definition=pen.define(column),
        tone="undecided",
        is_state=True,
    )


def sessions(training: Training, pen: Pen) -> Picture:
    """A bar an industry, the same days of the year before beneath; what is not of the plan stands last."""
    says, numbers = pen.words, pen.numbers
    marks = [
        Mark(
            says.name(row),
            row.counted_sessions,
            text=_bar_text(row, pen),
            hover=says(
                "industries.hover",
                name=says.name(row),
                counted=numbers.exact(row.counted_sessions, "suppressed"),
                before=numbers.exact(
                    row.sessions_before, "suppressed" if row.is_before_suppressed else "not_available"
                ),
                share=numbers.percent(row.counted_share),
            ),
            before=row.sessions_before,
            tone="undecided" if row.industry_code == OTHER else "counted",
            is_focus=training.is_focus(row),
        )
        for row in training.listed
    ]
    without = training.without
    risen = [row for row in training.in_plan if (row.sessions_change or 0) > 0]
    risen.sort(key=lambda row: row.sessions_change, reverse=True)
    fallen = [row for row in training.in_plan if (row.sessions_change or 0) < 0]
    fallen.sort(key=lambda row: row.sessions_change)
    facts = {
        "place": _place(training, pen),
        "most": names(training.in_plan[:2], pen),
        "without": names(without, pen),
        "up": names(risen[:1], pen),
        "down": names(fallen[:1], pen),
    }
    kind = "without" if without else "changed" if risen or fallen else "alone"
    return charts.bars_with_before(
        marks,
        pen,
        says.of("industries.sessions", kind, **facts),
        says("industries.sessions_sub", as_of=numbers.day(training.as_of)),
        says.of("groups.period", "one", year=str(training.scope.year)),
        says("groups.same_days_before"),
    )


def _bar_text(row: object, pen: Pen) -> str:
    if row.is_suppressed:
        return pen.numbers.state("suppressed")
    if row.counted_sessions == 0:
        return pen.words("industries.none_yet")
    count = pen.numbers.count(row.counted_sessions)
    if row.sessions_change is None:
        return count
    return pen.words.of("industries.bar", _way(row), count=count, change=pen.numbers.count(abs(row.sessions_change)))


def gaps(training: Training, demand: Demand, pen: Pen) -> Picture:
    """A bar an industry: the vacancies that nobody certified has filled; grey while the twelve months run."""
    says, numbers = pen.words, pen.numbers
    marks = [
        Mark(
            says.name(row),
            row.gap,
            text=says("industries.gap_text", gap=numbers.count(row.gap), filled=numbers.percent(row.filled_share)),
            hover=says(
                "industries.gap_hover",
                name=says.name(row),
                vacancies=numbers.exact(row.vacancies),
                hard=numbers.exact(row.hard_to_fill),
                gap=numbers.exact(row.gap),
                over=numbers.exact(row.over_supply),
            ),
            tone="below" if row.is_window_over else "other",
            is_focus=row.industry_code == demand.scope.industry,
        )
        for row in demand.industries
    ]
    least = min(demand.industries, key=lambda row: 1 if row.filled_share is None else row.filled_share)
    facts = {
        "place": _place(training, pen),
        "half": _half(demand.half, pen),
        "names": names(demand.industries[:NAMED], pen),
        "least": says.name(least),
        "filled": numbers.percent(least.filled_share),
    }
    kind = "over" if all(row.is_window_over for row in demand.industries) else "open"
    return charts.bars(
        marks,
        pen,
        says.of("industries.gaps", kind, **facts),
        says.of("industries.gaps_sub", kind, half=facts["half"], as_of=numbers.day(training.as_of)),
    )


def no_gaps(demand: Demand, pen: Pen) -> tuple[str, str, str]:
    """Why training can't stand against vacancies."""
    says = pen.words
    state = pen.numbers.state(demand.state)
    return says("industries.no_gaps"), "", says.html_of("industries.no_demand", demand.state, state=state)


def gap_table(demand: Demand, pen: Pen) -> Table:
    """The survey by industry: vacancies, what is filled, what is too much, and the training that was wanted."""
    says = pen.words

    def certified(row: object) -> Cell:
        is_small = demand.scope.city != ALL and 0 < row.certified_sessions < SMALL
        return State("suppressed") if is_small else row.certified_sessions

    return Table(
        says("industries.table.gaps"),
        [
            Column(says("industries.column.industry"), value=says.name),
            Column(says("industries.column.vacancies"), "count", "demand_scope.vacancies"),
            Column(says("industries.column.hard"), "count", "demand_scope.hard_to_fill"),
            Column(says("industries.column.certified"), "count", "demand_scope.certified_sessions", certified),
            Column(says("industries.column.gap"), "count", "demand_scope.gap", bars=True),
            Column(says("industries.column.filled"), "share", "demand_scope.filled_share"),
            Column(says("industries.column.over"), "count", "demand_scope.over_supply"),
            Column(says("industries.column.intent"), "count", "demand_scope.training_intent"),
            Column(says("industries.column.intent_coverage"), "share", "demand_scope.intent_coverage"),
            _window_column("demand_scope.is_window_over", pen),
        ],
        demand.industries,
        lambda row: row.industry_code == demand.scope.industry,
    )


def _window_column(of: str, pen: Pen) -> Column:
    def value(row: object) -> Cell:
        return pen.words("industries.window_over") if row.is_window_over else State("too_early", _why_open(pen))

    return Column(pen.words("industries.column.window"), of=of, value=value)


def _why_open(pen: Pen) -> str:
    return pen.words("industries.window_open")


def grid(training: Training, cells: Sequence, pen: Pen) -> Picture:
    """Industries down, cities across, the counted sessions in each cell."""
    says, numbers, is_zh = pen.words, pen.numbers, pen.words.language == "zh"
    rows = {cell.industry_code: cell.industry_zh if is_zh else cell.industry_en for cell in cells}
    columns = {cell.city_code: cell.city_zh if is_zh else cell.city_en for cell in cells}
    focus = training.scope
    marks = {
        (cell.industry_code, cell.city_code): Mark(
            cell.industry_code,
            cell.counted_sessions,
            text=says("industries.hidden") if cell.is_suppressed else numbers.count(cell.counted_sessions),
            hover=says(
                "industries.cell_hover",
                city=columns[cell.city_code],
                industry=rows[cell.industry_code],
                counted=numbers.exact(cell.counted_sessions, "suppressed"),
            ),
        )
        for cell in cells
    }
    empty = [cell for cell in cells if cell.counted_sessions == 0]
    shown = [cell for cell in cells if cell.counted_sessions]
    most = max(shown, key=lambda cell: cell.counted_sessions)
    facts = {
        "cells": str(len(cells)),
        "empty": str(len(empty)),
        "city": columns[most.city_code],
        "industry": rows[most.industry_code],
        "count": numbers.sessions(most.counted_sessions),
    }
    return charts.heat_map(
        [Mark(name, None, code=code, is_focus=code == focus.industry) for code, name in rows.items()],
        [Mark(name, None, code=code, is_focus=code == focus.city) for code, name in columns.items()],
        marks,
        pen,
        says("industries.grid" if empty else "industries.grid_full", **facts),
        says("industries.grid_sub", year=str(focus.year), as_of=numbers.day(training.as_of)),
    )


def grid_table(cells: Sequence, pen: Pen) -> Table:
    """An industry a row, a city a column."""
    says, is_zh = pen.words, pen.words.language == "zh"
    columns = {cell.city_code: cell.city_zh if is_zh else cell.city_en for cell in cells}
    by_place = {(cell.industry_code, cell.city_code): cell for cell in cells}
    first = next(iter(columns))

    def of(code: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            cell = by_place[row.industry_code, code]
            return State("suppressed") if cell.is_suppressed else cell.counted_sessions

        return value

    return Table(
        says("industries.table.grid"),
        [
            Column(says("industries.column.industry"), value=lambda row: row.industry_zh if is_zh else row.industry_en),
            *(Column(name, "count", value=of(code)) for code, name in columns.items()),
        ],
        [cell for cell in cells if cell.city_code == first],
    )


def occupations(training: Training, rows: Sequence, demand: Demand, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the occupations of the industry in focus."""
    says = pen.words
    facts = {
        "place": _place(training, pen),
        "industry": says.name(training.own),
        "half": _half(demand.half, pen) if demand.half else "",
        "names": names([row for row in rows if row.gap][:NAMED], pen),
        "as_of": pen.numbers.day(training.as_of),
    }
    kind = "over" if demand.is_over else "open"
    return says.of("industries.occupations", kind, **facts), says("industries.occupations_sub", **facts)


def no_occupations(training: Training, demand: Demand, pen: Pen) -> tuple[str, str, str]:
    """Where no industry is in focus, or its survey names no occupation."""
    says = pen.words
    title = says("industries.no_occupations")
    if training.own is None:
        return title, "", says.html("industries.choose_one")
    return title, "", says.html_of("industries.no_demand", demand.state, state=pen.numbers.state(demand.state))


def _shown(column: str) -> Callable[[object], Cell]:
    """The column of a row, unless its small figures hide."""
    return lambda row: State("suppressed") if row.is_suppressed else getattr(row, column)


def occupation_table(rows: Sequence, pen: Pen) -> Table:
    """Vacancies of each occupation, those certified for it, what is missing and what is too much."""
    says = pen.words

    return Table(
        says("industries.table.occupations"),
        [
            Column(says("industries.column.occupation"), value=says.name),
            Column(says("industries.column.code"), of="demand_occupation.occupation_code"),
            Column(says("industries.column.vacancies"), "count", "demand_occupation.vacancies", bars=True),
            Column(says("industries.column.hard"), "count", "demand_occupation.hard_to_fill"),
            *(
                Column(says.of("industries.column", head), kind, f"demand_occupation.{name}", _shown(name))
                for head, kind, name in (
                    ("certified", "count", "certified_sessions"),
                    ("gap", "count", "gap"),
                    ("filled", "share", "filled_share"),
                    ("over", "count", "over_supply"),
                )
            ),
            _window_column("demand_occupation.is_window_over", pen),
        ],
        rows,
    )


def session_table(training: Training, pen: Pen) -> Table:
    """The industries side by side: sessions, share, and the year before."""
    says = pen.words

    def before(column: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = getattr(row, column)
            if found is not None:
                return found
            if row.is_before_suppressed or row.is_suppressed:
                return State("suppressed")
            return State("not_available", says.of("industries.figure.alone", "first"))

        return value

    def status(row: object) -> str:
        return says.of("industries.list", row.list_status)

    return Table(
        says("industries.table.sessions"),
        [
            Column(says("industries.column.industry"), value=says.name),
            Column(says("industries.column.list"), of="dim_industry.list_status", value=status),
            Column(
                says("column.counted"),
                "count",
                "industry_scope.counted_sessions",
                _shown("counted_sessions"),
                True,
            ),
            Column(
                says("industries.column.share"),
                "share",
                "industry_scope.counted_share",
                _shown("counted_share"),
            ),
            Column(
                says("industries.column.before"), "count", "industry_scope.sessions_before", before("sessions_before")
            ),
            Column(
                says("industries.column.change"), "count", "industry_scope.sessions_change", before("sessions_change")
            ),
        ],
        training.listed,
        training.is_focus,
    )


def notes(pen: Pen) -> list[tuple[str, str]]:
    """What the list, the survey and the suppression mean: a term and its sentence of HTML."""
    says = pen.words
    return [
        (says.of("industries.note", name), says.html_of("industries.note_says", name))
        for name in ("list", "before", "survey", "filled", "open", "match", "suppressed")
    ]
