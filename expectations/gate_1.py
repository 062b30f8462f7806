"""Gate 1: what landed in `raw` is whole, coded, fresh and without identity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import great_expectations.expectations as gxe

from expectations.check import Check, Scope
from expectations.engine import no_rows
from expectations.identity import identity_query
from expectations.result import ERROR, WARNING

# Dates whose plausibility is checked. evidence_to and licence_to are left out: an open-ended contract or
# licence is often written as a far year.
PLAUSIBLE_DATES = frozenset({"start_date", "end_date", "issued_on", "evidence_from", "paid_on", "surveyed_on"})

# Written by landing from the ID itself: no seed lists them.
SEXES = ["male", "female"]

# Tables in which landing writes of its own: what it quotes there must be masked, faulty or not.
WRITTEN_BY_LANDING = frozenset({"raw.batch", "raw.rejected_row", "raw.warehouse"})


def checks(scope: Scope) -> list[Check]:
    """Declare the checks of gate 1."""
    return [
        *_batches(scope),
        *_landed_and_fresh(scope),
        *_rows(scope),
        *_columns(scope),
        *_identity(scope),
    ]


def _batches(scope: Scope) -> Iterator[Check]:
    limits = scope.settings.batches
    days, warn = limits.judged_days, limits.reject_share_warn
    judged = f"landed_at >= timestamp '{scope.as_of - timedelta(days=days)}'{_known(scope)}"

    yield Check(
        check_name="rows_accounted",
        table="raw.batch",
        severity=ERROR,
        message_zh="每批读取行数应等于入库行数加退回行数",
        message_en="In every batch the rows read must be the rows landed plus the rows rejected",
        expectation=no_rows(
            "select batch_id, rows_read, rows_landed, rows_rejected from raw.batch "
            "where status = 'landed' and (rows_read = rows_landed + rows_rejected) is not true"
        ),
    )
    yield Check(
        check_name="batches_held",
        table="raw.batch",
        severity=WARNING,
        message_zh="没有暂扣的批次",
        message_en="No batch is held",
        failed_zh="有批次因退回行过多而暂扣,其数据未计入:请报送单位更正后重报,或核实后运行 "
        "skillsdw land --release 批次号 --because 原因",
        failed_en="Batches are held for too many rejected rows, and their rows are not counted: the sender's "
        "correction releases them, or, once looked at, skillsdw land --release BATCH --because REASON",
        expectation=no_rows(_held(scope)),
    )
    yield Check(
        check_name="status_went_back",
        table="raw.batch",
        reads="raw.reversal",
        severity=WARNING,
        message_zh=f"近{days}天内没有把结业改回未结业的记录",
        message_en=f"No record of the last {days} days went back from completed to not completed",
        failed_zh=f"近{days}天内有记录的状态由结业改回未结业,请报送单位核对是否用旧台账覆盖了新台账",
        failed_en=f"Records of the last {days} days went back from completed to not completed: ask the sender "
        "whether an older ledger replaced a newer one",
        expectation=no_rows(
            "select batch_id, count(*) as rows_back, count(*) as faults from raw.reversal "
            f"where batch_id in (select batch_id from raw.batch where {judged}) "
            f"and batch_id in {scope.visible_batch} group by batch_id order by batch_id"
        ),
    )
    yield Check(
        check_name="files_refused",
        table="raw.batch",
        severity=WARNING,
        message_zh=f"近{days}天内没有待更正的拒收文件",
        message_en=f"No file refused in the last {days} days still waits for its correction",
        failed_zh=f"近{days}天内有文件被整体拒收,尚未更正:请报送单位更正后重报",
        failed_en=f"Files were refused as a whole in the last {days} days and are not yet corrected: the sender "
        "corrects and sends them again",
        expectation=no_rows(
            f"select batch_id, extract, file_name from raw.batch where status = 'refused' and {judged} "
            f"and batch_id not in (select batch_id from {scope.corrected} where row_number is null) order by batch_id"
        ),
    )
    yield Check(
        check_name="reject_share_high",
        table="raw.batch",
        severity=WARNING,
        message_zh=f"近{days}天内的批次,尚未更正的退回行占比均不超过{warn:.0%}",
        message_en=f"In no batch of the last {days} days are more than {warn:.0%} of the rows rejected and not yet "
        "corrected",
        failed_zh=f"近{days}天内有批次超过{warn:.0%}的行被退回,尚未更正:请报送单位按退回清单更正后重报",
        failed_en=f"In batches of the last {days} days more than {warn:.0%} of the rows were rejected and are not yet "
        "corrected: the sender corrects the rows on the list and sends them again",
        expectation=no_rows(
            "with corrected as (select batch_id, count(row_number) as rows_corrected "
            f"from {scope.corrected} group by batch_id) "
            "select batch_id, extract, "
            "round((rows_rejected - coalesce(rows_corrected, 0)) / rows_read, 4) as reject_share "
            f"from raw.batch left join corrected using (batch_id) where status = 'landed' and {judged} "
            f"and (rows_rejected - coalesce(rows_corrected, 0)) / nullif(rows_read, 0) > {warn} order by batch_id"
        ),
    )


def _held(scope: Scope) -> str:
    """Batches that are held, each with its sender: the city of most of its rows, else what its path says."""
    senders = [
        f"select batch_id, mode(left(county_code, 4)) || '00' as city_code from {table} group by batch_id"
        for table in sorted(scope.filled)
        if table.startswith("held.") and {"batch_id", "county_code"} <= set(scope.tables[table])
    ] or ["select null::bigint as batch_id, null::varchar as city_code where false"]
    names = ", ".join(f"('{row['city_code']}', '{row['name_zh']}')" for row in scope.seeds.rows("city"))
    is_held = "status = 'held'"
    if scope.known_at:
        moment = f"timestamp '{scope.known_at}'"
        is_held = f"landed_at <= {moment} and ({is_held} or released_at > {moment})"
    return (
        f"with waiting as ({' union all '.join(senders)}), "
        f"city as (select * from (values {names}) as named(city_code, name)) "
        "select batch_id, "
        "coalesce(city.name, waiting.city_code, nullif(split_part(file_name, '/', -2), extract)) as sender, "
        "file_name, rows_read, landed_at::date as since, 1 as faults from raw.batch "
        f"left join {scope.released} as released using (batch_id) left join waiting using (batch_id) "
        f"left join city using (city_code) where {is_held} "
        f"and batch_id not in (select batch_id from {scope.corrected} where row_number is null) order by batch_id"
    )


def _landed_and_fresh(scope: Scope) -> Iterator[Check]:
    for extract, is_required in scope.seeds.extracts.items():
        mine = f"batch_id in {scope.visible_batch} and extract = '{extract}' and rows_landed > 0"
        if is_required:
            yield Check(
                check_name="extract_landed",
                table=f"raw.{extract}",
                reads="raw.batch",
                severity=ERROR,
                message_zh="必报数据应至少入库一批",
                message_en="A required extract must have landed at least once",
                expectation=no_rows(
                    f"select '{extract}' as extract where not exists (select 1 from raw.batch where {mine})"
                ),
            )
        # An extract that never landed is neither fresh nor stale: pages call it "not assessed".
        if extract not in scope.landed_extracts:
            continue
        days = scope.settings.days_until_stale(extract)
        yield Check(
            check_name="extract_fresh",
            table=f"raw.{extract}",
            reads="raw.batch",
            severity=WARNING,
            message_zh=f"最新一批入库距统计截止日不超过{days}天",
            message_en=f"The newest batch landed at most {days} days before the as-of date",
            failed_zh=f"最新一批入库距统计截止日已超过{days}天",
            failed_en=f"The newest batch landed more than {days} days before the as-of date",
            expectation=no_rows(
                "select max(landed_at)::date as newest_landed_on, "
                f"date '{scope.as_of}' - max(landed_at)::date as days, 1 as faults from raw.batch "
                f"where {mine} having date '{scope.as_of}' - max(landed_at)::date > {days}"
            ),
        )


def _rows(scope: Scope) -> Iterator[Check]:
    for extract in _present_extracts(scope):
        table = f"raw.{extract}"
        key = ", ".join(scope.seeds.key_of(extract))
        yield Check(
            check_name="rows_landed",
            table=table,
            severity=ERROR,
            message_zh="每批在库行数应等于批次登记的入库行数",
            message_en="A batch must have as many rows as its record says it landed",
            expectation=no_rows(
                f"with present as (select batch_id, count(*) as rows_present from {table} group by all), "
                "recorded as (select batch_id, rows_landed from raw.batch "
                f"where extract = '{extract}' and status = 'landed') "
                "select batch_id, recorded.rows_landed, present.rows_present, 1 as faults "
                "from recorded full join present using (batch_id) "
                "where coalesce(recorded.rows_landed, 0) <> coalesce(present.rows_present, 0)"
            ),
        )
        # The current record of a key is its newest by (batch_id, row_number). It is one record exactly
        # when no batch holds a key twice.
        yield Check(
            check_name="key_unique",
            table=table,
            severity=ERROR,
            message_zh=f"同一批内编号({key})不得重复,否则现行记录不唯一",
            message_en=f"A batch must hold a key ({key}) once, so that the current record is one record",
            expectation=no_rows(
                f"with repeated as (select batch_id, count(*) as times from {scope.changed(table)} "
                f"where batch_id in {scope.visible_batch} group by batch_id, {key} having count(*) > 1) "
                "select batch_id, count(*) as repeated_keys, sum(times - 1) as faults "
                "from repeated group by all order by batch_id"
            ),
        )


def _columns(scope: Scope) -> Iterator[Check]:
    earliest, latest = scope.settings.dates.earliest, _years_after(scope)
    for extract in _present_extracts(scope):
        table = f"raw.{extract}"
        for column in scope.seeds.columns[extract]:
            name, kind = column["column_name"], column["kind"]
            if kind == "person_id":
                yield Check(
                    check_name="person_key_present",
                    table=table,
                    column="person_key",
                    severity=ERROR,
                    message_zh="人员标识不得为空",
                    message_en="The person key must not be null",
                    expectation=gxe.ExpectColumnValuesToNotBeNull(column="person_key"),
                )
                yield _code_known(table, "sex", SEXES)
            elif kind == "code":
                yield _code_known(table, name, scope.seeds.codes(column["code_list"]))
            elif kind == "county":
                yield _code_known(table, name, scope.seeds.counties)
            elif name in PLAUSIBLE_DATES:
                yield Check(
                    check_name="date_plausible",
                    table=table,
                    column=name,
                    severity=WARNING,
                    message_zh=f"现行记录的日期均在{earliest}至{latest}之间",
                    message_en=f"The dates of current records lie between {earliest} and {latest}",
                    failed_zh=f"现行记录中有日期不在{earliest}至{latest}之间:请报送单位更正后重报",
                    failed_en=f"Current records hold dates that are not between {earliest} and {latest}: the sender "
                    "corrects and sends them again",
                    expectation=no_rows(_implausible(scope, extract, name, earliest, latest)),
                )


def _implausible(scope: Scope, extract: str, column: str, earliest: date, latest: date) -> str:
    """Implausible dates of current records, by value: what a later batch has corrected is history.

    Of all rows, also those of long ago. They are few, and most pieces of the file are passed over by their least and
    greatest date; newer versions are looked for of these few alone.
    """
    key = ", ".join(scope.seeds.key_of(extract))
    visible = f"batch_id in {scope.visible_batch}"
    return (
        f"with implausible as (select {key}, batch_id, {column} as shown from raw.{extract} "
        f"where {column} not between date '{earliest}' and date '{latest}' and {visible}), "
        f"newest as (select {key}, max(batch_id) as batch_id from raw.{extract} "
        f"where ({key}) in (select ({key}) from implausible) and {visible} group by {key}) "
        f"select shown as {column}, count(*) as faults from implausible semi join newest using ({key}, batch_id) "
        "group by shown order by faults desc, shown"
    )


def _code_known(table: str, column: str, codes: list[str]) -> Check:
    return Check(
        check_name="code_known",
        table=table,
        column=column,
        severity=ERROR,
        message_zh="代码应在代码表中",
        message_en="A code must be in its code list",
        expectation=gxe.ExpectColumnValuesToBeInSet(column=column, value_set=sorted(set(codes))),
    )


def _identity(scope: Scope) -> Iterator[Check]:
    about = (scope.as_of, scope.settings.identity)
    absent = {f"raw.{extract}" for extract in scope.seeds.extracts} - {f"raw.{e}" for e in _present_extracts(scope)}
    # What waits in `held` is landed with its batch's release: it must hold no identity while it waits either.
    waiting = [table for table in scope.tables_of("held") if table in scope.filled]
    for table in [*scope.tables_of("raw"), *waiting]:
        if table in absent:
            continue
        columns = [(name, kind) for name, kind in scope.tables[table].items() if kind.startswith("VARCHAR")]
        if columns:
            yield Check(
                check_name="identity_absent",
                table=table,
                severity=ERROR,
                message_zh="任何文字列中不得有疑似身份证号的值",
                message_en="No text column may hold a value that looks like a resident ID",
                expectation=no_rows(
                    identity_query(scope.changed(table), columns, *about, mistyped_too=table in WRITTEN_BY_LANDING)
                ),
            )


def _present_extracts(scope: Scope) -> list[str]:
    """Extracts that have rows, or should have some: required ones and those of which a batch landed. Of the others
    nothing is said, "passed" as little as anything else."""
    return [
        extract
        for extract, is_required in scope.seeds.extracts.items()
        if extract in scope.landed_extracts
        or f"raw.{extract}" in scope.filled
        or (is_required and f"raw.{extract}" in scope.tables)
    ]


def _known(scope: Scope) -> str:
    return f" and landed_at <= timestamp '{scope.known_at}'" if scope.known_at else ""


def _years_after(scope: Scope) -> date:
    year = scope.as_of.year + scope.settings.dates.years_after_as_of
    last_day = 28 if (scope.as_of.month, scope.as_of.day) == (2, 29) else scope.as_of.day
    return scope.as_of.replace(year=year, day=last_day)
