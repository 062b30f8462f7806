"""What the Data quality page says: whether today's figures can be trusted, and what each gap means for them.

A verdict is built of three things that anybody can check below it: the checks before the publish, how old the newest
records are, and what was refused. What an extract that never landed needs is not assessed, never 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboards import charts
from dashboards.charts import Mark, Pen, Picture
from dashboards.frame import Scope
from dashboards.layout import Figure
from dashboards.table import Cell, Column, State, Table

EXTRACTS = ("enrollment", "certification", "employment", "subsidy", "demand", "institution")
GATES = ("gate_1", "dbt", "gate_2")
STALE = ("late", "never")
SIGN = {"current": "●", "landed": "●", "late": "▼", "never": "✕", "below": "▼", "above": "▲", "undecided": "●"}
TONE = {"late": "below", "never": "below"}
FIGURES = (
    "counted_sessions",
    "persons",
    "certified_sessions",
    "employed_sessions",
    "attainment",
    "priority_share_persons",
    "certification_rate",
    "employment_rate",
    "completed_sessions",
    "target_sessions",
)
SHARES = ("attainment", "priority_share_persons", "certification_rate", "employment_rate")
NAMED = 3
HELD = "held"
ENDINGS = ("xlsx", "csv")
REPLACED = "superseded_in_file"  # refused, yet nothing is missing: a later row of the same file stands in its place


@dataclass(frozen=True)
class Quality:
    """What is known of the data behind the figures, of the province or of the city in focus."""

    freshness: Sequence
    extracts: Sequence
    scopes: Sequence
    checks: Sequence
    scope: Scope
    version: object

    @cached_property
    def extract(self) -> dict[str, object]:
        """The extracts by code."""
        return {row.extract: row for row in self.extracts}

    @cached_property
    def landed(self) -> dict[str, object]:
        """Files and rows by extract; ALL is all of them."""
        return {row.extract: row for row in self.scopes}

    @property
    def total(self) -> object | None:
        """Files and rows of all extracts."""
        return self.landed.get("ALL")

    @cached_property
    def own(self) -> list:
        """The freshness of the city in focus, an extract each; nothing without one."""
        return [row for row in self.freshness if row.city_code == self.scope.city]

    @property
    def shown(self) -> list:
        """The rows of freshness that the page speaks of: of the city in focus, else of all."""
        return self.own or list(self.freshness)

    @cached_property
    def failed(self) -> list:
        """Checks that did not pass: errors first, then in the order in which they ran."""
        return sorted(
            (check for check in self.checks if check.status != "passed"), key=lambda check: check.severity != "error"
        )

    @property
    def errors(self) -> list:
        """Failed or crashed checks that should have stopped the publish."""
        return [check for check in self.failed if check.severity == "error"]

    @property
    def warnings(self) -> list:
        """Failed or crashed checks that only tell."""
        return [check for check in self.failed if check.severity != "error"]

    @property
    def codes(self) -> list[str]:
        """The extracts in the order in which they are shown."""
        return [code for code in EXTRACTS if code in self.extract]

    @property
    def missing(self) -> list[str]:
        """Extracts that never landed anywhere."""
        return [code for code in self.codes if not self.extract[code].has_landed]

    def stale(self, code: str) -> list:
        """The cities whose records of an extract are too old, or that never sent any."""
        return [row for row in self.shown if row.extract == code and row.freshness in STALE]

    @property
    def behind(self) -> list[str]:
        """Extracts that landed somewhere, but are stale for some city of the scope."""
        return [code for code in self.codes if code not in self.missing and self.stale(code)]

    @property
    def verdict(self) -> str:
        """nothing · no · not_yet · mostly · yes."""
        needed = [code for code in self.codes if self.extract[code].is_required]
        if not [row for row in self.extracts if row.has_landed]:
            return "nothing"
        if self.errors:
            return "no"
        if [code for code in needed if code in self.missing or self.stale(code)]:
            return "not_yet"
        return "mostly" if self.missing or self.behind else "yes"


def _extract_name(state: Quality, code: str, pen: Pen) -> str:
    return pen.words.name(state.extract[code]) if code in state.extract else code


def _listed(names: Sequence[str], pen: Pen) -> str:
    return pen.words("sentence.list").join(names)


def _message(row: object, pen: Pen) -> str:
    return row.message_zh if pen.words.language == "zh" else row.message_en


def _city(state: Quality, pen: Pen) -> str:
    return pen.words.name(state.own[0]) if state.own else pen.words("attention.region")


def _as_of(state: Quality, pen: Pen) -> str:
    return pen.numbers.day(state.version.as_of)


def answer(state: Quality, pen: Pen) -> str:
    """The verdict and what it rests on, as HTML."""
    says, numbers = pen.words, pen.numbers
    lead = says.html_of(
        "quality.verdict",
        state.verdict,
        city=_city(state, pen),
        as_of=_as_of(state, pen),
        published=numbers.day(state.version.published_at),
    )
    if state.verdict == "nothing":
        return lead
    return says.run_on([lead, _of_checks(state, pen), *_of_age(state, pen), *_of_refusals(state, pen)])


def _of_checks(state: Quality, pen: Pen) -> str:
    says, numbers = pen.words, pen.numbers
    if not state.checks:
        return says.html("quality.checks.none")
    kind = "errors" if state.errors else "warnings" if state.warnings else "clean"
    return says.html_of(
        "quality.checks",
        kind,
        total=numbers.exact(len(state.checks)),
        errors=numbers.exact(len(state.errors)),
        warnings=numbers.exact(len(state.warnings)),
    )


def _of_age(state: Quality, pen: Pen) -> list[str]:
    says, numbers = pen.words, pen.numbers
    sentences = []
    for code in state.behind:
        rows = state.stale(code)
        facts = {"extract": _extract_name(state, code, pen), "count": numbers.exact(len(rows))}
        if state.own:
            sentences.append(says.html_of("quality.own_age", rows[0].freshness, days=_days(rows[0], pen), **facts))
            continue
        cities = [row for row in state.shown if row.extract == code]
        which = "all" if len(rows) == len(cities) else "some" if len(rows) > NAMED else "few"
        names = _listed([says.name(row) for row in rows[:NAMED]], pen)
        newest = numbers.day(state.extract[code].latest_business_date)
        sentences.append(says.html_of("quality.age", which, names=names, newest=newest, **facts))
    if state.missing:
        names = _listed([_extract_name(state, code, pen) for code in state.missing], pen)
        sentences.append(says.html("quality.never", extracts=names, state=numbers.state("not_assessed")))
    if not sentences:
        sentences.append(says.html("quality.all_current"))
    return sentences


def _days(row: object, pen: Pen) -> str:
    return pen.numbers.exact(row.days_behind)


def _of_refusals(state: Quality, pen: Pen) -> list[str]:
    says, numbers, total = pen.words, pen.numbers, state.total
    if total is None:
        return []
    # How many files there are is told of no other city: then the rows speak.
    open_files, corrected_files = total.open_files or 0, total.corrected_files or 0
    is_corrected = corrected_files > 0 or total.corrected_rows > 0
    kind = {(True, True): "both", (True, False): "files", (False, True): "rows"}
    sentences = [
        says.html_of(
            "quality.refused",
            kind.get((open_files > 0, total.open_rows > 0), _nothing_open(total, is_corrected)),
            files=numbers.exact(open_files),
            rows=numbers.exact(total.open_rows),
            share=numbers.percent(total.open_share),
        )
    ]
    if is_corrected:
        facts = {"files": numbers.exact(corrected_files), "rows": numbers.exact(total.corrected_rows)}
        sentences.append(says.html_of("quality.corrected", "rows" if total.files is None else "both", **facts))
    if total.held_files:
        facts = {"files": numbers.exact(total.held_files), "rows": numbers.exact(total.held_rows)}
        sentences.append(says.html("quality.held", **facts))
    return sentences


def _nothing_open(total: object, is_corrected: bool) -> str:
    """What is said where no file and no row is open; of files only where they are told."""
    if total.files is None:
        return "corrected_rows" if is_corrected else "no_rows"
    return "corrected" if is_corrected else "none"


def _of_files(state: Quality, published: str, pen: Pen) -> list[Figure]:
    """The files that are still to correct; how many another city sent is not told."""
    says, numbers, total = pen.words, pen.numbers, state.total
    if total.files is None:
        return []
    tone = "below" if total.open_files else "above"
    return [
        Figure(
            label=says("quality.figure.files"),
            value=numbers.exact(total.open_files),
            beside=says("quality.unit.files"),
            compare=says.of("quality.figure.files_compare", tone, sign=SIGN[tone], files=numbers.exact(total.files)),
            dated=published,
            definition=pen.define("landing_scope.open_files"),
            tone=tone,
        )
    ]


def figures(state: Quality, pen: Pen) -> list[Figure]:
    """Four figures: checks, age, files (where they are told), rows."""
    if state.verdict == "nothing" or state.total is None:
        return []
    says, numbers, total = pen.words, pen.numbers, state.total
    dated = says("figure.as_of", day=_as_of(state, pen))
    published = says("quality.figure.published", day=numbers.day(state.version.published_at))
    stale = [row for row in state.shown if row.freshness in STALE]
    current = [row for row in state.shown if row.freshness == "current"]
    check_tone = "below" if state.errors else "undecided" if state.warnings else "above"
    return [
        Figure(
            label=says("quality.figure.checks"),
            value=numbers.exact(len(state.errors)),
            beside=says("quality.unit.errors"),
            compare=says.of(
                "quality.figure.checks_compare",
                check_tone,
                sign=SIGN[check_tone],
                total=numbers.exact(len(state.checks)),
                warnings=numbers.exact(len(state.warnings)),
            ),
            dated=published,
            definition=pen.define("gate_result.severity"),
            tone=check_tone,
        ),
        Figure(
            label=says("quality.figure.stale"),
            value=numbers.exact(len(stale)),
            beside=says("quality.unit.lists"),
            compare=says.of(
                "quality.figure.stale_compare",
                "below" if stale else "above",
                sign=SIGN["below" if stale else "above"],
                current=numbers.exact(len(current)),
                extracts=_listed([_extract_name(state, code, pen) for code in (*state.behind, *state.missing)], pen),
            ),
            dated=dated,
            definition=pen.define("city_freshness.freshness"),
            tone="below" if stale else "above",
        ),
        *_of_files(state, published, pen),
        Figure(
            label=says("quality.figure.rows"),
            value=numbers.exact(total.open_rows),
            beside=says("quality.unit.rows"),
            compare=says("quality.figure.rows_compare", share=numbers.percent(total.open_share)),
            dated=published,
            definition=pen.define("landing_scope.open_rows"),
            tone="undecided",
        ),
    ]


def of_freshness(state: Quality, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the grid."""
    says, numbers = pen.words, pen.numbers
    facts = {"as_of": _as_of(state, pen), "limits": _limits(state, pen)}
    behind = [*state.behind, *state.missing]
    if not behind:
        return says("quality.fresh.none", city=_city(state, pen)), says("quality.fresh_sub", **facts)
    title = says(
        "quality.fresh.some",
        city=_city(state, pen),
        extracts=_listed([_extract_name(state, code, pen) for code in behind], pen),
        count=numbers.exact(len([row for row in state.shown if row.freshness in STALE])),
    )
    return title, says("quality.fresh_sub", **facts)


def _limits(state: Quality, pen: Pen) -> str:
    """The days after which an extract is late: first what holds for most, then what differs, by name."""
    extracts: dict[int, list[str]] = {}
    for extract, days in sorted({(row.extract, row.late_after_days) for row in state.freshness if row.late_after_days}):
        extracts.setdefault(days, []).append(_extract_name(state, extract, pen))
    by_size = sorted(extracts.items(), key=lambda item: -len(item[1]))
    return _listed(
        [
            pen.words.of(
                "quality.late_after",
                "of" if place else "most",
                days=pen.numbers.exact(days),
                extracts=_listed(names, pen),
            )
            for place, (days, names) in enumerate(by_size)
        ],
        pen,
    )


def _fresh(row: object, pen: Pen) -> str:
    # How many days it is is told of no other city.
    is_untold = row.days_behind is None and row.freshness in ("current", "late")
    member = f"{row.freshness}_untold" if is_untold else row.freshness
    return pen.words.of("freshness", member, sign=SIGN[row.freshness], days=_days(row, pen))


def freshness_table(state: Quality, pen: Pen) -> Table:
    """A row a city, a column an extract; a sign and a word in each cell, and the days."""
    cells = {(row.city_code, row.extract): row for row in state.freshness}
    cities = {row.city_code: row for row in state.freshness}

    def column(code: str) -> Column:
        def value(city: object) -> Cell:
            found = cells.get((city.city_code, code))
            return State("not_available") if found is None else _fresh(found, pen)

        def tone(city: object) -> str:
            found = cells.get((city.city_code, code))
            return TONE.get(found.freshness, "") if found else ""

        return Column(_extract_name(state, code, pen), value=value, tone=tone)

    columns = [column(code) for code in state.codes]
    first = Column(pen.words("choice.city"), of="city_freshness.freshness", value=pen.words.name)
    rows = list(cities.values())
    return Table(pen.words("table.freshness"), [first, *columns], rows, lambda city: city.city_code == state.scope.city)


def gates(state: Quality, pen: Pen) -> tuple[str, str, list[str], str]:
    """What the checks found: each gate in a line, then what did not pass, the gravest and first of all first."""
    says, numbers = pen.words, pen.numbers
    kind = "errors" if state.errors else "warnings" if state.warnings else "clean"
    title = says.of(
        "quality.gates",
        kind,
        errors=numbers.exact(len(state.errors)),
        warnings=numbers.exact(len(state.warnings)),
        total=numbers.exact(len(state.checks)),
    )
    lines = [_failed(check, pen) for check in state.failed]
    for gate in GATES:
        of_gate = [check for check in state.checks if check.gate == gate]
        passed = [check for check in of_gate if check.status == "passed"]
        if of_gate:
            lines.append(
                says.html(
                    "quality.gate_line",
                    gate=says.of("gate", gate),
                    passed=numbers.exact(len(passed)),
                    total=numbers.exact(len(of_gate)),
                )
            )
    return title, says("quality.gates_sub"), lines, says("checks.none")


def _failed(check: object, pen: Pen) -> str:
    says = pen.words
    sign = says.html_of("quality.failed", check.severity)
    what = says.html(
        "quality.failed_what", message=_message(check, pen) or check.check_name, gate=says.of("gate", check.gate)
    )
    # What is counted differs from check to check (files, batches, rows): the number alone, and where to look.
    kind = "crashed" if check.status == "crashed" else "failed" if check.unexpected_count else "noted"
    how = says.html_of(
        "quality.failed_how", kind, count=pen.numbers.exact(check.unexpected_count), subject=check.subject
    )
    return f'<span class="what"><span class="sign">{sign}</span>{what}</span><span class="do">{how}</span>'


def reason_marks(reasons: Sequence, pen: Pen) -> list[Mark]:
    """A bar a reason; what was replaced in its own file is no loss and looks like none."""
    return [
        Mark(
            pen.words.of("refusal", reason.reason_code),
            _waiting(reason),
            text=pen.numbers.exact(_waiting(reason)),
            hover=_message(reason, pen),
            tone="other" if reason.reason_code == REPLACED else "below",
        )
        for reason in reasons
    ]


def _waiting(reason: object) -> int:
    """Rows that are still to correct; of those replaced in their own file, which nobody corrects, all of them."""
    return reason.refused_rows if reason.reason_code == REPLACED else reason.open_rows


def of_reasons(state: Quality, reasons: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the reasons' bars."""
    says, numbers = pen.words, pen.numbers
    lost = [reason for reason in reasons if reason.reason_code != REPLACED]
    facts = {"city": _city(state, pen)}
    subtitle = says("quality.reasons_sub")
    if not lost:
        rows = numbers.exact(_waiting(reasons[0]))
        return says("quality.reasons.replaced", rows=rows, **facts), subtitle
    facts |= {"rows": numbers.exact(state.total.open_rows if state.total else None)}
    facts |= {"reason": says.of("refusal", lost[0].reason_code), "most": numbers.exact(lost[0].open_rows)}
    return says("quality.reasons.some", **facts), subtitle


def no_reasons(state: Quality, pen: Pen) -> tuple[str, str, str]:
    """The sentence where no row is to correct."""
    return pen.words("quality.reasons.none", city=_city(state, pen)), "", ""


def reason_table(reasons: Sequence, pen: Pen) -> Table:
    """Reasons with what to do about each."""
    says = pen.words
    return Table(
        says("table.reasons"),
        [
            Column(says("column.reason"), value=lambda row: says.of("refusal", row.reason_code)),
            Column(says("column.refused_rows"), "count", "refused_reason.open_rows", _waiting, bars=True),
            Column(says("column.faults"), "count", "refused_reason.faults"),
            Column(says("column.files"), "count", "refused_reason.files"),
            Column(says("column.share_of_faults"), "share", "refused_reason.share_of_faults"),
            Column(says("column.message"), value=lambda row: _message(row, pen)),
            Column(says("column.mend"), value=lambda row: says.of("mend", row.reason_code)),
        ],
        reasons,
    )


def files(state: Quality, rows: Sequence, pen: Pen) -> tuple[str, str, list[str], str]:
    """The files that are held or were refused as a whole: which, why and what to do, in the reader's language."""
    says, numbers = pen.words, pen.numbers
    waiting = [row for row in rows if row.is_open or row.status == HELD]
    kind = "some" if waiting else "none"
    title = says.of("quality.files", kind, city=_city(state, pen), count=numbers.exact(len(waiting)))
    return title, says("quality.files_sub"), [_file(row, state, pen) for row in rows], says("quality.files_empty")


def files_of_nobody(state: Quality, rows: Sequence, pen: Pen) -> tuple[str, str, list[str], str]:
    """Files of which neither rows nor folder nor name say who sent them: somebody has to ask."""
    title = pen.words("quality.nobodys", count=pen.numbers.exact(len(rows)))
    lines = [_file(row, state, pen) for row in rows]
    return title, pen.words("quality.nobodys_sub"), lines, pen.words("quality.files_empty")


def _file(row: object, state: Quality, pen: Pen) -> str:
    """One file: whose and what, then why it waits and what to do, or which later one has landed it."""
    says, numbers = pen.words, pen.numbers
    owner = says.name(row) if row.name_zh else says("quality.city_unknown")
    what = says.html("quality.file_line", extract=_extract_name(state, row.extract, pen), city=owner)
    facts = {"file": row.file_name, "moment": numbers.moment(row.landed_at), "batch": str(row.batch_id)}
    if row.corrected_by is not None:
        how = says.html("quality.file_corrected", by=row.corrected_by_file, by_batch=str(row.corrected_by), **facts)
    elif row.status == HELD:
        refused, rows = numbers.exact(row.rows_rejected), numbers.exact(row.rows_landed)
        how = says.html("quality.file_held", refused=refused, rows=rows, **facts)
    elif row.is_open:
        how = says.html("quality.file_why", message=_in_language(row, pen), **facts)
    else:
        how = says.html("quality.file_rows", rows=numbers.exact(row.open_rows), **facts)
    return f'<span class="what">{what}</span><span class="do">{how}</span>'


def _in_language(row: object, pen: Pen) -> str:
    """A landing's message is "Chinese / English", and each half begins with the file's name."""
    zh, mark, en = (row.message or "").partition(f" / {row.file_name}:")
    text = en if mark and pen.words.language == "en" else zh
    return text.removeprefix(f"{row.file_name}:").strip()


def of_extracts(state: Quality, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the extracts' table."""
    return pen.words("quality.extracts"), pen.words("quality.extracts_sub", as_of=_as_of(state, pen))


def extract_table(state: Quality, pen: Pen) -> Table:
    """A row an extract: files and rows, and up to when it tells."""
    says = pen.words

    def of_extract(name: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            if not row.has_landed and name not in ("open_files", "held_rows"):
                return State("not_assessed", says("quality.never_landed"))
            found = state.landed.get(row.extract)
            return State("not_available") if found is None else getattr(found, name)

        return value

    return Table(
        says("table.extracts"),
        [
            Column(says("column.extract"), value=says.name),
            Column(
                says("column.has_landed"), of="extract_state.has_landed", value=lambda row: _truth(row.has_landed, pen)
            ),
            Column(says("column.files"), "count", "landing_scope.files", of_extract("files")),
            Column(says("column.refused_files"), "count", "landing_scope.open_files", of_extract("open_files")),
            Column(
                says("column.rows_landed"), "count", "landing_scope.rows_landed", of_extract("rows_landed"), bars=True
            ),
            Column(says("column.rows_rejected"), "count", "landing_scope.open_rows", of_extract("open_rows")),
            Column(says("column.rejected_share"), "share", "landing_scope.open_share", of_extract("open_share")),
            Column(
                says("column.rows_corrected"), "count", "landing_scope.corrected_rows", of_extract("corrected_rows")
            ),
            Column(says("column.rows_held"), "count", "landing_scope.held_rows", of_extract("held_rows")),
            Column(says("column.newest"), "day", "extract_state.latest_business_date"),
            Column(says("column.last_landed"), "moment", "extract_state.last_landed_at"),
        ],
        [state.extract[code] for code in state.codes],
    )


def _truth(value: bool, pen: Pen) -> str:
    return pen.words.of("truth", "yes" if value else "no")


def of_own(state: Quality, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the table of the city in focus."""
    return (
        pen.words("quality.own", city=_city(state, pen)),
        pen.words("quality.extracts_sub", as_of=_as_of(state, pen)),
    )


def own_table(state: Quality, pen: Pen) -> Table:
    """A row an extract of the city in focus: how fresh, how much, what was refused."""
    says = pen.words

    def of_scope(name: str) -> Callable[[object], Cell]:
        def value(row: object) -> Cell:
            found = state.landed.get(row.extract)
            return State("not_available") if found is None else getattr(found, name)

        return value

    by_code = {row.extract: row for row in state.own}
    return Table(
        says("table.own"),
        [
            Column(says("column.extract"), value=lambda row: _extract_name(state, row.extract, pen)),
            Column(
                says("column.freshness"),
                of="city_freshness.freshness",
                value=lambda row: _fresh(row, pen),
                tone=lambda row: TONE.get(row.freshness, ""),
            ),
            Column(says("column.newest"), "day", "city_freshness.newest_on"),
            Column(says("column.last_landed"), "moment", "city_freshness.last_landed_at"),
            Column(says("column.files"), "count", "landing_scope.files", of_scope("files")),
            Column(says("column.refused_files"), "count", "landing_scope.open_files", of_scope("open_files")),
            Column(says("column.rows_landed"), "count", "city_freshness.rows_landed"),
            Column(says("column.rows_rejected"), "count", "landing_scope.open_rows", of_scope("open_rows")),
            Column(says("column.rejected_share"), "share", "landing_scope.open_share", of_scope("open_share")),
            Column(says("column.rows_corrected"), "count", "landing_scope.corrected_rows", of_scope("corrected_rows")),
            Column(says("column.rows_held"), "count", "landing_scope.held_rows", of_scope("held_rows")),
        ],
        [by_code[code] for code in state.codes if code in by_code],
    )


def of_occupations(state: Quality, rows: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of how occupations were filed; the last row is all of them."""
    says, numbers, whole = pen.words, pen.numbers, rows[-1]
    title = says(
        "quality.occupations",
        city=_city(state, pen),
        code=numbers.percent(whole.code_share),
        name=numbers.percent(whole.name_share),
        none=numbers.percent(whole.no_occupation_share),
    )
    return title, says("quality.occupations_sub")


def occupation_table(rows: Sequence, pen: Pen) -> Table:
    """A row a training type: sessions with an occupation by code, by name alone, without one."""
    says = pen.words
    return Table(
        says("table.occupations"),
        [
            Column(
                says("quality.occupation.type"),
                value=lambda row: says.name(row) if row.name_zh else says("quality.occupation.all"),
            ),
            Column(says("quality.occupation.sessions"), "count", "occupation_scope.sessions"),
            Column(says("quality.occupation.code"), "count", "occupation_scope.code_sessions"),
            Column(says("quality.occupation.code_share"), "share", "occupation_scope.code_share", bars=True),
            Column(says("quality.occupation.name"), "count", "occupation_scope.name_sessions"),
            Column(says("quality.occupation.name_share"), "share", "occupation_scope.name_share", bars=True),
            Column(says("quality.occupation.none"), "count", "occupation_scope.no_occupation_sessions"),
            Column(says("quality.occupation.none_share"), "share", "occupation_scope.no_occupation_share", bars=True),
        ],
        rows,
    )


def of_causes(state: Quality, causes: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the causes by column."""
    says = pen.words
    lost = [row for row in causes if row.reason_code != REPLACED] or list(causes)
    title = says(
        "quality.causes",
        city=_city(state, pen),
        extract=_extract_name(state, lost[0].extract, pen),
        column=_filed(lost[0].column_name, pen),
        reason=says.of("refusal", lost[0].reason_code),
        rows=pen.numbers.exact(lost[0].open_rows),
    )
    return title, says("quality.causes_sub")


def _filed(column: str | None, pen: Pen) -> str:
    """A column as it stands in the bureaus' files."""
    return pen.words.of("filed", column) if column else pen.words("quality.whole_row")


def cause_table(causes: Sequence, state: Quality, pen: Pen) -> Table:
    """Extract, column and reason of a city's refused rows, the most frequent first."""
    says = pen.words
    return Table(
        says("table.causes"),
        [
            Column(says("column.extract"), value=lambda row: _extract_name(state, row.extract, pen)),
            Column(
                says("column.filed"), of="refused_cause.column_name", value=lambda row: _filed(row.column_name, pen)
            ),
            Column(says("column.reason"), value=lambda row: says.of("refusal", row.reason_code)),
            Column(says("column.refused_rows"), "count", "refused_cause.open_rows", bars=True),
            Column(says("column.files"), "count", "refused_cause.files"),
            Column(says("column.mend"), value=lambda row: says.of("mend", row.reason_code)),
        ],
        causes[:12],
    )


def of_rows(state: Quality, rows: Sequence, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the list of refused rows."""
    says, numbers = pen.words, pen.numbers
    total = numbers.exact(state.total.open_rows if state.total else None)
    title = says("quality.rows", city=_city(state, pen), rows=total)
    return title, says("quality.rows_sub", shown=numbers.exact(len(rows)))


def row_table(rows: Sequence, pen: Pen) -> Table:
    """File, row, column, reason and what to do: without the value, which nobody else needs."""
    says = pen.words
    return Table(
        says("table.rows"),
        [
            Column(says("column.file"), of="refused_row.file_name"),
            Column(says("column.row_number"), "rank", "refused_row.row_number"),
            Column(says("column.filed"), of="refused_row.column_name", value=lambda row: _filed(row.column_name, pen)),
            Column(says("column.message"), value=lambda row: _message(row, pen) or row.reason_code),
            Column(says("column.mend"), value=lambda row: says.of("mend", row.reason_code)),
        ],
        rows,
    )


def rows_name(pen: Pen) -> str:
    """What the file of refused rows is called."""
    return pen.words("table.rows")


@dataclass(frozen=True)
class Changes:
    """What changed since the version before, in one plan year."""

    rows: Sequence
    year: int

    @cached_property
    def of_year(self) -> list:
        """The rows of the year that moved something."""
        return [row for row in self.rows if row.plan_year == self.year and row.effect]

    @property
    def figures(self) -> list[str]:
        """The figures that changed, the most looked at first."""
        changed = {row.figure for row in self.of_year}
        return [figure for figure in FIGURES if figure in changed]

    def parts(self, figure: str) -> list:
        """The causes of one figure's change, in the order in which they are applied."""
        return [row for row in self.of_year if row.figure == figure]


def figure_name(pen: Pen) -> Callable[[str], str]:
    """The name of a figure that is compared."""
    return lambda figure: pen.words.of("figure_of", figure)


def _value(figure: str, value: float | None, pen: Pen) -> str:
    return pen.numbers.percent(value) if figure in SHARES else pen.numbers.exact(value)


def _effect(figure: str, value: float, pen: Pen) -> str:
    """A change with its sign: +2,378, or percentage points of a share."""
    if figure in SHARES:
        return pen.words("quality.points", points=pen.numbers.points(value))
    return f"{value:+,.0f}".replace("-", "−")


def bridge(changes: Changes, figure: str, pen: Pen) -> Picture:
    """From the version before to this one, a bar a cause."""
    says, parts = pen.words, changes.parts(figure)
    first = parts[0]
    largest = max(parts, key=lambda row: abs(row.effect))
    facts = {
        "figure": says.of("figure_of", figure),
        "year": str(changes.year),
        "before": _value(figure, first.value_before, pen),
        "after": _value(figure, first.value_after, pen),
        "cause": says.of("change", largest.cause),
        "effect": _effect(figure, largest.effect, pen),
    }
    steps = [
        Mark(
            says.of("change", row.cause),
            row.effect,
            text=_effect(figure, row.effect, pen),
            hover=says.of("change_says", row.cause),
            tone="above" if row.effect > 0 else "below",
        )
        for row in parts
    ]
    before = Mark(says("quality.before"), first.value_before, facts["before"], first.build_before)
    after = Mark(says("quality.after"), first.value_after, facts["after"], first.build_after)
    subtitle = says("quality.bridge_sub", before=first.build_before, after=first.build_after)
    return charts.bridge(before, steps, after, pen, says("quality.bridge", **facts), subtitle)


def change_table(changes: Changes, figure: str, pen: Pen) -> Table:
    """The causes of one figure's change."""
    says, kind = pen.words, "share" if figure in SHARES else "count"
    return Table(
        says("table.changes"),
        [
            Column(says("column.cause"), of="version_change.cause", value=lambda row: says.of("change", row.cause)),
            Column(says("column.effect"), kind, "version_change.effect"),
            Column(says("column.value_before"), kind, "version_change.value_before"),
            Column(says("column.value_after"), kind, "version_change.value_after"),
            Column(says("column.meaning"), value=lambda row: says.of("change_says", row.cause)),
        ],
        changes.parts(figure),
    )


def no_changes(changes: Changes, pen: Pen) -> tuple[str, str, str]:
    """Why there is nothing to compare: no version before, or the same figures."""
    kind = "same" if changes.rows else "first"
    return pen.words.of("quality.no_changes", kind), "", pen.words.html_of("quality.no_changes_says", kind)


def all_changes(changes: Changes, pen: Pen) -> tuple[str, str, list[str], str]:
    """Every figure that changed, from what to what, and by which causes."""
    says = pen.words
    lines = []
    for figure in changes.figures:
        parts = changes.parts(figure)
        causes = _listed(
            [
                says("quality.cause", cause=says.of("change", row.cause), effect=_effect(figure, row.effect, pen))
                for row in parts
            ],
            pen,
        )
        what = says.html(
            "quality.changed",
            figure=says.of("figure_of", figure),
            before=_value(figure, parts[0].value_before, pen),
            after=_value(figure, parts[0].value_after, pen),
        )
        lines.append(f'<span class="what">{what}</span><span class="do">{says.html("quality.by", rest=causes)}</span>')
    title = says("quality.all_changes", year=str(changes.year), count=pen.numbers.exact(len(lines)))
    return title, says("quality.all_changes_sub"), lines, says("quality.nothing_changed")


def forecasts(rows: Sequence, pen: Pen) -> Picture:
    """What the projection said at each month end of a year that is over, against what it came to."""
    says, numbers, first = pen.words, pen.numbers, rows[0]
    marks = [
        Mark(
            numbers.month(row.evaluated_on),
            row.projection,
            text=numbers.count(row.projection),
            hover=says(
                "quality.forecast_hover",
                day=numbers.day(row.evaluated_on),
                value=numbers.exact(row.projection),
                low=numbers.exact(row.projection_low),
                high=numbers.exact(row.projection_high),
                error=f"{row.projection_error:+,.0f}".replace("-", "−"),
            ),
            low=row.projection_low,
            high=row.projection_high,
            tone="counted" if row.is_covered else "below",
        )
        for row in rows
    ]
    title = says(
        "quality.forecasts",
        year=str(first.plan_year),
        evaluations=numbers.exact(first.evaluations),
        error=numbers.percent(first.mean_absolute_error),
        covered=numbers.exact(first.covered_evaluations),
    )
    name = says("quality.actual", count=numbers.count(first.actual_sessions))
    kind = "hindsight" if first.hindsight_evaluations else "then"
    subtitle = says.of("quality.forecasts_sub", kind, count=numbers.exact(first.hindsight_evaluations))
    return charts.dots_with_intervals(
        marks, pen, title, subtitle, numbers.count, reference=first.actual_sessions, reference_name=name
    )


def no_forecasts(pen: Pen) -> tuple[str, str, str]:
    """Why the projection has not been tested."""
    return pen.words("notes.projection"), "", pen.words.html("projection.untested")


def forecast_table(rows: Sequence, pen: Pen) -> Table:
    """The projections against the outcome."""
    says = pen.words
    return Table(
        says("table.forecasts"),
        [
            Column(says("column.evaluated_on"), "day", "projection_backtest.evaluated_on"),
            Column(says("column.projection"), "count", "projection_backtest.projection"),
            Column(says("column.projection_low"), "count", "projection_backtest.projection_low"),
            Column(says("column.projection_high"), "count", "projection_backtest.projection_high"),
            Column(says("column.actual"), "count", "projection_backtest.actual_sessions"),
            Column(says("column.error"), "count", "projection_backtest.projection_error"),
            Column(
                says("column.covered"),
                of="projection_backtest.is_covered",
                value=lambda row: _truth(row.is_covered, pen),
            ),
        ],
        rows,
    )


def delay(rows: Sequence, version: object, pen: Pen) -> tuple[str, str, str]:
    """What is over but not yet reported: estimated from landing dates where there is a history."""
    says, numbers = pen.words, pen.numbers
    row = rows[0] if rows else None
    kind = row.delay_basis if row and row.delay_basis else "unknown"
    sessions = numbers.sessions(row.delay_sessions if row else None, "not_assessed")
    return (
        says("quality.delay_title"),
        says("figure.as_of", day=numbers.day(version.as_of)),
        says.html_of("quality.delay", kind, sessions=sessions, state=numbers.state("not_assessed")),
    )


def of_checks(state: Quality, pen: Pen) -> tuple[str, str]:
    """Title and subtitle of the list of all checks."""
    return pen.words("quality.checks_title", total=pen.numbers.exact(len(state.checks))), pen.words("quality.gates_sub")


def check_table(state: Quality, pen: Pen) -> Table:
    """Every check, what did not pass first."""
    says = pen.words
    passed = [check for check in state.checks if check.status == "passed"]
    return Table(
        says("table.checks"),
        [
            Column(
                says("column.check"),
                of="gate_result.check_name",
                value=lambda row: _message(row, pen) or row.check_name,
            ),
            Column(says("column.gate"), of="gate_result.gate", value=lambda row: says.of("gate", row.gate)),
            Column(says("column.subject"), of="gate_result.subject"),
            Column(
                says("column.severity"), of="gate_result.severity", value=lambda row: says.of("severity", row.severity)
            ),
            Column(
                says("column.status"), of="gate_result.status", value=lambda row: says.of("check_status", row.status)
            ),
            Column(says("column.unexpected"), "count", "gate_result.unexpected_count"),
        ],
        [*state.failed, *passed],
    )


def notes(pen: Pen) -> list[tuple[str, str]]:
    """How to read the page, and what a bureau does next."""
    says = pen.words
    entries = [
        (says.of("quality.note", name), says.html_of("quality.note_says", name))
        for name in ("gates", "fresh", "refused", "change", "whole")
    ]
    command = says.html("quality.check_says", command="skillsdw check")
    return [*entries, (says("quality.check_note"), command)]
