"""The report of a batch, and the rejected rows as a bureau can correct and send again.

Both are written beside their final names (`.part`) before the batch commits and renamed after. A crash in
between leaves `.part` files, which `settle` brings into place at the next start when their batch did commit,
and removes when it did not.
"""

import csv
import json
import re
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import duckdb

from skillsdw.codes import ExtractColumn, extract_columns, reason_actions, reason_messages
from skillsdw.durable import sync
from skillsdw.formula import csv_text
from skillsdw.home import Home
from skillsdw.identity import scrub, shape
from skillsdw.landing.header import REFERENCE, Header
from skillsdw.landing.identity import uscc_fault
from skillsdw.landing.judge import Fault, Judged
from skillsdw.masking import mask_person_id

_PART = ".part"
_EXAMPLES = 5
_CELLS = 100  # of one cause that a report names
# The first columns of the rejected rows: by row and batch a mended row finds what was left out of it.
RETURNED = (REFERENCE[1], "问题/problems", REFERENCE[0])


@dataclass(frozen=True)
class Batch:
    """A row of `raw.batch`; `message` is Chinese / English, None when there is nothing to say."""

    batch_id: int
    extract: str | None
    file_name: str
    sha256: str
    landed_at: datetime
    status: str  # landed · held · refused
    rows_read: int
    rows_landed: int
    rows_rejected: int
    message: str | None


def summarize(faults: list[Fault], dropped: Counter[tuple[str | None, str]] | None = None) -> list[dict[str, object]]:
    """Faults by column and reason, the most frequent first: how many, where, what it means, what to do, the first
    examples. With `dropped` they are the first of those that cost a value and not its row, and it counts all."""
    counts = Counter((fault.column, fault.reason) for fault in faults) if dropped is None else dropped
    found: dict[tuple[str | None, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        if len(found[fault.column, fault.reason]) < _CELLS:
            found[fault.column, fault.reason].append(fault)
    return [
        {
            "column": column,
            "header": found[column, reason][0].header if found[column, reason] else "",
            "reason": reason if dropped is None else "value_dropped",
            **({} if dropped is None else {"cause": reason}),
            "rows": rows,
            "message_zh": reason_messages()[reason][0],
            "message_en": reason_messages()[reason][1],
            "action_zh": reason_actions()[reason][0],
            "action_en": reason_actions()[reason][1],
            "cells": [fault.cell for fault in found[column, reason]],
            "examples": [_example(fault) for fault in found[column, reason][:_EXAMPLES]],
        }
        for (column, reason), rows in counts.most_common()
    ]


def _example(fault: Fault) -> dict[str, object]:
    example: dict[str, object] = {"cell": fault.cell, "row_number": fault.row_number, "value": fault.shown}
    if fault.hint_zh:
        example |= {"hint_zh": fault.hint_zh, "hint_en": fault.hint_en}
    return example


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row as it may be shown: its number, what is wrong with it, its cells in the file's order."""

    row_number: int
    problems: str
    cells: list[str]


@dataclass(frozen=True)
class Notes:
    """What a reading has to say besides its faults: see `sentences`."""

    converted: int = 0  # dates that the time of day moved to another day
    hidden_rows: int = 0
    sheets: tuple[str, ...] = ()
    sheets_passed_over: tuple[str, ...] = ()
    headers_passed_over: tuple[tuple[str, str], ...] = ()

    def sentences(self) -> tuple[list[str], list[str]]:
        """In Chinese and in English; empty where there is nothing to say."""
        zh, en = [], []
        if self.hidden_rows:
            zh.append(f"其中{self.hidden_rows}个隐藏行也已读取")
            en.append(f"{self.hidden_rows} hidden rows among them were read")
        if self.converted:
            zh.append(f"{self.converted}个日期按北京时间换算或由午夜前的尾数归入次日")
            en.append(f"{self.converted} dates were converted to Beijing time or rounded up to the next day")
        if len(self.sheets) > 1:
            zh.append(f"读取了{len(self.sheets)}张工作表:{'、'.join(self.sheets)}")
            en.append(f"{len(self.sheets)} sheets were read: {', '.join(self.sheets)}")
        if self.sheets_passed_over:
            zh.append(f"没有表头、未读取的工作表:{'、'.join(self.sheets_passed_over)}")
            en.append(f"sheets without a header, not read: {', '.join(self.sheets_passed_over)}")
        for text, instead in self.headers_passed_over:
            zh.append(f"“{text}”与“{instead}”是同一项,采用“{instead}”")
            en.append(f"{text!r} means the same column as {instead!r}, which was read")
        return zh, en


def write_parts(
    home: Home,
    batch: Batch,
    header: Header | None,
    faults: list[Fault],
    dropped: list[dict[str, object]],
    rejected: list[RejectedRow],
    notes: Notes,
) -> list[Path]:
    """Write the report (and the rejected rows, if any) as `.part` files; returns them, the report first."""
    folder = home.reports / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{batch.batch_id}-{_safe_name(batch.file_name)}"
    report = folder / f"{stem}.json{_PART}"
    zh, en = notes.sentences()
    content = {
        **asdict(batch),
        "landed_at": batch.landed_at.isoformat(sep=" ", timespec="seconds"),
        "message": scrub(batch.message) if batch.message else None,
        "unknown_columns": [scrub(text) for text in header.unknown] if header else [],
        "header_row": header.record + 1 if header else None,
        "notes_zh": zh,
        "notes_en": en,
        "faults": [*summarize(faults), *dropped],
        "rejected_rows_file": f"{stem}.csv" if faults else None,
    }
    report.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sync(report)
    if not faults or header is None:
        return [report]
    rows = folder / f"{stem}.csv{_PART}"
    with rows.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        own = [header.texts[header.positions[column.name]] for column in shown_columns(batch.extract, header)]
        writer.writerow([*RETURNED, *map(csv_text, own)])
        writer.writerows([row.row_number, row.problems, batch.batch_id, *row.cells] for row in rejected)
    sync(rows)
    return [report, rows]


def put_in_place(parts: list[Path]) -> Path:
    """Rename `.part` files to their names; returns the report's."""
    for part in parts:
        part.replace(part.with_suffix(""))
    sync(parts[0].parent)
    return parts[0].with_suffix("")


def settle(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Finish or remove the reports of a landing that was cut short."""
    parts = sorted((home.reports / "landing").glob(f"*{_PART}"))
    committed = dict(con.execute("select batch_id, sha256 from raw.batch").fetchall()) if parts else {}
    kept = set()
    for part in parts:
        if part.name.endswith(f".json{_PART}"):
            try:
                content = json.loads(part.read_text(encoding="utf-8"))
            except ValueError:
                continue  # written by half, so never committed
            if committed.get(content["batch_id"]) == content["sha256"]:
                kept.add(part.name.removesuffix(f".json{_PART}"))
    for part in parts:
        stem = part.name.removesuffix(_PART).rsplit(".", 1)[0]
        if stem in kept or (part.name.endswith(f".csv{_PART}") and part.with_name(f"{stem}.json").exists()):
            part.replace(part.with_suffix(""))
        else:
            part.unlink()


def rejected_rows(judged: Judged, faults: list[Fault]) -> list[RejectedRow]:
    """The rejected rows of a piece: IDs masked, names left out, refused values as shapes."""
    columns = shown_columns(judged.source.extract, judged.source.header)
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_row[fault.row].append(fault)
    rejected = []
    for row, found in by_row.items():
        faulty = {fault.column: fault.shown for fault in found}
        cells = [_cell(judged, column.name, row, faulty) for column in columns]
        rejected.append(RejectedRow(found[0].row_number, problems_of(judged.source.header, found), cells))
    return rejected


def shown_columns(extract: str, header: Header) -> list[ExtractColumn]:
    """The file's own columns in their order, one a place. Those that the landing does not know stay out: nobody has
    looked at what is in them."""
    columns = [c for c in extract_columns(extract) if c.name in header.positions]
    by_place = {header.positions[column.name]: column for column in reversed(columns)}
    return [by_place[place] for place in sorted(by_place)]


def problems_of(header: Header, faults: list[Fault]) -> str:
    """What is wrong with a row, in both languages: the header's own word, the fault, what may be meant, what to do."""
    zh, en = [], []
    for fault in faults:
        place = header.positions.get(fault.column) if fault.column else None
        label = f"{header.texts[place]}:" if place is not None else ""
        (message_zh, message_en), (action_zh, action_en) = (
            reason_messages()[fault.reason],
            reason_actions()[fault.reason],
        )
        zh.append(label + ",".join(filter(None, [message_zh, fault.hint_zh, action_zh])))
        named = f"{fault.column}: " if fault.column else ""
        en.append(named + ", ".join(filter(None, [message_en, fault.hint_en, action_en])))
    return ";".join(zh) + " / " + "; ".join(en)


def _cell(judged: Judged, column: str, row: int, faulty: dict[str | None, str | None]) -> str:
    read = judged.columns.get(column)
    if read is None or judged.source.overflow[row]:  # a name, or a row whose values are shifted
        return csv_text(faulty.get(column) or "")
    if column in faulty and "superseded_in_file" not in faulty:
        return csv_text(faulty[column] or "")
    text = read.text_at(row) or ""
    if read.column.kind == "person_id":
        return csv_text(mask_person_id(text))
    if read.column.kind == "payee":
        # An organization's code says who was meant; whatever else stands there may be a person's.
        return csv_text(text if uscc_fault(text.upper()) is None else shape(text))
    # What is kept of an accepted row may be shown of a rejected one, but what hides an identity.
    return csv_text(_scrubbed(text))


@lru_cache(maxsize=50_000)
def _scrubbed(text: str) -> str:
    """`scrub`, once for each text: codes and dates come again and again."""
    return scrub(text)


def _safe_name(file_name: str) -> str:
    """A file's name as a part of another's: at most 150 bytes, since a name may have 255."""
    name = re.sub(r"[^\w.()-]+", "_", file_name.replace("*", "x"))[-100:]
    return name.encode()[-150:].decode(errors="ignore")
