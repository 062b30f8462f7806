"""What has landed, how fresh it is, what is published and why the last build stopped: `skillsdw status`."""

import json
from pathlib import Path

import duckdb

from skillsdw.build import RUNNING, last_report
from skillsdw.durable import explain
from skillsdw.home import Home, busy
from skillsdw.publish import current_version, open_version, versions


def read_status(home: Home) -> dict:
    """Return the home's state as plain values (JSON as it stands); parts that do not exist yet are None or empty."""
    version = current_version(home)
    return {
        "home": str(home.root),
        "batches": _batches(home),
        "held": _held(home),
        "published": _published(version),
        "versions": [path.stem for path in versions(home)],
        "last_build": _last_build(home),
    }


def _batches(home: Home) -> list[dict] | None:
    if not home.warehouse.is_file():
        return None
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            rows = con.execute(
                """
                select
                  extract,
                  count(*) filter (status = 'landed') as files_landed,
                  count(*) filter (status = 'refused') as files_refused,
                  count(*) filter (status = 'held') as files_held,
                  cast(sum(rows_landed) filter (status = 'landed') as bigint) as rows_landed,
                  cast(sum(rows_rejected) as bigint) as rows_rejected,
                  cast(max(landed_at) filter (status = 'landed') as varchar) as last_landed_at
                from raw.batch
                group by extract
                order by extract
                """
            )
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    except duckdb.Error:
        # A landing or build holds the file, nothing has ever landed, or it is damaged, which `doctor` tells.
        return None


def _held(home: Home) -> list[dict]:
    """Batches that are held: they do not count until they are corrected or released."""
    if not home.warehouse.is_file():
        return []
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            rows = con.execute(
                "select batch_id, extract, file_name, cast(landed_at as varchar) as landed_at, rows_read, "
                "rows_rejected from raw.batch where status = 'held' order by batch_id"
            )
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    except duckdb.Error:  # as above
        return []


def _published(version: Path | None) -> dict | None:
    if version is None:
        return None
    try:
        with open_version(version) as con:
            rows = con.execute("select * from marts.published_version")
            names = [column[0] for column in rows.description]
            values = [
                None if value is None else value if isinstance(value, int) else str(value) for value in rows.fetchone()
            ]
            return dict(zip(names, values, strict=True))
    except duckdb.Error as fault:
        return {"build_id": version.stem, "unreadable": explain(fault)}


def _last_build(home: Home) -> dict | None:
    report = last_report(home)
    if report is None:
        return None
    if report["state"] == RUNNING and busy(home) is None:
        report |= {
            "state": "interrupted",
            "message": f"构建在 {report['step']} 一步被中断 / The build was interrupted at the step {report['step']}",
        }
    report["results"] = [row for row in report["results"] if row["status"] != "passed"]
    return report


def status_lines(status: dict) -> list[str]:
    """Say the same for a person, in Chinese and English."""
    lines = [f"数据目录 / Home: {status['home']}"]
    if status["batches"] is None:
        lines.append(
            "尚无入库数据,或工作库正被占用或无法读取 / "
            "Nothing has landed yet, or the working file is in use or unreadable"
        )
    for batch in status["batches"] or []:
        last = batch["last_landed_at"] or "—"
        landed, rejected = f"{batch['rows_landed']:,}", f"{batch['rows_rejected']:,}"
        lines.append(
            f"{batch['extract']}: 入库 {batch['files_landed']} 个文件 {landed} 行,退回 {rejected} 行,"
            f"拒收 {batch['files_refused']} 个文件;最近入库 {last}"
            f" / {batch['files_landed']} files and {landed} rows landed, {rejected} rows rejected,"
            f" {batch['files_refused']} files refused; last {last}"
        )
    for batch in status["held"]:
        lines.append(
            f"暂扣批次 {batch['batch_id']} {batch['file_name']}:"
            f"{batch['rows_read']} 行中退回 {batch['rows_rejected']} 行,不计入;待更正,或核实后运行 "
            f"skillsdw land --release {batch['batch_id']} --because 原因"
            f" / Batch {batch['batch_id']} is held: {batch['rows_rejected']} of {batch['rows_read']} rows rejected; it "
            "does not count until it is corrected, or released: "
            f"skillsdw land --release {batch['batch_id']} --because REASON"
        )
    published = status["published"]
    if published and "unreadable" in published:
        lines.append(
            f"已发布的版本 {published['build_id']} 无法读取:{published['unreadable']} / "
            f"The published version {published['build_id']} cannot be read; skillsdw doctor says how to mend it"
        )
    elif published:
        lines.append(
            f"已发布 / Published: {published['build_id']},统计截止 / as of {published['as_of']},"
            f"规则 / rules {published['rules_version']},代码 / code {published['git_commit']}"
        )
        lines.append(f"可退回的版本 / Versions kept: {', '.join(status['versions'])}")
    else:
        lines.append("尚未发布 / Nothing is published")
    build = status["last_build"]
    if build:
        lines.append(f"最近一次构建 / Last build: {build['build_id']} {build['state']}: {build['message']}")
        for row in build["results"]:
            lines.append(
                f"  [{row['severity']} {row['status']}] {row['subject']} {row['check_name']}: "
                f"{row['message_zh']} / {row['message_en']}" + (f" ({row['observed']})" if row["observed"] else "")
            )
    return lines


def to_json(status: dict) -> str:
    """The status as JSON text."""
    return json.dumps(status, ensure_ascii=False, indent=1)
