"""What the Priority groups page says: whether the 70 % is kept, by whom, and what moved it.

A share is called below or above 70 %, or changed, only where its interval says so (`priority_standing`,
`change_standing`); what cities and industries did to a change is counted and needs no interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import charts
from dashboards.charts import Line, Mark, Pen, Picture
from dashboards.findings.wording import SIGN, TONE, dated, names, span, span_of_points
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.queries.common import WHOLE_PLAN
from dashboards.site import ALL
from dashboards.table import Cell, Column, Interval, State, Table

DIMENSIONS = ("city", "industry")
SMALL = 10  # persons
MONTHS_NAMED = (1, 3, 6, 9, 12)


@dataclass(frozen=True)
class Shares:
    """The rows of one plan year or of the three together: scopes, and the groups' parts of the scope in focus."""

    scopes: Sequence
    parts: Sequence
    scope: Scope
    as_of: date
    has_landed: bool

    @property
    def own(self) -> object | None:
        """The row of the city in focus, else of the province."""
        return next((row for row in self.scopes if row.city_code == self.scope.city and row.industry_code == ALL), None)

    @property
    def cities(self) -> list:
        """The cities with anybody counted, the highest share first; the regional level among them."""
        found = [row for row in self.scopes if row.city_code != ALL and row.persons]
        return sorted(found, key=lambda row: row.priority_share_persons, reverse=True)

    @property
    def industries(self) -> list:
        """The industries with anybody counted, the highest share first."""
        found = [row for row in self.scopes if row.industry_code != ALL and row.persons]
        return sorted(found, key=lambda row: row.priority_share_persons, reverse=True)

    @property
    def priority_parts(self) -> list:
        """The priority groups, the largest part first."""
        return [row for row in self.parts if row.is_priority and row.part]

    @property
    def is_whole(self) -> bool:
        """Whether it is the three years together, where persons and sessions differ."""
        return self.scope.year == WHOLE_PLAN

    @property
    def has_begun(self) -> bool:
        """Whether the year has begun."""
        return self.as_of.year >= self.scope.year

    @property
    def is_empty(self) -> bool:
        """Whether nobody is counted."""
        return self.own is None or not self.own.persons

    def is_focus(self, row: object) -> bool:
        """Whether the row is of the city in focus."""
        return self.scope.city not in (ALL, "") and getattr(row, "city_code", ALL) == self.scope.city


def dimension_name(pen: Pen) -> Callable[[str], str]:
    """The name of a way to part the change."""
    return lambda dimension: pen.words.of("groups.by", dimension)


def standing_of(rows: Sequence, standing: str) -> list:
    """The rows of that standing, cities without the regional level, which has no target of its own."""
    return [row for row in rows if row.priority_standing == standing]


def _place(shares: Shares, pen: Pen) -> str:
    return pen.words("groups.province") if shares.scope.city == ALL else pen.words.name(shares.own)


def _period(shares: Shares, pen: Pen) -> str:
    return pen.words.of("groups.period", "whole" if shares.is_whole else "one", year=str(shares.scope.year))


def answer(shares: Shares, pen: Pen) -> str:
    """Whether the 70 % is kept, of whom it is made, and what has changed: HTML."""
    says, numbers, own = pen.words, pen.numbers, shares.own
    facts = {"as_of": numbers.day(shares.as_of), "year": str(shares.scope.year)}
    if not shares.has_begun:
        return says.html("groups.answer.not_begun", **facts)
    if shares.is_empty:
        state = numbers.state("not_available" if shares.has_landed else "not_assessed")
        return says.html_of("groups.nobody", "landed" if shares.has_landed else "never", state=state, **facts)
    facts |= {
        "place": _place(shares, pen),
        "period": _period(shares, pen),
        "priority": numbers.count(own.priority_persons),
        "persons": numbers.persons(own.persons),
        "share": numbers.percent(own.priority_share_persons, against=own.priority_target),
        "range": span(own.priority_share_persons_low, own.priority_share_persons_high, pen),
        "limit": numbers.limit(own.priority_target),
        "needed": numbers.persons(own.persons_to_70),
    }
    standing = own.priority_standing
    if standing == "undecided" and own.persons_to_70:
        standing = "undecided_short"
    sentences = [says.html_of("groups.answer", standing, **facts), *_made_of(shares, pen), _moved(shares, pen)]
    if shares.scope.city == ALL:
        sentences.append(_cities_below(shares, pen))
    return says.run_on(sentences)


def _made_of(shares: Shares, pen: Pen) -> list[str]:
    """The two groups that make most of it."""
    largest = shares.priority_parts[:2]
    if len(largest) < 2:
        return []
    facts = {}
    for place, row in enumerate(largest, start=1):
        facts |= {f"group_{place}": pen.words.name(row), f"part_{place}": pen.numbers.percent(row.part)}
    return [pen.words.html("groups.made_of", **facts)]


def _moved(shares: Shares, pen: Pen) -> str:
    """The change against the same days of the year before, as far as its interval lets one speak of one."""
    says, numbers, own = pen.words, pen.numbers, shares.own
    if shares.is_whole:
        return says.html(
            "groups.moved_whole", sessions=numbers.percent(own.priority_share_sessions, against=own.priority_target)
        )
    if own.change_standing is None:
        return says.html("groups.moved_first")
    facts = {
        "before": numbers.percent(own.share_before, against=own.priority_target),
        "change": numbers.points(own.share_change),
        "range": span_of_points(own.share_change_low, own.share_change_high, pen),
    }
    return says.html_of("groups.moved", own.change_standing, **facts)


def _cities_below(shares: Shares, pen: Pen) -> str:
    ranked = [row for row in shares.cities if row.is_city]
    below, undecided = standing_of(ranked, "below"), standing_of(ranked, "undecided")
    facts = {"count": str(len(ranked)), "below": str(len(below)), "undecided": str(len(undecided))}
    return pen.words.html("groups.cities_below" if below else "groups.no_city_below", **facts)


def figures(shares: Shares, pen: Pen) -> list[Figure]:
    """Share by persons, by sessions, its change, and what is missing."""
    if not shares.has_begun or shares.is_empty:
        return []
    return [_by_persons(shares, pen), _by_sessions(shares, pen), _change(shares, pen), _needed(shares, pen)]


def _by_persons(shares: Shares, pen: Pen) -> Figure:
    says, numbers, own = pen.words, pen.numbers, shares.own
    tone = TONE[own.priority_standing]
    return Figure(
        label=says("figure.share"),
        value=numbers.percent(own.priority_share_persons, against=own.priority_target),
        compare=says.of(
            "groups.standing_range",
            own.priority_standing,
            sign=SIGN[tone],
            limit=numbers.limit(own.priority_target),
            range=span(own.priority_share_persons_low, own.priority_share_persons_high, pen),
        ),
        dated=dated(shares.as_of, pen),
        definition=pen.define("priority_scope.priority_share_persons"),
        tone=tone,
    )


def _by_sessions(shares: Shares, pen: Pen) -> Figure:
    own = shares.own
    return Figure(
        label=pen.words("groups.figure.sessions"),
        value=pen.numbers.percent(own.priority_share_sessions, against=own.priority_target),
        compare=pen.words.of(
            "groups.figure.sessions_compare",
            "whole" if shares.is_whole else "one",
            priority=pen.numbers.exact(own.priority_sessions),
            sessions=pen.numbers.exact(own.counted_sessions),
        ),
        dated=dated(shares.as_of, pen),
        definition=pen.define("priority_scope.priority_share_sessions"),
    )


def _change(shares: Shares, pen: Pen) -> Figure:
    says, numbers, own = pen.words, pen.numbers, shares.own
    definition = pen.define("priority_scope.share_change")
    if own.change_standing is None:
        return Figure(
            label=says("groups.figure.change"),
            value=numbers.state("not_available"),
            compare=says.of("groups.figure.no_change", "whole" if shares.is_whole else "one"),
            dated=dated(shares.as_of, pen),
            definition=definition,
            tone="undecided",
            is_state=True,
        )
    tone = TONE[own.change_standing]
    return Figure(
        label=says("groups.figure.change"),
        value=numbers.points(own.share_change),
        beside=says("unit.points_word"),
        compare=says.of(
            "groups.figure.change_compare",
            own.change_standing,
            sign=SIGN[tone],
            range=span_of_points(own.share_change_low, own.share_change_high, pen),
        ),
        dated=says("groups.figure.until", day=numbers.day(own.before_until_day)),
        definition=definition,
        tone=tone,
    )


def _needed(shares: Shares, pen: Pen) -> Figure:
    own, tone = shares.own, TONE[shares.own.priority_standing]
    kind = "short" if own.persons_to_70 else "reached" if tone == "above" else "undecided"
    return Figure(
        label=pen.words("groups.figure.needed", limit=pen.numbers.limit(own.priority_target)),
        value=pen.numbers.exact(own.persons_to_70),
        beside=pen.words("unit.persons_word"),
        compare=pen.words.of("groups.figure.needed_compare", kind, sign=SIGN[tone]),
        dated=dated(shares.as_of, pen),
        definition=pen.define("priority_scope.persons_to_70"),
        tone=tone,
    )


def _standing(row: object, pen: Pen) -> str:
    """▼ below and how many are missing, ● can't be told apart, ▲ at or above."""
    sign = SIGN[TONE[row.priority_standing]]
    kind = "short" if row.persons_to_70 else "reached"
    return pen.words.of(
        "groups.beside",
        kind,
        sign=sign,
        share=pen.numbers.percent(row.priority_share_persons, against=row.priority_target),
        needed=pen.numbers.exact(row.persons_to_70),
    )


def _dots(shares: Shares, rows: Sequence, title: str, subtitle: str, pen: Pen) -> Picture:
    numbers = pen.numbers
    marks = [
        Mark(
            pen.words.name(row),
            row.priority_share_persons,
            text=_standing(row, pen),
            hover=pen.words(
                "groups.hover",
                name=pen.words.name(row),
                share=numbers.percent(row.priority_share_persons, against=row.priority_target),
                range=span(row.priority_share_persons_low, row.priority_share_persons_high, pen),
                priority=numbers.exact(row.priority_persons),
                persons=numbers.exact(row.persons),
            ),
            low=row.priority_share_persons_low,
            high=row.priority_share_persons_high,
            tone=TONE[row.priority_standing],
            is_focus=shares.is_focus(row),
        )
        for row in rows
    ]
    limit = rows[0].priority_target
    name = pen.words("groups.limit", limit=numbers.limit(limit))
    return charts.dots_with_intervals(marks, pen, title, subtitle, numbers.limit, limit, name)


def cities(shares: Shares, pen: Pen) -> Picture:
    """The share by city against 70 %."""
    return _dots(shares, shares.cities, *_of_places("city", shares.cities, shares, pen), pen)


def industries(shares: Shares, pen: Pen) -> Picture:
    """The share by industry against 70 %."""
    return _dots(shares, shares.industries, *_of_places("industry", shares.industries, shares, pen), pen)


def _of_places(dimension: str, rows: Sequence, shares: Shares, pen: Pen) -> tuple[str, str]:
    ranked = [row for row in rows if row.is_city] if dimension == "city" else rows
    below, undecided = standing_of(ranked, "below"), standing_of(ranked, "undecided")
    below.sort(key=lambda row: row.priority_share_persons)
    facts = {
        "limit": pen.numbers.limit(rows[0].priority_target),
        "below": names(below, pen),
        "undecided": str(len(undecided)),
    }
    title = pen.words.of("groups.places", dimension if below else f"{dimension}_none", **facts)
    period, as_of = _period(shares, pen), pen.numbers.day(shares.as_of)
    return title, pen.words.of("groups.places_sub", dimension, period=period, as_of=as_of)


def needed(shares: Shares, pen: Pen) -> tuple[str, str, list[str], str]:
    """The cities that are below, those that need most new priority trainees first."""
    says, numbers = pen.words, pen.numbers
    rows = [row for row in shares.cities if row.persons_to_70 and row.is_city]
    rows.sort(key=lambda row: row.persons_to_70, reverse=True)
    limit = numbers.limit(shares.own.priority_target)
    items = []
    for row in rows[:5]:
        facts = {
            "city": says.name(row),
            "needed": numbers.persons(row.persons_to_70),
            "share": numbers.percent(row.priority_share_persons, against=row.priority_target),
            "range": span(row.priority_share_persons_low, row.priority_share_persons_high, pen),
            "change": numbers.points(row.share_change),
            "limit": limit,
        }
        why = [says.html_of("groups.needs_why", row.priority_standing, **facts)]
        if row.change_standing:
            why.append(says.html_of("groups.needs_change", row.change_standing, **facts))
        items.append(
            f'<span class="what"><span class="sign">{SIGN[TONE[row.priority_standing]]}</span>'
            f'{says.html("groups.needs", **facts)}</span><span class="do">{says.run_on(why)}</span>'
        )
    title = says("groups.needed", limit=limit)
    return title, says("groups.needed_sub"), items, says("groups.needed_none", limit=limit)


def months(shares: Shares, rows: Sequence, pen: Pen) -> Picture:
    """The share in each month, and since January, against 70 %."""
    says, numbers, own = pen.words, pen.numbers, shares.own
    limit = own.priority_target

    def hover(row: object, column: str) -> str:
        return says.of(
            "groups.month_hover",
            column,
            month=numbers.month(row.end_month),
            share=numbers.percent(getattr(row, column), against=limit),
            range=span(getattr(row, f"{column}_low"), getattr(row, f"{column}_high"), pen),
        )

    def line(of: Sequence, column: str, **look: object) -> Line:
        return Line(
            says.of("groups.line", column),
            [row.end_month for row in of],
            [getattr(row, column) for row in of],
            [hover(row, column) for row in of],
            [getattr(row, f"{column}_low") for row in of],
            [getattr(row, f"{column}_high") for row in of],
            **look,
        )

    years = sorted({row.plan_year for row in rows})
    enough = [row for row in rows if not _is_small(row)]
    lines = [line(enough, "priority_share", tone="other", as_dots=True)]
    for year in years:
        of_year = [row for row in rows if row.plan_year == year]
        share = numbers.percent(of_year[-1].priority_share_to_date, against=limit)
        text = says("groups.to_date", share=share) if year == years[-1] else ""
        lines.append(line(of_year, "priority_share_to_date", end_text=text))
    named = [
        (row.end_month, numbers.month(row.end_month) if shares.is_whole else numbers.month_of_year(row.end_month))
        for row in rows
        if row.end_month.month in ((1,) if shares.is_whole else MONTHS_NAMED)
    ]
    low = [row for row in enough if row.priority_share_high < limit]
    facts = {
        "place": _place(shares, pen),
        "least": numbers.percent(min((row.priority_share for row in enough), default=None)),
        "most": numbers.percent(max((row.priority_share for row in enough), default=None)),
        "count": str(len(low)),
        "limit": numbers.limit(limit),
        "share": numbers.percent(rows[-1].priority_share_to_date, against=limit),
    }
    return charts.course(
        lines,
        pen,
        says("groups.months_below" if low else "groups.months", **facts),
        says("groups.months_sub", as_of=numbers.day(shares.as_of)),
        numbers.limit,
        named,
        limit,
        says("groups.limit", limit=numbers.limit(limit)),
    )


def _is_small(row: object) -> bool:
    """Whether a month holds too few persons to be shown."""
    return row.counted_sessions < SMALL


def month_table(rows: Sequence, pen: Pen) -> Table:
    """The share in each month and since January with their counts."""
    says = pen.words

    def of(column: str) -> Callable[[object], Cell]:
        return lambda row: unless_small(
            row, Interval(getattr(row, column), getattr(row, f"{column}_low"), getattr(row, f"{column}_high"))
        )

    def count(column: str) -> Callable[[object], Cell]:
        return lambda row: unless_small(row, getattr(row, column))

    def unless_small(row: object, found: Cell) -> Cell:
        return State("suppressed") if _is_small(row) else found

    return Table(
        says("groups.table.months"),
        [
            Column(says("column.month"), "month", "priority_month.end_month"),
            Column(says("groups.column.share_month"), "share", "priority_month.priority_share", of("priority_share")),
            Column(
                says("groups.column.priority_sessions"),
                "count",
                "priority_month.priority_sessions",
                count("priority_sessions"),
            ),
            Column(says("column.counted"), "count", "priority_month.counted_sessions", count("counted_sessions")),
            Column(
                says("groups.column.share_to_date"),
                "share",
                "priority_month.priority_share_to_date",
                of("priority_share_to_date"),
            ),
            Column(
                says("groups.column.counted_to_date"),
                "count",
                "priority_month.counted_to_date",
                count("counted_to_date"),
            ),
        ],
        rows,
    )


def parts(shares: Shares, pen: Pen) -> Picture:
    """Each group's part of the counted sessions, the year before beneath."""
    says, numbers = pen.words, pen.numbers
    marks = [
        Mark(
            says.name(row),
            row.part,
            text=_part_text(row, pen),
            before=row.part_before,
            tone="counted" if row.is_priority else "undecided",
        )
        for row in shares.parts
    ]
    up = [row for row in shares.parts if row.change_standing == "up"]
    down = [row for row in shares.parts if row.change_standing == "down"]
    largest = shares.priority_parts
    facts = {
        "place": _place(shares, pen),
        "largest": says.name(largest[0]) if largest else says("sentence.nobody"),
        "part": numbers.percent(largest[0].part) if largest else numbers.state("suppressed"),
        "up": names(up, pen),
        "down": names(down, pen),
    }
    kind = "none" if shares.own.change_standing is None else "same" if not [*up, *down] else "changed"
    return charts.bars_with_before(
        marks,
        pen,
        says.of("groups.parts", kind, **facts),
        says("groups.parts_sub", as_of=numbers.day(shares.as_of)),
        _period(shares, pen),
        says("groups.same_days_before"),
    )


def _part_text(row: object, pen: Pen) -> str:
    if row.is_suppressed:
        return pen.numbers.state("suppressed")
    share = pen.numbers.percent(row.part)
    if row.change_standing is None:
        return share
    sign = SIGN[TONE[row.change_standing]]
    return pen.words("groups.part_text", share=share, sign=sign, change=pen.numbers.points(row.part_change))


def part_table(shares: Shares, pen: Pen) -> Table:
    """The groups, their parts, and how these changed."""
    says = pen.words

    def unless_hidden(found: Cell, row: object, of_before: bool = False) -> Cell:
        if row.is_suppressed:
            return State("suppressed")
        if found is None and of_before:
            return _no_before(shares, pen)
        return found

    def change(row: object) -> Cell:
        if row.part_change is None:
            return unless_hidden(None, row, of_before=True)
        return Interval(row.part_change, row.part_change_low, row.part_change_high)

    return Table(
        says("groups.table.parts"),
        [
            Column(says("groups.column.group"), value=says.name),
            Column(
                says("groups.column.is_priority"),
                of="priority_part.is_priority",
                value=lambda row: says.of("groups.is_priority", "yes" if row.is_priority else "no"),
            ),
            Column(
                says("column.counted"),
                "count",
                "priority_part.counted_sessions",
                lambda row: unless_hidden(row.counted_sessions, row),
            ),
            Column(
                says("column.persons"), "count", "priority_part.persons", lambda row: unless_hidden(row.persons, row)
            ),
            Column(
                says("groups.column.part"),
                "share",
                "priority_part.part",
                lambda row: unless_hidden(Interval(row.part, row.part_low, row.part_high), row),
            ),
            Column(
                says("groups.column.part_before"),
                "share",
                "priority_part.part_before",
                lambda row: unless_hidden(row.part_before, row, of_before=True),
            ),
            Column(says("groups.column.change"), "share", "priority_part.part_change", change),
            _change_column("priority_part.change_standing", shares, pen),
        ],
        shares.parts,
    )


def _no_before(shares: Shares, pen: Pen) -> State:
    """Why nothing stands beside the figure."""
    kind = "whole" if shares.is_whole else "one"
    return State("not_available", pen.words.of("groups.figure.no_change", kind))


def _change_column(of: str, shares: Shares, pen: Pen) -> Column:
    def value(row: object) -> Cell:
        if row.change_standing is None:
            return State("suppressed") if getattr(row, "is_suppressed", False) else _no_before(shares, pen)
        return pen.words.of("groups.changed", row.change_standing, sign=SIGN[TONE[row.change_standing]])

    return Column(pen.words("groups.column.change_standing"), of=of, value=value)


def moves(shares: Shares, dimension: str, rows: Sequence, pen: Pen) -> Picture:
    """What cities or industries did to the province's change: right of 0 raises it, left lowers it."""
    says, numbers, own = pen.words, pen.numbers, shares.own
    marks = [
        Mark(
            says.name(row),
            row.share_change,
            text=numbers.points_exact(row.share_change),
            hover=says(
                "groups.move_hover",
                name=says.name(row),
                change=numbers.points_exact(row.share_change),
                of_share=numbers.points_exact(row.change_of_share),
                of_weight=numbers.points_exact(row.change_of_weight),
            ),
            tone="above" if row.share_change > 0 else "below",
        )
        for row in rows
    ]
    facts = {
        "change": numbers.points(own.share_change),
        "up": says.name(rows[0]),
        "up_by": numbers.points_exact(rows[0].share_change),
        "down": says.name(rows[-1]),
        "down_by": numbers.points_exact(rows[-1].share_change),
    }
    return charts.bars(
        marks,
        pen,
        says.of("groups.moves", own.change_standing, **facts),
        says.of("groups.moves_sub", dimension, day=numbers.day(own.before_until_day)),
    )


def no_months(pen: Pen) -> tuple[str, str, str]:
    """Why another city's edition has no course of this one: the other months would give a small one back."""
    return pen.words("groups.no_months"), "", pen.words.html("groups.no_months_why")


def no_moves(pen: Pen) -> tuple[str, str, str]:
    """Why no change can be parted: the first plan year has none before it."""
    return pen.words("groups.no_moves"), "", pen.words.html("groups.no_moves_why")


def own_move(shares: Shares, pen: Pen) -> tuple[str, str, str]:
    """The change of the city in focus, in a sentence."""
    says, numbers, own = pen.words, pen.numbers, shares.own
    facts = {
        "city": says.name(own),
        "before": numbers.percent(own.share_before, against=own.priority_target),
        "share": numbers.percent(own.priority_share_persons, against=own.priority_target),
        "change": numbers.points(own.share_change),
        "range": span_of_points(own.share_change_low, own.share_change_high, pen),
    }
    title = says.of("groups.own_move", own.change_standing, **facts)
    up = [row for row in shares.parts if row.change_standing == "up"]
    down = [row for row in shares.parts if row.change_standing == "down"]
    sentences = [
        says.html("groups.own_move_says", **facts),
        says.html("groups.own_move_groups", up=names(up, pen), down=names(down, pen)),
    ]
    return title, says("groups.own_move_sub", day=numbers.day(own.before_until_day)), says.run_on(sentences)


def move_table(dimension: str, rows: Sequence, pen: Pen) -> Table:
    """The parts of the change: own share and weight, with what they are made of."""
    says = pen.words
    return Table(
        says("groups.table.moves"),
        [
            Column(says.of("groups.by", dimension), value=says.name),
            Column(says("groups.column.moved"), "points", "priority_change.share_change"),
            Column(says("groups.column.of_share"), "points", "priority_change.change_of_share"),
            Column(says("groups.column.of_weight"), "points", "priority_change.change_of_weight"),
            Column(says("groups.column.own_share"), "share", "priority_change.own_share"),
            Column(says("groups.column.own_share_before"), "share", "priority_change.own_share_before"),
            Column(says("groups.column.weight"), "share", "priority_change.weight"),
            Column(says("groups.column.weight_before"), "share", "priority_change.weight_before"),
        ],
        rows,
    )


def bridge(shares: Shares, steps: Sequence, pen: Pen) -> tuple[str, str, str]:
    """From persons to sessions over the three years, where the two differ."""
    says, numbers = pen.words, pen.numbers
    by_step = {row.step: row for row in steps}
    limit = shares.own.priority_target
    facts = {
        "by_persons": numbers.percent(shares.own.priority_share_persons, against=limit),
        "by_sessions": numbers.percent(shares.own.priority_share_sessions, against=limit),
    }
    facts |= {
        name: numbers.points(by_step[step].share_change if step in by_step else None)
        for name, step in (("priority", "priority_repeats"), ("others", "other_repeats"))
    }
    return says("groups.bridge"), says("groups.bridge_sub"), says.html("groups.bridge_says", **facts)


def scope_table(shares: Shares, kind: str, pen: Pen) -> Table:
    """Cities or industries: both bases, standing, what is missing, and the year before."""
    says = pen.words

    def share(column: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = Interval(*(getattr(row, f"{column}{end}") for end in ("", "_low", "_high")))
            return State("not_available", says("groups.nobody_counted")) if found.value is None else found

        return value

    def change(row: object) -> Cell:
        if row.share_change is None:
            return _no_before(shares, pen)
        return Interval(row.share_change, row.share_change_low, row.share_change_high)

    def before(row: object) -> Cell:
        return _no_before(shares, pen) if row.share_before is None else row.share_before

    def standing(row: object) -> Cell:
        if row.priority_standing is None:
            return State("not_available", says("groups.nobody_counted"))
        return says.of("groups.standing", row.priority_standing, sign=SIGN[TONE[row.priority_standing]])

    code = "city_code" if kind == "city" else "industry_code"
    return Table(
        says.of("groups.table", kind),
        [
            Column(says.of("groups.by", kind), value=says.name),
            Column(says("column.persons"), "count", "priority_scope.persons", bars=True),
            Column(says("groups.column.priority_persons"), "count", "priority_scope.priority_persons"),
            Column(
                says("column.share_persons"),
                "share",
                "priority_scope.priority_share_persons",
                share("priority_share_persons"),
            ),
            Column(says("groups.column.standing"), of="priority_scope.priority_standing", value=standing),
            Column(says("groups.column.needed"), "count", "priority_scope.persons_to_70"),
            Column(
                says("column.share_sessions"),
                "share",
                "priority_scope.priority_share_sessions",
                share("priority_share_sessions"),
            ),
            Column(says("groups.column.own_share_before"), "share", "priority_scope.share_before", before),
            Column(says("groups.column.change"), "points", "priority_scope.share_change", change),
            _change_column("priority_scope.change_standing", shares, pen),
        ],
        [row for row in shares.scopes if getattr(row, code) != ALL],
        shares.is_focus,
    )


def of_scopes(shares: Shares, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the open table of cities."""
    facts = {"period": _period(shares, pen), "as_of": pen.numbers.day(shares.as_of)}
    return pen.words("groups.scorecard"), pen.words("groups.scorecard_sub", **facts)


def notes(pen: Pen) -> list[tuple[str, str]]:
    """How the shares are made: a term and its sentence of HTML."""
    says = pen.words
    members = ("bases", "interval", "needed", "before", "moves", "groups", "industries", "suppressed")
    return [(says.of("groups.note", name), says.html_of("groups.note_says", name)) for name in members]
