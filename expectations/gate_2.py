"""Gate 2: `marts` agree with `raw`, with each other and with the last published version, without identity."""

from __future__ import annotations

from collections.abc import Iterator

import great_expectations.expectations as gxe

from expectations.check import Check, Published, Scope
from expectations.engine import no_rows
from expectations.identity import identity_query
from expectations.result import ERROR, WARNING

SESSION = "marts.fct_training_session"

# What a published version must have to be compared with: an older layout is not compared.
COMPARED_COLUMNS = {
    SESSION: {"plan_year", "city_code", "end_date", "is_counted"},
    "marts.published_version": {"build_id", "as_of"},
}


def checks(scope: Scope) -> list[Check]:
    """Declare the checks of gate 2."""
    return [
        *_reconciled_with_raw(scope),
        *_reconciled_within_marts(scope),
        *_within_bounds(),
        *_shares(scope),
        *_jump(scope),
        *_identity(scope),
    ]


# Totals: raw → facts → every table that shows them.


def _reconciled_with_raw(scope: Scope) -> Iterator[Check]:
    def among(key: str, extract: str) -> str:
        return "" if scope.since_batch is None else f" and {key} in {scope.touched_keys(extract)}"

    # Counted without the staging models, so that a fault in them shows. Gate 1 made sure that a batch
    # holds a key once: the newest batch is the newest version.
    yield Check(
        check_name="sessions_reconcile",
        table=SESSION,
        severity=ERROR,
        message_zh="现行报名记录数、结业人次应与入库数据一致",
        message_en="Current and completed sessions must agree with raw",
        expectation=no_rows(
            "with newest as (select arg_max(case when status = 'void' then 0 "
            f"when status = 'completed' and end_date <= date '{scope.as_of}' then 2 else 1 end, batch_id) "
            f"as state from raw.enrollment where batch_id in {scope.visible_batch}"
            f"{among('enrollment_id', 'enrollment')} group by enrollment_id), "
            "landed as (select count(*) filter (state > 0) as sessions, "
            "count(*) filter (state = 2) as completed from newest), "
            "built as (select count(*) as sessions, count(*) filter (is_completed) as completed "
            f"from {SESSION} where true{among('enrollment_id', 'enrollment')}) "
            "select landed.sessions as raw_sessions, built.sessions as marts_sessions, "
            "landed.completed as raw_completed, built.completed as marts_completed, 1 as faults "
            "from landed, built where landed <> built"
        ),
    )
    # What is dated after as_of is invisible to the build, but a version of that date still supersedes.
    for extract, table, dated in (
        ("certification", "fct_certification", "issued_on"),
        ("employment", "fct_employment", "evidence_from"),
        ("subsidy", "fct_subsidy", "paid_on"),
    ):
        key = ", ".join(scope.seeds.key_of(extract))
        yield Check(
            check_name="records_reconcile",
            table=f"marts.{table}",
            severity=ERROR,
            message_zh="统计截止日及以前的现行记录数应与入库数据一致",
            message_en="Current records dated up to the as-of date must agree with raw",
            expectation=no_rows(
                f"with newest as (select arg_max({dated}, batch_id) as dated from raw.{extract} "
                f"where batch_id in {scope.visible_batch}{among(key, extract)} group by {key}), "
                f"landed as (select count(*) filter (dated <= date '{scope.as_of}') as records from newest), "
                f"built as (select count(*) as records from marts.{table} where true{among(key, extract)}) "
                "select landed.records as raw_records, built.records as marts_records, 1 as faults "
                "from landed, built where landed <> built"
            ),
        )


def _reconciled_within_marts(scope: Scope) -> Iterator[Check]:
    years = _years(scope)
    whole = "industry_code = 'ALL' and trainee_group = 'ALL'"
    by_year = (
        f"(select plan_year, count(*) as completed, count(*) filter (is_counted) as counted from {SESSION} "
        "where is_completed group by all)"
    )
    # plan_year 0 is the plan's years together.
    by_scope = (
        f"(select * from {by_year} union all "
        f"select 0, sum(completed), sum(counted) from {by_year} where plan_year in ({years}))"
    )
    by_city = (
        f"(select plan_year, city_code, count(*) as counted from {SESSION} "
        f"where is_counted and plan_year in ({years}) group by all)"
    )
    yield Check(
        check_name="progress_reconciles",
        table="marts.fct_progress",
        severity=ERROR,
        message_zh="各年度结业、计入人次应与逐条记录一致",
        message_en="Completed and counted sessions of each year must agree with the sessions",
        expectation=_agree(
            by_year,
            "(select plan_year, sum(completed_sessions) as completed, sum(counted_sessions) as counted "
            "from marts.fct_progress group by all)",
            on="plan_year",
            measures=("completed", "counted"),
        ),
    )
    yield Check(
        check_name="headcount_reconciles",
        table="marts.headcount",
        severity=ERROR,
        message_zh="各年度全区计入人次应与逐条记录一致",
        message_en="The province's counted sessions of each year must agree with the sessions",
        expectation=_agree(
            by_scope,
            f"(select plan_year, counted_sessions as counted from marts.headcount where city_code = 'ALL' and {whole})",
            on="plan_year",
            measures=("counted",),
        ),
    )
    yield Check(
        check_name="cities_add_up",
        table="marts.headcount",
        severity=ERROR,
        message_zh="各市计入人次之和应等于全区",
        message_en="The cities' counted sessions must add up to the province's",
        expectation=_agree(
            f"(select plan_year, counted_sessions as counted from marts.headcount where city_code = 'ALL' and {whole})",
            "(select plan_year, sum(counted_sessions) as counted from marts.headcount "
            f"where city_code <> 'ALL' and {whole} group by all)",
            on="plan_year",
            measures=("counted",),
        ),
    )
    yield Check(
        check_name="target_progress_reconciles",
        table="marts.target_progress",
        severity=ERROR,
        message_zh="目标进度的结业、计入人次应与逐条记录一致",
        message_en="Completed and counted sessions against the target must agree with the sessions",
        expectation=_agree(
            f"(select * from {by_scope} where plan_year in (0, {years}))",
            "(select plan_year, completed_sessions as completed, counted_sessions as counted "
            "from marts.target_progress)",
            on="plan_year",
            measures=("completed", "counted"),
        ),
    )
    yield Check(
        check_name="scorecard_reconciles",
        table="marts.city_scorecard",
        severity=ERROR,
        message_zh="各市计入人次应与逐条记录一致",
        message_en="Each city's counted sessions must agree with the sessions",
        expectation=_agree(
            by_city,
            f"(select plan_year, city_code, counted_sessions as counted from marts.city_scorecard "
            f"where plan_year in ({years}))",
            on="plan_year, city_code",
            measures=("counted",),
        ),
    )
    sums = (
        "sum(completed_sessions) as completed, sum(subsidised_sessions) as subsidised, sum(counted_sessions) as counted"
    )
    yield Check(
        check_name="institutions_reconcile",
        table="marts.institution_scorecard",
        severity=ERROR,
        message_zh="各机构结业、补贴性、计入人次之和应等于全区",
        message_en="The institutions' completed, subsidised and counted sessions must add up to the province's",
        expectation=_agree(
            f"(select plan_year, {sums} from marts.fct_progress where plan_year in ({years}) group by all)",
            f"(select plan_year, {sums} from marts.institution_scorecard group by all)",
            on="plan_year",
            measures=("completed", "subsidised", "counted"),
        ),
    )
    yield Check(
        check_name="fund_flow_reconciles",
        table="marts.fund_flow",
        severity=ERROR,
        message_zh="资金流向的笔数和金额应与逐笔发放一致",
        message_en="Payments and amounts of the fund flow must agree with the payments",
        expectation=_agree(
            "(select funding_source, count(*) as payments, sum(amount_yuan) as yuan "
            "from marts.fct_subsidy group by all)",
            "(select funding_source, sum(payments) as payments, sum(paid_yuan) as yuan "
            "from marts.fund_flow group by all)",
            on="funding_source",
            measures=("payments", "yuan"),
        ),
    )
    declared = (
        "(select coalesce(plan_year, year(start_date)) as plan_year, count(*) as declared, "
        "count(*) filter (is_completed) as completed, count(*) filter (is_counted) as eligible "
        f"from {SESSION} where start_date <= date '{scope.as_of}' "
        f"and coalesce(plan_year, year(start_date)) in ({years}) group by all)"
    )
    yield Check(
        check_name="funnel_reconciles",
        table="marts.session_funnel",
        severity=ERROR,
        message_zh="漏斗中的申报、结业、计入人次应与逐条记录一致",
        message_en="Declared, completed and eligible sessions of the funnel must agree with the sessions",
        expectation=_agree(
            f"(select * from {declared} union all "
            f"select 0, sum(declared), sum(completed), sum(eligible) from {declared})",
            "(select plan_year, sum(sessions) filter (step = 'declared') as declared, "
            "sum(sessions) filter (step = 'completed') as completed, "
            "sum(sessions) filter (step = 'eligible') as eligible from marts.session_funnel group by all)",
            on="plan_year",
            measures=("declared", "completed", "eligible"),
        ),
    )


def _agree(left: str, right: str, on: str, measures: tuple[str, ...]) -> gxe.UnexpectedRowsExpectation:
    """Expect two relations to hold the same measures; a scope that one of them lacks counts as 0."""
    columns = ", ".join(f"a.{m} as expected_{m}, b.{m} as observed_{m}" for m in measures)
    differs = " or ".join(f"coalesce(a.{m}, 0) <> coalesce(b.{m}, 0)" for m in measures)
    return no_rows(
        f"select {on}, {columns}, 1 as faults from {left} as a full join {right} as b using ({on}) "
        f"where {differs} order by {on}"
    )


# Bounds within a row.


def _within_bounds() -> Iterator[Check]:
    yield Check(
        check_name="counted_within_completed",
        table=SESSION,
        severity=ERROR,
        message_zh="计入的须为已结业的补贴性培训",
        message_en="A counted session must be completed and subsidised",
        expectation=_none_of(
            f"from {SESSION} where is_counted and not (is_completed and is_subsidised and is_eligible)"
        ),
    )
    yield Check(
        check_name="counted_within_completed",
        table="marts.fct_progress",
        severity=ERROR,
        message_zh="计入人次应不超过补贴性人次,补贴性人次应不超过结业人次;重点群体、取证人次应不超过计入人次",
        message_en="It must be: counted ≤ subsidised ≤ completed sessions; priority and certified ≤ counted sessions",
        expectation=_none_of(
            "from marts.fct_progress where counted_sessions > subsidised_sessions "
            "or subsidised_sessions > completed_sessions "
            "or greatest(priority_sessions, certified_sessions) > counted_sessions"
        ),
    )
    yield Check(
        check_name="counted_within_completed",
        table="marts.session_funnel",
        severity=ERROR,
        message_zh="漏斗每一步的人次应不超过上一步",
        message_en="No step of the funnel may hold more sessions than the one before",
        expectation=no_rows(
            "select plan_year, step, sessions, 1 as faults from marts.session_funnel qualify sessions > "
            "lag(sessions) over (partition by plan_year order by step_order) order by plan_year, step_order"
        ),
    )
    yield Check(
        check_name="outcomes_add_up",
        table="marts.fct_progress",
        severity=ERROR,
        message_zh="已就业、未就业、待观察、未到期之和应等于计入人次",
        message_en="Employed, not employed, awaiting and too early must add up to counted sessions",
        expectation=_none_of(
            "from marts.fct_progress where employed_sessions + not_employed_sessions + awaiting_sessions "
            "+ too_early_sessions is distinct from counted_sessions"
        ),
    )
    yield Check(
        check_name="persons_within_sessions",
        table="marts.headcount",
        severity=ERROR,
        message_zh="人数应不超过计入人次,重点群体人数应不超过人数,且有人次应有人",
        message_en="It must be: priority persons ≤ persons ≤ counted sessions, and no sessions without a person",
        expectation=_none_of(
            "from marts.headcount where persons > counted_sessions or priority_persons > persons "
            "or priority_persons > priority_sessions or (persons > 0) <> (counted_sessions > 0)"
        ),
    )
    yield Check(
        check_name="grain_unique",
        table="marts.headcount",
        severity=ERROR,
        message_zh="每个年度、市、产业、群体组合应只有一行",
        message_en="There must be one row a plan year, city, industry and trainee group",
        expectation=gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["plan_year", "city_code", "industry_code", "trainee_group"]
        ),
    )


def _none_of(from_where: str) -> gxe.UnexpectedRowsExpectation:
    """Expect no row of the selection; only their number is fetched."""
    return no_rows(f"select count(*) as faults {from_where} having count(*) > 0")


def _shares(scope: Scope) -> Iterator[Check]:
    slack = scope.settings.share_slack
    for table in scope.tables_of("marts"):
        shares = [name for name, kind in scope.tables[table].items() if _is_share(name, kind)]
        if not shares:
            continue
        counts = ", ".join(
            f'count(*) filter (not ("{name}" between {-slack} and {1 + slack})) as "{name}"' for name in shares
        )
        yield Check(
            check_name="share_in_range",
            table=table,
            severity=ERROR,
            message_zh="占比和比率应在0与1之间",
            message_en="Shares and rates must lie within [0, 1]",
            expectation=no_rows(
                f"with counts as (select {counts} from {table}) select column_name, faults "
                "from (unpivot counts on columns(*) into name column_name value faults) where faults > 0"
            ),
        )


def _is_share(name: str, kind: str) -> bool:
    """A share or rate by its name; the rank of one, or a difference of two, is none, and more than the whole of a
    budget can be used: that is a finding, not a fault of the marts."""
    words = name.split("_")
    is_number = kind.startswith(("DOUBLE", "FLOAT", "DECIMAL"))
    named = bool({"share", "rate"} & set(words)) or name.startswith("observation_complete")
    return is_number and named and not {"rank", "change", "difference", "gap", "used"} & set(words)


# Against the last published version.


def _jump(scope: Scope) -> Iterator[Check]:
    limits = scope.settings.jump
    published = scope.published
    if published is None or not _is_comparable(published):
        why_zh = "尚无已发布版本,不作比较" if published is None else "上一个已发布版本的表结构不同,不作比较"
        why_en = (
            "No version is published yet: nothing to compare with"
            if published is None
            else "The last published version has another layout: not compared"
        )
        yield Check("sessions_jump", SESSION, ERROR, why_zh, why_en, expectation=None)
        return

    levels = [("sessions_shift", WARNING, limits.fall_warn, limits.rise_warn)]
    if published.build_id and published.build_id == limits.accepted_build_id:
        yield Check(
            "sessions_jump",
            SESSION,
            ERROR,
            f"与已发布版本 {published.build_id} 的变化已核实(accepted_build_id)",
            f"The change against {published.build_id} was looked at and accepted (accepted_build_id)",
            expectation=None,
        )
    else:
        levels.append(("sessions_jump", ERROR, limits.fall_stop, limits.rise_stop))
    for check_name, severity, fall, rise in levels:
        for subject, on in (("plan_year", "plan_year"), ("city_code", "plan_year, city_code")):
            zh = f"与上一版同口径相比,{'各年度' if subject == 'plan_year' else '各市'}计入人次"
            en = f"Like for like with the last published version, counted sessions of a {subject.partition('_')[0]}"
            note_zh, note_en = _how_to_go_on(published) if severity == ERROR else _what_is_noted(scope)
            yield Check(
                check_name=check_name,
                table=SESSION,
                column=subject,
                severity=severity,
                message_zh=f"{zh}减少不超过{fall:.0%}、增加不超过{rise:.0%}",
                message_en=f"{en} fell by at most {fall:.0%} and rose by at most {rise:.0%}",
                failed_zh=f"{zh}减少超过{fall:.0%}或增加超过{rise:.0%}{note_zh}",
                failed_en=f"{en} fell by more than {fall:.0%} or rose by more than {rise:.0%}{note_en}",
                expectation=_no_jump(scope, on, fall, rise, without_history=severity == ERROR),
            )


def _how_to_go_on(published: Published) -> tuple[str, str]:
    """What an operator does about a jump that stops."""
    return (
        ";如为补录历史数据,运行 skillsdw build --backfill;其他变化核实后,在数据目录的 settings.toml 中将 "
        f"[gate_2.jump] 的 accepted_build_id 设为 {published.build_id}",
        "; if history is being loaded, run skillsdw build --backfill; if the change is real for another reason, set "
        f"accepted_build_id of [gate_2.jump] in the home's settings.toml to {published.build_id}",
    )


def _what_is_noted(scope: Scope) -> tuple[str, str]:
    if not scope.is_backfill:
        return "", ""
    return (
        ";本次构建注明为补录历史数据(--backfill),新入库记录带来的增加不停止发布",
        "; this build loads history (--backfill): a rise by newly landed records does not stop it",
    )


def _no_jump(scope: Scope, on: str, fall: float, rise: float, without_history: bool) -> gxe.UnexpectedRowsExpectation:
    """Expect no fall or rise beyond the limits; of a rise what is `_history` may be left out."""
    counted = (
        f"select {on}, count(*) as sessions from {{table}}, edge "
        f"where is_counted and end_date <= ended_by and plan_year in ({_years(scope)}) group by all"
    )
    leaves_out = without_history and scope.published is not None and _knows_its_batches(scope)
    none = f"history as (select {on}, 0 as sessions from was where false)"
    history = _history(scope, on, rise) if leaves_out else none
    return no_rows(
        f"with edge as (select least(max(as_of), date '{scope.as_of}') as ended_by "
        "from published.marts.published_version), "
        f"was as ({counted.format(table=f'published.{SESSION}')}), "
        f"built as ({counted.format(table=SESSION)}), {history} "
        f"select {on}, was.sessions as published_sessions, coalesce(built.sessions, 0) as sessions, "
        f"{'coalesce(history.sessions, 0) as history_sessions, ' if leaves_out else ''}1 as faults "
        f"from was left join built using ({on}) left join history using ({on}) "
        f"where was.sessions >= {scope.settings.jump.min_sessions} "
        f"and (coalesce(built.sessions, 0) / was.sessions < {1 - fall} or "
        f"(coalesce(built.sessions, 0) - coalesce(history.sessions, 0)) / was.sessions > {1 + rise}) "
        f"order by {on}"
    )


def _history(scope: Scope, on: str, rise: float) -> str:
    """CTEs of the sessions of a risen scope that are history being loaded: `history`, their number.

    Their key had never landed when the published version was made, and they landed as history (`land --backfill`, or
    in this build `--backfill`), or the published version had next to nothing of their year and city: a bureau that
    files for the first time. Only scopes that rose too far are looked into, and only their keys are looked for in raw.
    """
    first_of_place = (
        f"coalesce(was_place.sessions, 0) < {scope.settings.jump.min_sessions} "
        f"or first_batch in {scope.backfilled_batch}"
    )
    return (
        f"risen as (select {on} from was join built using ({on}) where built.sessions / was.sessions > {1 + rise}), "
        f"candidate as (select enrollment_id, plan_year, city_code from {SESSION}, edge "
        f"where is_counted and end_date <= ended_by and ({on}) in (select ({on}) from risen)), "
        # What the published version could read: a batch that was held then was not there for it.
        f"known_batch as (select batch_id from raw.batch left join {scope.released} as released using (batch_id), "
        "published.marts.published_version where batch_id <= batch_id_max "
        "and coalesce(landed_at <= known_at, true) "
        "and coalesce(released_at <= coalesce(known_at, published_at), true)), "
        "first_landing as (select enrollment_id, min(landed.batch_id) as first_batch, "
        "count(known_batch.batch_id) > 0 as is_known from raw.enrollment as landed "
        "left join known_batch on landed.batch_id = known_batch.batch_id "
        "where enrollment_id in (select enrollment_id from candidate) "
        f"and landed.batch_id in {scope.visible_batch} group by enrollment_id), "
        "was_place as (select plan_year, city_code, count(*) as sessions "
        f"from published.{SESSION}, edge where is_counted and end_date <= ended_by group by all), "
        f"history as (select {on}, count(*) as sessions from candidate join first_landing using (enrollment_id) "
        "left join was_place using (plan_year, city_code) "
        f"where not is_known and ({'true' if scope.is_backfill else first_of_place}) group by all)"
    )


def _knows_its_batches(scope: Scope) -> bool:
    """Whether the published version says which batches it was made from."""
    needed = {"batch_id_max", "published_at", "known_at"}
    return needed <= set(scope.published.tables.get("marts.published_version", ()))


def _is_comparable(published: Published) -> bool:
    return all(columns <= set(published.tables.get(table, ())) for table, columns in COMPARED_COLUMNS.items())


def _identity(scope: Scope) -> Iterator[Check]:
    about = (scope.as_of, scope.settings.identity)
    for table in scope.tables_of("marts"):
        columns = [(name, kind) for name, kind in scope.tables[table].items() if kind.startswith("VARCHAR")]
        if columns:
            yield Check(
                check_name="identity_absent",
                table=table,
                severity=ERROR,
                message_zh="任何文字列中不得有疑似身份证号的值",
                message_en="No text column may hold a value that looks like a resident ID",
                expectation=no_rows(identity_query(scope.changed(table), columns, *about)),
            )


def _years(scope: Scope) -> str:
    return ", ".join(str(year) for year in scope.seeds.plan_years)
