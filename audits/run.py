"""Run the checks on a published file: how many records each finds, what money they concern, and the records."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb

from audits.catalogue import Check, headings
from skillsdw.formula import csv_text

ASSESSED, NOT_ASSESSED = "assessed", "not_assessed"
FETCHED_ROWS = 10_000
AMOUNT = "amount_yuan"


@dataclass
class Finding:
    """What one check found. `count` is null while it is not assessed; `rows` are the first ones, `csv` holds all of
    them when they are more."""

    check: Check
    state: str
    count: int | None = None
    amount: Decimal | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[tuple] = field(default_factory=list)
    csv: str | None = None
    reason_zh: str = ""
    reason_en: str = ""

    @property
    def has_amount(self) -> bool:
        return AMOUNT in self.columns


def extract_states(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[bool, str, str]]:
    """Extract → whether it has ever landed, and its names."""
    rows = con.execute("select extract, has_landed, name_zh, name_en from marts.extract_state order by extract")
    return {extract: (landed, zh, en) for extract, landed, zh, en in rows.fetchall()}


def run(
    con: duckdb.DuckDBPyConnection,
    check: Check,
    extracts: dict[str, tuple[bool, str, str]],
    sheet_rows: int,
    overflow: Path,
) -> Finding:
    """Run one check. At most `sheet_rows` rows are kept; when there are more, all of them are written to `overflow`."""
    missing = [extracts[name] for name in dict.fromkeys(check.extracts) if not extracts[name][0]]
    if missing:
        zh, en = "、".join(name for _, name, _ in missing), ", ".join(name.lower() for _, _, name in missing)
        return Finding(check, NOT_ASSESSED, reason_zh=f"{zh}从未入库", reason_en=f"nothing has landed of: {en}")
    finding = Finding(check, ASSESSED)
    if check.coverage_sql:
        records, unassessed = con.execute(check.coverage_sql).fetchone()
        if unassessed:
            finding.reason_zh = f"{records:,}条记录中有{unassessed:,}条没有应得金额可比(无标准或人次不计入),未评估"
            finding.reason_en = (
                f"{unassessed:,} of {records:,} records are not assessed: no entitlement to compare with "
                "(no standard, or not counted)"
            )
            if unassessed == records:
                finding.state = NOT_ASSESSED
                return finding
    answer = con.execute(check.sql)
    finding.columns = [column[0] for column in answer.description]
    money = finding.columns.index(AMOUNT) if finding.has_amount and extracts["subsidy"][0] else None
    finding.count = 0
    if money is not None:
        finding.amount = Decimal("0.00")
    with _Overflow(overflow, finding.columns) as spare:
        while rows := answer.fetchmany(FETCHED_ROWS):
            finding.count += len(rows)
            if money is not None:
                finding.amount += sum((row[money] for row in rows if row[money] is not None), Decimal(0))
            if finding.count > sheet_rows and not spare.is_open:
                spare.write(finding.rows)
            if spare.is_open:
                spare.write(rows)
            finding.rows += rows[: max(sheet_rows - len(finding.rows), 0)]
        if spare.is_open:
            finding.csv = overflow.name
    return finding


class _Overflow:
    """A CSV file that is there from the first rows on that are written to it."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns, self._file, self._writer = path, columns, None, None

    @property
    def is_open(self) -> bool:
        return self._file is not None

    def write(self, rows: Iterable[tuple]) -> None:
        if self._file is None:
            # With a byte order mark, without which Excel takes UTF-8 for the machine's own encoding.
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow([f"{headings()[name].name_zh} {name}" for name in self._columns])
        self._writer.writerows(_csv_cells(row) for row in rows)

    def __enter__(self) -> "_Overflow":
        return self

    def __exit__(self, *fault: object) -> None:
        if self._file is not None:
            self._file.close()


def _csv_cells(row: tuple) -> Iterator[object]:
    for value in row:
        value = "、".join(map(str, value)) if isinstance(value, list) else value
        yield csv_text(value) if isinstance(value, str) else value
