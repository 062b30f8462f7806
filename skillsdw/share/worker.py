"""The process that serves one session: `python -I worker.py`, without environment.

The first line of JSON on standard input says what to open (file, extension, token, limits); `{"port": …}` comes back.
Each further line is a reader's SQL with a number, answered with the verdict on it under that number. The end of
standard input ends the process. This file imports nothing of the project and loads two files of it, `reader_sql.py`
beside it and `closed_room.py`, which import nothing either: what runs here is all that can be reached from here.
"""

import importlib.util
import json
import os
import resource
import socket
import sys
from pathlib import Path
from types import ModuleType

import duckdb

BESIDE = 3 * 2**30  # bytes of address space beyond DuckDB's own limit: the program, its threads, what DuckDB adds
PORTS_TRIED = 20
DEPTH = 10_000  # levels of a parsed query: DuckDB's own limit of 1,000 expressions, as JSON


def confine(limits: dict) -> None:
    """What the system itself denies this process: any file written, a core, memory and open files without end."""
    space = limits["memory"] + BESIDE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    os.nice(5)  # pages and builds come first


def connect(request: dict) -> duckdb.DuckDBPyConnection:
    """The published file, for reading only, with quack loaded and then every way out of it closed and locked.

    The file is the connection's own database, not attached to another: quack gives each query a fresh connection, whose
    default database that is.
    """
    limits = request["limits"]
    config = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "memory_limit": f"{limits['memory'] // 2**20}MiB",
        "threads": str(limits["threads"]),
        "temp_directory": "",
        # quack names its connections by DuckDB's cipher library, which is httpfs's; without it, it would refuse. httpfs
        # would give a reader's SQL an HTTP client that heeds no setting (quack_query ignores external access). The name
        # is secret on loopback only, beside this process's own token: the weaker random numbers are enough.
        "force_mbedtls_unsafe": "true",
    }
    connection = duckdb.connect(request["file"], read_only=True, config=config)
    connection.execute(f"load '{request['extension'].replace(chr(39), chr(39) * 2)}'")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def serve(connection: duckdb.DuckDBPyConnection, token: str) -> int:
    """Start quack on a free port of loopback, and say which."""
    for _ in range(PORTS_TRIED):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            connection.execute("call quack_serve(?, token = ?)", [f"quack:127.0.0.1:{port}", token])
        except duckdb.IOException:  # somebody took the port meanwhile
            continue
        return port
    raise OSError("no free port on loopback")


def load(file: Path) -> ModuleType:
    """One file of the project: what a reader's SQL may call, the room that this process is closed into."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def say(answer: dict) -> None:
    """One line to the gateway."""
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve until standard input ends."""
    request = json.loads(sys.stdin.readline())
    own = Path(__file__)
    reader_sql, room = load(own.with_name("reader_sql.py")), load(own.parents[1] / "closed_room.py")
    sys.setrecursionlimit(DEPTH)
    confine(request["limits"])
    room.close([request["file"], request["extension"]], listens=True)
    connection = connect(request)
    say({"port": serve(connection, request["token"])})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            found = reader_sql.verdict(connection, asked["sql"])
        except (duckdb.Error, RecursionError, MemoryError, ValueError) as fault:
            found = {"state": "syntax", "detail": type(fault).__name__}
        say(found | {"number": asked["number"]})
    os._exit(0)  # whatever still runs has no more use


if __name__ == "__main__":
    main()
