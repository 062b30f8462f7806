"""The chapters that the province's and a city's circular have in common: money, quality, definitions, provenance."""

from bulletin.claims import too_small
from bulletin.desk import Desk
from bulletin.document import Chapter, Items, Text
from bulletin.material import NEEDS
from bulletin.queries import ALL
from dashboards.table import Cell, Column, Interval, State

NAMED = 3
# The columns whose meaning the annex gives, each from its mart.
DEFINED = (
    ("counted", "city_scorecard.counted_sessions"),
    ("target", "city_scorecard.target_sessions"),
    ("attainment", "city_scorecard.attainment"),
    ("pace", "city_pace.pace"),
    ("gap", "city_pace.gap_sessions"),
    ("share", "city_scorecard.priority_share_persons"),
    ("to_70", "city_scorecard.sessions_to_70"),
    ("certification_rate", "city_scorecard.certification_rate"),
    ("employment_rate", "city_scorecard.employment_rate"),
    ("observation_complete", "city_scorecard.observation_complete"),
    ("violation_rate", "city_scorecard.violation_rate"),
    ("interval", "city_scorecard.certification_rate_low"),
    ("rank_range", "city_scorecard.certification_rate_rank_low"),
    ("expected_rate", "city_standardised.expected_rate"),
    ("projection", "target_progress.projection"),
    ("entitled", "entitlement_scope.entitled_yuan"),
)
BEHIND = ("late", "never")  # states of a freshness


def absent(extract: str, desk: Desk) -> str:
    """Why something is not assessed: its extract never landed."""
    row = desk.material.extracts.get(extract)
    name = desk.name(row) if row else desk.says.of("report.extract", extract)
    return desk.says("report.never_landed", state=desk.numbers.state("not_assessed"), extract=name)


def outcome(measure: str, desk: Desk) -> str:
    """A rate of the scope with its interval and what it is a share of."""
    says, row = desk.says, desk.material.outcome
    name = desk.measure(measure)
    if not desk.material.is_assessed(measure):
        return says("report.rate_absent", measure=name, why=absent(NEEDS[measure], desk))
    value = getattr(row, measure, None)
    if value is None:
        return says("report.rate_early", measure=name, state=desk.numbers.state("too_early"))
    parts = {
        "certification_rate": (row.certified_sessions, row.counted_sessions),
        "employment_rate": (row.employed_sessions, row.due_sessions),
    }[measure]
    return says.of(
        "report.rate",
        measure,
        measure=name,
        value=desk.percent(value),
        range=desk.interval(row, measure),
        numerator=desk.numbers.exact(parts[0]),
        denominator=desk.numbers.exact(parts[1]),
        complete=desk.percent(row.observation_complete),
    )


def types(desk: Desk) -> object:
    """Outcomes by type of training."""
    rows = [row for row in desk.material.outcomes if row.code != ALL]
    hidden = _hidden(rows, "counted_sessions")
    columns = [
        desk.name_column("type"),
        desk.column("counted", "count", "outcome_scope.counted_sessions", hidden),
        desk.rate_column("certification_rate", "outcome_scope", hidden),
        desk.column("due", "count", "outcome_scope.due_sessions", _hidden(rows, "due_sessions", hidden)),
        desk.rate_column("employment_rate", "outcome_scope", _hidden(rows, "due_sessions", hidden)),
    ]
    return desk.listing("types", columns, rows, widths=(4.6, 2.2, 4.2, 3.2, 4.2)) if rows else None


def _hidden(rows: list, size: str, also: object = None) -> object:
    """A function that says whether a row is made by too few persons."""
    small = {id(rows[place]) for place in too_small([getattr(row, size) for row in rows])}
    return lambda row: id(row) in small or bool(also and also(row))


def groups(desk: Desk) -> object:
    """Counted persons and sessions by group of trainees."""
    rows = [row for row in desk.material.groups if row.counted_sessions]
    hidden = _hidden(rows, "persons")

    def kind(row: object) -> str:
        return desk.says.of("report.group", "priority" if row.is_priority else "other")

    columns = [
        desk.name_column("group"),
        Column(desk.says("report.column.kind"), value=kind),
        desk.column("persons", "count", "headcount.persons", hidden),
        desk.column("counted", "count", "headcount.counted_sessions", hidden),
    ]
    return desk.listing("groups", columns, rows, widths=(5, 3, 3, 3)) if rows else None


def rule_table(desk: Desk) -> object:
    """Every rule of the province, also those that nothing breaks and those that are not assessed."""

    def records(row: object) -> Cell:
        return State("not_assessed") if row.records is None else row.records

    def share(row: object) -> Cell:
        if row.records is None:
            return State("not_assessed")
        if row.violation_rate is None:
            return State("not_available")
        return Interval(row.violation_rate, row.violation_rate_low, row.violation_rate_high)

    columns = [
        desk.name_column("rule"),
        Column(desk.says("report.column.clause"), of="dim_rule.clause", value=lambda row: row.clause or "—"),
        Column(desk.says("report.column.severity"), value=lambda row: desk.says.of("report.severity", row.severity)),
        Column(desk.says("report.column.records"), "count", "rule_scope.records", records),
        Column(desk.says("report.column.records_share"), "share", "rule_scope.violation_rate", share),
    ]
    note = desk.says("report.note.rules")
    return desk.listing("rules", columns, desk.material.rules, note, widths=(7, 3, 3, 3, 5))


def unassessed_rules(desk: Desk) -> str:
    """The rules that were not assessed: whose data never landed, and those that no record can be asked of."""
    material, says = desk.material, desk.says
    rows = [row for row in material.rules if row.records is None]
    lacking = [row for row in rows if row.missing_extract]
    extracts = sorted({row.missing_extract for row in lacking})
    others = [row for row in rows if not row.missing_extract]
    state = desk.numbers.state("not_assessed")
    named = says("sentence.list").join(says.of("report.extract", extract) for extract in extracts)
    return says.run_on(
        [
            says("report.rules_absent", state=state, rules=desk.names(lacking), extracts=named) if lacking else "",
            says("report.rules_unasked", state=state, rules=desk.names(others)) if others else "",
        ]
    )


def money(desk: Desk) -> str:
    """Due, paid, owed and overpaid by component; what is not assessed says so."""
    says, material = desk.says, desk.material
    if not material.entitlement:
        return says("report.money_none", state=desk.numbers.state("not_assessed"))
    landed = material.has_landed("subsidy")
    sentences = []
    for row in material.entitlement:
        kind = "paid" if landed else "due"
        if not row.assessed_sessions:
            kind = "unknown_paid" if landed else "unknown"
        sentences.append(
            says.of(
                "report.money",
                kind,
                component=says.of("report.component", row.component),
                sessions=desk.numbers.sessions(row.sessions),
                assessed=desk.numbers.sessions(row.assessed_sessions),
                entitled=desk.yuan(row.entitled_yuan),
                paid=desk.yuan(row.paid_yuan),
                owed=desk.yuan(row.owed_yuan),
                overpaid=desk.yuan(row.overpaid_yuan),
                beside=desk.yuan(row.paid_not_assessed_yuan, "not_available"),
                state=desk.numbers.state("not_assessed"),
            )
        )
        if landed and row.assessed_sessions and row.paid_not_assessed_yuan:
            sentences.append(says("report.money_beside", beside=desk.yuan(row.paid_not_assessed_yuan)))
    if not landed:
        sentences.append(says("report.payments_absent", why=absent("subsidy", desk)))
    return says.run_on(sentences)


def late(desk: Desk) -> str:
    """Which cities' data are late, extract by extract."""
    says, material = desk.says, desk.material
    sentences = []
    for extract in material.extracts.values():
        if not extract.has_landed:
            sentences.append(says("report.late_never", why=absent(extract.extract, desk)))
            continue
        rows = [
            row
            for row in material.freshness
            if row.extract == extract.extract and material.city in (ALL, row.city_code)
        ]
        late_rows, unsent = ([row for row in rows if row.freshness == state] for state in ("late", "never"))
        if late_rows:
            kind = "one" if material.city != ALL else "all" if len(late_rows) == len(rows) else "some"
            # How long ago another city's last record is is told of none (8-disclosure).
            days = [row.days_behind for row in late_rows if row.days_behind is not None]
            sentences.append(
                says.of(
                    "report.late",
                    kind if days else f"{kind}_untold",
                    extract=desk.name(extract),
                    names=desk.names(late_rows),
                    count=str(len(late_rows)),
                    days=desk.numbers.exact(max(days, default=0)),
                    limit=str(late_rows[0].late_after_days),
                )
            )
        if unsent:
            sentences.append(says("report.late.unsent", extract=desk.name(extract), names=desk.names(unsent)))
    return says.run_on(sentences) or says("report.late_none")


def refused(desk: Desk) -> str:
    """Rows rejected, the main reasons, where most were, and the files refused as a whole."""
    says, numbers, material = desk.says, desk.numbers, desk.material
    whole = material.landed.get((material.city, ALL))
    if whole is None or not whole.open_rows:
        return says.run_on([says("report.refused_no_rows"), files(desk)])
    reasons = [
        says("report.reason", message=plain(row.message_zh), rows=numbers.exact(row.open_rows))
        for row in material.refused_reasons
    ]
    sentences = [
        says(
            "report.refused_all",
            read=numbers.exact(whole.rows_read),
            rejected=numbers.exact(whole.open_rows),
            share=desk.percent(whole.open_share),
        ),
        says("report.reasons", reasons=says("sentence.pause").join(reasons)) if reasons else "",
    ]
    if material.city == ALL:
        most = sorted(
            (row for (_, extract), row in material.landed.items() if extract == ALL and row.name_zh and row.open_rows),
            key=lambda row: row.open_rows,
            reverse=True,
        )[:NAMED]
        named = [
            says("report.refused_city", city=desk.name(row), rejected=numbers.exact(row.open_rows)) for row in most
        ]
        sentences.append(says("report.refused_most", cities=says("sentence.list").join(named)) if named else "")
    return says.run_on([*(sentence for sentence in sentences if sentence), files(desk)])


def files(desk: Desk) -> str:
    """The files refused as a whole since the month began."""
    says, found = desk.says, desk.material.refused_files
    if not found:
        return says("report.refused_no_files")
    named = says("sentence.list").join(
        says(
            "report.file",
            city=desk.name(row) if row.name_zh else says("report.several"),
            extract=says.of("report.extract", row.extract),
        )
        for row in found
    )
    return says("report.refused_files", count=str(len(found)), files=named)


_FULL_WIDTH = str.maketrans({",": "，", ";": "；", "(": "（", ")": "）", ":": "："})


def plain(message: str) -> str:
    """A seed's message with the punctuation of the text around it."""
    return message.translate(_FULL_WIDTH)


def checks(desk: Desk) -> str:
    """What the gates found before publishing."""
    says, numbers = desk.says, desk.numbers
    found = desk.material.checks
    if not found:
        return says("checks.none")
    noticed = [check for check in found if check.status != "passed"]
    errors = [check for check in noticed if check.severity == "error"]
    warnings = [check for check in noticed if check.severity != "error"]
    summary = says(
        "checks.summary",
        total=numbers.exact(len(found)),
        errors=numbers.exact(len(errors)),
        warnings=numbers.exact(len(warnings)),
    )
    items = [
        says.of(
            "checks.item",
            check.status,
            message=plain(check.message_zh or check.check_name),
            count=numbers.exact(check.unexpected_count),
        )
        for check in noticed
    ]
    return says.run_on([summary, *items])


def quality(desk: Desk) -> list:
    """How far to trust the figures, a city's own where there is one: late data, refused data, checks."""
    return [
        desk.text("late", late(desk)),
        desk.text("refused", refused(desk)),
        desk.text("checks", checks(desk)),
        quality_table(desk),
    ]


def quality_table(desk: Desk) -> object:
    """A row a city: rows read and rejected, and for each extract how many days before the as-of date its newest is."""
    material = desk.material
    found = {(row.city_code, row.extract): row for row in material.freshness}
    rows = [row for row in material.names.values() if material.city in (ALL, row.code)]
    extracts = [row for row in material.extracts.values() if row.has_landed]
    if not extracts or not found:
        return None

    def of_landed(name: str) -> object:
        return lambda row: getattr(material.landed.get((row.code, ALL)), name, None)

    def column(extract: object) -> Column:
        def value(row: object) -> Cell:
            fresh = found.get((row.code, extract.extract))
            if fresh is None or fresh.freshness == "never":
                return desk.says("report.fresh.never")
            if fresh.freshness == "landed":
                return desk.says("report.fresh.landed")
            if fresh.days_behind is None:
                return desk.says.of("report.fresh", f"{fresh.freshness}_untold")
            return desk.says.of("report.fresh", fresh.freshness, days=desk.numbers.exact(fresh.days_behind))

        return Column(desk.name(extract), "text", "city_freshness.days_behind", value)

    columns = [
        desk.name_column("city"),
        *(column(extract) for extract in extracts),
        Column(desk.says("report.column.read"), "count", "landing_scope.rows_read", of_landed("rows_read")),
        Column(desk.says("report.column.rejected"), "count", "landing_scope.open_rows", of_landed("open_rows")),
        Column(
            desk.says("report.column.rejected_share"),
            "share",
            "landing_scope.open_share",
            of_landed("open_share"),
        ),
    ]
    widths = (3, *(2.2,) * len(extracts), 2.6, 2.2, 2.2)
    return desk.listing("quality", columns, rows, desk.says("report.note.quality"), widths=widths)


def definitions(desk: Desk) -> Chapter:
    """What the figures mean, in the marts' own words."""
    says = desk.says
    texts = []
    for key, column in DEFINED:
        term, meaning = says.of("report.defined", key), desk.pen.define(column)
        named, colon, rest = meaning.partition(says("report.colon"))
        is_name = named.startswith(term) and not set(named) & set(says("report.pauses"))
        if colon and is_name:  # a mart that says its own name needs it not twice
            term, meaning = named, rest
        if meaning:
            texts.append(Text(meaning, says("report.term", term=term)))
    texts.append(Text(says("report.apart"), says("report.term", term=says("report.defined.apart"))))
    states = [
        says("report.state", state=desk.numbers.state(name), meaning=says.of("state_reason", name))
        for name in ("not_assessed", "too_early", "suppressed", "not_available")
    ]
    texts.append(Text(says("sentence.pause").join(states), says("report.term", term=says("report.defined.states"))))
    return Chapter(says("report.annex_definitions"), texts)


def provenance(desk: Desk) -> Chapter:
    """Where the figures come from, and how to make them again."""
    says, numbers, version = desk.says, desk.numbers, desk.material.version
    known = numbers.moment(version.known_at) if version.known_at else says("foot.all_known")
    command = says.of(
        "report.command",
        "province" if desk.material.city == ALL else "city",
        month=f"{desk.material.month:%Y-%m}",
        city=desk.material.city,
        day=f"{version.as_of}",
    )
    lines = [
        says("report.from.build", build=version.build_id),
        says("report.from.as_of", day=numbers.day(version.as_of)),
        says("report.from.known_at", moment=known),
        says("report.from.published_at", moment=numbers.moment(version.published_at)),
        says("report.from.rules", version=version.rules_version),
        says("report.from.code", commit=version.git_commit or numbers.state("not_available")),
        says("report.from.command", command=command),
        says("report.from.lists"),
        says("report.from.open"),
    ]
    return Chapter(says("report.annex_provenance"), [Items(lines)])


def foot(desk: Desk) -> str:
    """The provenance in one line, for every page's foot."""
    version = desk.material.version
    return desk.says("report.foot", build=version.build_id, day=desk.dated)
