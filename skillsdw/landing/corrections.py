"""What a batch closes: rejected rows and refused files that it lands, batches that were held for them.

A rejected row is closed by a later row of the same key, by a mended row that refers to it, or by a file whose name
extends that of its own (台账 by 台账(更正)). A refused file is closed by such a file, by one of the same path, or by
the next of the same sender and extract. `raw.correction` keeps who closed what; nothing of a rejected row is
changed."""

from datetime import datetime

import duckdb
import pyarrow as pa

from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import extends
from skillsdw.landing.raw import raw_columns
from skillsdw.landing.returned import Reference
from skillsdw.landing.senders import ACCEPTED, city_of_path, keys_of


class OpenRejections:
    """The rejected rows that no batch has closed yet, kept beside the landing while it runs."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        con.execute(
            """
            create or replace temp table open_rejection as
            select distinct batch.extract, batch.file_name, rejected.record_key, rejected.batch_id, rejected.row_number
            from raw.rejected_row as rejected
            inner join raw.batch as batch using (batch_id)
            anti join raw.correction as correction
                on rejected.batch_id = correction.batch_id and rejected.row_number = correction.row_number
            where rejected.reason_code <> 'superseded_in_file'
            """
        )
        self._extracts = {row[0] for row in con.execute("select distinct extract from open_rejection").fetchall()}
        self._refused = con.execute(
            "select batch_id, extract, file_name from raw.batch as batch where status = 'refused' and not exists "
            "(select 1 from raw.correction as c where c.batch_id = batch.batch_id and c.row_number is null)"
        ).fetchall()

    def close(
        self, extract: str, file_name: str, batch_id: int, references: dict[int, Reference], landed: set[int]
    ) -> None:
        """Write down what a batch closes, within its transaction. `landed` are the numbers of its rows that landed."""
        if extract in self._extracts:
            self._close_rows(extract, file_name, batch_id, references, landed)
        closed = [
            refused
            for refused, of_extract, name in self._refused
            if of_extract in (extract, None) and _is_of(name, file_name) and refused < batch_id
        ]
        for refused in closed:
            self._con.execute("insert into raw.correction values (?, null, ?)", [refused, batch_id])
        self._refused = [row for row in self._refused if row[0] not in closed]

    def _close_rows(
        self, extract: str, file_name: str, batch_id: int, references: dict[int, Reference], landed: set[int]
    ) -> None:
        con = self._con
        key = f"concat_ws('|', {', '.join(f'{name}::varchar' for name in keys_of(extract))})"
        mended = [reference for row, reference in references.items() if row in landed]
        con.register(
            "mended",
            pa.table(
                {
                    "batch_id": pa.array([reference.batch_id for reference in mended], pa.int64()),
                    "row_number": pa.array([reference.row_number for reference in mended], pa.int64()),
                }
            ),
        )
        names = con.execute("select distinct file_name from open_rejection where extract = ?", [extract]).fetchall()
        extended = [name for (name,) in names if extends(file_name, name)]
        con.execute(
            f"""
            create or replace temp table closing as
            select distinct rejection.batch_id, rejection.row_number
            from open_rejection as rejection
            where rejection.extract = $extract and rejection.batch_id < $batch_id and (
                rejection.record_key in (select {key} from {ACCEPTED})
                or (rejection.batch_id, rejection.row_number) in (select (batch_id, row_number) from mended)
                or list_contains($extended, rejection.file_name)
            )
            """,
            {"extract": extract, "batch_id": batch_id, "extended": extended or [""]},
        )
        con.execute("insert into raw.correction select batch_id, row_number, ? from closing", [batch_id])
        con.execute(
            "delete from open_rejection using closing where open_rejection.batch_id = closing.batch_id "
            "and open_rejection.row_number = closing.row_number"
        )
        con.unregister("mended")

    def add(self, extract: str, file_name: str, batch_id: int) -> None:
        """The rejected rows of a batch that has just landed."""
        self._con.execute(
            "insert into open_rejection select distinct ?, ?, record_key, batch_id, row_number from raw.rejected_row "
            "where batch_id = ? and reason_code <> 'superseded_in_file'",
            [extract, file_name, batch_id],
        )
        self._extracts.add(extract)

    def add_refused(self, batch_id: int, extract: str | None, file_name: str) -> None:
        self._refused.append((batch_id, extract, file_name))

    def held_now_sound(self, extract: str, most: float) -> list[int]:
        """Batches held for their share of rejected rows whose open ones are no longer too many."""
        rows = self._con.execute(
            """
            select batch.batch_id
            from raw.batch as batch
            left join open_rejection as rejection on batch.batch_id = rejection.batch_id
            where batch.status = 'held' and batch.extract = ?
            group by batch.batch_id, batch.rows_read
            having count(distinct rejection.row_number) <= ? * batch.rows_read
            order by batch.batch_id
            """,
            [extract, most],
        ).fetchall()
        return [batch_id for (batch_id,) in rows]


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
