"""One city's circular: its own figures, where it stands among the province and its peers, and what its rows lost."""

from bulletin import pictures, province, shared
from bulletin.claims import BELOW, from_limit, from_mix, from_province, too_small
from bulletin.desk import ON_COURSE, Desk
from bulletin.document import Chapter, Items, Text
from bulletin.material import RATES
from bulletin.province import NAMED, OUTCOMES
from dashboards.table import LEAST_PERSONS, Cell, Column, State

MONTHS = range(1, 13)


def chapters(desk: Desk) -> list[Chapter]:
    """The eight chapters in order."""
    parts = (
        ("progress", progress(desk)),
        ("standing", standing(desk)),
        ("priority", priority(desk)),
        ("industries", industries(desk)),
        ("outcomes", outcomes(desk)),
        ("losses", losses(desk)),
        ("quality", shared.quality(desk)),
        ("next", ahead(desk)),
    )
    return [desk.chapter(place, key, blocks) for place, (key, blocks) in enumerate(parts, start=1)]


def own(desk: Desk) -> object | None:
    """The city's row of the scorecard."""
    return desk.material.cards.get(desk.material.city)


def own_pace(desk: Desk) -> object | None:
    """The city's row of its pace; the regional level has none."""
    return next((row for row in desk.material.pace if row.city_code == desk.material.city), None)


def city_name(desk: Desk) -> str:
    """The city's name."""
    return desk.name(desk.material.names[desk.material.city])


def progress(desk: Desk) -> list:
    """The year, the month, the months one by one."""
    if own(desk) is None:
        return [Text(desk.says("report.own_empty", city=city_name(desk), state=desk.numbers.state("not_available")))]
    return [
        desk.text("year", year(desk), province.basis_of_targets(desk) if own_pace(desk) else ""),
        desk.text("month", province.month_sentence(_months(desk), desk)),
        month_picture(desk),
    ]


def year(desk: Desk) -> str:
    """Counted of the target, the gap and what it is owed to. Counts are compared as they are."""
    says, numbers, row, pace = desk.says, desk.numbers, own(desk), own_pace(desk)
    facts = {
        "as_of": desk.dated,
        "year": str(desk.material.year),
        "city": city_name(desk),
        "counted": numbers.sessions(row.counted_sessions),
    }
    if pace is None:
        return says("cities.own.no_target", **facts)
    facts |= {
        "basis": says.of("target_basis", pace.target_basis),
        "target": numbers.sessions(pace.target_sessions),
        "attainment": desk.percent(row.attainment, against=ON_COURSE),
        "pace": desk.percent(pace.pace, against=ON_COURSE),
        "province": desk.percent(pace.province_pace, against=ON_COURSE),
        "gap": numbers.sessions(pace.gap_sessions),
        "rank": str(pace.gap_rank),
    }
    return says.of("cities.own", pace.gap_cause or "ahead", **facts)


def _months(desk: Desk) -> dict:
    return {row.end_month: row.counted_sessions for row in desk.material.own_months}


def month_picture(desk: Desk) -> object:
    """The months of this year beside those of the year before."""
    says, numbers, material = desk.says, desk.numbers, desk.material
    found = _months(desk)
    firsts = [material.month.replace(month=place) for place in MONTHS]
    now = [found.get(first) if first <= material.month else None for first in firsts]
    before = [found.get(first.replace(year=first.year - 1)) for first in firsts]
    if not [count for count in now if count]:
        return None
    legend = tuple(says("choice.years.one", year=str(place)) for place in (material.year - 1, material.year))
    image = pictures.columns(
        desk.family, [numbers.month_of_year(first) for first in firsts], before, now, legend, numbers.count
    )
    caption = says(
        "report.caption.months",
        city=city_name(desk),
        month=numbers.month(material.month),
        counted=numbers.sessions(found.get(material.month)),
    )
    return desk.picture(image, caption, says("report.note.months", as_of=desk.dated))


def standing(desk: Desk) -> list:
    """Each rate beside the province, with the range of its rank; the four cities most like it."""
    material, row = desk.material, own(desk)
    if row is None:
        return [Text(desk.says("report.own_empty", city=city_name(desk), state=desk.numbers.state("not_available")))]
    peers = peer_cards(desk)
    visible = [peer for peer in peers if peer.city_code not in material.hidden]
    caption = desk.says("report.caption.peers", city=city_name(desk), names=desk.names(visible)) if visible else ""
    return [
        desk.text("rates", *(against_province(measure, desk) for measure in RATES)),
        desk.text("peers", desk.says("report.peers", names=desk.names(peers))) if peers else None,
        province.outcome_picture(desk, [row, *visible], caption, "report.note.peers") if visible else None,
    ]


def peer_cards(desk: Desk) -> list:
    """The scorecard's rows of the four cities most like it."""
    cards = desk.material.cards
    return [cards[peer.city_code] for peer in desk.material.peers if peer.city_code in cards]


def annex(desk: Desk) -> list[Chapter]:
    """The city beside its peers, on a page across."""
    peers = peer_cards(desk)
    if own(desk) is None or not peers:
        return []
    table = province.scorecard_table(desk, [own(desk), *peers], "peers", "report.note.peer_table")
    return [Chapter(desk.says.of("report.table", "peers"), [table])]


def against_province(measure: str, desk: Desk) -> str:
    """The city's rate, its rank's range, and whether it can be told from the province."""
    says, row, material = desk.says, own(desk), desk.material
    value = getattr(row, measure)
    name = desk.measure(measure)
    if not material.is_assessed(measure):
        return says("report.rate_absent", measure=name, why=shared.absent(shared.NEEDS[measure], desk))
    if value is None:
        return says("report.rate_early", measure=name, state=desk.numbers.state("too_early"))
    low, high = getattr(row, f"{measure}_rank_low"), getattr(row, f"{measure}_rank_high")
    funnel = material.funnels[measure].get(row.city_code)
    facts = {"measure": name, "value": desk.percent(value), "range": desk.interval(row, measure)}
    if funnel is None or low is None:
        return says("report.own_unranked", **facts)
    facts["ranks"] = says.of("cities.ranked", "one" if low == high else "range", low=str(low), high=str(high))
    facts["province"] = desk.percent(funnel.province_value)
    return says.of("claim.own", from_province(row, measure, funnel), **facts)


def priority(desk: Desk) -> list:
    """The city's share against its limit, and its groups."""
    says, numbers, row = desk.says, desk.numbers, own(desk)
    if row is None or row.priority_share_persons is None:
        return [Text(says("report.share_empty", state=numbers.state("not_available")))]
    limit = desk.material.progress.priority_target
    side = from_limit(row, limit)
    sentence = says.of(
        "claim.share",
        side,
        persons=numbers.persons(row.persons),
        priority=numbers.persons(row.priority_persons),
        share=desk.percent(row.priority_share_persons, against=limit),
        range=desk.interval(row, "priority_share_persons"),
        limit=numbers.limit(limit),
        by_sessions=desk.percent(row.priority_share_sessions, against=limit),
    )
    needs = ""
    if side == BELOW and row.sessions_to_70:
        needs = says("report.own_needs", sessions=numbers.sessions(row.sessions_to_70), limit=numbers.limit(limit))
    return [desk.text("share", sentence, needs), shared.groups(desk)]


def industries(desk: Desk) -> list:
    """Where the city's training went; what too few persons make is left out, and one more so that none can be told."""
    says, numbers, rows = desk.says, desk.numbers, desk.material.industries
    trained = [row for row in rows if row.counted_sessions]
    if not trained:
        return [Text(says("report.industries_empty", state=numbers.state("not_available")))]
    small = too_small([row.persons for row in trained])
    shown = [row for place, row in enumerate(trained) if place not in small]
    most = [
        says("report.industry", name=desk.name(row), counted=numbers.sessions(row.counted_sessions))
        for row in shown
        if row.is_in_plan
    ][:NAMED]
    none = [row for row in rows if row.is_in_plan and not row.counted_sessions]
    sentence = says.run_on(
        [
            says("report.industries_most", most=says("sentence.list").join(most)) if most else "",
            says("report.industries_untrained", names=desk.names(none)) if none else "",
            says("report.industries_left_out", count=str(len(small))) if small else "",
            says("report.industries_list"),
        ]
    )
    columns = [
        desk.name_column("industry"),
        Column(says("report.column.list"), value=lambda row: says.of("report.list", row.list_status or "official")),
        desk.column("counted", "count", "headcount.counted_sessions"),
        desk.rate_column("priority_share_persons", "headcount", lambda row: False),  # noqa: ARG005
        desk.rate_column("certification_rate", "outcome_scope", lambda row: False),  # noqa: ARG005
        desk.rate_column("employment_rate", "outcome_scope", lambda row: 0 < (row.due_sessions or 0) < LEAST_PERSONS),
    ]
    table = desk.listing(
        "industries", columns, shown, says("report.note.industry_table"), widths=(4.6, 1.8, 2.4, 5, 5, 5)
    )
    return [desk.text("industries", sentence), desk.text("demand", demand(desk)), table if shown else None]


def demand(desk: Desk) -> str:
    """The city's surveyed shortage."""
    return province.demand(desk)


def outcomes(desk: Desk) -> list:
    """Rates, what the city's own mix would lead one to expect, by type of training."""
    rows = [row for row in desk.material.standardised if row.city_code == desk.material.city and row.rate is not None]
    sentences = [mix(row, desk) for row in rows if row.measure in OUTCOMES and desk.material.is_assessed(row.measure)]
    return [
        desk.text("certified", shared.outcome("certification_rate", desk)),
        desk.text("employed", shared.outcome("employment_rate", desk)),
        desk.text("mix", *sentences) if sentences else None,
        shared.types(desk),
    ]


def mix(row: object, desk: Desk) -> str:
    """An outcome against what is expected of the city's mix."""
    return desk.says.of(
        "claim.own_mix",
        from_mix(row),
        measure=desk.measure(row.measure),
        rate=desk.percent(row.rate),
        range=desk.says("sentence.between", low=desk.percent(row.rate_low), high=desk.percent(row.rate_high)),
        expected=desk.percent(row.expected_rate),
    )


def losses(desk: Desk) -> list:
    """What the city's rows lost to which rules, and its money."""
    return [
        desk.text("losses", lost(desk), shared.unassessed_rules(desk)),
        desk.text("money", shared.money(desk)),
        loss_table(desk),
    ]


def lost(desk: Desk) -> str:
    """The rules that take most; what is hidden is not said."""
    says, numbers = desk.says, desk.numbers
    rows = [row for row in desk.material.rule_losses if not row.is_suppressed and row.lost_sessions]
    hidden = [row for row in desk.material.rule_losses if row.is_suppressed]
    if not rows:
        return says("report.losses_small" if hidden else "report.losses_none", city=city_name(desk))
    causes = says("sentence.list").join(
        says("report.cause_of_loss", rule=desk.name(row), lost=numbers.sessions(row.lost_sessions))
        for row in rows[:NAMED]
    )
    row = own(desk)
    rate = ""
    if row is not None and row.violation_rate is not None:
        rate = says(
            "report.own_violations", value=desk.percent(row.violation_rate), range=desk.interval(row, "violation_rate")
        )
    return says.run_on([rate, says("report.losses", city=city_name(desk), causes=causes)])


def loss_table(desk: Desk) -> object:
    """Rules with what they take from the city, and the clause that each rests on."""
    rows = desk.material.rule_losses
    if not rows:
        return None

    def taken(row: object) -> Cell:
        return State("suppressed") if row.is_suppressed else row.lost_sessions

    columns = [
        desk.name_column("rule"),
        Column(desk.says("report.column.clause"), of="dim_rule.clause", value=lambda row: row.clause or "—"),
        Column(desk.says("report.column.lost"), "count", "city_rule_loss.lost_sessions", taken),
    ]
    return desk.listing("losses", columns, rows, desk.says("report.note.losses"), widths=(6, 3, 4))


def ahead(desk: Desk) -> list:
    """What the city's own rows ask for."""
    says, numbers, material = desk.says, desk.numbers, desk.material
    row, pace, items = own(desk), own_pace(desk), []
    if pace is not None and pace.gap_cause:
        items.append(says("report.do.gap", gap=numbers.sessions(pace.gap_sessions)))
    limit = material.progress.priority_target
    if row is not None and from_limit(row, limit) == BELOW and row.sessions_to_70:
        items.append(says("report.do.share", sessions=numbers.sessions(row.sessions_to_70), limit=numbers.limit(limit)))
    rules = [loss for loss in material.rule_losses if not loss.is_suppressed and loss.lost_sessions]
    if rules:
        items.append(says("report.do.rule", rule=desk.name(rules[0]), lost=numbers.sessions(rules[0].lost_sessions)))
    late = [
        fresh
        for fresh in material.freshness
        if fresh.city_code == material.city and fresh.freshness in shared.BEHIND and material.has_landed(fresh.extract)
    ]
    if late:
        names = says("sentence.list").join(says.of("report.extract", fresh.extract) for fresh in late)
        items.append(says("report.do.late", extracts=names))
    if material.refused_reasons or material.refused_files:
        items.append(says("report.do.refused"))
    return [
        Text(says("report.next_own" if items else "report.next_none")),
        Items(items) if items else None,
        Text(says("report.closing")),
    ]
