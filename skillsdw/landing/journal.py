"""The order in which files arrived, kept beside `landing/`: what a lost working warehouse is rebuilt by.

The files alone do not say which came first, when, or under which batch number, and a later file replaces an earlier
one. So every batch leaves a line in `landing-journal.jsonl`, a row of `raw.batch` as JSON, without identity. The
working warehouse is written first and the journal after it; what a kill left out is written at the next landing. Lines
that the warehouse does not have are of a warehouse that was lost: landing makes those batches anew, with their own
numbers and times.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb

from skillsdw.durable import sync
from skillsdw.home import Home
from skillsdw.landing.errors import LandingError
from skillsdw.landing.reports import Batch


def read_journal(home: Home) -> list[Batch]:
    """The batches of the journal in order; a last line that a power cut tore is no line.

    `LandingError` when a line cannot be read.
    """
    batches = []
    for number, line in enumerate(_whole_lines(home), start=1):
        try:
            row = json.loads(line)
            if "event" in row:
                continue
            batches.append(Batch(**row | {"landed_at": datetime.fromisoformat(row["landed_at"])}))
        except (ValueError, TypeError, KeyError):
            raise LandingError(
                f"{home.journal} 第{number}行无法读取。请从备份恢复该文件;若工作库 {home.warehouse} 完好,"
                "也可把该文件移走,下次入库会按工作库重写",
                f"Line {number} of {home.journal} cannot be read. Restore the file from a backup; while the working "
                f"warehouse {home.warehouse} is whole you may move it away instead: the next landing writes it anew",
            ) from None
    return batches


RELEASE, BACKFILL, SEEN = "release", "backfill", "seen"


@dataclass(frozen=True)
class Event:
    """What happened to a batch after it had landed, or a file that was seen and brought nothing new."""

    kind: str
    batch_id: int | None
    at: datetime
    reason: str


def read_events(home: Home) -> list[Event]:
    """The events of the journal in order."""
    rows = [json.loads(line) for line in _whole_lines(home) if b'"event"' in line]
    return [
        Event(row["event"], row.get("batch_id"), datetime.fromisoformat(row["at"]), row.get("reason", ""))
        for row in rows
        if "event" in row
    ]


def append_event(
    home: Home, kind: str, batch_id: int | None, at: datetime, reason: str = "", **about: str | None
) -> None:
    """Add a line of an event."""
    row = {"event": kind, "batch_id": batch_id, "at": at.isoformat(sep=" "), "reason": reason, **about}
    _append(home, [json.dumps(row, ensure_ascii=False).encode() + b"\n"])


def append(home: Home, batches: list[Batch]) -> None:
    """Add the lines of batches."""
    _append(home, [_line(batch) for batch in batches])


def _append(home: Home, added: list[bytes]) -> None:
    """Add lines, and make them last through a power cut."""
    if not added:
        return
    is_new = not home.journal.exists()
    with os.fdopen(os.open(home.journal, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as out:
        end = out.seek(0, os.SEEK_END)
        if end and os.pread(out.fileno(), 1, end - 1) != b"\n":
            # A power cut tore the last line: the whole ones go on.
            end = out.truncate(sum(len(line) for line in _whole_lines(home)))
            out.seek(end)
        out.write(b"".join(added))
        out.flush()
        os.fsync(out.fileno())
    if is_new:
        sync(home.root)


def missing_batches(home: Home, con: duckdb.DuckDBPyConnection) -> list[Batch]:
    """Batches that the journal knows and the working warehouse does not have, in order.

    `LandingError` when the two tell of different files under one number: they are not of one warehouse.
    """
    journal = read_journal(home)
    present = dict(con.execute("select batch_id, sha256 from raw.batch").fetchall())
    for batch in journal:
        if present.get(batch.batch_id, batch.sha256) != batch.sha256:
            raise LandingError(
                f"{home.journal} 与工作库 {home.warehouse} 的批次{batch.batch_id}不是同一个文件,两者不属于同一个仓库,"
                "没有做任何改动。请恢复属于此工作库的入库日志;没有的,把现有日志移走,下次入库会按工作库重写",
                f"Batch {batch.batch_id} is one file in {home.journal} and another in {home.warehouse}: they are not "
                "of one warehouse, and nothing was changed. Restore the journal of this warehouse; if there is none, "
                "move this one away: the next landing writes it anew",
            )
    return sorted((batch for batch in journal if batch.batch_id not in present), key=lambda batch: batch.batch_id)


def complete(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Write what the working warehouse knows and the journal does not: a kill came between, or the journal is new."""
    known = {batch.batch_id for batch in read_journal(home)}
    rows = con.execute(
        "select batch_id, extract, file_name, sha256, landed_at, status, rows_read, rows_landed, rows_rejected, "
        "message from raw.batch order by batch_id"
    ).fetchall()
    append(home, [batch for row in rows if (batch := Batch(*row)).batch_id not in known])


def _whole_lines(home: Home) -> list[bytes]:
    try:
        lines = home.journal.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return lines[:-1] if lines and not lines[-1].endswith(b"\n") else lines


def _line(batch: Batch) -> bytes:
    row = asdict(batch) | {"landed_at": batch.landed_at.isoformat(sep=" ")}
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
