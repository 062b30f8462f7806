"""What the Cities page says: which sentence fits the rows, and the rows' numbers in it.

No sentence claims a difference that the marts do not hold: `funnel_status`, `standing` and the ranks' ranges decide
what may be said of a rate. Sessions against a target are counted, not sampled, and are compared as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import charts
from dashboards.charts import Mark, Pen, Picture
from dashboards.findings.wording import span
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.table import Cell, Column, Interval, State, Table

MEASURES = (
    "employment_rate",
    "certification_rate",
    "priority_share_persons",
    "violation_rate",
    "observation_complete",
)
LOWER_IS_BETTER = {"violation_rate"}
MAPS = ("tiles", "outline")
ON_COURSE = 1
NAMED = 3  # cities that a sentence names
SIGN = {"below": "▼", "above": "▲", "undecided": "●"}
TONE = {"below": "below", "undecided": "undecided", "at_or_above": "above", None: "undecided"}


@dataclass(frozen=True)
class Cities:
    """The rows of one plan year: scorecard, pace (the largest gap first), outcomes against what is expected."""

    scorecard: Sequence
    pace: Sequence
    standardised: Sequence
    scope: Scope
    as_of: date

    @property
    def focus(self) -> str:
        """The code of the city in focus, or ALL."""
        return self.scope.city

    @property
    def own(self) -> object | None:
        """The scorecard's row of the city in focus."""
        return next((row for row in self.scorecard if row.city_code == self.focus), None)

    @property
    def own_pace(self) -> object | None:
        """The pace of the city in focus; the regional level has none."""
        return next((row for row in self.pace if row.city_code == self.focus), None)

    @property
    def behind(self) -> list:
        """The cities with a gap, the largest first."""
        return [row for row in self.pace if row.gap_cause]

    @property
    def has_begun(self) -> bool:
        """Whether the year has begun: before it nothing is expected of anybody."""
        return self.as_of.year >= self.scope.year

    def expected(self, measure: str) -> list:
        """The 14 cities' rows of one outcome, the best first."""
        return [row for row in self.standardised if row.measure == measure and row.is_city]

    def is_focus(self, row: object) -> bool:
        """Whether the row is of the city in focus."""
        return row.city_code == self.focus


@dataclass(frozen=True)
class Compared:
    """The chosen measure: the cities in the funnel plot and its limits."""

    measure: str
    rows: Sequence
    limits: Sequence

    def tone(self, row: object) -> str:
        """above for better than the province, below for worse, undecided within the limits or with too few to judge."""
        if row.funnel_status not in ("alert", "alarm"):
            return "undecided"
        is_better = (row.side == "above") != (self.measure in LOWER_IS_BETTER)
        return "above" if is_better else "below"

    @property
    def too_few(self) -> list:
        """The cities of which nothing is said: they have too few."""
        return [row for row in self.rows if row.funnel_status == "too_few"]

    def apart(self, tone: str) -> list:
        """The judged cities of that tone, the farthest from the province first."""
        found = [row for row in self.rows if self.tone(row) == tone and row.funnel_status != "too_few"]
        highest_first = (tone == "above") != (self.measure in LOWER_IS_BETTER)
        return sorted(found, key=lambda row: row.value, reverse=highest_first)


def map_name(pen: Pen) -> Callable[[str], str]:
    """The name of a kind of map."""
    return lambda kind: pen.words.of("map", kind)


def _name(row: object, pen: Pen) -> str:
    return pen.words.name(row)


def _names(rows: Sequence, pen: Pen, most: int = NAMED) -> str:
    shown = pen.words("sentence.list").join(_name(row, pen) for row in rows[:most])
    return pen.words("sentence.and_more", names=shown, count=str(len(rows))) if len(rows) > most else shown


def _dated(cities: Cities, pen: Pen) -> str:
    return pen.words("figure.as_of", day=pen.numbers.day(cities.as_of))


def answer(cities: Cities, compared: Compared, pen: Pen) -> str:
    """One sentence of HTML, of all cities or of the one in focus."""
    says, numbers = pen.words, pen.numbers
    facts = {"as_of": numbers.day(cities.as_of), "year": str(cities.scope.year)}
    if not cities.has_begun or not cities.pace:
        return says.html("cities.answer.not_begun", **facts)
    if cities.own:
        return says.run_on([_own_progress(cities, pen), _own_measure(cities, compared, pen)])
    return says.run_on([_all_progress(cities, pen), _apart(compared, pen)])


def _all_progress(cities: Cities, pen: Pen) -> str:
    says, numbers = pen.words, pen.numbers
    behind = cities.behind
    facts = {
        "as_of": numbers.day(cities.as_of),
        "year": str(cities.scope.year),
        "cities": str(len(cities.pace)),
        "behind": str(len(behind)),
    }
    if not behind:
        return says.html("cities.answer.none_behind", **facts)
    last = behind[:NAMED][-1]
    facts |= {"names": _names(behind[:NAMED], pen), "share": numbers.percent(last.gap_share_so_far)}
    return says.html("cities.answer.behind" if len(behind) >= NAMED else "cities.answer.few_behind", **facts)


def _apart(compared: Compared, pen: Pen) -> str:
    """Which cities the chosen measure tells from the province, and that the others can't be told."""
    says = pen.words
    worse, better = compared.apart("below"), compared.apart("above")
    facts = {
        "measure": says.of("measure", compared.measure),
        "worse": _names(worse, pen),
        "better": _names(better, pen),
        "rest": str(len(compared.apart("undecided"))),
    }
    if not compared.rows:
        return says.html("cities.apart.empty", **facts)
    few = [says.html("cities.too_few", names=_names(compared.too_few, pen))] if compared.too_few else []
    if len(compared.too_few) == len(compared.rows):
        return says.html("cities.apart.too_few", **facts)
    kind = {(True, True): "both", (True, False): "worse", (False, True): "better", (False, False): "none"}
    return says.run_on([says.html_of("cities.apart", kind[bool(worse), bool(better)], **facts), *few])


def _own_progress(cities: Cities, pen: Pen) -> str:
    says, numbers, row, pace = pen.words, pen.numbers, cities.own, cities.own_pace
    facts = {
        "as_of": numbers.day(cities.as_of),
        "year": str(cities.scope.year),
        "city": _name(row, pen),
        "counted": numbers.sessions(row.counted_sessions),
    }
    if pace is None:
        return says.html("cities.own.no_target", **facts)
    facts |= {
        "basis": says.of("target_basis", pace.target_basis),
        "target": numbers.sessions(pace.target_sessions),
        "attainment": numbers.percent(row.attainment, against=ON_COURSE),
        "pace": numbers.percent(pace.pace, against=ON_COURSE),
        "province": numbers.percent(pace.province_pace, against=ON_COURSE),
        "gap": numbers.sessions(pace.gap_sessions),
        "rank": str(pace.gap_rank),
    }
    return says.html_of("cities.own", pace.gap_cause or "ahead", **facts)


def _own_measure(cities: Cities, compared: Compared, pen: Pen) -> str:
    """The chosen measure of the city in focus: its rank's range, and whether it can be told from the province."""
    says, numbers, row, measure = pen.words, pen.numbers, cities.own, compared.measure
    found = next((other for other in compared.rows if cities.is_focus(other)), None)
    rate, rank_low = getattr(row, measure), getattr(row, f"{measure}_rank_low")
    facts = {
        "measure": says.of("measure", measure),
        "value": numbers.percent(rate),
        "range": span(getattr(row, f"{measure}_low"), getattr(row, f"{measure}_high"), pen),
    }
    if rate is None or rank_low is None or found is None:
        return says.html("cities.own_measure.unranked" if rate is not None else "cities.own_measure.empty", **facts)
    rank_high = getattr(row, f"{measure}_rank_high")
    certain = "one" if rank_low == rank_high else "range"
    facts |= {
        "ranks": says.of("cities.ranked", certain, low=str(rank_low), high=str(rank_high)),
        "province": numbers.percent(found.province_value),
    }
    if found.funnel_status == "too_few":
        return says.html("cities.own_measure.too_few", **facts)
    kind = "undecided" if found.funnel_status == "inside" else found.side
    return says.html_of("cities.own_measure", kind, **facts)


def figures(cities: Cities, compared: Compared, pen: Pen) -> list[Figure]:
    """Four figures, of all cities or of the one in focus."""
    if not cities.has_begun or not cities.pace:
        return []
    if cities.own:
        return _own_figures(cities, pen)
    return [
        _on_course(cities, pen),
        _told_apart(cities, compared, pen),
        _below_share(cities, pen),
        _below_expected(cities, pen),
    ]


def _of_cities(found: Sequence, cities: Cities, pen: Pen) -> dict[str, str]:
    return {"value": str(len(found)), "beside": pen.words("unit.cities_word", count=str(len(cities.pace)))}


def _on_course(cities: Cities, pen: Pen) -> Figure:
    says, behind = pen.words, cities.behind
    kept_up = [row for row in cities.pace if not row.gap_cause]
    tone = "below" if behind else "above"
    return Figure(
        label=says("cities.figure.on_course"),
        **_of_cities(kept_up, cities, pen),
        compare=says.of("cities.figure.on_course_compare", tone, sign=SIGN[tone], count=str(len(behind))),
        dated=_dated(cities, pen),
        definition=pen.define("city_pace.gap_sessions"),
        tone=tone,
    )


def _told_apart(cities: Cities, compared: Compared, pen: Pen) -> Figure:
    worse, better = compared.apart("below"), compared.apart("above")
    return Figure(
        label=pen.words("cities.figure.apart", measure=pen.words.of("measure", compared.measure)),
        **_of_cities([*worse, *better], cities, pen),
        compare=pen.words("cities.figure.apart_compare", worse=str(len(worse)), better=str(len(better))),
        dated=_dated(cities, pen),
        definition=pen.define("city_funnel.funnel_status"),
        tone="below" if worse else "undecided",
    )


def _below_share(cities: Cities, pen: Pen) -> Figure:
    ranked = [row for row in cities.scorecard if row.is_city]
    below = [row for row in ranked if row.priority_standing == "below"]
    undecided = [row for row in ranked if row.priority_standing == "undecided"]
    return Figure(
        label=pen.words("cities.figure.share"),
        **_of_cities(below, cities, pen),
        compare=pen.words("cities.figure.share_compare", count=str(len(undecided))),
        dated=_dated(cities, pen),
        definition=pen.define("city_scorecard.priority_standing"),
        tone="undecided",
    )


def _below_expected(cities: Cities, pen: Pen) -> Figure:
    below = {row.city_code: row for row in cities.standardised if row.is_city and row.standing == "below"}
    names = pen.words("cities.figure.expected_none")
    if below:
        names = pen.words("cities.figure.expected_names", names=_names(list(below.values()), pen))
    return Figure(
        label=pen.words("cities.figure.expected"),
        **_of_cities(below, cities, pen),
        compare=names,
        dated=_dated(cities, pen),
        definition=pen.define("city_standardised.standing"),
        tone="below" if below else "above",
    )


def _own_figures(cities: Cities, pen: Pen) -> list[Figure]:
    says, numbers, row = pen.words, pen.numbers, cities.own
    dated, tone = _dated(cities, pen), TONE[row.priority_standing]
    counted = Figure(
        label=says("figure.counted"),
        value=numbers.count(row.counted_sessions),
        beside=says("unit.sessions_word"),
        compare=says("cities.figure.no_target")
        if row.target_sessions is None
        else says(
            "cities.figure.counted_compare",
            basis=says.of("target_basis", row.target_basis),
            target=numbers.count(row.target_sessions),
            attainment=numbers.percent(row.attainment, against=ON_COURSE),
        ),
        dated=dated,
        definition=pen.define("city_scorecard.counted_sessions"),
    )
    share = Figure(
        label=says("figure.share"),
        value=numbers.percent(row.priority_share_persons),
        compare=says.of(
            "cities.figure.own_share",
            tone,
            sign=SIGN[tone],
            range=span(row.priority_share_persons_low, row.priority_share_persons_high, pen),
        ),
        dated=dated,
        definition=pen.define("city_scorecard.priority_share_persons"),
        tone=tone,
    )
    outcomes = [_own_outcome(measure, cities, dated, pen) for measure in ("certification_rate", "employment_rate")]
    return [counted, share, *outcomes]


def _own_outcome(measure: str, cities: Cities, dated: str, pen: Pen) -> Figure:
    """A rate of the city in focus beside what its own mix would lead one to expect."""
    says, numbers = pen.words, pen.numbers
    row = next((row for row in cities.standardised if row.measure == measure and cities.is_focus(row)), None)
    if row is None or row.rate is None:
        return Figure(
            label=says.of("measure", measure),
            value=numbers.state("too_early"),
            compare=says("cities.figure.no_outcome"),
            dated=dated,
            definition=pen.define(f"city_scorecard.{measure}"),
            tone="undecided",
            is_state=True,
        )
    tone = TONE[row.standing]
    return Figure(
        label=says.of("measure", measure),
        value=numbers.percent(row.rate),
        compare=says.of(
            "cities.figure.outcome_compare",
            tone,
            sign=SIGN[tone],
            expected=numbers.percent(row.expected_rate),
        ),
        dated=dated,
        definition=pen.define(f"city_scorecard.{measure}"),
        tone=tone,
    )


def of_gaps(cities: Cities, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the gaps' bars."""
    says, numbers, behind = pen.words, pen.numbers, cities.behind
    subtitle = says("cities.gaps_sub", as_of=numbers.day(cities.as_of))
    if not behind:
        return says("cities.gaps.none"), subtitle
    shown = behind[:NAMED]
    share = numbers.percent(shown[-1].gap_share_so_far)
    return says.of("cities.gaps", "some", names=_names(shown, pen), share=share), subtitle


def gap_marks(cities: Cities, pen: Pen) -> list[Mark]:
    """A bar a city: its gap, and what makes it."""
    says, numbers = pen.words, pen.numbers
    tones = {"pace": "below", "size_and_pace": "below", "size": "other", None: "above"}
    return [
        Mark(
            _name(row, pen),
            row.gap_sessions,
            text=says.of("cities.gap", row.gap_cause or "ahead", gap=numbers.count(abs(row.gap_sessions))),
            hover=says(
                "cities.gap_hover",
                city=_name(row, pen),
                gap=numbers.exact(row.gap_sessions),
                counted=numbers.exact(row.counted_sessions),
                expected=numbers.exact(row.expected_sessions),
                pace=numbers.percent(row.pace, against=ON_COURSE),
            ),
            tone=tones[row.gap_cause],
            is_focus=cities.is_focus(row),
            code=row.city_code,
        )
        for row in cities.pace
    ]


def gap_table(cities: Cities, pen: Pen) -> Table:
    """The gaps with their parts, and how the outcomes stand to what the mix would lead one to expect."""
    says = pen.words
    return Table(
        says("table.gaps"),
        [
            _city_column(pen),
            Column(says("column.gap"), "count", "city_pace.gap_sessions"),
            Column(says("column.gap_of_size"), "count", "city_pace.gap_of_size"),
            Column(says("column.gap_of_pace"), "count", "city_pace.gap_of_pace"),
            Column(says("column.gap_share"), "share", "city_pace.gap_share"),
            Column(says("column.counted"), "count", "city_pace.counted_sessions"),
            Column(says("column.expected_by_now"), "count", "city_pace.expected_sessions"),
            Column(says("column.pace"), "share", "city_pace.pace", against=ON_COURSE),
            Column(says("column.target"), "count", "city_pace.target_sessions"),
            Column(
                says("column.target_basis"),
                of="city_pace.target_basis",
                value=lambda row: says.of("target_basis", row.target_basis),
            ),
            _standing_column("certification_standing", pen),
            _standing_column("employment_standing", pen),
        ],
        cities.pace,
        cities.is_focus,
    )


def _city_column(pen: Pen) -> Column:
    return Column(pen.words("column.city"), value=lambda row: _name(row, pen))


def _standing_column(name: str, pen: Pen) -> Column:
    def value(row: object) -> Cell:
        found = getattr(row, name)
        return State("not_available") if found is None else _standing(found, pen)

    return Column(pen.words.of("column", name), of="city_standardised.standing", value=value)


def _standing(name: str, pen: Pen) -> str:
    return pen.words.of("standing", name, sign=SIGN[TONE[name]])


def three(cities: Cities, pen: Pen) -> tuple[str, str, list[str], str]:
    """The three largest gaps in words: is it size, mix or pace?"""
    says = pen.words
    items = [_of_three(row, pen) for row in cities.behind[:NAMED]]
    return says("cities.three"), says("cities.three_sub"), items, says("cities.gaps.none")


def _of_three(row: object, pen: Pen) -> str:
    says, numbers = pen.words, pen.numbers
    facts = {
        "city": _name(row, pen),
        "gap": numbers.sessions(row.gap_sessions),
        "share": numbers.percent(row.gap_share),
        "of_size": numbers.count(row.gap_of_size),
        "of_pace": numbers.count(row.gap_of_pace),
        "pace": numbers.percent(row.pace, against=row.province_pace),
        "province": numbers.percent(row.province_pace),
    }
    tag = f'<span class="tag">{says.html("tag.reference")}</span>' if row.target_basis == "reference" else ""
    outcomes = (
        ("cities.mix_certified", row.certification_standing),
        ("cities.mix_employed", row.employment_standing),
    )
    mix = (says.html_of(family, standing) for family, standing in outcomes if standing)
    why = [says.html_of("cities.cause", row.gap_cause, **facts), *mix]
    return (
        f'<span class="what"><span class="sign">{SIGN["below"]}</span>{says.html("cities.three_what", **facts)}{tag}'
        f'</span><span class="do">{says.run_on(why)}</span>'
    )


def _marks(cities: Cities, compared: Compared, pen: Pen, text: Callable[[object], str]) -> list[Mark]:
    """A mark a city of the chosen measure; `text` gives what stands beside it, by its scorecard's row."""
    numbers = pen.numbers
    cards = {row.city_code: row for row in cities.scorecard}
    measure = compared.measure
    return [
        Mark(
            _name(row, pen),
            row.value,
            text=text(cards[row.city_code]),
            hover=pen.words(
                "cities.measure_hover_few" if row.funnel_status == "too_few" else "cities.measure_hover",
                city=_name(row, pen),
                value=numbers.percent(row.value),
                range=span(
                    getattr(cards[row.city_code], f"{measure}_low"),
                    getattr(cards[row.city_code], f"{measure}_high"),
                    pen,
                ),
                numerator=numbers.exact(row.numerator),
                denominator=numbers.exact(row.denominator),
            ),
            low=getattr(cards[row.city_code], f"{measure}_low"),
            high=getattr(cards[row.city_code], f"{measure}_high"),
            size=row.denominator,
            tone=compared.tone(row),
            is_focus=cities.is_focus(row),
            code=row.city_code,
        )
        for row in compared.rows
    ]


def ranks(cities: Cities, compared: Compared, pen: Pen) -> Picture:
    """Dots with intervals in the order of rank, the rank's plausible range beside each."""
    says, measure = pen.words, compared.measure
    cards = {row.city_code: row for row in cities.scorecard}

    def rank_text(card: object) -> str:
        return says(
            "cities.rank",
            rank=str(getattr(card, f"{measure}_rank")),
            low=str(getattr(card, f"{measure}_rank_low")),
            high=str(getattr(card, f"{measure}_rank_high")),
        )

    marks = sorted(
        _marks(cities, compared, pen, rank_text), key=lambda mark: getattr(cards[mark.code], f"{measure}_rank")
    )
    ranked = [cards[mark.code] for mark in marks]
    first = [card for card in ranked if getattr(card, f"{measure}_rank_low") == 1]
    last = [card for card in ranked if getattr(card, f"{measure}_rank_high") == len(ranked)]
    title = says(
        "cities.ranks",
        measure=says.of("measure", measure),
        first=_possible(first, pen),
        last=_possible(last, pen),
    )
    province = compared.rows[0].province_value
    return charts.dots_with_intervals(
        marks,
        pen,
        title,
        says("cities.ranks_sub", as_of=pen.numbers.day(cities.as_of)),
        pen.numbers.limit,
        reference=province,
        reference_name=says("cities.province", value=pen.numbers.percent(province)),
    )


def _possible(rows: Sequence, pen: Pen) -> str:
    """The one city that it must be, or how many it can be."""
    if len(rows) == 1:
        return pen.words("cities.only", city=_name(rows[0], pen))
    return pen.words("cities.any_of", count=str(len(rows)))


def limits(cities: Cities, compared: Compared, pen: Pen) -> Picture:
    """The funnel plot."""
    says, numbers = pen.words, pen.numbers
    names = {
        "province": says("cities.province", value=numbers.percent(compared.rows[0].province_value)),
        "limit_95": says("cities.limit_95"),
        "limit_998": says("cities.limit_998"),
    }
    return charts.funnel_plot(
        _marks(cities, compared, pen, lambda card: ""),  # noqa: ARG005
        compared.limits,
        pen,
        _apart_title(compared, pen),
        says("cities.limits_sub", as_of=numbers.day(cities.as_of)),
        names,
        says.of("cities.size", compared.measure),
    )


def _apart_title(compared: Compared, pen: Pen) -> str:
    out = [*compared.apart("below"), *compared.apart("above")]
    key = "cities.limits_title" if out else "cities.limits_none"
    return pen.words(
        key, measure=pen.words.of("measure", compared.measure), names=_names(out, pen), count=str(len(out))
    )


def place(kind: str, cities: Cities, compared: Compared, pen: Pen) -> Picture:
    """Where the cities lie, coloured by what the comparison allows."""
    says, numbers = pen.words, pen.numbers
    marks = {
        mark.code: mark
        for mark in _marks(cities, compared, pen, lambda card: numbers.percent(getattr(card, compared.measure)))
    }
    title = says(
        "cities.place",
        measure=says.of("measure", compared.measure),
        worse=_some(compared.apart("below"), pen),
        better=_some(compared.apart("above"), pen),
    )
    subtitle = says.of("cities.place_sub", kind, as_of=numbers.day(cities.as_of))
    if kind == "tiles":
        return charts.tile_grid(marks, pen, title, subtitle)
    return charts.schematic_map(marks, pen, title, subtitle, says("map.schematic"))


def _some(rows: Sequence, pen: Pen) -> str:
    return _names(rows, pen) if rows else pen.words("sentence.nobody")


def expected(cities: Cities, measure: str, pen: Pen) -> Picture:
    """Observed ÷ expected, the cities' own mixes taken into account."""
    says, numbers, rows = pen.words, pen.numbers, cities.expected(measure)
    marks = [
        Mark(
            _name(row, pen),
            row.observed_expected,
            text=_standing(row.standing, pen),
            hover=says(
                "cities.expected_hover",
                city=_name(row, pen),
                rate=numbers.percent(row.rate),
                expected=numbers.percent(row.expected_rate),
            ),
            low=row.observed_expected_low,
            high=row.observed_expected_high,
            tone=TONE[row.standing],
            is_focus=cities.is_focus(row),
            code=row.city_code,
        )
        for row in rows
    ]
    below = [row for row in rows if row.standing == "below"]
    above = [row for row in rows if row.standing == "at_or_above"]
    title = says(
        "cities.expected", measure=says.of("measure", measure), below=_some(below, pen), above=_some(above, pen)
    )
    return charts.dots_with_intervals(
        marks,
        pen,
        title,
        says("cities.expected_sub", as_of=numbers.day(cities.as_of)),
        lambda value: numbers.of_kind(value, "ratio"),
        reference=ON_COURSE,
        reference_name=says("cities.as_expected"),
    )


def no_expected(measure: str, pen: Pen) -> tuple[str, str, str]:
    """Why there is no like-with-like comparison of this measure."""
    says = pen.words
    name = says.of("measure", measure)
    return says("cities.no_expected", measure=name), "", says.html("cities.no_expected_why")


def rank_table(cities: Cities, compared: Compared, pen: Pen) -> Table:
    """The chosen measure with its interval, and the rank with its range."""
    says, measure = pen.words, compared.measure
    return Table(
        says("table.ranks"),
        [
            _city_column(pen),
            _measure_column(measure, pen),
            _rank_column(measure, pen),
        ],
        sorted(
            (row for row in cities.scorecard if getattr(row, measure) is not None),
            key=lambda row: getattr(row, f"{measure}_rank") or len(cities.scorecard),
        ),
        cities.is_focus,
    )


def _measure_column(measure: str, pen: Pen) -> Column:
    def value(row: object) -> Cell:
        found = Interval(*(getattr(row, f"{measure}{end}") for end in ("", "_low", "_high")))
        return State("not_available") if found.value is None else found

    return Column(pen.words.of("measure", measure), "share", f"city_scorecard.{measure}", value)


def _rank_column(measure: str, pen: Pen) -> Column:
    def value(row: object) -> Cell:
        found = Interval(*(getattr(row, f"{measure}_rank{end}") for end in ("", "_low", "_high")))
        if found.value is None:
            return State("not_available", pen.words("cities.not_ranked"))
        return found

    head = pen.words("column.rank_of", measure=pen.words.of("measure", measure))
    return Column(head, "rank", f"city_scorecard.{measure}_rank_low", value)


def limit_table(compared: Compared, pen: Pen) -> Table:
    """The funnel plot's figures."""
    says = pen.words
    return Table(
        says("table.limits"),
        [
            _city_column(pen),
            Column(says.of("measure", compared.measure), "share", "city_funnel.value"),
            Column(says("column.numerator"), "count", "city_funnel.numerator"),
            Column(says("column.denominator"), "count", "city_funnel.denominator"),
            Column(says("column.province"), "share", "city_funnel.province_value"),
            Column(says("column.limit_95_low"), "share", "city_funnel.limit_95_low"),
            Column(says("column.limit_95_high"), "share", "city_funnel.limit_95_high"),
            Column(says("column.limit_998_low"), "share", "city_funnel.limit_998_low"),
            Column(says("column.limit_998_high"), "share", "city_funnel.limit_998_high"),
            Column(
                says("column.funnel_status"),
                of="city_funnel.funnel_status",
                value=lambda row: _funnel_state(row, pen),
            ),
        ],
        compared.rows,
    )


def _funnel_state(row: object, pen: Pen) -> Cell:
    if row.funnel_status == "too_few":
        return State("not_assessed", pen.words("cities.too_few_why"))
    return pen.words.of("funnel_status", row.funnel_status)


def expected_table(cities: Cities, measure: str, pen: Pen) -> Table:
    """Observed and expected, and what of the difference is the mix."""
    says = pen.words
    return Table(
        says("table.expected"),
        [
            _city_column(pen),
            Column(
                says("column.observed_expected"),
                "ratio",
                "city_standardised.observed_expected",
                lambda row: Interval(row.observed_expected, row.observed_expected_low, row.observed_expected_high),
            ),
            Column(
                says("column.rate"),
                "share",
                "city_standardised.rate",
                lambda row: Interval(row.rate, row.rate_low, row.rate_high),
            ),
            Column(says("column.expected_rate"), "share", "city_standardised.expected_rate"),
            Column(says("column.difference"), "points", "city_standardised.difference"),
            Column(says("column.difference_of_mix"), "points", "city_standardised.difference_of_mix"),
            Column(says("column.difference_beyond_mix"), "points", "city_standardised.difference_beyond_mix"),
            Column(says("column.comparable"), "share", "city_standardised.comparable_share"),
            _standing_column("standing", pen),
        ],
        cities.expected(measure),
        cities.is_focus,
    )


def peers(cities: Cities, compared: Compared, rows: Sequence, pen: Pen) -> Picture:
    """The city in focus among the four most like it."""
    says, numbers, measure = pen.words, pen.numbers, compared.measure
    codes = {cities.focus, *(row.city_code for row in rows)}
    marks = [
        mark
        for mark in _marks(cities, compared, pen, lambda card: numbers.percent(getattr(card, measure)))
        if mark.code in codes
    ]
    marks.sort(key=lambda mark: mark.value, reverse=measure not in LOWER_IS_BETTER)
    others = [mark.value for mark in marks if not mark.is_focus]
    title = says(
        "cities.peers",
        city=_name(cities.own, pen),
        measure=says.of("measure", measure),
        value=numbers.percent(getattr(cities.own, measure)),
        low=numbers.percent(min(others, default=None)),
        high=numbers.percent(max(others, default=None)),
    )
    subtitle = says("cities.peers_sub", as_of=numbers.day(cities.as_of))
    return charts.dots_with_intervals(marks, pen, title, subtitle, numbers.limit)


def peer_table(cities: Cities, compared: Compared, rows: Sequence, pen: Pen) -> Table:
    """The peers: how near they are, how large, and their measure."""
    says, measure = pen.words, compared.measure
    cards = {row.city_code: row for row in cities.scorecard}
    of_measure = _measure_column(measure, pen)
    return Table(
        says("table.peers"),
        [
            _city_column(pen),
            Column(says("column.peer_rank"), "rank", "city_peer.peer_rank"),
            Column(says("column.distance"), "ratio", "city_peer.distance"),
            Column(says("column.population"), "count", "city_peer.peer_population_2020"),
            Column(says("column.per_10k"), "decimal", "city_peer.peer_sessions_per_10k"),
            Column(of_measure.head, "share", of_measure.of, lambda row: of_measure.cell(cards[row.city_code])),
        ],
        rows,
    )


def own_mix(cities: Cities, pen: Pen) -> tuple[str, str, str]:
    """The outcomes of the city in focus against what its own mix would lead one to expect, in a sentence each."""
    says, numbers = pen.words, pen.numbers
    rows = [row for row in cities.standardised if cities.is_focus(row) and row.rate is not None]
    sentences = [
        says.html_of(
            "cities.own_mix",
            row.standing,
            measure=says.of("measure", row.measure),
            rate=numbers.percent(row.rate),
            range=span(row.rate_low, row.rate_high, pen),
            expected=numbers.percent(row.expected_rate),
            ratio=numbers.of_kind(row.observed_expected, "ratio"),
            difference=numbers.points(row.difference),
            of_mix=numbers.points(row.difference_of_mix),
            beyond=numbers.points(row.difference_beyond_mix),
        )
        for row in rows
    ]
    empty = says.html("cities.own_mix_empty", state=numbers.state("too_early"))
    title = says("cities.own_mix_title", city=_name(cities.own, pen))
    return title, says("cities.expected_sub", as_of=numbers.day(cities.as_of)), says.run_on(sentences) or empty


def loss_marks(losses: Sequence, pen: Pen) -> list[Mark]:
    """A bar a rule; what is suppressed has its symbol instead of a length."""
    return [
        Mark(
            pen.words.name(loss),
            loss.lost_sessions,
            text=pen.numbers.state("suppressed") if loss.is_suppressed else pen.numbers.exact(loss.lost_sessions),
            hover=pen.words.of("state_reason", "suppressed") if loss.is_suppressed else "",
            tone="below",
        )
        for loss in losses
    ]


def of_losses(cities: Cities, losses: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the losses by rule."""
    says, numbers = pen.words, pen.numbers
    subtitle = says("cities.losses_sub", as_of=numbers.day(cities.as_of))
    facts = {
        "city": _name(cities.own, pen),
        "rule": says.name(losses[0]),
        "lost": numbers.sessions(losses[0].lost_sessions, "suppressed"),
    }
    return says("cities.losses_small" if losses[0].is_suppressed else "cities.losses", **facts), subtitle


def no_losses(cities: Cities, pen: Pen) -> tuple[str, str, str]:
    """The sentence for a city that lost nothing to a rule."""
    title = pen.words("cities.no_losses", city=_name(cities.own, pen))
    return title, pen.words("cities.losses_sub", as_of=pen.numbers.day(cities.as_of)), ""


def loss_table(losses: Sequence, pen: Pen) -> Table:
    """The losses by rule, with the clause that each rests on."""
    says = pen.words

    def lost(loss: object) -> Cell:
        return State("suppressed") if loss.is_suppressed else loss.lost_sessions

    return Table(
        says("table.losses"),
        [
            Column(says("column.rule"), value=says.name),
            Column(says("column.lost_to_rule"), "count", "city_rule_loss.lost_sessions", lost),
            Column(says("column.clause"), of="dim_rule.clause"),
        ],
        losses,
    )


def of_scorecard(cities: Cities, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the scorecard."""
    return pen.words("cities.scorecard"), pen.words("cities.scorecard_sub", as_of=pen.numbers.day(cities.as_of))


def scorecard_table(cities: Cities, pen: Pen) -> Table:
    """The 15 side by side: counts and targets, then each measure with its interval and its rank's range."""
    says = pen.words
    pace = {row.city_code: row for row in cities.pace}

    def of_pace(name: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            if not row.is_city:
                return State("not_available", says("cities.not_ranked"))
            found = pace.get(row.city_code)
            return State("too_early") if found is None else getattr(found, name)

        return value

    def of_target(name: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = getattr(row, name)
            return State("not_available", says("cities.not_ranked")) if found is None else found

        return value

    return Table(
        says("table.scorecard"),
        [
            _city_column(pen),
            Column(says("column.counted"), "count", "city_scorecard.counted_sessions", bars=True),
            Column(says("column.city_target"), "count", "city_scorecard.target_sessions", of_target("target_sessions")),
            Column(says("column.attainment"), "share", "city_scorecard.attainment", of_target("attainment"), bars=True),
            Column(says("column.pace"), "share", "city_pace.pace", of_pace("pace"), against=ON_COURSE),
            Column(says("column.gap"), "count", "city_pace.gap_sessions", of_pace("gap_sessions")),
            *(
                column
                for measure in MEASURES[:-1]
                for column in (_measure_column(measure, pen), _rank_column(measure, pen))
            ),
        ],
        cities.scorecard,
        cities.is_focus,
    )


def notes(pen: Pen) -> list[tuple[str, str]]:
    """How the comparisons are made: a term and its sentence of HTML."""
    says = pen.words
    return [
        (says.of("cities.note", name), says.html_of("cities.note_says", name))
        for name in ("targets", "gap", "ranks", "limits", "expected", "peers", "suppressed", "map")
    ]
