"""What the Overview owes its reader, by the test's own SQL on the published file."""

from collections import defaultdict
from datetime import date

from due import Due, Note, Trace
from saying import SIGNS, Published, Tongue

WHOLE = 0
STEPS = {
    "declared": ("填报", "Declared"),
    "completed": ("结业", "Completed"),
    "subsidised": ("使用公共资金", "Publicly funded"),
    "eligible": ("计入", "Counted"),
    "certified": ("取得证书", "Certified"),
    "employed": ("训后就业", "Employed"),
}


def overview(published: Published, tongue: Tongue, year: int) -> Due:
    """Everything on the page of a plan year, or of the three together."""
    due = Due(tongue)
    as_of = published.version["as_of"]
    plan = published.rows(
        """
        select
          *,
          cast(counted_sessions as double) / target_sessions as share_done,
          cast(priority_persons as double) / nullif(persons, 0) as share_of_persons,
          cast(priority_sessions as double) / nullif(counted_sessions, 0) as share_of_sessions,
          case when plan_year = 0 then 'whole' when plan_year > $today then 'not_begun'
            when plan_year < $today then 'closed' else 'open' end as stage
        from marts.target_progress
        order by if(plan_year = 0, 9999, plan_year)
        """,
        today=as_of.year,
    )
    row = next(one for one in plan if one["plan_year"] == year)
    months = published.rows(
        "from marts.progress_month where $year = 0 or plan_year = $year order by plan_year, end_month", year=year
    )
    due.say("question", tongue.count(plan[-1]["target_sessions"]))
    _answer(due, tongue, row, as_of)
    _figures(due, tongue, row, as_of)
    _months(due, tongue, row, months, as_of)
    _attention(due, tongue, published, as_of)
    _years(due, tongue, plan, as_of)
    _priority(due, tongue, row, as_of)
    _funnel(due, tongue, published, year, row, as_of)
    due.block([])
    _notes(due, tongue, published, row)
    return due


def _answer(due: Due, tongue: Tongue, row: dict, as_of: date) -> None:
    stage, held = row["stage"], row["priority_standing"]
    measure = row["share_done"] if stage == "closed" else row["pace"]
    facts = {
        "sign": SIGNS["undecided" if measure is None else "above" if measure >= 1 else "below"],
        "as_of": tongue.day(as_of),
        "year": str(row["plan_year"]),
        "counted": tongue.count(row["counted_sessions"]),
        "target": tongue.count(row["target_sessions"]),
        "done": tongue.percent(row["share_done"], against=1),
        "pace": tongue.percent(row["pace"], against=1),
    }
    limit = tongue.limit(row["priority_target"])
    if stage == "not_begun":
        due.say("answer", facts["year"], facts["as_of"], facts["target"], limit)
        return
    orders = {
        "open": ("sign as_of year counted target done pace", "sign as_of counted year done target pace"),
        "closed": ("sign year counted target done", "sign counted year done target"),
        "whole": ("sign as_of counted target done pace", "sign as_of counted done target pace"),
    }
    share = [tongue.percent(row["share_of_persons"], against=row["priority_target"]), limit] if held else []
    due.say("answer", tongue.order(*orders[stage], facts), share)


def _figures(due: Due, tongue: Tongue, row: dict, as_of: date) -> None:
    def figure(place: int, value: str, compare: object, meaning: str, *more: str) -> None:
        due.say(f"figure {place} label")
        due.say(f"figure {place} value", value)
        due.say(f"figure {place} beside")
        due.say(f"figure {place} compare", compare)
        due.say(f"figure {place} dated", tongue.day(as_of))
        due.say(f"figure {place} defines", tongue.meaning(f"target_progress.{meaning}"), *more)

    if row["stage"] == "not_begun":
        starts = tongue(f"{row['plan_year']}年1月1日", f"1 Jan {row['plan_year']}")
        for place, meaning in enumerate(("counted_sessions", "pace", "priority_share_persons", "projection")):
            figure(place, tongue.state("too_early"), starts, meaning)
        return
    done = tongue.percent(row["share_done"], against=1)
    figure(
        0,
        tongue.count(row["counted_sessions"]),
        [tongue.count(row["target_sessions"]), done],
        "counted_sessions",
    )
    elapsed = row["expected_share_elapsed"]
    course = [tongue.percent(row["share_done"], against=elapsed), tongue.percent(elapsed)]
    sign = SIGNS["undecided" if row["pace"] is None else "above" if row["pace"] >= 1 else "below"]
    figure(1, tongue.percent(row["pace"], against=1), [sign, *(course if row["pace"] is not None else [])], "pace")
    limit = row["priority_target"]
    held = SIGNS[{"at_or_above": "above", "below": "below"}.get(row["priority_standing"], "undecided")]
    by_sessions = tongue.percent(row["share_of_sessions"], against=limit)
    figure(
        2,
        tongue.percent(row["share_of_persons"], against=limit),
        [held, tongue.limit(limit), by_sessions] if row["priority_standing"] else [],
        "priority_share_persons",
        tongue.exact(row["priority_persons"]),
        tongue.exact(row["persons"]),
    )
    late = tongue.count(row["delay_sessions"], "not_assessed") if row["delay_basis"] == "observed" else ""
    if row["stage"] == "closed" or row["projection"] is None:
        state = tongue.state("not_available" if row["stage"] == "closed" else "not_assessed")
        figure(3, state, [], "projection", late)
    else:
        ends = [tongue.count(row["projection_low"]), tongue.count(row["projection_high"])]
        figure(3, tongue.count(row["projection"]), ["80%", *ends], "projection", late)


def _months(due: Due, tongue: Tongue, row: dict, months: list[dict], as_of: date) -> None:
    facts = {
        "year": str(row["plan_year"]),
        "counted": tongue.count(row["counted_sessions"]),
        "target": tongue.count(row["target_sessions"]),
        "done": tongue.percent(row["share_done"], against=1),
    }
    orders = {
        "open": ("year counted", "year counted"),
        "closed": ("year counted done", "counted year done"),
        "whole": ("counted target done", "counted done target"),
        "not_begun": ("year target", "year target"),
        "side": ("month sum line", "sum month line"),
    }
    stage = row["stage"]
    whole_months = [month for month in months if month["is_complete_month"] and not month["is_future"]]
    if stage == "open" and whole_months:
        last, stage = whole_months[-1], "side"
        facts |= {
            "month": tongue.month(last["end_month"]),
            "sum": tongue.count(last["cumulative_sessions"]),
            "line": tongue.count(last["target_cumulative"]),
        }
    subtitle = [tongue("1月1日 80%", "1 80%"), tongue.day(as_of)]
    due.block(tongue.order(*orders[stage], facts), subtitle, "months")

    by_year = defaultdict(list)
    for month in months:
        by_year[month["plan_year"]].append(month)
    is_alone = len(by_year) == 1
    traces, notes = [], []
    for year, of_year in by_year.items():
        traces += _month_traces(tongue, of_year)
        notes += _month_notes(tongue, year, of_year, is_alone=is_alone)

    def on_time_axis(value: str) -> str:
        day = date.fromisoformat(str(value)[:10])
        return tongue.month_of_year(day) if is_alone else str(day.year)

    due.chart("months", traces, notes, ticks=(on_time_axis, tongue.count))
    labels = [
        tongue.month(month["end_month"])
        + tongue("（未完）", " (open)") * (not month["is_complete_month"] and not month["is_future"])
        for month in months
    ]
    due.table(
        "months",
        [
            ("月份", "Month", "", None),
            _column(
                tongue, "当月计入人次", "Counted in the month", "progress_month.counted_sessions", months, "too_early"
            ),
            _column(
                tongue,
                "累计计入人次",
                "Counted since January",
                "progress_month.cumulative_sessions",
                months,
                "too_early",
            ),
            _column(tongue, "预计累计", "Projected", "progress_month.cumulative_projection", months, "not_assessed"),
            _column(tongue, "目标线（人次）", "Target line (sessions)", "progress_month.target_cumulative", months),
        ],
        labels,
    )


def _column(tongue: Tongue, zh: str, en: str, of: str, rows: list[dict], absent: str = "not_available") -> tuple:
    return zh, en, of, [tongue.exact(row[of.partition(".")[2]], absent) for row in rows]


def _month_traces(tongue: Tongue, months: list[dict]) -> list[Trace]:
    def trace(rows: list[dict], column: str, *, says: bool = True, is_drawn: bool = False) -> Trace:
        hovers = [[tongue.exact(row[column]), tongue.month(row["end_month"])] for row in rows] if says else []
        return Trace([row["end_month"] for row in rows], [row[column] for row in rows], hover=hovers, is_drawn=is_drawn)

    seen = [month for month in months if not month["is_future"]]
    complete = [month for month in seen if month["is_complete_month"]]
    traces = [trace(months, "target_cumulative"), trace(complete, "cumulative_sessions", is_drawn=True)]
    if len(seen) > len(complete):  # the open month, joined to the last whole one
        traces.append(trace(seen[max(len(complete) - 1, 0) :], "cumulative_sessions", is_drawn=True))
    to_come = [month for month in months[max(len(complete) - 1, 0) :] if month["cumulative_projection"] is not None]
    if len(to_come) > 1:
        traces += [
            trace(to_come, "cumulative_projection_low", says=False),
            trace(to_come, "cumulative_projection_high", says=False),
            trace(to_come, "cumulative_projection"),
        ]
    return traces


def _month_notes(tongue: Tongue, year: int, months: list[dict], *, is_alone: bool) -> list[Note]:
    end, seen = months[-1], [month for month in months if not month["is_future"]]
    target = tongue.count(end["target_cumulative"])
    notes = [Note([str(year), target] if is_alone else [target], end["end_month"], end["target_cumulative"])]
    if seen:
        last = seen[-1]
        counted = tongue.count(last["cumulative_sessions"])
        notes.append(Note([counted], last["end_month"], last["cumulative_sessions"]))
        if is_alone and end["is_future"] and end["cumulative_projection"] is not None:
            projected = tongue.count(end["cumulative_projection"])
            notes.append(Note([projected], end["end_month"], end["cumulative_projection"]))
    return notes


def _attention(due: Due, tongue: Tongue, published: Published, as_of: date) -> None:
    rows = published.rows(
        """
        select
          item.*,
          coalesce(city.name_zh, rule.name_zh, industry.name_zh, '') as name_zh,
          coalesce(city.name_en, rule.name_en, industry.name_en, '') as name_en
        from marts.attention_item as item
        left join marts.dim_city as city on city.city_code = item.subject_code and item.subject_type = 'city'
        left join marts.dim_rule as rule on rule.rule_code = item.subject_code and item.subject_type = 'rule'
        left join marts.dim_industry as industry
          on industry.industry_code = item.subject_code and item.subject_type = 'industry'
        order by item.item_rank
        """
    )
    due.block([], [str(rows[0]["plan_year"]), tongue.day(as_of)] if rows else [])
    items = []
    for row in rows:
        name, gap = tongue.name(row), tongue.count(row["gap_sessions"])
        percent = tongue.percent(row["measure"], against=row["reference"])
        items.append(
            {
                "city_behind_pace": ["▼", name, percent, gap, "14"],
                "priority_below_target": ["▼", name, percent, tongue.limit(row["reference"]), gap],
                "rule_loss": ["▼", name, tongue.count(row["measure"])],
                "industry_without_training": ["▼", name, "1 19"],
                "bureau_silent": ["▼", name, tongue.exact(row["measure"]), tongue.exact(row["reference"]), gap],
            }[row["kind"]]
        )
    due.items(*(items or [[]]))


def _years(due: Due, tongue: Tongue, plan: list[dict], as_of: date) -> None:
    years = [row for row in plan if row["plan_year"] != WHOLE]
    title = []
    for row in years:
        has_begun = row["stage"] != "not_begun"
        title += [str(row["plan_year"]), *([tongue.percent(row["share_done"], against=1)] * has_begun)]
    due.block(title, [tongue.day(as_of)], "years")
    places = list(range(len(years)))
    counted = [row["counted_sessions"] for row in years]
    targets = [row["target_sessions"] for row in years]
    notes = []
    for place, row in enumerate(years):
        says = [tongue.count(row["counted_sessions"]), tongue.percent(row["share_done"], against=1)]
        notes.append(Note([tongue.state("too_early")] if row["stage"] == "not_begun" else says, 0, place))
        notes.append(Note([tongue.count(row["target_sessions"])], row["target_sessions"], place))
    due.chart(
        "years",
        [
            Trace(
                counted,
                places,
                hover=[[str(row["plan_year"]), tongue.exact(row["counted_sessions"])] for row in years],
                is_drawn=True,
            ),
            Trace(targets, places, hover=[[tongue.exact(target)] for target in targets], is_drawn=True),
        ],
        notes,
        ticks=(None, lambda place: str(years[int(place)]["plan_year"])),
    )

    def column(zh: str, en: str, of: str, show: object) -> tuple:
        early = tongue.state("too_early")
        cells = [early if row["stage"] == "not_begun" and of != "target_sessions" else show(row) for row in plan]
        return zh, en, f"target_progress.{of}", cells

    def projected(row: dict) -> list[str]:
        if row["stage"] == "closed" or row["projection"] is None:
            return [tongue.state("not_available" if row["stage"] == "closed" else "not_assessed")]
        return [tongue.exact(row[f"projection{end}"]) for end in ("", "_low", "_high")]

    due.table(
        "years",
        [
            ("计划年度", "Plan year", "", None),
            column("目标人次", "Target sessions", "target_sessions", lambda row: tongue.exact(row["target_sessions"])),
            column(
                "计入人次", "Counted sessions", "counted_sessions", lambda row: tongue.exact(row["counted_sessions"])
            ),
            column("完成率", "Attainment", "attainment", lambda row: tongue.percent(row["share_done"], against=1)),
            column(
                "应完成",
                "Due by now",
                "expected_share_elapsed",
                lambda row: tongue.percent(row["expected_share_elapsed"]),
            ),
            column("进度", "Pace", "pace", lambda row: tongue.percent(row["pace"], against=1)),
            column(
                "已开班人次",
                "Enrolled sessions",
                "enrolled_sessions",
                lambda row: tongue.exact(row["enrolled_sessions"]),
            ),
            column(
                "结业人次",
                "Completed sessions",
                "completed_sessions",
                lambda row: tongue.exact(row["completed_sessions"]),
            ),
            column("计入人数", "Counted persons", "persons", lambda row: tongue.exact(row["persons"])),
            column(
                "重点占比（人数）",
                "Priority share (persons)",
                "priority_share_persons",
                lambda row: tongue.percent(row["share_of_persons"]),
            ),
            column(
                "重点占比（人次）",
                "Priority share (sessions)",
                "priority_share_sessions",
                lambda row: tongue.percent(row["share_of_sessions"]),
            ),
            column(
                "剩余每月需完成",
                "Needed a month",
                "required_monthly_sessions",
                lambda row: tongue.exact(row["required_monthly_sessions"]),
            ),
            column("年末预计", "Projection", "projection", projected),
        ],
        [
            tongue("三年合计", "Three years")
            if row["plan_year"] == WHOLE
            else tongue(f"{row['plan_year']}年", str(row["plan_year"]))
            for row in plan
        ],
    )


def _priority(due: Due, tongue: Tongue, row: dict, as_of: date) -> None:
    limit = tongue.limit(row["priority_target"])
    subtitle = [tongue.day(as_of)]
    if row["share_of_persons"] is None:
        state = tongue.state("too_early" if row["stage"] == "not_begun" else "not_available")
        due.block([limit], subtitle)
        due.items([state])
        return
    by_persons = tongue.percent(row["share_of_persons"], against=row["priority_target"])
    by_sessions = tongue.percent(row["share_of_sessions"], against=row["priority_target"])
    persons = [by_persons, tongue.exact(row["priority_persons"]), tongue.exact(row["persons"])]
    is_same = row["persons"] == row["counted_sessions"] and row["priority_persons"] == row["priority_sessions"]
    sessions = [by_sessions, tongue.exact(row["priority_sessions"]), tongue.exact(row["counted_sessions"])]
    says = [*persons, *((["1"] if tongue.is_zh else []) if is_same else sessions)]
    if row["sessions_to_70"] and row["stage"] != "closed":
        says += [tongue.count(row["sessions_to_70"]), limit]
    due.block([by_persons, limit], subtitle)
    due.items(says)


def _funnel(due: Due, tongue: Tongue, published: Published, year: int, row: dict, as_of: date) -> None:
    steps = published.rows(
        """
        select
          step, sessions,
          coalesce(lag(sessions) over (order by step_order) - sessions, 0) as lost
        from marts.session_funnel where plan_year = $year order by step_order
        """,
        year=year,
    )
    losses = published.rows(
        """
        select
          loss.*,
          coalesce(rule.name_zh, fund.name_zh) as name_zh, coalesce(rule.name_en, fund.name_en) as name_en
        from marts.funnel_loss as loss
        left join marts.dim_rule as rule on rule.rule_code = loss.cause and loss.step = 'eligible'
        left join marts.dim_funding_source as fund
          on fund.funding_source_code = loss.cause and loss.step = 'subsidised'
        where loss.plan_year = $year and loss.lost_sessions > 0
        order by loss.lost_sessions desc, loss.sort_order
        """,
        year=year,
    )
    if not any(step["sessions"] for step in steps):
        due.block([], [tongue.day(as_of)])
        due.items([tongue.state("too_early" if row["stage"] == "not_begun" else "not_available")])
        return
    causes = defaultdict(list)
    for loss in losses:
        causes[loss["step"]].append(loss)
    reached = {step["step"]: step["sessions"] for step in steps}
    title = [tongue.count(reached["declared"]), tongue.count(reached["eligible"])]
    if causes["eligible"]:
        most = causes["eligible"][0]
        title += [tongue.name(most), tongue.count(most["lost_sessions"])]
    due.block(title, [tongue.day(as_of)], "funnel")

    def name(loss: dict) -> str:
        return tongue.name(loss) or ""

    notes = []
    for place, step in enumerate(steps):
        notes.append(Note([tongue.count(step["sessions"])], 0, place))
        if step["lost"]:
            says = [tongue.count(step["lost"])]
            for loss in causes[step["step"]][:2]:
                says += [name(loss), tongue.count(loss["lost_sessions"])]
            notes.append(Note(says if step["step"] == "employed" else ["▼", *says], 0, place))
    sessions = [step["sessions"] for step in steps]
    hovers = [[tongue.exact(step["sessions"])] for step in steps]
    due.chart("funnel", [Trace(sessions, list(range(len(steps))), hover=hovers, is_drawn=True)], notes)
    due.table(
        "funnel",
        [
            ("环节", "Step", "", None),
            ("人次", "Sessions", "session_funnel.sessions", [tongue.exact(step["sessions"]) for step in steps]),
            (
                "比上一环节少",
                "Lost since the step before",
                "session_funnel.lost_sessions",
                [tongue.exact(step["lost"]) for step in steps],
            ),
            (
                "原因",
                "Causes",
                "",
                [
                    [[name(loss), tongue.exact(loss["lost_sessions"])] for loss in causes[step["step"]]]
                    for step in steps
                ],
            ),
        ],
        [tongue(*STEPS[step["step"]]) for step in steps],
    )


def _notes(due: Due, tongue: Tongue, published: Published, row: dict) -> None:
    landed = published.rows("select extract from marts.extract_state where extract = 'subsidy' and has_landed")
    paid = [] if landed else [tongue.state("not_assessed")]
    notes = [
        [tongue.count(row["enrolled_sessions"]), *paid, tongue.count(row["completed_sessions"])],
        [],
        _accuracy(tongue, published),
        ["2020"],
        _checks(tongue, published),
    ]
    for place, says in enumerate(notes):
        due.say(f"note {place} term")
        due.say(f"note {place}", says)


def _accuracy(tongue: Tongue, published: Published) -> list[str]:
    rows = published.rows("from marts.projection_accuracy order by plan_year desc limit 1")
    if not rows:
        return ["80%"]
    newest = rows[0]
    error, straight = (tongue.percent(newest[name]) for name in ("mean_absolute_error", "mean_absolute_error_straight"))
    within = [tongue.exact(newest["covered_evaluations"]), "80%"]
    says = [str(newest["plan_year"]), tongue.exact(newest["evaluations"]), error, straight]
    says += within if tongue.is_zh else reversed(within)
    return says + ([tongue.exact(newest["hindsight_evaluations"])] if newest["hindsight_evaluations"] else [])


def _checks(tongue: Tongue, published: Published) -> list[str]:
    made = published.one(
        """
        select
          count(*) as total,
          count(*) filter (status <> 'passed' and severity = 'error') as errors,
          count(*) filter (status <> 'passed' and severity <> 'error') as warnings
        from marts.gate_result
        """
    )
    noticed = published.rows(
        """
        select * from marts.gate_result where status <> 'passed' order by severity, gate, check_name, subject
        """
    )
    if not made["total"]:
        return []
    says = [tongue.exact(made[name]) for name in ("total", "errors", "warnings")]
    for check in noticed:
        message = check[f"message_{tongue.language}"] or check["check_name"]
        says += [message, *([tongue.exact(check["unexpected_count"])] if check["status"] == "failed" else [])]
    return says
