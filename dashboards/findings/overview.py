"""What the Overview's figures say, in words: which sentence fits the rows, and the rows' numbers in it.

Everything here chooses and formats. A comparison (`pace < 1`) picks a sentence; no figure is derived.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dashboards.charts.pen import Pen, bold, in_lines, joined
from dashboards.layout import Figure
from dashboards.queries.common import WHOLE_PLAN
from dashboards.table import Cell, Column, Interval, State, Table

ON_COURSE = 1  # pace and attainment are shares of what is expected
CAUSES_SHOWN = 2  # of a step's loss, under its bar
CAUSES_ROOM = 19  # Han characters of causes that fit beside a step's loss on a phone
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
# What the priority share's interval allows to be said of it, in the words' and in the colours' terms.
HELD = {"at_or_above": "met", "below": "missed", "undecided": "undecided", None: "unknown"}
TONE = {"at_or_above": "above", "below": "below", "undecided": "undecided", None: "undecided"}

_COLUMN = {
    "counted": "target_progress.counted_sessions",
    "pace": "target_progress.pace",
    "share": "target_progress.priority_share_persons",
    "projection": "target_progress.projection",
}


@dataclass(frozen=True)
class Plan:
    """The rows of `target_progress`, and the day they are as of."""

    rows: Sequence
    as_of: date

    @cached_property
    def years(self) -> list:
        """The plan years in order, without the three together."""
        return [row for row in self.rows if row.plan_year != WHOLE_PLAN]

    @property
    def choices(self) -> list[int]:
        """What the year filter offers."""
        return [row.plan_year for row in self.rows]

    def row(self, year: int) -> object:
        """The row of a plan year, or of the three together."""
        return next(row for row in self.rows if row.plan_year == year)

    def stage(self, row: object) -> str:
        """not_begun, open, closed, or whole for the three together."""
        if row.plan_year == WHOLE_PLAN:
            return "whole"
        if self.as_of.year < row.plan_year:
            return "not_begun"
        return "closed" if self.as_of.year > row.plan_year else "open"

    def verdict(self, row: object) -> str:
        """met or missed for a closed year, ahead or behind for one that runs, unknown without a pace."""
        if self.stage(row) == "closed":
            return "met" if _reaches(row.attainment) else "missed"
        if row.pace is None:
            return "unknown"
        return "ahead" if _reaches(row.pace) else "behind"


@dataclass(frozen=True)
class Funnel:
    """The rows of `session_funnel` and of `funnel_loss` of one scope."""

    steps: Sequence
    losses: Sequence

    @property
    def is_empty(self) -> bool:
        """Whether nothing was declared: there is no funnel to draw."""
        return not any(step.sessions for step in self.steps)

    def step(self, name: str) -> object | None:
        """One step's row."""
        return next((step for step in self.steps if step.step == name), None)

    def causes(self, name: str) -> list:
        """The causes of one step's loss, the largest first."""
        return [loss for loss in self.losses if loss.step == name]


def _reaches(share: float | None, least: float = ON_COURSE) -> bool:
    return share is not None and share >= least


def _tone(share: float | None, least: float = ON_COURSE) -> str:
    if share is None:
        return "undecided"
    return "above" if share >= least else "below"


def question(plan: Plan, pen: Pen) -> str:
    """The page's question, with the plan's total in it."""
    return pen.words("overview.question", total=pen.numbers.sessions(plan.row(WHOLE_PLAN).target_sessions))


def answer(plan: Plan, row: object, pen: Pen) -> str:
    """One sentence of HTML: verdict, counted of target, pace, priority share."""
    says, numbers, stage = pen.words, pen.numbers, plan.stage(row)
    facts = {
        "as_of": numbers.day(plan.as_of),
        "year": str(row.plan_year),
        "counted": numbers.sessions(row.counted_sessions),
        "target": numbers.sessions(row.target_sessions),
        "attainment": numbers.percent(row.attainment, against=ON_COURSE),
        "pace": numbers.percent(row.pace, against=ON_COURSE),
        "basis": _basis(row, pen),
        "share": numbers.percent(row.priority_share_persons, against=row.priority_target),
        "limit": numbers.limit(row.priority_target),
    }
    if stage == "not_begun":
        return says.html("overview.answer.not_begun", **facts)
    return says.run_on(
        [
            _lead(plan, row, pen),
            says.html_of("overview.answer", stage, **facts),
            says.html_of("overview.share", HELD[row.priority_standing], **facts),
        ]
    )


def _lead(plan: Plan, row: object, pen: Pen) -> str:
    """The verdict with its sign, in its colour."""
    verdict = plan.verdict(row)
    tone = {"behind": "below", "missed": "below", "unknown": "undecided"}.get(verdict, "above")
    return f'<span class="tone-{tone}">{SIGN[tone]} {pen.words.html_of("overview.lead", verdict)}</span>'


def _basis(row: object, pen: Pen) -> str:
    """What the expected share follows: the seasons of earlier years, the calendar, or each year's own."""
    return pen.words.of("basis", row.profile_basis or "mixed")


def figures(plan: Plan, row: object, pen: Pen) -> list[Figure]:
    """Counted, pace, priority share, projection."""
    if plan.stage(row) == "not_begun":
        return [_too_early(name, plan, row, pen) for name in ("counted", "pace", "share", "projection")]
    return [
        _counted(plan, row, pen),
        _pace(plan, row, pen),
        _share(plan, row, pen),
        _projection(plan, row, pen),
    ]


def _dated(plan: Plan, pen: Pen) -> str:
    return pen.words("figure.as_of", day=pen.numbers.day(plan.as_of))


def _counted(plan: Plan, row: object, pen: Pen) -> Figure:
    says, numbers = pen.words, pen.numbers
    return Figure(
        label=says("figure.counted"),
        value=numbers.count(row.counted_sessions),
        beside=says("unit.sessions_word"),
        compare=says(
            "figure.counted_compare",
            target=numbers.count(row.target_sessions),
            attainment=numbers.percent(row.attainment, against=ON_COURSE),
        ),
        dated=_dated(plan, pen),
        definition=pen.define("target_progress.counted_sessions"),
    )


def _pace(plan: Plan, row: object, pen: Pen) -> Figure:
    says, numbers, tone = pen.words, pen.numbers, _tone(row.pace)
    return Figure(
        label=says("figure.pace", basis=_basis(row, pen)),
        value=numbers.percent(row.pace, against=ON_COURSE),
        compare=says.of(
            "figure.pace_compare",
            tone,
            sign=SIGN[tone],
            basis=_basis(row, pen),
            attainment=numbers.percent(row.attainment, against=row.expected_share_elapsed),
            elapsed=numbers.percent(row.expected_share_elapsed),
        ),
        dated=_dated(plan, pen),
        definition=pen.define("target_progress.pace"),
        tone=tone,
    )


def _share(plan: Plan, row: object, pen: Pen) -> Figure:
    says, numbers = pen.words, pen.numbers
    tone = TONE[row.priority_standing]
    return Figure(
        label=says("figure.share"),
        value=numbers.percent(row.priority_share_persons, against=row.priority_target),
        compare=says.of(
            "figure.share_compare",
            tone if row.priority_standing else "unknown",
            sign=SIGN[tone],
            limit=numbers.limit(row.priority_target),
            sessions_share=numbers.percent(row.priority_share_sessions, against=row.priority_target),
        ),
        dated=_dated(plan, pen),
        definition=says(
            "define.share",
            definition=pen.define("target_progress.priority_share_persons"),
            priority=numbers.exact(row.priority_persons),
            persons=numbers.exact(row.persons),
        ),
        tone=tone,
    )


def _projection(plan: Plan, row: object, pen: Pen) -> Figure:
    says, numbers, stage = pen.words, pen.numbers, plan.stage(row)
    label = says("figure.projection_whole" if stage == "whole" else "figure.projection")
    reason = {"closed": "figure.projection_closed", "whole": "figure.projection_of_whole"}.get(stage)
    if row.projection is None or stage == "closed":
        return Figure(
            label=label,
            value=numbers.state(_if_not_projected(plan, row)),
            compare=says(reason or "figure.projection_missing"),
            dated=_dated(plan, pen),
            definition=_define_projection(row, pen),
            tone="undecided",
            is_state=True,
        )
    return Figure(
        label=label,
        value=numbers.count(row.projection),
        beside=says("unit.sessions_word"),
        compare=says(
            "figure.projection_compare",
            low=numbers.count(row.projection_low),
            high=numbers.count(row.projection_high),
        ),
        dated=_dated(plan, pen),
        definition=_define_projection(row, pen),
    )


def _define_projection(row: object, pen: Pen) -> str:
    return pen.words("define.projection", definition=pen.define("target_progress.projection"), delay=_delay(row, pen))


def _delay(row: object, pen: Pen) -> str:
    """Whether late reports were estimated, and how many sessions are still to come."""
    return pen.words.of(
        "delay", row.delay_basis or "unknown", sessions=pen.numbers.sessions(row.delay_sessions, "not_assessed")
    )


def _too_early(name: str, plan: Plan, row: object, pen: Pen) -> Figure:
    return Figure(
        label=pen.words.of("figure", name, basis=_basis(row, pen)),
        value=pen.numbers.state("too_early"),
        compare=pen.words("figure.begins", year=str(row.plan_year)),
        dated=_dated(plan, pen),
        definition=pen.define(_COLUMN[name]),
        tone="undecided",
        is_state=True,
    )


def of_months(plan: Plan, row: object, months: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the cumulative curve."""
    says, numbers = pen.words, pen.numbers
    subtitle = says("overview.months_sub", basis=_basis(row, pen), as_of=numbers.day(plan.as_of))
    complete = [month for month in months if month.is_complete_month and month.cumulative_sessions is not None]
    facts = {
        "year": str(row.plan_year),
        "counted": numbers.sessions(row.counted_sessions),
        "target": numbers.sessions(row.target_sessions),
        "attainment": numbers.percent(row.attainment, against=ON_COURSE),
    }
    stage = plan.stage(row)
    if stage != "open" or not complete:
        return says.of("overview.months", "open" if stage == "open" else stage, **facts), subtitle
    last = complete[-1]
    side = "above" if last.cumulative_sessions >= last.target_cumulative else "below"
    title = says.of(
        "overview.months_side",
        side,
        month=numbers.month(last.end_month),
        count=numbers.sessions(last.cumulative_sessions),
        line=numbers.count(last.target_cumulative),
    )
    return title, subtitle


def of_years(plan: Plan, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the plan years' bars."""
    says, numbers = pen.words, pen.numbers
    clauses = [
        says.of(
            "overview.years",
            "not_begun" if plan.stage(row) == "not_begun" else "begun",
            year=str(row.plan_year),
            attainment=numbers.percent(row.attainment, against=ON_COURSE),
        )
        for row in plan.years
    ]
    return says("sentence.comma").join(clauses), says("overview.years_sub", as_of=numbers.day(plan.as_of))


def empty_funnel(plan: Plan, row: object, pen: Pen) -> tuple[str, str, str]:
    """Title, subtitle and the sentence in place of a funnel that has nothing in it."""
    state = pen.numbers.state(_if_null(plan, row))
    subtitle = pen.words("overview.funnel_sub", as_of=pen.numbers.day(plan.as_of))
    return (
        pen.words("overview.funnel_empty"),
        subtitle,
        pen.words.html("overview.funnel_nothing", state=state),
    )


def attainment_label(plan: Plan, pen: Pen) -> Callable[[object], str]:
    """For a plan year's row, the label of its bar: counted and attainment, or that it has not begun."""

    def label(row: object) -> str:
        if plan.stage(row) == "not_begun":
            return pen.numbers.state("too_early")
        count, share = pen.numbers.count(row.counted_sessions), pen.numbers.percent(row.attainment, against=1)
        return joined(" · ", bold(count), share)

    return label


def of_funnel(plan: Plan, funnel: Funnel, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the funnel: how many of the declared count, and the rule that takes most."""
    says, numbers = pen.words, pen.numbers
    declared, counted = funnel.step("declared"), funnel.step("eligible")
    subtitle = says("overview.funnel_sub", as_of=numbers.day(plan.as_of))
    rules = funnel.causes("eligible")
    title = says.of(
        "overview.funnel",
        "with_rule" if rules else "no_rule",
        declared=numbers.count(declared.sessions),
        counted=numbers.sessions(counted.sessions),
        rule=_cause_name(rules[0], pen) if rules else "",
        lost=numbers.count(rules[0].lost_sessions) if rules else "",
    )
    return title, subtitle


def causes(funnel: Funnel, pen: Pen) -> Callable[[str], str]:
    """For a step, the line under its bar: how many it lost, and the main causes with their counts."""

    def line(name: str) -> str:
        step, shown = funnel.step(name), funnel.causes(name)[:CAUSES_SHOWN]
        if not step or not step.lost_sessions:
            return ""
        reasons = [f"{_cause_name(loss, pen)} {pen.numbers.count(loss.lost_sessions)}" for loss in shown]
        family = "funnel.rest" if name == "employed" else "funnel.lost"
        return pen.words.of(
            *family.rsplit(".", 1),
            lost=pen.numbers.count(step.lost_sessions),
            reasons=in_lines(reasons, pen.words("sentence.list"), CAUSES_ROOM),
        )

    return line


def _cause_name(loss: object, pen: Pen) -> str:
    return pen.words.name(loss) or pen.words.of("cause", loss.cause)


def attention(rows: Sequence, plan: Plan, pen: Pen) -> tuple[str, str, list[str], str]:
    """Title, subtitle, the items as HTML, and the sentence for when there is none."""
    says = pen.words
    year = str(rows[0].plan_year) if rows else ""
    subtitle = says("attention.sub", year=year, as_of=pen.numbers.day(plan.as_of)) if rows else ""
    title = says.of("attention.title", "three" if len(rows) == 3 else "few")
    return title, subtitle, [_attention(row, pen) for row in rows], says("attention.none")


def attention_facts(row: object, pen: Pen) -> dict[str, str]:
    """What the words `attention.*` may say of an item."""
    numbers = pen.numbers
    return {
        "subject": pen.words.name(row) or pen.words("attention.region"),
        "percent": numbers.percent(row.measure, against=row.reference),
        "count": numbers.sessions(row.measure),
        "days": numbers.exact(row.measure),
        "limit": numbers.state("not_available") if row.reference is None else numbers.limit(row.reference),
        "limit_days": numbers.exact(row.reference),
        "gap": numbers.sessions(row.gap_sessions),
    }


def _attention(row: object, pen: Pen) -> str:
    says, facts = pen.words, attention_facts(row, pen)
    marks = {"tag.provisional": row.is_provisional, "tag.reference": row.is_reference}
    tag = "".join(f'<span class="tag">{says.html(mark)}</span>' for mark, holds in marks.items() if holds)
    return (
        f'<span class="what"><span class="sign">{SIGN["below"]}</span>'
        f"{says.html_of('attention.what', row.kind, **facts)}{tag}</span>"
        f'<span class="do">{says.html_of("attention.do", row.kind, **facts)}</span>'
    )


def priority(plan: Plan, row: object, pen: Pen) -> tuple[str, str, str]:
    """Title, subtitle and the sentence that sets both bases of the priority share beside the target."""
    says, numbers = pen.words, pen.numbers
    subtitle = says("priority.sub", as_of=numbers.day(plan.as_of))
    limit = numbers.limit(row.priority_target)
    share = row.priority_share_persons
    if share is None:
        state = _if_null(plan, row)
        return (
            says("priority.title_empty", limit=limit),
            subtitle,
            says.html("priority.empty", state=numbers.state(state)),
        )
    facts = {
        "by_persons": numbers.percent(share, against=row.priority_target),
        "by_sessions": numbers.percent(row.priority_share_sessions, against=row.priority_target),
        "priority_persons": numbers.exact(row.priority_persons),
        "persons": numbers.exact(row.persons),
        "priority_sessions": numbers.exact(row.priority_sessions),
        "sessions": numbers.exact(row.counted_sessions),
        "limit": limit,
    }
    held = HELD[row.priority_standing]
    # Nobody counts twice in a year: then the two bases are one, which deserves a word.
    is_same = row.persons == row.counted_sessions and row.priority_persons == row.priority_sessions
    sentence = says.html("priority.same" if is_same else "priority.both", **facts)
    if row.sessions_to_70 and plan.stage(row) != "closed":
        sentence = says.run_on(
            [sentence, says.html("priority.needed", needed=numbers.sessions(row.sessions_to_70), limit=limit)]
        )
    return says.of("priority.title", held, **facts), subtitle, sentence


def year_table(plan: Plan, pen: Pen) -> Table:
    """The plan years and the three together: target, course, shares, projection."""
    says = pen.words

    def column(name: str, kind: str, of: str, value: Callable[[object], Cell] | None = None, **more: object) -> Column:
        def known(row: object) -> Cell:
            if plan.stage(row) == "not_begun" and name != "target":
                return State("too_early")
            return value(row) if value else getattr(row, of)

        return Column(says.of("column", name), kind, f"target_progress.{of}", known, **more)

    return Table(
        says("table.years"),
        [
            Column(says("column.plan_year"), value=lambda row: _year_name(row, pen)),
            column("target", "count", "target_sessions"),
            column("counted", "count", "counted_sessions"),
            column("attainment", "share", "attainment", against=ON_COURSE),
            column("elapsed", "share", "expected_share_elapsed"),
            column("pace", "share", "pace", against=ON_COURSE),
            column("enrolled", "count", "enrolled_sessions"),
            column("completed", "count", "completed_sessions"),
            column("persons", "count", "persons"),
            column("share_persons", "share", "priority_share_persons"),
            column("share_sessions", "share", "priority_share_sessions"),
            column("required", "count", "required_monthly_sessions"),
            column("projection", "count", "projection", lambda row: _projected(plan, row)),
        ],
        plan.rows,
    )


def _projected(plan: Plan, row: object) -> Cell:
    """A year that is over is what it is, not what was expected of it."""
    if row.projection is None or plan.stage(row) == "closed":
        return State(_if_not_projected(plan, row))
    return Interval(row.projection, row.projection_low, row.projection_high)


def _if_null(plan: Plan, row: object) -> str:
    return "too_early" if plan.stage(row) == "not_begun" else "not_available"


def _if_not_projected(plan: Plan, row: object) -> str:
    """A year that is over has no projection to assess."""
    return "not_available" if plan.stage(row) == "closed" else "not_assessed"


def _year_name(row: object, pen: Pen) -> str:
    member = "whole" if row.plan_year == WHOLE_PLAN else "one"
    return pen.words.of("choice.years", member, year=str(row.plan_year))


def month_table(months: Sequence, pen: Pen) -> Table:
    """Month by month: counted, cumulated, projected, the target's line."""
    says, numbers = pen.words, pen.numbers

    def month_name(month: object) -> str:
        name = numbers.month(month.end_month)
        is_partial = not month.is_complete_month and not month.is_future
        return says("table.partial", month=name) if is_partial else name

    def column(name: str, of: str, absent: str = "not_available") -> Column:
        def value(month: object) -> Cell:
            found = getattr(month, of)
            return State(absent) if found is None else found

        return Column(says.of("column", name), "count", f"progress_month.{of}", value)

    return Table(
        says("table.months"),
        [
            Column(says("column.month"), value=month_name),
            column("counted_in_month", "counted_sessions", "too_early"),
            column("cumulative", "cumulative_sessions", "too_early"),
            column("projected", "cumulative_projection", "not_assessed"),
            column("target_line", "target_cumulative"),
        ],
        months,
    )


def funnel_table(funnel: Funnel, pen: Pen) -> Table:
    """Step by step: sessions, what is lost, and every cause."""
    says, numbers = pen.words, pen.numbers

    def every_cause(step: object) -> str:
        return says("sentence.list").join(
            f"{_cause_name(loss, pen)} {numbers.exact(loss.lost_sessions)}" for loss in funnel.causes(step.step)
        )

    return Table(
        says("table.funnel"),
        [
            Column(says("column.step"), value=lambda step: says.of("funnel.step", step.step)),
            Column(says("column.sessions"), "count", "session_funnel.sessions"),
            Column(says("column.lost"), "count", "session_funnel.lost_sessions"),
            Column(says("column.causes"), value=every_cause),
        ],
        funnel.steps,
    )


def notes(row: object, landed: Sequence, accuracy: Sequence, checks: Sequence, pen: Pen) -> list[tuple[str, str]]:
    """Definitions, limits and the gates' results: a term and its sentence of HTML. `landed` are the extracts."""
    says = pen.words
    return [
        (says("notes.basis"), _bases(row, pen, is_paid_known=any(one.extract == "subsidy" for one in landed))),
        (says("notes.pace"), says.html("notes.pace_says")),
        (says("notes.projection"), _accuracy(accuracy, pen)),
        (says("notes.lists"), says.html("notes.lists_says")),
        (says("notes.checks"), _checks(checks, pen)),
    ]


def _bases(row: object, pen: Pen, *, is_paid_known: bool) -> str:
    """What is counted, and the other bases. Only while no payments have landed is what was paid not assessed."""
    says, numbers = pen.words, pen.numbers
    enrolled, completed = numbers.sessions(row.enrolled_sessions), numbers.sessions(row.completed_sessions)
    if is_paid_known:
        return says.html("notes.basis_says_paid", enrolled=enrolled, completed=completed)
    paid = numbers.state("not_assessed")
    return says.html("notes.basis_says", enrolled=enrolled, completed=completed, paid=paid)


def _accuracy(accuracy: Sequence, pen: Pen) -> str:
    """How far the projections of the newest year that is over were off."""
    says, numbers = pen.words, pen.numbers
    if not accuracy:
        return says.html("projection.untested")
    newest = accuracy[0]
    tested = says.html(
        "projection.tested",
        year=str(newest.plan_year),
        evaluations=numbers.exact(newest.evaluations),
        error=numbers.percent(newest.mean_absolute_error),
        straight=numbers.percent(newest.mean_absolute_error_straight),
        covered=numbers.exact(newest.covered_evaluations),
    )
    if not newest.hindsight_evaluations:
        return tested
    caveat = says.html("projection.hindsight", count=numbers.exact(newest.hindsight_evaluations))
    return says.run_on([tested, caveat])


def _checks(checks: Sequence, pen: Pen) -> str:
    says, numbers = pen.words, pen.numbers
    if not checks:
        return says.html("checks.none")
    noticed = [check for check in checks if check.status != "passed"]
    errors = [check for check in noticed if check.severity == "error"]
    warnings = [check for check in noticed if check.severity != "error"]
    summary = says.html(
        "checks.summary",
        total=numbers.exact(len(checks)),
        errors=numbers.exact(len(errors)),
        warnings=numbers.exact(len(warnings)),
    )
    return says.run_on([summary, *(_check(check, pen) for check in noticed)])


def _check(check: object, pen: Pen) -> str:
    message = check.message_zh if pen.words.language == "zh" else check.message_en
    return pen.words.html_of(
        "checks.item",
        check.status,
        message=message or check.check_name,
        subject=check.subject,
        count=pen.numbers.exact(check.unexpected_count),
    )
