"""The workers that run readers' SQL, taken over: what any Python inside of them can reach."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import intruder
import pytest

from dashboards import sandbox
from skillsdw import closed_room
from skillsdw.share import worker as share_worker

ALLOWED = {"own file", "a thread"}
pytestmark = pytest.mark.skipif(bool(closed_room.missing()), reason=f"the kernel lacks {closed_room.missing()}")


@pytest.fixture
def asked(tmp_path: Path):
    """A home with what nobody may have, another home, a server, a socket and a process that is somebody else's."""
    home, other = tmp_path / "home", tmp_path / "other"
    for place in (home, other):
        (place / "landing" / "enrollment").mkdir(parents=True)
        (place / "landing" / "enrollment" / "a.csv").write_text("secret", encoding="utf-8")
        (place / "hmac.key").write_text("k" * 64, encoding="ascii")
        (place / "published" / "versions").mkdir(parents=True)
    version = home / "published" / "versions" / "v.duckdb"
    with duckdb.connect(str(version)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.t as select 1 as a")
    (home / "published" / "versions" / "older.duckdb").write_bytes(version.read_bytes())
    server = socket.create_server(("127.0.0.1", 0))
    local = socket.socket(socket.AF_UNIX)
    local.bind(str(tmp_path / "socket"))
    local.listen()
    somebody = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], env={"SECRET": "k" * 40})
    yield {
        "own": str(version),
        "beside": str(version.with_suffix(".txt")),
        "files": {
            "key": str(home / "hmac.key"),
            "landing": str(home / "landing" / "enrollment" / "a.csv"),
            "older version": str(home / "published" / "versions" / "older.duckdb"),
            "other home": str(other / "hmac.key"),
            "users": "/etc/passwd",
            "this test": __file__,
        },
        "folders": {"home": str(home), "versions": str(version.parent), "root": "/", "processes": "/proc"},
        "process": somebody.pid,
        "port": server.getsockname()[1],
        "socket": str(tmp_path / "socket"),
    }
    assert somebody.poll() is None
    somebody.kill()
    server.close()
    local.close()


def test_a_query_worker_that_is_taken_over_reaches_its_file_and_nothing_else(asked, monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "RULES", intruder.__file__)
    answer = sandbox.Run(Path(asked["own"]), json.dumps(asked), sandbox.LIMITS).wait(60)
    assert answer.state == "function", answer
    found = json.loads(answer.message)
    assert len(found) > 40
    assert {name: got for name, got in found.items() if got != "refused" and name not in ALLOWED} == {}
    assert all(found[name] != "refused" for name in ALLOWED)


def test_a_share_worker_that_is_taken_over_reaches_its_file_and_its_port(asked) -> None:
    code = f"""
import importlib.util, json, sys
def load(path):
    spec = importlib.util.spec_from_file_location("m", path); m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m); return m
import duckdb
worker, room, intruder = map(load, {[share_worker.__file__, closed_room.__file__, intruder.__file__]})
worker.confine({{"memory": 2**30}})
asked = json.loads(sys.argv[1])
room.close([asked["own"]], listens=True)
import socket
with socket.create_server(("127.0.0.1", 0)): pass
print(intruder.verdict(None, json.dumps(asked))["detail"])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, json.dumps(asked)], capture_output=True, text=True, timeout=60, env={}
    )
    found = json.loads(done.stdout)
    assert {name: got for name, got in found.items() if got != "refused" and name not in ALLOWED} == {}
    assert all(found[name] != "refused" for name in ALLOWED)


def test_without_a_room_the_intruder_gets_what_it_wants(asked) -> None:
    """Else the tests above would prove nothing."""
    harmless = [name for name, _ in intruder.attempts(asked) if name.startswith(("read", "list"))]
    pid = os.fork()
    if pid == 0:
        found = {}
        for name, attempt in intruder.attempts(asked):
            if name in harmless:
                try:
                    attempt()
                    found[name] = True
                except OSError:
                    found[name] = False
        os._exit(0 if sum(found.values()) > 10 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
