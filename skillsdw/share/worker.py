"""The process that serves one session: `python -I worker.py`, without environment.

The first line of JSON on standard input says what to open (file, extension, token, limits); `{"port": …}` comes back.
Each further line is a reader's SQL with a number, answered with the verdict on it under that number. The end of
standard input ends the process. This file imports nothing of the project, so that what runs here is all that can be
reached from here.
"""

import json
import os
import resource
import socket
import sys

import duckdb

BESIDE = 3 * 2**30  # bytes of address space beyond DuckDB's own limit: the program, its threads, what DuckDB adds
PORTS_TRIED = 20
# What a query may call in place of a table. Everything else is refused: quack's own (they would open further servers or
# end this one), those that take SQL as text, that read files, log, checkpoint, or take an address in memory.
TABLE_FUNCTIONS = {
    *("duckdb_columns", "duckdb_constraints", "duckdb_functions", "duckdb_keywords", "duckdb_schemas", "duckdb_tables"),
    *("duckdb_types", "duckdb_views", "generate_series", "histogram", "histogram_values", "icu_calendar_names"),
    *("json_each", "json_tree", "pg_timezone_names", "pragma_show", "pragma_table_info", "pragma_version", "range"),
    *("repeat", "repeat_row", "summary", "unnest"),
}
# System tables that tell where files lie on this machine and how it is set up.
TABLES_REFUSED = {"duckdb_databases", "duckdb_settings", "duckdb_secrets", "duckdb_logs", "pragma_database_list"}
UNWANTED = ("quack_", "write_log", "sleep_ms")  # the beginnings of other functions that no reader needs


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


def verdict(connection: duckdb.DuckDBPyConnection, sql: str) -> dict:
    """`state` ok, or why the text may not run: not_a_query · several · empty · syntax · function; `detail` says what.

    DuckDB's own parser decides, the one that parses what runs: a reading of the text of our own could be fooled.
    """
    tree = json.loads(connection.execute("select json_serialize_sql(?)", [sql]).fetchone()[0])
    if tree["error"]:
        is_syntax = tree.get("error_type") == "parser"
        return {"state": "syntax" if is_syntax else "not_a_query", "detail": tree.get("error_message", "")}
    if len(tree["statements"]) != 1:
        return {"state": "several" if tree["statements"] else "empty", "detail": ""}
    stack = [tree["statements"]]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            stack.extend(node.values())
            name = str(node.get("function_name", "")).lower()
            if name.startswith(UNWANTED):
                return {"state": "function", "detail": name}
            if node.get("type") == "TABLE_FUNCTION":
                name = str(node["function"].get("function_name", "")).lower()
                if name not in TABLE_FUNCTIONS:
                    return {"state": "function", "detail": name}
            if node.get("type") == "BASE_TABLE" and str(node.get("table_name", "")).lower() in TABLES_REFUSED:
                return {"state": "function", "detail": node["table_name"]}
    return {"state": "ok", "detail": ""}


def say(answer: dict) -> None:
    """One line to the gateway."""
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve until standard input ends."""
    request = json.loads(sys.stdin.readline())
    confine(request["limits"])
    connection = connect(request)
    say({"port": serve(connection, request["token"])})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            found = verdict(connection, asked["sql"])
        except (duckdb.Error, RecursionError, MemoryError, ValueError) as fault:
            found = {"state": "syntax", "detail": type(fault).__name__}
        say(found | {"number": asked["number"]})
    os._exit(0)  # whatever still runs has no more use


if __name__ == "__main__":
    main()
