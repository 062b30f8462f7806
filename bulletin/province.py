"""The province's circular: what each chapter says, chosen by the rows."""

from collections.abc import Callable

from bulletin import pictures, shared
from bulletin.claims import ABOVE, BELOW, UNDECIDED, apart, from_limit, from_mix, from_province, from_target
from bulletin.desk import ON_COURSE, Desk, tone_of
from bulletin.document import Chapter, Items, Text
from bulletin.material import RATES
from bulletin.pictures import SIGN
from dashboards.charts.pen import Mark
from dashboards.findings.overview import attention_facts
from dashboards.table import Cell, Column, Interval, State

LOWER_IS_BETTER = {"violation_rate"}
OUTCOMES = ("certification_rate", "employment_rate")
NAMED = 3


def chapters(desk: Desk) -> list[Chapter]:
    """The eight chapters in order."""
    parts = (
        ("progress", progress(desk)),
        ("cities", cities(desk)),
        ("priority", priority(desk)),
        ("industries", industries(desk)),
        ("outcomes", outcomes(desk)),
        ("funds", funds(desk)),
        ("quality", shared.quality(desk)),
        ("next", ahead(desk)),
    )
    return [desk.chapter(place, key, blocks) for place, (key, blocks) in enumerate(parts, start=1)]


def progress(desk: Desk) -> list:
    """The year, the month, where the year will end, the three years, the way from declared to counted."""
    return [
        desk.text("year", year(desk), whole(desk)),
        desk.text("month", month(desk)),
        desk.text("projection", projection(desk)),
        desk.text("funnel", funnel(desk)),
        course(desk),
        year_table(desk),
    ]


def year(desk: Desk) -> str:
    """Counted of the year's target, and its pace."""
    row, plan = desk.material.progress, desk.material.plan
    return desk.says.of(
        "report.year",
        plan.verdict(row),
        year=str(row.plan_year),
        as_of=desk.dated,
        counted=desk.numbers.sessions(row.counted_sessions),
        target=desk.numbers.sessions(row.target_sessions),
        attainment=desk.percent(row.attainment, against=ON_COURSE),
        basis=desk.says.of("basis", row.profile_basis or "mixed"),
        elapsed=desk.percent(row.expected_share_elapsed),
        pace=desk.percent(row.pace, against=ON_COURSE),
    )


def whole(desk: Desk) -> str:
    """The three years together."""
    row = desk.material.plan.row(0)
    return desk.says(
        "report.whole",
        counted=desk.numbers.sessions(row.counted_sessions),
        target=desk.numbers.sessions(row.target_sessions),
        attainment=desk.percent(row.attainment, against=ON_COURSE),
    )


def month(desk: Desk) -> str:
    """The month beside the month before and the same month a year before; that late reports may raise it."""
    rows = {row.end_month: row.counted_sessions for row in desk.material.months}
    return month_sentence(rows, desk)


def month_sentence(rows: dict, desk: Desk) -> str:
    """Counted in the month, with what there is to set beside it."""
    says, numbers, first = desk.says, desk.numbers, desk.material.month
    earlier = [day for day in rows if day < first]
    before = rows.get(max(earlier)) if earlier else None
    same = rows.get(first.replace(year=first.year - 1))
    kind = {(True, True): "both", (True, False): "before", (False, True): "same", (False, False): "alone"}
    return says.run_on(
        [
            says.of(
                "report.month",
                kind[before is not None, same is not None],
                month=numbers.month(first),
                counted=numbers.sessions(rows.get(first)),
                before=numbers.sessions(before),
                same=numbers.sessions(same),
            ),
            delay(desk),
        ]
    )


def delay(desk: Desk) -> str:
    """What late reports do to the last months."""
    row = desk.material.progress
    key = "observed" if row.delay_basis == "observed" and desk.material.city == "ALL" else "unknown"
    return desk.says.of("report.delay", key, sessions=desk.numbers.sessions(row.delay_sessions, "not_assessed"))


def projection(desk: Desk) -> str:
    """Where the year will end, and whether its interval tells it from the target."""
    row = desk.material.progress
    if row.projection is None:
        return desk.says("report.projection_absent", state=desk.numbers.state("not_assessed"))
    return desk.says.of(
        "claim.target",
        from_target(row),
        basis=desk.says.of("basis", row.profile_basis or "mixed"),
        year=str(row.plan_year),
        projection=desk.numbers.sessions(row.projection),
        low=desk.numbers.count(row.projection_low),
        high=desk.numbers.count(row.projection_high),
        target=desk.numbers.sessions(row.target_sessions),
    )


def funnel(desk: Desk) -> str:
    """From declared to counted, and the rules that take most."""
    says, numbers, steps = desk.says, desk.numbers, desk.material.steps
    if not steps or not steps["declared"].sessions:
        return says("report.funnel_empty", state=numbers.state("not_available"))
    rules = [loss for loss in desk.material.losses if loss.step == "eligible"][:NAMED]
    causes = says("sentence.list").join(
        says("report.cause_of_loss", rule=desk.name(loss) or loss.cause, lost=numbers.sessions(loss.lost_sessions))
        for loss in rules
    )
    facts = {name: numbers.sessions(row.sessions) for name, row in steps.items()}
    return says.of("report.funnel", "with_rules" if rules else "without", causes=causes, **facts)


def course(desk: Desk) -> object:
    """The cumulative course of the year."""
    numbers, says, row = desk.numbers, desk.says, desk.material.progress
    months = [month for month in desk.material.months if month.plan_year == desk.material.year]
    if not [month for month in months if not month.is_future]:
        return None
    end = months[-1].cumulative_projection
    image = pictures.course(
        desk.family,
        months,
        lambda month: numbers.month_of_year(month.end_month),
        numbers.count,
        {
            "target": says("report.chart.target", target=numbers.count(row.target_sessions)),
            "counted": says("report.chart.counted", counted=numbers.count(row.counted_sessions)),
            "projected": says("report.chart.projected", projection=numbers.count(end)),
        },
    )
    now = [month for month in months if not month.is_future][-1]
    side = ABOVE if now.cumulative_sessions >= now.target_cumulative else BELOW
    caption = says.of(
        "report.caption.course",
        side,
        month=numbers.month(now.end_month),
        count=numbers.sessions(now.cumulative_sessions),
        line=numbers.count(now.target_cumulative),
    )
    basis = says.of("basis", row.profile_basis or "mixed")
    return desk.picture(image, caption, says("report.note.course", basis=basis, as_of=desk.dated))


def year_table(desk: Desk) -> object:
    """The plan years and the three together."""
    says, plan = desk.says, desk.material.plan

    def column(key: str, kind: str, of: str, ends: str = "", **more: object) -> Column:
        def value(row: object) -> Cell:
            if plan.stage(row) == "not_begun" and of != "target_sessions":
                return State("too_early")
            found = getattr(row, of)
            if of == "projection" and plan.stage(row) == "closed":
                return State("not_available")  # a year that is over is what it is
            if found is None:
                return State("not_assessed" if of == "projection" else "not_available")
            if not ends:
                return found
            return Interval(found, getattr(row, f"{of}_low"), getattr(row, f"{of}_high"))

        return Column(says.of("report.column", key), kind, f"target_progress.{of}", value, **more)

    columns = [
        Column(
            says("report.column.year"),
            value=lambda row: says.of("choice.years", "one" if row.plan_year else "whole", year=str(row.plan_year)),
        ),
        column("target_plain", "count", "target_sessions"),
        column("counted", "count", "counted_sessions"),
        column("attainment", "share", "attainment", against=ON_COURSE),
        column("pace", "share", "pace", against=ON_COURSE),
        column("projection", "count", "projection", ends="80"),
        column("share", "share", "priority_share_persons"),
    ]
    return desk.listing(
        "years", columns, plan.rows, says("report.note.years"), widths=(2.6, 2.8, 2.8, 2.9, 2.9, 5.4, 3.2)
    )


def cities(desk: Desk) -> list:
    """Who is behind and by how much, which rates can be told from the province's, the 15 side by side."""
    material = desk.material
    if not material.pace:
        return [Text(desk.says("report.cities_empty", state=desk.numbers.state("not_available")))]
    return [
        desk.text("gap", gaps(desk), slower(desk), basis_of_targets(desk)),
        desk.text("rates", *(told_apart(measure, desk) for measure in RATES[1:]), desk.says("report.see_annex")),
        pace_picture(desk),
    ]


def gaps(desk: Desk) -> str:
    """The cities that lack most."""
    says, rows = desk.says, desk.material.pace
    behind = [row for row in rows if row.gap_cause]
    if not behind:
        return says("report.gaps.none", cities=str(len(rows)))
    shown = behind[:NAMED]
    kind = "few" if len(behind) <= NAMED else "all" if len(behind) == len(rows) else "some"
    return says.of(
        "report.gaps",
        kind,
        cities=str(len(rows)),
        behind=str(len(behind)),
        names=desk.names(shown),
        share=desk.percent(shown[-1].gap_share_so_far),
    )


def slower(desk: Desk) -> str:
    """What the gaps are owed to: pace or size. Sessions are counted, not sampled, and are compared as they are."""
    says, rows = desk.says, desk.material.pace
    slow = [row for row in rows if row.gap_cause in ("pace", "size_and_pace")]
    large = [row for row in rows if row.gap_cause == "size"]
    facts = {
        "province": desk.percent(rows[0].province_pace, against=ON_COURSE),
        "slow": desk.names(slow),
        "large": desk.names(large),
    }
    kind = {(True, True): "both", (True, False): "slow", (False, True): "large", (False, False): "none"}
    return says.of("report.slower", kind[bool(slow), bool(large)], **facts)


def basis_of_targets(desk: Desk) -> str:
    """Whose the cities' targets are."""
    bases = {row.target_basis for row in desk.material.pace}
    return desk.says.of("report.targets", bases.pop() if len(bases) == 1 else "mixed")


def told_apart(measure: str, desk: Desk) -> str:
    """The cities that a measure tells from the province."""
    says, material = desk.says, desk.material
    name, value = desk.measure(measure), material.province_value(measure)
    if not material.is_assessed(measure):
        return ""
    funnels = material.funnels[measure]
    rows = [row for row in material.shown if row.city_code in funnels]
    found = apart(rows, lambda row: from_province(row, measure, funnels[row.city_code]))
    if not rows:
        return says("report.no_rate", measure=name)
    few = says("claim.too_few", measure=name, names=desk.names(found.too_few)) if found.too_few else ""
    if len(found.too_few) == len(rows):
        return few
    return desk.claim(found, "claim.province", measure=name, value=desk.percent(value)) + few


def pace_picture(desk: Desk) -> object:
    """The cities' pace, the fastest first."""
    says, numbers, material = desk.says, desk.numbers, desk.material
    tones = {None: "above", "size": "other"}

    def mark(row: object) -> Mark:
        if row.city_code in material.hidden:
            return Mark(desk.name(row), None, text=numbers.state("suppressed"), tone="undecided")
        tone = tones.get(row.gap_cause, "below")
        sign = {"above": SIGN["above"], "below": SIGN["below"]}.get(tone, "")
        text = says(
            "report.chart.pace",
            sign=sign,
            pace=desk.percent(row.pace, against=ON_COURSE),
            counted=numbers.exact(row.counted_sessions),
            expected=numbers.exact(row.expected_sessions),
        )
        return Mark(desk.name(row), row.pace, text=text.strip(), tone=tone)

    rows = sorted(material.pace, key=lambda row: row.pace or 0, reverse=True)
    province = rows[0].province_pace
    name = says("report.chart.province", value=desk.percent(province, against=ON_COURSE))
    image = pictures.bars(
        desk.family, [mark(row) for row in rows], ON_COURSE, says("report.chart.due"), province and (province, name)
    )
    behind = [row for row in material.pace if row.gap_cause]
    kind = "all" if len(behind) == len(material.pace) else "some" if behind else "none"
    caption = says.of("report.caption.pace", kind, behind=str(len(behind)), cities=str(len(material.pace)))
    return desk.picture(image, caption, says("report.note.pace", as_of=desk.dated))


def is_hidden(desk: Desk) -> Callable[[object], bool]:
    """Whether a city has too few persons to be shown to the others."""
    return lambda row: row.city_code in desk.material.hidden and row.city_code != desk.material.city


def scorecard_table(
    desk: Desk, rows: list | None = None, key: str = "scorecard", note: str = "report.note.scorecard"
) -> object:
    """The cities side by side: target, counted, pace, each rate with its interval and the range of its rank."""
    says, material = desk.says, desk.material
    hides = is_hidden(desk)
    pace = {row.city_code: row for row in material.pace}

    def of_target(name: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            if name != "target_sessions" and hides(row):
                return State("suppressed")
            found = getattr(row, name)
            return State("not_available", says("cities.not_ranked")) if found is None else found

        return value

    def of_pace(row: object) -> Cell:
        found = pace.get(row.city_code)
        if found is None or found.pace is None:
            return State("not_available", says("cities.not_ranked"))
        return State("suppressed") if hides(row) else found.pace

    def rank(measure: str) -> Column:
        def value(row: object) -> Cell:
            if not material.is_assessed(measure):
                return State("not_assessed")
            if hides(row):
                return State("suppressed")
            found = Interval(*(getattr(row, f"{measure}_rank{end}") for end in ("", "_low", "_high")))
            return State("not_available", says("cities.not_ranked")) if found.value is None else found

        head = says("report.column.rank_of", measure=desk.measure(measure))
        return Column(head, "rank", f"city_scorecard.{measure}_rank_low", value)

    bases = {row.target_basis for row in material.pace}
    basis = bases.pop() if len(bases) == 1 else "mixed"
    columns = [
        desk.name_column("city"),
        Column(
            says.of("report.column.target", basis),
            "count",
            "city_scorecard.target_sessions",
            of_target("target_sessions"),
        ),
        desk.column("counted", "count", "city_scorecard.counted_sessions", hides),
        Column(
            says("report.column.attainment"),
            "share",
            "city_scorecard.attainment",
            of_target("attainment"),
            against=ON_COURSE,
        ),
        Column(
            says("report.column.attainment_rank"),
            "rank",
            "city_scorecard.attainment_rank",
            of_target("attainment_rank"),
        ),
        Column(says("report.column.pace"), "share", "city_pace.pace", of_pace, against=ON_COURSE),
    ]
    for measure in RATES:
        columns += [desk.rate_column(measure, "city_scorecard", hides), rank(measure)]
    return desk.attached(
        key,
        columns,
        material.scorecard if rows is None else rows,
        says(note, as_of=desk.dated),
        widths=(3.5, 3.8, 3.2, 2.8, 2.2, 2.8, *(4.4, 3.7) * len(RATES)),
        focus=lambda row: row.city_code == material.city,
    )


def annex(desk: Desk) -> list[Chapter]:
    """The cities side by side, on a page across."""
    if not desk.material.scorecard:
        return []
    return [Chapter(desk.says.of("report.table", "scorecard"), [scorecard_table(desk)])]


def priority(desk: Desk) -> list:
    """The share against its limit, of the province and of each city."""
    return [
        desk.text("share", share(desk)),
        desk.text("share_cities", share_cities(desk)),
        share_picture(desk),
        shared.groups(desk),
    ]


def share(desk: Desk) -> str:
    """The province's share by persons with its interval, by sessions beside it."""
    says, numbers, row = desk.says, desk.numbers, desk.material.progress
    if row.priority_share_persons is None:
        return says("report.share_empty", state=numbers.state("not_available"))
    ends = desk.material.shares.get(row.plan_year)
    found = from_limit(ends, row.priority_target) if ends else UNDECIDED
    return says.of(
        "claim.share",
        found,
        persons=numbers.persons(row.persons),
        priority=numbers.persons(row.priority_persons),
        share=desk.percent(row.priority_share_persons, against=row.priority_target),
        range=desk.interval(ends, "priority_share_persons") if ends else numbers.state("not_available"),
        limit=numbers.limit(row.priority_target),
        by_sessions=desk.percent(row.priority_share_sessions, against=row.priority_target),
    )


def share_cities(desk: Desk) -> str:
    """Which cities reach the limit, which do not, which can't be told; how many more those below need."""
    says, numbers, material = desk.says, desk.numbers, desk.material
    limit = material.progress.priority_target
    rows = [row for row in material.shown if row.priority_share_persons is not None]
    if not rows:
        return ""
    found = apart(rows, lambda row: from_limit(row, limit))
    sentences = [
        says.of(
            "claim.limit",
            side,
            limit=numbers.limit(limit),
            names=desk.names(group),
            count=str(len(group)),
        )
        for side, group in ((ABOVE, found.above), (BELOW, found.below), (UNDECIDED, found.undecided))
        if group
    ]
    needs = [
        says("report.needs", city=desk.name(row), sessions=numbers.sessions(row.sessions_to_70))
        for row in found.below
        if row.sessions_to_70
    ]
    if needs:
        sentences.append(says("report.needs_all", limit=numbers.limit(limit), needs=says("sentence.list").join(needs)))
    return says.run_on(sentences)


def share_picture(desk: Desk) -> object:
    """The cities' shares with their intervals against the limit."""
    says, material = desk.says, desk.material
    limit = material.progress.priority_target
    rows = [row for row in material.shown if row.priority_share_persons is not None]
    if not rows:
        return None
    rows.sort(key=lambda row: row.priority_share_persons, reverse=True)
    name = says("report.chart.limit", limit=desk.numbers.limit(limit))
    marks = [rate_mark(row, "priority_share_persons", from_limit(row, limit), desk) for row in rows]
    panel = (desk.measure("priority_share_persons"), marks, limit, name)
    found = apart(rows, lambda row: from_limit(row, limit))
    caption = says(
        "report.caption.share",
        above=str(len(found.above)),
        below=str(len(found.below)),
        undecided=str(len(found.undecided)),
        limit=desk.numbers.limit(limit),
    )
    image = pictures.dots(desk.family, [panel], desk.numbers.limit)
    return desk.picture(image, caption, says("report.note.share", as_of=desk.dated))


def rate_mark(row: object, measure: str, side: str, desk: Desk) -> Mark:
    """A city's dot: its rate, interval, and the sign of what may be said of it."""
    tone = tone_of(side, measure in LOWER_IS_BETTER)
    value = getattr(row, measure)
    return Mark(
        desk.name(row),
        value,
        text=desk.signed(tone, desk.percent(value)),
        low=getattr(row, f"{measure}_low"),
        high=getattr(row, f"{measure}_high"),
        tone=tone,
        is_focus=row.city_code == desk.material.city,
    )


def industries(desk: Desk) -> list:
    """Where training went, and where people are wanted."""
    return [
        desk.text("industries", industry_counts(desk)),
        desk.text("demand", demand(desk)),
        industry_picture(desk),
        industry_table(desk),
    ]


def industry_counts(desk: Desk) -> str:
    """The industries with most counted sessions, AI, and those with none."""
    says, numbers, rows = desk.says, desk.numbers, desk.material.industries
    trained = [row for row in rows if row.counted_sessions]
    if not trained:
        return says("report.industries_empty", state=numbers.state("not_available"))
    in_plan = [row for row in rows if row.is_in_plan]
    most = [
        says("report.industry", name=desk.name(row), counted=numbers.sessions(row.counted_sessions))
        for row in trained
        if row.is_in_plan
    ][:NAMED]
    none = [row for row in in_plan if not row.counted_sessions]
    intelligence = next((row for row in trained if row.code == "AI"), None)
    return says.run_on(
        [
            says("report.industries_most", most=says("sentence.list").join(most)) if most else "",
            says("report.industries_ai", counted=numbers.sessions(intelligence.counted_sessions))
            if intelligence
            else "",
            says.of(
                "report.industries_none", "some" if none else "no", names=desk.names(none), count=str(len(in_plan))
            ),
            says("report.industries_list"),
        ]
    )


def demand(desk: Desk) -> str:
    """The surveyed shortage of the newest half whose twelve months are over, and of the newest half."""
    says, numbers, rows = desk.says, desk.numbers, desk.material.demand
    if not desk.material.has_landed("demand") or not rows:
        return says("report.demand_absent", why=shared.absent("demand", desk))
    halves = [row for row in rows if row.code == "ALL"]
    over = next((row for row in halves if row.is_window_over), None)
    newest = next((row for row in halves if not row.is_window_over), None)
    sentences = []
    for row in (over, newest):
        if row is None:
            continue
        most = [
            says("report.shortage", name=desk.name(own), gap=numbers.persons(own.gap))
            for own in rows
            if own.surveyed_half == row.surveyed_half and own.code not in ("ALL", "OTHER") and own.gap
        ][:NAMED]
        sentences.append(
            says.of(
                "report.demand",
                "over" if row.is_window_over else "open",
                half=half_name(row.surveyed_half, desk),
                vacancies=numbers.persons(row.vacancies),
                filled=desk.percent(row.filled_share),
                gap=numbers.persons(row.gap),
                most=says("sentence.list").join(most) or says("sentence.nobody"),
            )
        )
    return says.run_on(sentences)


def half_name(first: object, desk: Desk) -> str:
    """2026年上半年."""
    return desk.says.of("report.half", "first" if first.month == 1 else "second", year=str(first.year))


def industry_picture(desk: Desk) -> object:
    """Counted sessions by industry."""
    says, numbers = desk.says, desk.numbers
    rows = [row for row in desk.material.industries if row.is_in_plan]
    if not [row for row in rows if row.counted_sessions]:
        return None
    marks = [
        Mark(
            desk.name(row),
            row.counted_sessions or 0,
            text=numbers.exact(row.counted_sessions or 0),
            tone="counted",
        )
        for row in rows
    ]
    image = pictures.bars(desk.family, marks)
    first = rows[0]
    caption = says("report.caption.industries", name=desk.name(first), counted=numbers.sessions(first.counted_sessions))
    return desk.picture(image, caption, says("report.note.industries", as_of=desk.dated))


def industry_table(desk: Desk) -> object:
    """Industries with their counts, priority share and outcomes."""
    says, rows = desk.says, desk.material.industries
    if not [row for row in rows if row.counted_sessions]:
        return None
    columns = [
        desk.name_column("industry"),
        Column(says("report.column.list"), value=lambda row: says.of("report.list", row.list_status or "official")),
        Column(
            says("report.column.counted"),
            "count",
            "headcount.counted_sessions",
            lambda row: row.counted_sessions or 0,
        ),
        desk.rate_column("priority_share_persons", "headcount", lambda row: False),  # noqa: ARG005
        desk.rate_column("certification_rate", "outcome_scope", lambda row: False),  # noqa: ARG005
        desk.rate_column("employment_rate", "outcome_scope", lambda row: False),  # noqa: ARG005
    ]
    return desk.listing(
        "industries", columns, rows, says("report.note.industry_table"), widths=(4.6, 1.8, 2.4, 5, 5, 5)
    )


def outcomes(desk: Desk) -> list:
    """Certificates and jobs: rates, what the mix explains, by type of training."""
    return [
        desk.text("certified", shared.outcome("certification_rate", desk)),
        desk.text("employed", shared.outcome("employment_rate", desk)),
        desk.text("mix", *(mix(measure, desk) for measure in OUTCOMES)) if desk.material.standardised else None,
        outcome_picture(desk),
        shared.types(desk),
    ]


def mix(measure: str, desk: Desk) -> str:
    """Which cities stand apart from what their own mix of trainees would lead one to expect."""
    if not desk.material.is_assessed(measure):
        return ""
    rows = [
        row
        for row in desk.material.standardised
        if row.measure == measure and row.is_city and row.rate is not None and row.city_code not in desk.material.hidden
    ]
    return desk.claim(apart(rows, from_mix), "claim.mix", measure=desk.measure(measure))


def outcome_picture(
    desk: Desk, rows: list | None = None, caption: str = "", note: str = "report.note.outcomes"
) -> object:
    """The cities' outcomes with their intervals, a panel a rate, the province's line in each."""
    says, material = desk.says, desk.material
    panels = []
    for measure in OUTCOMES:
        funnels = material.funnels[measure]
        cards = [row for row in (material.shown if rows is None else rows) if getattr(row, measure) is not None]
        if not cards or not material.is_assessed(measure):
            continue
        cards.sort(key=lambda row, of=measure: getattr(row, of), reverse=True)
        marks = [
            rate_mark(row, measure, from_province(row, measure, funnels.get(row.city_code)), desk) for row in cards
        ]
        value = material.province_value(measure)
        name = says("report.chart.province", value=desk.percent(value)) if value is not None else ""
        panels.append((desk.measure(measure), marks, value, name))
    if not panels:
        return None
    apart_count = [str(len([mark for mark in marks if mark.tone != "undecided"])) for _, marks, _, _ in panels]
    facts = [
        says("report.caption.apart", measure=name, count=count)
        for (name, _, _, _), count in zip(panels, apart_count, strict=True)
    ]
    image = pictures.dots(desk.family, panels, desk.numbers.limit)
    return desk.picture(image, caption or says("sentence.comma").join(facts), says(note, as_of=desk.dated))


def funds(desk: Desk) -> list:
    """Rules broken, money due and paid, the parks' budgets."""
    return [
        desk.text("rules", violations(desk), shared.unassessed_rules(desk)),
        desk.text("money", shared.money(desk)),
        desk.text("parks", parks(desk)),
        shared.rule_table(desk),
    ]


def violations(desk: Desk) -> str:
    """How many of the subsidised completed sessions are not counted, and which rule takes most."""
    says, numbers = desk.says, desk.numbers
    steps = desk.material.steps
    found = [loss for loss in desk.material.losses if loss.step == "eligible"]
    if not steps or not steps["subsidised"].sessions:
        return says("report.violations_empty", state=numbers.state("not_available"))
    return says.of(
        "report.violations",
        "some" if found else "none",
        assessed=numbers.sessions(steps["subsidised"].sessions),
        lost=numbers.sessions(steps["eligible"].lost_sessions),
        value=desk.percent(desk.material.province_value("violation_rate")),
        rule=desk.name(found[0]) or found[0].cause if found else "",
        most=numbers.sessions(found[0].lost_sessions) if found else "",
    )


def parks(desk: Desk) -> str:
    """What parks have spent is a single city's, and told of none here (8-disclosure)."""
    if not desk.material.has_landed("subsidy"):
        return desk.says("report.parks_absent", why=shared.absent("subsidy", desk))
    return desk.says("report.parks", year=str(desk.material.year))


def ahead(desk: Desk) -> list:
    """What most needs attention, and what to do about it."""
    says = desk.says
    items = [attention(row, desk) for row in desk.material.attention if row.plan_year == desk.material.year]
    return [
        Text(says("report.next" if items else "report.next_none")),
        Items(items) if items else None,
        Text(says("report.closing")),
    ]


def attention(row: object, desk: Desk) -> str:
    """One thing and what to do; a share is called too low only where its interval says so."""
    says, facts = desk.says, attention_facts(row, desk.pen)
    card = desk.material.cards.get(row.subject_code)
    if row.kind == "priority_below_target" and (card is None or from_limit(card, row.reference) != BELOW):
        return says("report.attention_undecided", **facts)
    marks = {"tag.provisional": row.is_provisional, "tag.reference": row.is_reference}
    tags = "".join(says("report.tag", tag=says(mark)) for mark, holds in marks.items() if holds)
    what = says.of("attention.what", row.kind, **facts)
    return says("report.attention", what=what, tags=tags, do=says.of("attention.do", row.kind, **facts))
