"""Readers of `skillsdw share` at their worst: wrong, expired and revoked tokens, attacks in SQL and in bytes, queries
without end, a publish under their eyes. Each is a real second process with DuckDB's own quack client.
"""

import hashlib
import json
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import duckdb

from ordeals.trial import Trial
from skillsdw.home import PROJECT, Home, beijing_now
from skillsdw.publish import Marts, current_version, publish
from skillsdw.share import tokens
from skillsdw.share.extension import extension_file
from skillsdw.share.roles import ANALYST, Role
from skillsdw.share.session import Limits

AREA = "share"
CANARY = "a line that no reader may see"
SMALL = Limits(seconds=5, memory=256 * 2**20, result=8 * 2**20, quiet=2)
# What each must come to: the words are the server's or DuckDB's own, any of them where there are several: on a slow
# machine the time may be up before the room is.
LATE = "more than 5 seconds"
ATTACKS: dict[str, tuple[str, ...]] = {
    "create a table": ("create table marts.own as select 1", "nothing is written"),
    "insert": ("insert into marts.dim_city values ('1', '2')", "nothing is written"),
    "insert behind WITH": (
        "with x as (select 1) insert into marts.dim_city select '1', '2' from x",
        "nothing is written",
    ),
    "drop": ("drop table marts.dim_city", "nothing is written"),
    "a second statement": ("select 1; drop table marts.dim_city", "nothing is written"),
    "COPY TO": ("copy marts.dim_city to '{folder}/stolen.csv'", "nothing is written"),
    "EXPORT": ("export database '{folder}/stolen'", "nothing is written"),
    "ATTACH a file": ("attach '{folder}/canary.duckdb' as other", "nothing is written"),
    "read_text": ("from read_text('{folder}/canary.txt')", "read_text may not be used"),
    "read_text in a subquery": (
        "select (select content from read_text('{folder}/canary.txt')) as x",
        "read_text may not be used",
    ),
    "a file as a table": ("from '{folder}/canary.csv'", "disabled by configuration"),
    "glob": ("from glob('{folder}/*')", "glob may not be used"),
    "INSTALL": ("install httpfs", "nothing is written"),
    "LOAD": ("load json", "nothing is written"),
    "SET": ("set threads = 64", "nothing is written"),
    "SET external access": ("set enable_external_access = true", "nothing is written"),
    "PRAGMA": ("pragma threads = 64", "nothing is written"),
    "getenv": ("select getenv('HOME')", "does not exist"),
    "another server": ("from quack_serve('quack:127.0.0.1:0', token := 'abcd')", "quack_serve may not be used"),
    "another server, quoted": ("from \"Quack_Serve\"('quack:127.0.0.1:0')", "quack_serve may not be used"),
    "end the server": ("from quack_stop('quack:127.0.0.1')", "quack_stop may not be used"),
    "call out": ("from quack_query('quack:127.0.0.1:1', 'select 1')", "quack_query may not be used"),
    "others' queries": ("from quack_active_connections()", "quack_active_connections may not be used"),
    "SQL as text": ("from query('drop table marts.dim_city')", "query may not be used"),
    "SQL as JSON": ("from json_execute_serialized_sql('{{}}')", "json_execute_serialized_sql may not be used"),
    "logging to a file": ("from enable_logging('Quack', storage := 'file')", "enable_logging may not be used"),
    "an address in memory": ("from arrow_scan(1::pointer, 1::pointer, 1::pointer)", "arrow_scan may not be used"),
    "where files lie": ("from duckdb_databases", "duckdb_databases may not be used"),
    "secrets": ("from duckdb_secrets()", "duckdb_secrets may not be used"),
    "brackets without end": ("select " + "(" * 40_000 + "1" + ")" * 40_000, "error"),
    "no query": ("", "no query"),
    "memory": ("select list(range) from range(1000000000)", "llocate", LATE),
    "one huge value": ("select repeat('x', 900000000)", "llocate", LATE),
    "endless recursion": (
        "with recursive x as (select 1 as i union all select i + 1 from x) select count(*) from x",
        LATE,
    ),
    "a huge result": ("select range as a, hash(range) as b from range(100000000)", "larger than 8 MiB"),
}

_CLIENT = """
import json, os, sys, duckdb
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # DuckDB ends a long query's progress with an empty line
con = duckdb.connect()
for line in sys.stdin:
    try:
        answer = {"rows": con.execute(json.loads(line)).fetchall(), "error": None}
    except duckdb.Error as fault:
        answer = {"rows": None, "error": str(fault)}
    print(json.dumps(answer, default=str), file=answers, flush=True)
"""
_SERVER = """
import asyncio, json, sys
from pathlib import Path
from skillsdw.home import Home
from skillsdw.share.gateway import run, secured
from skillsdw.share.session import Limits
home, limits, certificate, key = json.loads(sys.argv[1])
context = secured("127.0.0.1", certificate and Path(certificate), key and Path(key))
asyncio.run(run(Home(Path(home)), "127.0.0.1", 0, context, Limits(**limits)))
"""


class Refused(Exception):
    """The client raised an error, in these words."""


class Client:
    """A second process with DuckDB and quack's client; `ask` gives rows, or raises `Refused` with DuckDB's words."""

    def __init__(self, settings: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _CLIENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
        )
        for name in ("httpfs", "quack"):
            self.ask(f"load '{extension_file(name)}'")
        for setting in settings:
            self.ask(setting)

    def send(self, sql: str) -> None:
        """Begin a query; `receive` waits for it."""
        self._process.stdin.write(json.dumps(sql) + "\n")
        self._process.stdin.flush()

    def receive(self) -> list[list]:
        """The rows of the query that was sent last."""
        answer = json.loads(self._process.stdout.readline())
        if answer["error"] is not None:
            raise Refused(answer["error"])
        return answer["rows"]

    def ask(self, sql: str) -> list[list]:
        self.send(sql)
        return self.receive()

    def attach(self, port: int, token: str, options: str = "", host: str = "127.0.0.1") -> None:
        self.ask(f"attach 'quack:{host}:{port}' as r (token '{token}'{options})")

    def run(self, sql: str) -> list[list]:
        """Run SQL on the server, in the server's own dialect."""
        return self.ask(f"from r.query('{sql.replace(chr(39), chr(39) * 2)}')")

    def kill(self) -> None:
        """End as a machine does whose plug is pulled."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server:
    """`skillsdw share serve` in a process of its own, on a free port of loopback."""

    def __init__(
        self, home: Home, limits: Limits = SMALL, certificate: Path | None = None, private_key: Path | None = None
    ) -> None:
        self._log = home.root / "share.log"
        files = [str(file) if file else None for file in (certificate, private_key)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVER, json.dumps([str(home.root), asdict(limits), *files])],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=PROJECT,
            )
        line = self.process.stdout.readline()
        found = re.search(r":(\d+) \(", line)
        if not found:
            raise OSError(f"the server did not start: {line}{self.log}")
        self.port = int(found[1])

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def workers(self) -> list[int]:
        """The processes that serve sessions now."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def has_open(self, file: Path) -> bool:
        """Whether any of the server's processes holds `file` open."""
        for pid in (self.process.pid, *self.workers()):
            for handle in Path(f"/proc/{pid}/fd").glob("*"):
                try:
                    if handle.samefile(file):
                        return True
                except OSError:  # closed meanwhile
                    continue
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def publish_version(home: Home, build_id: str, rows: int = 1) -> Path:
    """Publish a version whose `dim_city` has `rows` rows, each with the version's name: a torn answer would show."""
    home.root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute(
            "create or replace table marts.dim_city as select printf('%06d', range) as city_code, ? as name_zh"
            " from range(?)",
            [build_id, rows],
        )
        con.execute(
            "create or replace table marts.published_version as"
            " select ? as build_id, cast(null as timestamp) as published_at",
            [build_id],
        )
    tables = ["dim_city", "published_version"]
    return publish(home, build_id, Marts(tables, {}), [], keep=2)


def edit_token(home: Home, token_id: str, **changes: str) -> None:
    """Change a token in the file, as time would."""
    file = home.tokens
    rows = json.loads(file.read_text(encoding="utf-8"))
    rows = [row | changes if row["id"] == token_id else row for row in rows]
    file.write_text(json.dumps(rows), encoding="utf-8")


def expire(home: Home, token_id: str) -> None:
    """Let a token have expired a second ago."""
    edit_token(home, token_id, expires_at=(beijing_now() - timedelta(seconds=1)).isoformat(timespec="seconds"))


def until(seconds: float, holds: object) -> float | None:
    """How long it took until `holds()` was true, or None when it was not within `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if holds():
            return time.monotonic() - began
        time.sleep(0.1)
    return None


def said(work: object) -> str:
    """The words with which `work()` was refused, or its rows."""
    try:
        return f"rows: {work()}"
    except Refused as refusal:
        return str(refusal)


@contextmanager
def shared(scratch: Path) -> Iterator[tuple[Home, Server, str, tokens.Token]]:
    """A small published home, served, with a right token."""
    home = Home(scratch / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, token = tokens.add(home, "ordeal", Role(ANALYST), 1)
    with Server(home) as server:
        yield home, server, text, token


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """Try the promises of docs/sharing.md; `full` tries more tokens, bytes and publishes."""
    chance = random.Random(seed)
    with shared(scratch) as (home, server, text, token):
        yield wrong_tokens(chance, server, text, 40 if full else 6)
        yield broken_bytes(chance, server, text, 2_000 if full else 200)
        yield from attacks(home, server, text, ATTACKS)
        yield many_readers(server, text, 24 if full else 8)
        yield publishes(home, server, text, 5 if full else 2)
        yield from dead_tokens(home, server, text, token)


def wrong_tokens(chance: random.Random, server: Server, text: str, times: int) -> Trial:
    refused = 0
    with Client() as client:
        for _ in range(times):
            at = chance.randrange(len(text))
            letter = chance.choice([each for each in "0123456789abcdefgx_" if each != text[at]])
            wrong = chance.choice([text[:at] + letter + text[at + 1 :], text[:at], text + letter, text.upper()])
            answer = said(lambda wrong=wrong: client.attach(server.port, wrong))
            # An empty one is not even sent.
            refused += "token is not right" in answer if wrong else not answer.startswith("rows")
    held = refused == times and text not in server.log
    return Trial(AREA, "tokens one letter off", "no wrong token connects", times, f"{refused} refused", held)


def broken_bytes(chance: random.Random, server: Server, text: str, times: int) -> Trial:
    """Bytes at random, and messages of the client with some bytes changed."""
    message = bytes.fromhex("0100010300ffff01000878787878787878780200067631") + b".5.5\xff\xff"
    answered = 0
    for _ in range(times):
        body = bytearray(message if chance.random() < 0.7 else chance.randbytes(chance.randrange(200)))
        for _ in range(chance.randrange(1, 6)):
            if body:
                body[chance.randrange(len(body))] = chance.randrange(256)
        # A greeting costs half a second by design: these are about everything else.
        if body[:3] == b"\x01\x00\x01":
            body[2] = chance.choice([3, 7, 9, 11, 200])
        head = f"POST /quack HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        if chance.random() < 0.1:
            head = chance.randbytes(40) + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(head + bytes(body))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        answered += 1
    with Client() as client:
        client.attach(server.port, text)
        works = client.run("select count(*) from marts.dim_city") == [[1]]
    seen = f"{answered} answered or closed; the next query {'answered' if works else 'NOT answered'}"
    return Trial(AREA, "broken messages", "no bytes end the server", times, seen, works and answered == times)


def attacks(
    home: Home, server: Server, text: str, chosen: Mapping[str, tuple[str, ...]], *, one_client: bool = False
) -> Iterator[Trial]:
    """Each attack by a reader with a right token; afterwards the file is as it was and a query is answered.

    `one_client` tries them all in one session, which is quicker.
    """
    folder = home.root.parent / "canary"
    folder.mkdir(exist_ok=True)
    for ending in ("txt", "csv"):
        (folder / f"canary.{ending}").write_text(CANARY, encoding="utf-8")
    with duckdb.connect(str(folder / "canary.duckdb")) as con:
        con.execute("create or replace table canary as select ? as line", [CANARY])
    before, version = sorted(folder.rglob("*")), current_version(home)
    digest = hashlib.sha256(version.read_bytes()).digest()
    client = None
    for what, (sql, *expected) in chosen.items():
        if client is None:
            client = Client()
            client.attach(server.port, text)
        began = time.monotonic()
        words = said(lambda sql=sql, client=client: client.run(sql.replace("{folder}", str(folder))))
        seconds = time.monotonic() - began
        works = said(lambda client=client: client.run("select count(*) from marts.dim_city")) == "rows: [[1]]"
        if not one_client:
            client.close()
            client = None
        is_whole = sorted(folder.rglob("*")) == before and hashlib.sha256(version.read_bytes()).digest() == digest
        is_refused = any(expectation.lower() in words.lower() for expectation in expected)
        held = is_refused and CANARY not in words and is_whole and works
        # The server's own sentence where there is one, else DuckDB's first line.
        line = next((each for each in words.split("\n") if " / " in each), words.split("\n")[0])
        line = line.rpartition(" / ")[2].removeprefix("Invalid Input Error: ").replace(str(folder), "…")
        seen = f"{line[:120]} ({seconds:.1f} s)" + ("" if works else "; the next query was NOT answered")
        yield Trial(AREA, f"attack: {what}", "refused in words, nothing read, written or ended", 1, seen, held)
    if client is not None:
        client.close()


def many_readers(server: Server, text: str, times: int) -> Trial:
    """Readers that come all at once, more than there are places: each has right rows, or is told that it is busy."""

    def one(_: int) -> str:
        with Client() as client:
            words = said(lambda: client.attach(server.port, text))
            return words if words != "rows: None" else said(lambda: client.run("select count(*) from marts.dim_city"))

    with ThreadPoolExecutor(times) as pool:
        found = list(pool.map(one, range(times)))
    right = sum(words == "rows: [[1]]" for words in found)
    busy = sum("is busy" in words or "Too many connections" in words or "has ended" in words for words in found)
    seen = f"{right} had their rows, {busy} were told to come again"
    return Trial(
        AREA, "many readers at once", "right rows or a sentence", times, seen, right > 0 and right + busy == times
    )


def publishes(home: Home, server: Server, text: str, times: int) -> Trial:
    """A reader that stays attached asks all the while; each answer is of one version, the new one comes soon."""
    slowest, let_go, torn = 0.0, 0.0, 0
    with Client() as client:
        client.attach(server.port, text)
        for number in range(times):
            old = current_version(home)
            build_id = f"20261102T00000{number}-bbbbbbb"
            rows = 50_000 + number
            publish_version(home, build_id, rows)
            began = time.monotonic()
            name = None
            while name != build_id and time.monotonic() - began < 15:
                found = client.run("select name_zh, count(*) from marts.dim_city group by 1")
                torn += len(found) != 1 or (found[0][0] == build_id and found[0][1] != rows)
                name = found[0][0]
            slowest = max(slowest, time.monotonic() - began if name == build_id else 99)
            let_go = max(let_go, until(15, lambda old=old: not server.has_open(old)) or 99)
    held = slowest < 10 and torn == 0 and let_go < 10
    seen = f"new version seen after {slowest:.1f} s at most, old file let go after {let_go:.1f} s, {torn} torn answers"
    return Trial(AREA, "a publish under an attached reader", "the new version within 10 s", times, seen, held)


def dead_tokens(home: Home, server: Server, text: str, token: tokens.Token) -> Iterator[Trial]:
    """A token that expires, then one that is revoked, each while its reader's query runs and with a session open."""
    endless = "with recursive x as (select 1 as i union all select i + 1 from x) select count(*) from x"
    kept = json.loads(home.tokens.read_text(encoding="utf-8"))
    for what, kill, words in (
        ("expires", lambda: expire(home, token.id), "has expired"),
        ("is revoked", lambda: tokens.revoke(home, token.id), "was revoked"),
    ):
        home.tokens.write_text(json.dumps(kept), encoding="utf-8")
        with Client() as client, Client() as other:
            for each in (client, other):
                each.attach(server.port, text)
            client.send(f"from r.query('{endless}')")
            time.sleep(1)
            kill()
            began = time.monotonic()
            running = said(client.receive)
            seconds = time.monotonic() - began
            answers = [running, said(lambda other=other: other.run("select 1")), said(lambda: fresh(server, text))]
        held = all(words in answer or "session has ended" in answer for answer in answers) and seconds < 3
        seen = f"the running query ended after {seconds:.1f} s, the open session and a new one were refused"
        yield Trial(
            AREA, f"a token that {what}", "running, open and new sessions end, without a restart", 3, seen, held
        )


def fresh(server: Server, text: str) -> list[list]:
    """A query by a reader that attaches anew."""
    with Client() as client:
        client.attach(server.port, text)
        return client.run("select 1")
