"""The process that runs one reader's SQL, and nothing else: `python -I worker.py`, without environment.

A line of JSON comes in on standard input (file, rules, room, sql, limits), a line of JSON and the rows as an Arrow
stream go out on standard output. While standard input stays open the reader is there: its end interrupts the query.
This file imports nothing of the project and loads two files of it, the rules (`skillsdw/share/reader_sql.py`) and the
room (`skillsdw/closed_room.py`), which import nothing either: what runs here is all that can be reached from here.
"""

import importlib.util
import json
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import pyarrow as pa

BATCH = 8_192  # rows
GRACE = 1.0  # seconds between the interrupt of a query and the end of its process
BESIDE = 2 * 2**30  # bytes of address space beyond DuckDB's own limit: the program, and what DuckDB does not count
DEPTH = 10_000  # levels of a parsed query: DuckDB's own limit of 1,000 expressions, as JSON
ALLOWED = {"SELECT", "EXPLAIN"}  # DESCRIBE, SUMMARIZE and SHOW are parsed as SELECT
WORD = re.compile(rb"[a-z]+", re.IGNORECASE)
# The first that fits; permission comes before its parents.
KINDS = (
    (duckdb.PermissionException, "forbidden"),
    (duckdb.ParserException, "syntax"),
    (duckdb.OutOfMemoryException, "too_large"),
    ((duckdb.CatalogException, duckdb.BinderException), "unknown_name"),
)


class Refused(Exception):
    """The text may not run. `state` says why, `detail` what was found, `hints` which names may have been meant."""

    def __init__(self, state: str, detail: str = "", hints: list[str] | None = None) -> None:
        super().__init__(state)
        self.state = state
        self.detail = detail
        self.hints = hints or []


def load(file: str) -> ModuleType:
    """One file of the project: the rules (what a reader's SQL may call), the room that this process is closed into."""
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def confine(limits: dict) -> None:
    """What the system itself denies this process: any file written, a core, processor time and memory without end."""
    processor = int(limits["seconds"] * limits["threads"] + GRACE) + 10
    space = limits["memory"] + BESIDE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    os.nice(5)  # pages come first


def connect(file: str, limits: dict) -> duckdb.DuckDBPyConnection:
    """The published file, for reading only, with every way out of it closed and the lock put on."""
    config = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": f"{limits['memory'] // 2**20}MiB",
        "threads": str(limits["threads"]),
        "temp_directory": "",
        "lock_configuration": "true",
    }
    return duckdb.connect(file, read_only=True, config=config)


def parts(sql: str) -> tuple[str, str]:
    """`explain` or `explain analyze` at the beginning, and what it explains; DuckDB tells the words apart."""
    text = sql.encode()
    begin, rest = "", 0
    for (start, _), word in zip(duckdb.tokenize(sql), ("explain", "analyze"), strict=False):
        rest = start
        found = WORD.match(text[start:])
        if not found or found[0].decode().lower() != word:
            break
        begin += f"{word} "
        rest = start + len(word)
    return begin, text[rest:].decode() if begin else sql


def only_query(connection: duckdb.DuckDBPyConnection, sql: str, rules: ModuleType) -> duckdb.Statement:
    """The one statement of the text, which must be a query that calls only what the rules list; Refused otherwise.

    Nothing else of DuckDB may see the text before: it runs some PRAGMAs while it takes a text apart, and functions
    while it binds one.
    """
    try:
        begin, query = parts(sql)  # DuckDB gives no parsed form of EXPLAIN: what it explains is judged by itself
        found = rules.verdict(connection, query)
    except (RecursionError, UnicodeError) as fault:
        raise Refused("syntax", str(fault)) from None
    if found["state"] == "syntax":
        connection.extract_statements(query)  # says it with the line and a caret
    if found["state"] != "ok":
        raise Refused(found["state"], found["detail"], found["hints"])
    statements = connection.extract_statements(begin + query)
    if len(statements) != 1 or statements[0].type.name not in ALLOWED:  # never: it was parsed as one query
        raise Refused("not_a_query", statements[0].type.name if statements else "")
    return statements[0]


def batches(connection: duckdb.DuckDBPyConnection, limits: dict) -> tuple[list[pa.RecordBatch], pa.Schema, bool]:
    """The rows that the limits allow, and whether there would be more."""
    reader = connection.to_arrow_reader(BATCH)
    kept: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        room = limits["rows"] - rows
        if batch.num_rows > room or size + batch.nbytes > limits["bytes"]:
            if size + batch.nbytes <= limits["bytes"]:
                kept.append(batch.slice(0, room))
            return kept, reader.schema, True
        kept.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    return kept, reader.schema, False


def unlike(names: list[str]) -> Iterator[str]:
    """The names, a second one of a kind with its number: `city_code`, `city_code_2`."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


class Clock:
    """Interrupts the query when its time is over or the reader has left, and ends the process if that is not enough."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self.reason = ""
        self._connection = connection
        timer = threading.Timer(seconds, self._stop, ["too_long"])
        timer.daemon = True
        timer.start()
        threading.Thread(target=self._until_left, daemon=True).start()

    def _until_left(self) -> None:
        sys.stdin.buffer.read()
        self._stop("cancelled")

    def _stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._connection.interrupt()
        time.sleep(GRACE)
        os._exit(1)


def answer(request: dict, rules: ModuleType) -> tuple[dict, pa.Table | None]:
    """What became of the request: a head that JSON holds, and the rows when there are any."""
    limits = request["limits"]
    started = time.monotonic()
    connection = connect(request["file"], limits)
    clock = Clock(connection, limits["seconds"])
    try:
        connection.execute(only_query(connection, request["sql"], rules))
        types = [str(column[1]) for column in connection.description]
        kept, schema, is_cut = batches(connection, limits)
        table = pa.Table.from_batches(kept, schema)
        table = table.rename_columns(list(unlike(table.column_names)))
    except Refused as refusal:
        return {"state": refusal.state, "message": refusal.detail, "hints": refusal.hints}, None
    # to_arrow_reader hands on an interrupt or a fault of the query as Arrow's own error.
    except (duckdb.Error, pa.ArrowException, RuntimeError, MemoryError) as fault:
        return {"state": clock.reason or kind_of(fault), "message": str(fault)}, None
    if clock.reason:
        return {"state": clock.reason, "message": ""}, None
    seconds = time.monotonic() - started
    return {"state": "done", "message": "", "types": types, "is_cut": is_cut, "seconds": seconds}, table


def kind_of(fault: Exception) -> str:
    """The kind of a fault, as the reader is told of it."""
    if isinstance(fault, MemoryError) or "Out of Memory" in str(fault):
        return "too_large"
    return next((name for types, name in KINDS if isinstance(fault, types)), "failed")


def main() -> None:
    """Answer one request and end."""
    request = json.loads(sys.stdin.buffer.readline())
    rules, room = load(request["rules"]), load(request["room"])
    sys.setrecursionlimit(DEPTH)
    confine(request["limits"])
    room.close([request["file"]])
    head, table = answer(request, rules)
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    if table is not None:
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
    out.flush()
    os._exit(0)  # whatever still runs in this process has no more use


if __name__ == "__main__":
    main()
