"""What a batch closes: rejected rows and refused files that it lands, batches that were held for them.

A rejected row is closed by a later row of the same key, by a mended row that refers to it, or by a file whose name
extends that of its own (台账 by 台账(更正)). A refused file is closed by such a file, by one of the same path, or by
the next of the same sender and extract. `raw.correction` keeps who closed what; nothing of a rejected row is
changed."""

from collections import Counter, defaultdict
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import extends
from skillsdw.landing.judge import KEY_JOINT, Fault
from skillsdw.landing.raw import raw_columns
from skillsdw.landing.returned import Reference
from skillsdw.landing.senders import city_of_path, keys_of


class OpenRejections:
    """The rejected rows that no batch has closed yet, kept beside the landing while it runs."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._rows: dict[str, dict[Reference, tuple[str | None, str]]] = defaultdict(dict)
        for extract, name, key, batch_id, row_number in con.execute(
            """
            select distinct batch.extract, batch.file_name, rejected.record_key, rejected.batch_id, rejected.row_number
            from raw.rejected_row as rejected
            inner join raw.batch as batch using (batch_id)
            anti join raw.correction as correction
                on rejected.batch_id = correction.batch_id and rejected.row_number = correction.row_number
            where rejected.reason_code <> 'superseded_in_file'
            """
        ).fetchall():
            self._rows[extract][Reference(batch_id, row_number)] = key, name
        held = con.execute("select distinct extract from raw.batch where status = 'held'").fetchall()
        self._of_held = {extract for (extract,) in held}  # extracts that may have a batch that is held
        self._refused = con.execute(
            "select batch_id, extract, file_name from raw.batch as batch where status = 'refused' and not exists "
            "(select 1 from raw.correction as c where c.batch_id = batch.batch_id and c.row_number is null)"
        ).fetchall()

    def close(
        self, extract: str, file_name: str, batch_id: int, references: dict[int, Reference], accepted: pa.Table
    ) -> None:
        """Write down what a batch closes, within its transaction. `accepted` are its rows, with their `row_number`."""
        closed = self._closed(extract, file_name, batch_id, references, accepted)
        for reference in closed:
            del self._rows[extract][reference]
        self._write([(reference.batch_id, reference.row_number) for reference in closed], batch_id)
        files = [
            refused
            for refused, of_extract, name in self._refused
            if of_extract in (extract, None) and _is_of(name, file_name) and refused < batch_id
        ]
        self._write([(refused, None) for refused in files], batch_id)
        self._refused = [row for row in self._refused if row[0] not in files]

    def _closed(
        self, extract: str, file_name: str, batch_id: int, references: dict[int, Reference], accepted: pa.Table
    ) -> list[Reference]:
        rows = {reference: about for reference, about in self._rows[extract].items() if reference.batch_id < batch_id}
        if not rows:
            return []
        keys = _keys_among(accepted, extract, {key for key, _ in rows.values() if key})
        landed = set(accepted["row_number"].to_pylist()) if references else set()
        mended = {reference for row, reference in references.items() if row in landed}
        extended = {name for name in {name for _, name in rows.values()} if extends(file_name, name)}
        return sorted(
            (ref for ref, (key, name) in rows.items() if key in keys or ref in mended or name in extended),
            key=lambda reference: (reference.batch_id, reference.row_number),
        )

    def _write(self, closed: list[tuple[int, int | None]], by_batch: int) -> None:
        if not closed:
            return
        table = pa.table(
            {
                "batch_id": pa.array([batch_id for batch_id, _ in closed], pa.int64()),
                "row_number": pa.array([row_number for _, row_number in closed], pa.int64()),
            }
        )
        self._con.register("closed_now", table)
        self._con.execute("insert into raw.correction select batch_id, row_number, ? from closed_now", [by_batch])
        self._con.unregister("closed_now")

    def add(self, extract: str, file_name: str, batch_id: int, faults: list[Fault]) -> None:
        """The rejected rows of a batch that has just landed."""
        for fault in faults:
            if fault.reason != "superseded_in_file":
                self._rows[extract][Reference(batch_id, fault.row_number)] = fault.record_key, file_name

    def add_refused(self, batch_id: int, extract: str | None, file_name: str) -> None:
        self._refused.append((batch_id, extract, file_name))

    def add_held(self, extract: str) -> None:
        self._of_held.add(extract)

    def held_now_sound(self, extract: str, most: float) -> list[int]:
        """Batches held for their share of rejected rows whose open ones are no longer too many."""
        if extract not in self._of_held:
            return []
        held = self._con.execute(
            "select batch_id, rows_read from raw.batch where status = 'held' and extract = ? order by batch_id",
            [extract],
        ).fetchall()
        still_open = Counter(reference.batch_id for reference in self._rows[extract])
        return [batch_id for batch_id, rows in held if still_open[batch_id] <= most * rows]


def _keys_among(accepted: pa.Table, extract: str, keys: set[str]) -> set[str]:
    """Those of the keys that the accepted rows have."""
    if not keys:
        return set()
    own = [accepted[name].cast(pa.string()) for name in keys_of(extract)]
    own = own[0] if len(own) == 1 else pc.binary_join_element_wise(*own, KEY_JOINT)
    return set(own.filter(pc.is_in(own, value_set=pa.array(sorted(keys), pa.string()))).to_pylist())


def _is_of(refused: str, landed: str) -> bool:
    """Whether a file that landed is what was sent instead of one that was refused."""
    if refused == landed or extends(landed, refused):
        return True
    city = city_of_path(refused)
    return city is not None and city == city_of_path(landed)


def release(con: duckdb.DuckDBPyConnection, batch_id: int, released_at: datetime, reason: str) -> None:
    """Let a held batch count from now on, in one transaction; its rows keep the batch's place in the order.

    What was built does not know of it: the next build makes everything anew. `LandingError` when there is no such
    batch, or it is not held."""
    row = con.execute("select extract, status from raw.batch where batch_id = ?", [batch_id]).fetchone()
    if row is None or row[1] != "held":
        zh = "没有这个批次" if row is None else {"landed": "已经入库", "refused": "整个文件被拒收"}.get(row[1], row[1])
        en = "there is no such batch" if row is None else f"its state is {row[1]}"
        raise LandingError(
            f"批次{batch_id}没有暂扣({zh}),无需放行。暂扣的批次见 skillsdw status",
            f"Batch {batch_id} is not held ({en}). skillsdw status lists those that are",
        )
    extract = row[0]
    columns = ", ".join([*raw_columns(extract), "batch_id", "row_number"])
    con.execute(
        f"insert into raw.{extract} by name select {columns} from held.{extract} where batch_id = ?", [batch_id]
    )
    con.execute(f"delete from held.{extract} where batch_id = ?", [batch_id])
    con.execute("update raw.batch set status = 'landed' where batch_id = ?", [batch_id])
    con.execute("insert into raw.batch_release values (?, ?, ?)", [batch_id, released_at, reason])
    con.execute("drop schema if exists state cascade")
