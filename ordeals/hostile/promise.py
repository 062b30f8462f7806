"""What has to hold of a home after a landing, whatever the files were."""

import re
from datetime import date
from pathlib import Path

import duckdb

from ordeals.hostile.resident_id import holds_resident_id
from skillsdw.codes import extract_names
from skillsdw.home import Home

_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENDS = (0, 3)  # of `land`: all landed, something was refused


def broken(home: Home, said: str, status: int | None = 0) -> list[str]:
    """Every promise that does not hold, as a sentence; none when all do. `said` is what the landing printed, `status`
    how it ended."""
    found = []
    if status not in _ENDS:
        found.append(f"ended with {status}")
    if "Traceback" in said or "panicked" in said:
        found.append("a traceback was printed")
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        batches = con.execute(
            "select batch_id, extract, status, rows_read, rows_landed, rows_rejected, message from raw.batch"
        ).fetchall()
        rejected = dict(
            con.execute("select batch_id, count(distinct row_number) from raw.rejected_row group by all").fetchall()
        )
        landed: dict[int, int] = {}
        for extract in extract_names():
            for schema in ("raw", "held"):
                query = f"select batch_id, count(*) from {schema}.{extract} group by all"
                landed |= dict(con.execute(query).fetchall())
        shown = [text for (text,) in con.execute("select masked_value from raw.rejected_row").fetchall() if text]
    for batch_id, extract, state, read, accepted, refused, message in batches:
        counted = (landed.get(batch_id, 0), rejected.get(batch_id, 0))
        if (read, accepted, refused) != (accepted + refused, *counted):
            found.append(f"batch {batch_id}: {read} = {accepted} + {refused} is said, {counted} are there")
        if state == "refused" and (read or any(counted)):
            found.append(f"batch {batch_id} of {extract} was refused and left rows")
        zh, _, en = message.partition(" / ")
        if not (_CHINESE.search(zh) and en):
            found.append(f"batch {batch_id} is not told in both languages")
        if "程序出错" in message:
            found.append(f"batch {batch_id}: the program failed: {message[-120:]}")
    if set(landed) - {batch_id for batch_id, *_ in batches}:
        found.append("rows of a batch that is not there")
    shown += [path.read_text(encoding="utf-8-sig") for path in sorted((home.reports / "landing").iterdir())]
    shown += [message for *_, message in batches]
    if any(holds_resident_id(text, date.today()) for text in [*shown, said]):
        found.append("a resident ID was shown")
    if [path for path in (home.reports / "landing").iterdir() if path.suffix == ".part"] or _left(home.tmp):
        found.append("something was left half done")
    return found


def _left(folder: Path) -> list[Path]:
    return list(folder.glob("landing-*"))
