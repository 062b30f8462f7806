"""Commit a batch: its rows, what they replace and correct, its reports and its line in the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from expectations.settings import Batches
from skillsdw.codes import stored_names
from skillsdw.durable import cause
from skillsdw.formula import csv_text
from skillsdw.home import Home, moment_after
from skillsdw.identity import shape
from skillsdw.landing.corrections import OpenRejections, release
from skillsdw.landing.errors import LandingStopped
from skillsdw.landing.header import Header
from skillsdw.landing.journal import BACKFILL, RELEASE, SEEN, append, append_event
from skillsdw.landing.judge import Fault
from skillsdw.landing.prepare import Prepared, read_accepted
from skillsdw.landing.raw import raw_columns
from skillsdw.landing.reports import (
    Batch,
    RejectedRow,
    problems_of,
    put_in_place,
    shown_columns,
    summarize,
    write_parts,
)
from skillsdw.landing.result import HELD, LANDED, REFUSED, UNCHANGED, FileResult, read_result
from skillsdw.landing.senders import (
    ACCEPTED,
    Conflict,
    LandedKeys,
    Replaced,
    city_of_path,
    keys_of,
    register_file_cities,
    replaced_by,
)

_ROWS_AT_ONCE = 122_880  # a row group of DuckDB: what one thread inserts


@dataclass(frozen=True)
class Known:
    """The last batch of the same bytes in the same extract."""

    batch_id: int
    status: str
    message: str | None


class Recorder:
    """What lands batch by batch on one connection: numbers and times go on, what is known is kept up."""

    def __init__(
        self,
        home: Home,
        con: duckdb.DuckDBPyConnection,
        limits: Batches,
        newest: datetime | None,
        last_id: int,
        backfill: bool,
    ) -> None:
        self._home, self._con, self._limits, self._backfill = home, con, limits, backfill
        self._newest, self._last_id = newest, last_id
        self._first_id = last_id + 1
        self._known, self._names = _known_batches(con)
        self._landed_keys = LandedKeys(con)
        self._open = OpenRejections(con)
        self.released: list[int] = []
        register_file_cities(con)

    def is_known(self, extract: str | None, sha256: str, name: str) -> bool:
        """Whether a file need not be read: its bytes have landed, and they are what its name last stood for."""
        same = self._known.get((extract, sha256))
        return same is not None and same.status in (LANDED, HELD) and self._names.get((extract, name)) == sha256

    def land(self, prepared: Prepared) -> FileResult:
        """Land one prepared file as a batch, unless its bytes have landed, or were refused alike, before. Bytes of
        which a later batch has replaced rows land again, since somebody has sent them again."""
        same = self._known.get(_identity(prepared))
        restores: list[int] = []
        if same and same.status in (LANDED, HELD):
            restores = self._replacing(prepared, same)
            if not restores:
                self._see(prepared)
                return _unchanged(prepared, same)
        status = REFUSED if prepared.error else LANDED
        result = result_of(prepared, self._last_id + 1, status)
        if same and same.status == REFUSED == status and same.message == result.message:
            return _unchanged(prepared, same)
        self._last_id += 1
        self._newest = moment_after(self._newest)
        if restores:
            others = "、".join(map(str, restores))
            result = result.also(
                f"内容与批次{same.batch_id}相同,其中有行曾被批次{others}替换,现恢复为此文件的内容",
                f"the same bytes as batch {same.batch_id}, of which batch {', '.join(map(str, restores))} had replaced "
                "rows: these are restored",
            )
        return self._record(prepared, result, self._newest)

    def land_again(self, prepared: Prepared) -> FileResult:
        """Land a batch of a lost warehouse again; when its file is judged otherwise than then, the message says so."""
        lost = prepared.lost
        result = result_of(prepared, lost.batch_id, REFUSED if prepared.error else LANDED)
        return self._record(prepared, result, lost.landed_at)

    def put_back(self, batch: Batch) -> None:
        """A refused batch of a lost warehouse, as it was."""
        with _transaction(self._con):
            self._insert_batch(batch)
        self._remember(batch)

    def _replacing(self, prepared: Prepared, same: Known) -> list[int]:
        """The later batches that have replaced rows of the batch with the same bytes; none when the file was there
        already under its name."""
        if prepared.header is None or same.status == HELD:
            return []
        key = ", ".join(keys_of(prepared.file.extract))
        rows = self._con.execute(
            f"select distinct later.batch_id from raw.{prepared.file.extract} as later semi join "
            f"(select {key} from raw.{prepared.file.extract} where batch_id = ?) as mine using ({key}) "
            "where later.batch_id > ? order by 1",
            [same.batch_id, same.batch_id],
        ).fetchall()
        return [batch_id for (batch_id,) in rows]

    def _see(self, prepared: Prepared) -> None:
        """A file under a further name that brings nothing new: later it must not be taken for sent again."""
        pair = (prepared.file.extract, prepared.file.name)
        if self._names.get(pair) == prepared.sha256:
            return
        self._names[pair] = prepared.sha256
        now = moment_after(self._newest)
        self._con.execute("insert into raw.seen_file values (?, ?, ?, ?)", [*pair, prepared.sha256, now])
        append_event(self._home, SEEN, None, now, extract=pair[0], file_name=pair[1], sha256=prepared.sha256)

    def _record(self, prepared: Prepared, result: FileResult, landed_at: datetime) -> FileResult:
        """Commit a batch, with its reports beside it and its line in the journal behind it."""
        con, extract, batch_id = self._con, prepared.file.extract, result.batch_id
        accepted = [read_accepted(path) for path in prepared.accepted]
        table = pa.concat_tables(accepted, promote_options="permissive") if accepted else None
        faults, rejected, replaced = prepared.faults, prepared.rejected, Replaced()
        rows = table.num_rows if table is not None else 0
        try:
            if table is not None:
                con.register(ACCEPTED, _in_row_groups(table))
                if self._landed_keys.knows_any(extract, table):
                    replaced = replaced_by(con, extract, city_of_path(prepared.file.name), batch_id)
                if replaced.conflicts:
                    faults, rejected = _with_conflicts(prepared, table, replaced.conflicts)
                    table = _without(table, {conflict.row_number for conflict in replaced.conflicts})
                    con.register(ACCEPTED, _in_row_groups(table))
                    rows = table.num_rows
                    result = self._with_conflicts(prepared, result, faults, replaced.conflicts)
            result = _with_replaced(result, replaced, self._first_id)
            if result.status == LANDED and self._is_held(result):
                result = self._as_held(result)
            lost = prepared.lost
            if lost is not None and (result.rows_landed, result.rows_rejected) != (
                lost.rows_landed,
                lost.rows_rejected,
            ):
                result = result.also(
                    f"与当时的结果不同(当时通过{lost.rows_landed}行,退回{lost.rows_rejected}行)",
                    f"other than at the time ({lost.rows_landed} accepted, {lost.rows_rejected} rejected)",
                )
            elif lost is not None and lost.message:
                zh, _, en = lost.message.partition(" / ")
                result = replace(result, message_zh=zh, message_en=en)  # as it was worded then
            batch = _batch_of(prepared, result, landed_at)
            dropped = summarize(prepared.dropped, prepared.dropped_counts)
            parts = write_parts(self._home, batch, prepared.header, faults, dropped, rejected, prepared.notes)
            with _transaction(con):
                self._commit(prepared, batch, table, faults, replaced)
            report = put_in_place(parts)
            if lost is None:
                append(self._home, [batch])
                if self._backfill and batch.status != REFUSED:
                    append_event(self._home, BACKFILL, batch_id, landed_at)
            if rows and batch.status == LANDED:
                self._landed_keys.add(extract, rows)
        except (OSError, duckdb.Error) as fault:
            said = cause(fault)
            if said is None:
                raise
            raise LandingStopped(
                f"{prepared.file.name}:{said[0]};此前的批次已入库",
                f"{prepared.file.name}: {said[1]}; the batches before have landed",
            ) from None
        finally:
            con.execute(f"drop view if exists {ACCEPTED}")
        self._remember(batch)
        if batch.status == LANDED and lost is None:
            self._release_corrected(extract, batch)
        return replace(result, report=report)

    def _commit(
        self, prepared: Prepared, batch: Batch, table: pa.Table | None, faults: list[Fault], replaced: Replaced
    ) -> None:
        """The rows, their faults, what they close, and the batch, within one transaction."""
        con = self._con
        if table is not None and table.num_rows:
            schema = "held" if batch.status == HELD else "raw"
            columns = ", ".join(raw_columns(batch.extract))
            con.execute(
                f"insert into {schema}.{batch.extract} by name "
                f"select {columns}, ?::bigint as batch_id, row_number from {ACCEPTED}",
                [batch.batch_id],
            )
        if faults:
            con.register("rejected", _fault_table(batch.batch_id, faults))
            con.execute("insert into raw.rejected_row by name select * from rejected")
            con.unregister("rejected")
        self._insert_batch(batch)
        if batch.status == REFUSED:
            self._open.add_refused(batch.batch_id, batch.extract, batch.file_name)
            return
        if batch.status == HELD:
            self._open.add_held(batch.extract)
        if batch.status == LANDED and table is not None and table.num_rows:
            self._open.close(batch.extract, batch.file_name, batch.batch_id, prepared.references, table)
            if replaced.went_back:
                con.executemany(
                    "insert into raw.reversal values (?, ?)", [[batch.batch_id, row] for row in replaced.went_back]
                )
        if self._backfill and prepared.lost is None:
            con.execute("insert into raw.backfill values (?)", [batch.batch_id])
        if faults:
            self._open.add(batch.extract, batch.file_name, batch.batch_id, faults)

    def _insert_batch(self, batch: Batch) -> None:
        self._con.execute("insert into raw.batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", list(vars(batch).values()))

    def _remember(self, batch: Batch) -> None:
        self._known[batch.extract, batch.sha256 or batch.file_name] = Known(batch.batch_id, batch.status, batch.message)
        self._names[batch.extract, batch.file_name] = batch.sha256

    def _is_held(self, result: FileResult) -> bool:
        limits = self._limits
        return (
            result.rows_read >= limits.reject_share_min_rows
            and result.rows_rejected > limits.reject_share_stop * result.rows_read
        )

    def _as_held(self, result: FileResult) -> FileResult:
        """A batch of which too many rows are rejected counts when it is corrected or released, not before."""
        share = result.rows_rejected / result.rows_read
        return replace(result, status=HELD).also(
            f"退回行占{share:.0%},超过{self._limits.reject_share_stop:.0%},整批暂扣、暂不计入;更正后重新报送,"
            f"或核实后由管理员运行 skillsdw land --release {result.batch_id} --because 原因",
            f"{share:.0%} of its rows are rejected, more than {self._limits.reject_share_stop:.0%}: the batch is held "
            f"and does not count. Correct it and send it again, or have it released: skillsdw land --release "
            f"{result.batch_id} --because REASON",
        )

    def _with_conflicts(
        self, prepared: Prepared, result: FileResult, faults: list[Fault], conflicts: list[Conflict]
    ) -> FileResult:
        """The result once conflicts are rejected; it names the batches that hold the keys."""
        again = _read_result(prepared, result.batch_id, result.status, faults, len(conflicts))
        batches = sorted({conflict.batch_id for conflict in conflicts})
        names = dict(
            self._con.execute(
                "select batch_id, file_name from raw.batch where list_contains(?, batch_id)", [batches]
            ).fetchall()
        )
        zh = "、".join(f"批次{batch}({names[batch]})" for batch in batches)
        en = ", ".join(f"batch {batch} ({names[batch]})" for batch in batches)
        return again.also(
            f"{len(conflicts)}行的编号已属于另一报送单位的另一个人,见{zh},未替换",
            f"the keys of {len(conflicts)} rows belong to another sender's records of other persons, see {en}: nothing "
            "was replaced",
        )

    def _release_corrected(self, extract: str, correction: Batch) -> None:
        """Held batches that this batch has corrected count from now on."""
        for batch_id in self._open.held_now_sound(extract, self._limits.reject_share_stop):
            now = self._newest = moment_after(self._newest)
            reason = f"由批次{correction.batch_id}更正 / corrected by batch {correction.batch_id}"
            with _transaction(self._con):
                release(self._con, batch_id, now, reason)
            append_event(self._home, RELEASE, batch_id, now, reason)
            self.released.append(batch_id)
            self._landed_keys.came_by_release(extract, correction.rows_landed)


def result_of(prepared: Prepared, batch_id: int | None, status: str) -> FileResult:
    """What became of a prepared file, as far as its own rows tell."""
    file = prepared.file
    sender = city_of_path(file.name)
    if prepared.error:
        zh = f"{file.name}:未入库。{prepared.error.message_zh}"
        en = f"{file.name}: refused. {prepared.error.message_en}"
        return FileResult(file.name, file.extract, batch_id, REFUSED, 0, 0, 0, zh, en, sender=sender)
    if prepared.header is None:
        return FileResult(file.name, file.extract, batch_id, status, 0, 0, 0, "", "", sender=sender)
    return _read_result(prepared, batch_id, status, prepared.faults, 0)


def _read_result(
    prepared: Prepared, batch_id: int | None, status: str, faults: list[Fault], conflicts: int
) -> FileResult:
    return read_result(
        prepared.file.name,
        prepared.file.extract,
        batch_id,
        status,
        prepared.rows,
        prepared.rows_rejected + conflicts,
        prepared.unknown,
        prepared.notes,
        [*summarize(faults), *summarize(prepared.dropped, prepared.dropped_counts)],
        city_of_path(prepared.file.name),
    )


def _batch_of(prepared: Prepared, result: FileResult, landed_at: datetime) -> Batch:
    return Batch(
        result.batch_id,
        prepared.file.extract,
        prepared.file.name,
        prepared.sha256 or "",
        landed_at,
        result.status,
        result.rows_read,
        result.rows_landed,
        result.rows_rejected,
        result.message,
    )


def _with_replaced(result: FileResult, replaced: Replaced, first_id: int) -> FileResult:
    """Say what the rows replace, and what is worth a second look: a status that goes back."""
    for batch_id, (rows, others) in sorted(replaced.by_batch.items()):
        same_run = batch_id >= first_id
        zh = f"{rows}行替换批次{batch_id}中编号相同的行,其中{others}行内容不同"
        en = f"{rows} rows replace those of the same key in batch {batch_id}, {others} of them with other content"
        if same_run and others:
            zh, en = f"{zh},以本文件为准", f"{en}: this file counts"
        result = result.also(zh, en)
    if replaced.went_back:
        rows = len(replaced.went_back)
        result = result.also(
            f"请核对:{rows}行的状态由结业改回未结业",
            f"please check: the status of {rows} rows went back from completed to not completed",
        )
    return result


def _with_conflicts(
    prepared: Prepared, table: pa.Table, conflicts: list[Conflict]
) -> tuple[list[Fault], list[RejectedRow]]:
    """The faults and the rejected rows, those whose key is another sender's among them."""
    extract, header = prepared.file.extract, prepared.header
    by_row = {conflict.row_number: conflict for conflict in conflicts}
    flags = pc.is_in(table["row_number"], value_set=pa.array(list(by_row), table.schema.field("row_number").type))
    kept = table.filter(flags)
    key = keys_of(extract)[0]
    faults, rows = list(prepared.faults), list(prepared.rejected)
    for values in kept.to_pylist():
        conflict = by_row[values["row_number"]]
        fault = Fault(
            -1,
            conflict.row_number,
            key,
            "key_of_another_sender",
            shape(conflict.key),
            prepared.cell(conflict.row_number, key),
            f"见批次{conflict.batch_id}",
            f"see batch {conflict.batch_id}",
            conflict.key,
        )
        faults.append(fault)
        rows.append(
            RejectedRow(conflict.row_number, problems_of(header, [fault]), _kept_cells(extract, header, values))
        )
    return faults, sorted(rows, key=lambda row: row.row_number)


def _kept_cells(extract: str, header: Header, values: dict[str, object]) -> list[str]:
    """The cells of an accepted row in the file's order, as they were read; the person stays out."""
    cells = []
    for column in shown_columns(extract, header):
        names = stored_names(column)
        value = values.get(column.name) if column.name in names else None
        cells.append("" if value is None else csv_text(str(value)))
    return cells


def _without(table: pa.Table, rows: set[int]) -> pa.Table:
    numbers = table["row_number"]
    return table.filter(pc.invert(pc.is_in(numbers, value_set=pa.array(list(rows), numbers.type))))


def _in_row_groups(table: pa.Table) -> pa.Table:
    """The same rows in batches that several threads can take."""
    return pa.Table.from_batches(table.to_batches(max_chunksize=_ROWS_AT_ONCE), table.schema)


def _fault_table(batch_id: int, faults: list[Fault]) -> pa.Table:
    return pa.table(
        {
            "batch_id": pa.array([batch_id] * len(faults), pa.int64()),
            "row_number": pa.array([fault.row_number for fault in faults], pa.int64()),
            "column_name": pa.array([fault.column for fault in faults], pa.string()),
            "reason_code": pa.array([fault.reason for fault in faults], pa.string()),
            "masked_value": pa.array([fault.shown for fault in faults], pa.string()),
            "record_key": pa.array([fault.record_key for fault in faults], pa.string()),
        }
    )


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _unchanged(prepared: Prepared, same: Known) -> FileResult:
    file = prepared.file
    if same.status == LANDED:
        zh = f"{file.name}:内容与批次{same.batch_id}相同,无需再入库"
        en = f"{file.name}: the same bytes landed before as batch {same.batch_id}; nothing to do"
    elif same.status == HELD:
        zh = f"{file.name}:内容与批次{same.batch_id}相同,该批次暂扣、暂不计入"
        en = f"{file.name}: the same bytes are batch {same.batch_id}, which is held and does not count"
    else:
        zh = f"{prepared.error.message_zh}(与批次{same.batch_id}相同,文件未改动)"
        en = f"{prepared.error.message_en} (as in batch {same.batch_id}; the file has not changed)"
        zh, en = f"{file.name}:仍未入库。{zh}", f"{file.name}: still refused. {en}"
    sender = city_of_path(file.name)
    return FileResult(file.name, file.extract, same.batch_id, UNCHANGED, 0, 0, 0, zh, en, sender=sender)


def _known_batches(
    con: duckdb.DuckDBPyConnection,
) -> tuple[dict[tuple[str | None, str], Known], dict[tuple[str | None, str], str]]:
    """The last batch of each file's bytes (one that landed before one that was refused), and the bytes that each name
    last stood for."""
    known: dict[tuple[str | None, str], Known] = {}
    rows = con.execute(
        "select extract, sha256, file_name, batch_id, status, message from raw.batch order by batch_id"
    ).fetchall()
    for extract, sha256, name, batch_id, status, message in rows:
        pair = (extract, sha256 or name)
        same = known.get(pair)
        if same is None or same.status == REFUSED or status != REFUSED:
            known[pair] = Known(batch_id, status, message)
    names = con.execute(
        "select extract, file_name, arg_max(sha256, seen_at) from ("
        "select extract, file_name, sha256, landed_at as seen_at from raw.batch "
        "union all select extract, file_name, sha256, seen_at from raw.seen_file) group by all"
    ).fetchall()
    return known, {(extract, name): sha256 for extract, name, sha256 in names}


def _identity(prepared: Prepared) -> tuple[str | None, str]:
    """What makes a file the same as one before: its bytes, or its name where they could not be read."""
    return prepared.file.extract, prepared.sha256 or prepared.file.name
