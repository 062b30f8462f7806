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
    since = scope.as_of - timedelta(days=limits.judged_days)
    judged = f"batch_id in {scope.visible_batch} and landed_at >= timestamp '{since}'"
    share = "rows_rejected / nullif(rows_read, 0)"
    accepted = ", ".join(str(batch) for batch in limits.accepted_batches) or "null"
    warn, stop = limits.reject_share_warn, limits.reject_share_stop

    yield Check(
        check_name="rows_accounted",
        table="raw.batch",
        severity=ERROR,
        message_zh="每批读取行数应等于入库行数加退回行数",
        message_en="Rows read are rows landed plus rows rejected, in every batch",
        expectation=no_rows(
            "select batch_id, rows_read, rows_landed, rows_rejected from raw.batch "
            "where status = 'landed' and (rows_read = rows_landed + rows_rejected) is not true"
        ),
    )
    yield Check(
        check_name="files_refused",
        table="raw.batch",
        severity=WARNING,
        message_zh=f"近{limits.judged_days}天内应无文件被整体拒收;被拒收的请报送单位更正后重报",
        message_en=f"No file was refused in the last {limits.judged_days} days; refused ones are sent again",
        expectation=no_rows(
            "select batch_id, extract, file_name from raw.batch "
            f"where status = 'refused' and landed_at >= timestamp '{since}'{_known(scope)}"
        ),
    )
    yield Check(
        check_name="reject_share_high",
        table="raw.batch",
        severity=WARNING,
        message_zh=f"每批退回行占比应不超过{warn:.0%}",
        message_en=f"At most {warn:.0%} of a batch's rows are rejected",
        expectation=no_rows(
            f"select batch_id, extract, round({share}, 4) as reject_share from raw.batch "
            f"where {judged} and {share} > {warn}"
        ),
    )
    yield Check(
        check_name="reject_share_excessive",
        table="raw.batch",
        severity=ERROR,
        message_zh=f"每批退回行占比应不超过{stop:.0%};核实可接受的批次写入 settings.toml 的 accepted_batches",
        message_en=f"At most {stop:.0%} of a batch's rows are rejected; a batch that was looked at and "
        "accepted goes into accepted_batches of settings.toml",
        expectation=no_rows(
            f"select batch_id, extract, round({share}, 4) as reject_share from raw.batch "
            f"where {judged} and {share} > {stop} and rows_read >= {limits.reject_share_min_rows} "
            f"and (batch_id in ({accepted})) is not true"
        ),
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
                message_en="A required extract has landed at least once",
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
            message_zh=f"最新一批入库距统计截止日应不超过{days}天",
            message_en=f"The newest batch landed at most {days} days before the as-of date",
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
            message_en="A batch has as many rows as its record says it landed",
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
            message_en=f"A batch holds a key ({key}) once, so that the current record is one record",
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
                    message_en="The person key is never null",
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
                    message_zh=f"日期应在{earliest}至{latest}之间",
                    message_en=f"Dates lie between {earliest} and {latest}",
                    expectation=gxe.ExpectColumnValuesToBeBetween(
                        column=name, min_value=earliest.isoformat(), max_value=latest.isoformat()
                    ),
                )


def _code_known(table: str, column: str, codes: list[str]) -> Check:
    return Check(
        check_name="code_known",
        table=table,
        column=column,
        severity=ERROR,
        message_zh="代码应在代码表中",
        message_en="The code is in its code list",
        expectation=gxe.ExpectColumnValuesToBeInSet(column=column, value_set=sorted(set(codes))),
    )


def _identity(scope: Scope) -> Iterator[Check]:
    about = (scope.as_of, scope.settings.identity)
    absent = {f"raw.{extract}" for extract in scope.seeds.extracts} - {f"raw.{e}" for e in _present_extracts(scope)}
    for table in scope.tables_of("raw"):
        if table in absent:
            continue
        columns = [(name, kind) for name, kind in scope.tables[table].items() if kind.startswith("VARCHAR")]
        if columns:
            yield Check(
                check_name="identity_absent",
                table=table,
                severity=ERROR,
                message_zh="任何文字列中不得有疑似身份证号的值",
                message_en="No text column holds a value that looks like a resident ID",
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
