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
from pathlib import Path

import duckdb

from skillsdw.codes import ExtractColumn, extract_columns, reason_messages
from skillsdw.durable import sync
from skillsdw.formula import csv_text
from skillsdw.home import Home
from skillsdw.landing.header import Header
from skillsdw.landing.judge import Fault, Judged
from skillsdw.landing.values import ROUGH_ID
from skillsdw.masking import looks_like_name, mask_id_like, mask_person_id, mask_value

_PART = ".part"
_EXAMPLES = 5
_LONG_ID = re.compile(ROUGH_ID)


@dataclass(frozen=True)
class Batch:
    """A row of `raw.batch`; `message` is Chinese / English, None when there is nothing to say."""

    batch_id: int
    extract: str | None
    file_name: str
    sha256: str
    landed_at: datetime
    status: str  # landed · refused
    rows_read: int
    rows_landed: int
    rows_rejected: int
    message: str | None


def summarise(faults: list[Fault]) -> list[dict[str, object]]:
    """Faults by column and reason, the most frequent first, with messages and the first examples."""
    counts = Counter((fault.column, fault.reason) for fault in faults)
    examples: dict[tuple[str | None, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        if len(shown := examples[fault.column, fault.reason]) < _EXAMPLES:
            shown.append(fault)
    return [
        {
            "column": column,
            "reason": reason,
            "rows": rows,
            "message_zh": reason_messages()[reason][0],
            "message_en": reason_messages()[reason][1],
            "examples": [{"row_number": fault.row_number, "value": fault.shown} for fault in examples[column, reason]],
        }
        for (column, reason), rows in counts.most_common()
    ]


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row as it may be shown: its number, what is wrong with it, its cells in the file's order."""

    row_number: int
    problems: str
    cells: list[str]


def write_parts(
    home: Home, batch: Batch, header: Header | None, faults: list[Fault], rejected: list[RejectedRow]
) -> list[Path]:
    """Write the report (and the rejected rows, if any) as `.part` files; returns them, the report first."""
    folder = home.reports / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{batch.batch_id}-{_safe_name(batch.file_name)}"
    report = folder / f"{stem}.json{_PART}"
    content = {
        **asdict(batch),
        "landed_at": batch.landed_at.isoformat(sep=" ", timespec="seconds"),
        "unknown_columns": list(header.unknown) if header else [],
        "header_row": header.record + 1 if header else None,
        "faults": summarise(faults),
        "rejected_rows_file": f"{stem}.csv" if faults else None,
    }
    report.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sync(report)
    if not faults or header is None:
        return [report]
    rows = folder / f"{stem}.csv{_PART}"
    with rows.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        own = [header.texts[header.positions[column.name]] for column in _shown_columns(batch.extract, header)]
        writer.writerow(["行号/row_number", "问题/problems", *map(csv_text, own)])
        writer.writerows([row.row_number, row.problems, *row.cells] for row in rejected)
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
    """The rejected rows of a piece, IDs masked, names left out."""
    columns = _shown_columns(judged.source.extract, judged.source.header)
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_row[fault.row].append(fault)
    rejected = []
    for row, found in by_row.items():
        name = judged.person_name_at(row)
        faulty = {fault.column: fault.shown for fault in found}
        cells = [_cell(judged, column.name, row, faulty, name) for column in columns]
        rejected.append(RejectedRow(found[0].row_number, _problems(judged, found), cells))
    return rejected


def _shown_columns(extract: str, header: Header) -> list[ExtractColumn]:
    """The file's own columns in their order. Those that the landing does not know stay out: nobody has looked at what
    is in them."""
    columns = [c for c in extract_columns(extract) if c.name in header.positions]
    return sorted(columns, key=lambda column: header.positions[column.name])


def _problems(judged: Judged, faults: list[Fault]) -> str:
    header = judged.source.header
    zh, en = [], []
    for fault in faults:
        place = header.positions.get(fault.column) if fault.column else None
        label = f"{header.texts[place]}:" if place is not None else ""
        message_zh, message_en = reason_messages()[fault.reason]
        zh.append(label + message_zh)
        en.append((f"{fault.column}: " if fault.column else "") + message_en)
    return ";".join(zh) + " / " + "; ".join(en)


def _cell(judged: Judged, column: str, row: int, faulty: dict[str | None, str | None], name: str | None) -> str:
    read = judged.columns.get(column)
    if read is None or judged.source.overflow[row]:  # a name, or a row whose values are shifted
        return ""
    if column in faulty and "superseded_in_file" not in faulty:
        shown = faulty[column] or ""
    else:
        text = read.text_at(row) or ""
        shown = text
        if read.column.kind in ("person_id", "payee"):
            shown = mask_person_id(text)
        elif read.column.kind == "text":
            # An accepted key stays whole, so that the row can be found and sent again, unless it looks
            # like an ID with a wrong digit or like a name.
            shown = mask_value(text, name) if _LONG_ID.search(text) or looks_like_name(text) else text
            shown = shown if name is None or name not in shown else mask_value(shown, name)
    return csv_text(shown)


def _safe_name(file_name: str) -> str:
    """A file's name as a part of another's: at most 150 bytes, since a name may have 255."""
    name = re.sub(r"[^\w.()-]+", "_", mask_id_like(file_name).replace("*", "x"))[-100:]
    return name.encode()[-150:].decode(errors="ignore")
