"""The audit pack of the published version: a workbook, a summary for machines, and long lists as CSV."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from audits.catalogue import checks
from audits.run import ASSESSED, Finding, extract_states, run
from audits.workbook import NOT_ASSESSED_TEXT, Provenance, write_workbook
from skillsdw.home import Home
from skillsdw.publish import DEFAULT_MEMORY_LIMIT, current_version, open_version, sync
from skillsdw.seeds import in_force

SHEET_ROWS = 50_000
SUMMARY = "audit.json"
FORMAT = "skillsdw audit 1"


class AuditError(Exception):
    """No pack was written; `str()` is bilingual and says what to do."""


@dataclass(frozen=True)
class Pack:
    """What was written, and what the checks found."""

    workbook: Path
    summary: Path
    findings: list[Finding]


def audit(
    home: Home,
    out: Path,
    memory_limit: str | None = None,
    sheet_rows: int = SHEET_ROWS,
    progress: Callable[[str], None] = print,
) -> Pack:
    """Check the published version and write the pack into the folder `out`; the same version gives the same bytes.

    Everything is written under other names and renamed at the end: a reader of the folder never meets half a file.
    """
    version = current_version(home)
    if version is None:
        raise AuditError(
            f"{home.root} 尚未发布任何版本,请先运行 skillsdw build / "
            f"Nothing is published in {home.root} yet: run skillsdw build first"
        )
    _check_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    with in_force(home), tempfile.TemporaryDirectory(prefix=".audit-", dir=out) as folder:
        fresh = Path(folder)
        with open_version(version, fresh / "spill", memory_limit or DEFAULT_MEMORY_LIMIT) as con:
            provenance, findings = _findings(con, fresh, sheet_rows, progress)
        name = f"审计核查-{provenance.build_id}.xlsx"
        progress("写出工作簿 / Writing the workbook")
        write_workbook(fresh / name, provenance, findings, sheet_rows)
        (fresh / SUMMARY).write_text(summary_text(provenance, name, findings), encoding="utf-8")
        # The summary comes last: where it stands, what it names is there.
        for written in [*(finding.csv for finding in findings if finding.csv), name, SUMMARY]:
            sync(fresh / written)
            (fresh / written).replace(out / written)
        sync(out)
    return Pack(out / name, out / SUMMARY, findings)


def _check_folder(out: Path) -> None:
    """Refuse a place whose files are not this command's own."""
    if out.exists() and not out.is_dir():
        raise AuditError(f"{out} 是文件,--out 应为文件夹 / {out} is a file: --out wants a folder")
    summary = out / SUMMARY
    if summary.exists() and not _is_ours(summary):
        raise AuditError(
            f"{summary} 不是本命令写的,不予覆盖,请另选文件夹 / {summary} is not of this command and is left alone: "
            "choose another folder"
        )


def _is_ours(summary: Path) -> bool:
    try:
        return json.loads(summary.read_text(encoding="utf-8"))["format"] == FORMAT
    except (ValueError, KeyError, TypeError, OSError):
        return False


def _findings(
    con: duckdb.DuckDBPyConnection, folder: Path, sheet_rows: int, progress: Callable[[str], None]
) -> tuple[Provenance, list[Finding]]:
    try:
        provenance = Provenance(
            *con.execute(
                "select build_id, as_of, known_at, published_at, rules_version, git_commit from marts.published_version"
            ).fetchone()
        )
        rules = con.execute(
            "select rule_code, name_zh, name_en, severity, extract, clause, message_zh, message_en, sort_order "
            "from marts.dim_rule"
        )
        names = [column[0] for column in rules.description]
        found = checks([dict(zip(names, row, strict=True)) for row in rules.fetchall()])
        extracts = extract_states(con)
        findings = []
        for check in found:
            progress(f"{check.number}/{len(found)} {check.name_zh} / {check.name_en}")
            overflow = folder / f"审计核查-{provenance.build_id}-{check.number:02d}-{check.code.lower()}.csv"
            findings.append(run(con, check, extracts, sheet_rows, overflow))
    except (duckdb.CatalogException, duckdb.BinderException) as fault:
        raise AuditError(
            "已发布的版本由旧代码生成,缺少审计所需的表,请重新运行 skillsdw build / The published version is of older "
            f"code and lacks what the checks read: run skillsdw build again ({str(fault).splitlines()[0]})"
        ) from fault
    return provenance, findings


def summary_text(provenance: Provenance, workbook: str, findings: list[Finding]) -> str:
    """The findings for machines, as JSON; `count` and `amount_yuan` are null where nothing was assessed."""
    return (
        json.dumps(
            {
                "format": FORMAT,
                "build_id": provenance.build_id,
                "as_of": provenance.as_of.isoformat(),
                "known_at": provenance.known_at and provenance.known_at.isoformat(sep=" "),
                "published_at": provenance.published_at.isoformat(sep=" "),
                "rules_version": provenance.rules_version,
                "git_commit": provenance.git_commit,
                "workbook": workbook,
                "checks": [
                    {
                        "number": finding.check.number,
                        "check_code": finding.check.code,
                        "kind": finding.check.kind,
                        "name_zh": finding.check.name_zh,
                        "name_en": finding.check.name_en,
                        "clause": finding.check.clause or None,
                        "state": finding.state,
                        "count": finding.count,
                        "amount_yuan": None if finding.amount is None else f"{finding.amount:.2f}",
                        "rows_in_workbook": len(finding.rows),
                        "csv": finding.csv,
                        "reason_zh": finding.reason_zh or None,
                        "reason_en": finding.reason_en or None,
                    }
                    for finding in findings
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def lines(findings: list[Finding]) -> list[str]:
    """One line a check, for a person."""
    shown = []
    for finding in findings:
        check = finding.check
        result = f"{finding.count:,}" if finding.state == ASSESSED else f"{NOT_ASSESSED_TEXT} {finding.reason_zh}"
        shown.append(f"{check.number:02d} {check.name_zh} / {check.name_en}: {result}")
    return shown
