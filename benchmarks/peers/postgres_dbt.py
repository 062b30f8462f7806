"""The work as a dbt project on PostgreSQL: `postgres/`, on a server of its own that is started and thrown away.

Needs Debian's postgresql (15 or later) and root, as the server itself refuses to run as root. The server is set for
much memory and few writes: a quarter of the memory for its buffers, unlogged tables, no wait for the disk.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from benchmarks.peers import EXTRACTS, TABLES, TAKEN_OUT, command

PROJECT = Path(__file__).parent / "postgres"
BLOCK = 64  # bytes of a block of SHA-256
STARTS_WITHIN = 60.0  # seconds
PHASES = {
    "read": ("enrollment", "certification", "employment", "institution"),
    "rules": ("assessed", "walked", "broken"),
    "facts": ("training_session", "rule_violation"),
    "counts": ("progress", "cube"),
}


def run(landing: Path, out: Path, as_of: str, key: bytes, memory_limit: str) -> dict[str, float]:
    """Load, then the models phase by phase, dbt's start with each; what it made is then written as CSV."""
    seconds = {}
    with (
        tempfile.TemporaryDirectory(dir=out.parent, prefix="postgres-") as scratch,
        _server(Path(scratch), memory_limit) as place,
    ):
        began = time.perf_counter()
        with _connect(place) as con, con.cursor() as cursor:
            cursor.execute("create schema raw")
            for extract in EXTRACTS:
                _load(cursor, landing, extract)
        seconds["load"] = time.perf_counter() - began
        for phase, models in PHASES.items():
            began = time.perf_counter()
            _dbt(Path(scratch), place, models, as_of, key)
            seconds[phase] = time.perf_counter() - began
        # What it made stays in the server: to take it out is the comparison's, and the runner takes off its time.
        began = time.perf_counter()
        out.mkdir(parents=True)
        with _connect(place) as con, con.cursor() as cursor:
            for table in TABLES:
                with (out / f"{table}.csv").open("wb") as file:
                    cursor.copy_expert(f"copy bench.{table} to stdout with (format csv, header)", file)
        seconds[TAKEN_OUT] = time.perf_counter() - began
    return seconds


@contextmanager
def _server(scratch: Path, memory_limit: str) -> Iterator[Path]:
    """A server on a socket in `scratch`, as user postgres; the folder of the socket."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    user = pwd.getpwnam("postgres")
    place = scratch / "server"
    place.mkdir()
    for folder in (scratch, place):
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    made = subprocess.run(
        [*as_user, programs / "initdb", "-D", place / "data", "-U", "bench", "--auth=trust", "-E", "UTF8"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=place,
    )
    if made.returncode:
        raise RuntimeError(
            f"PostgreSQL made no database in {place} (user {user.pw_name} must get there): {made.stdout}"
        )
    settings = _settings(memory_limit) | {"listen_addresses": "", "unix_socket_directories": str(place)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # A child of this process and not a daemon, so that its memory is told with the peer's.
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", place / "data", *options], stdout=log, stderr=log, cwd=place
        )
    try:
        _wait(place, server)
        yield place
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown
        server.wait()
        shutil.rmtree(place, ignore_errors=True)


def _wait(place: Path, server: subprocess.Popen) -> None:
    """Until the server answers."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            _connect(place).close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {(place / 'log').read_text(errors='replace')[-2000:]}")


def _connect(place: Path) -> object:
    return psycopg2.connect(host=str(place), user="bench", dbname="postgres")


def _settings(memory_limit: str) -> dict[str, str]:
    gigabytes = float(memory_limit.upper().removesuffix("GB"))
    return {
        "shared_buffers": f"{int(gigabytes * 250)}MB",
        "work_mem": f"{int(gigabytes * 1000 / 12)}MB",  # each sort and each hash of three processes takes it
        "maintenance_work_mem": "1GB",
        "effective_cache_size": f"{int(gigabytes * 750)}MB",
        "max_wal_size": "16GB",
        "synchronous_commit": "off",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": str(os.cpu_count()),
    }


def _load(cursor: object, landing: Path, extract: str) -> None:
    """All files of an extract as text, with the file's name and the order of the rows."""
    files = sorted((landing / extract).glob("*.csv"))
    with files[0].open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    typed = ", ".join(f"{column} text" for column in columns)
    cursor.execute(
        f"create unlogged table raw.{extract} ({typed}, file text, position bigint generated always as identity)"
    )
    for path in files:
        cursor.execute(f"alter table raw.{extract} alter column file set default %s", [path.name])
        with path.open("rb") as file:
            cursor.copy_expert(f"copy raw.{extract} ({', '.join(columns)}) from stdin with (format csv, header)", file)
    cursor.execute(f"analyze raw.{extract}")


def _dbt(scratch: Path, place: Path, models: tuple[str, ...], as_of: str, key: bytes) -> None:
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK, b"\0")).hex() for pad in (0x36, 0x5C))
    output = {
        "type": "postgres",
        "host": str(place),
        "user": "bench",
        "password": "none",
        "port": 5432,
        "dbname": "postgres",
        "schema": "bench",
        "threads": 2,
    }
    # YAML is a superset of JSON.
    profile = {"bench_postgres": {"target": "bench", "outputs": {"bench": output}}}
    (scratch / "profiles.yml").write_text(json.dumps(profile), encoding="utf-8")
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "run", "--select", *models),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(scratch)),
            *("--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")),
            *("--vars", json.dumps({"as_of": as_of})),
        ],
        env=os.environ | {"BENCH_INNER": inner, "BENCH_OUTER": outer, "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


if __name__ == "__main__":
    command(run)
