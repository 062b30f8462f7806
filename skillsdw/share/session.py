"""A reader's session and the workers that serve it: started, asked, moved to a new version, ended."""

import asyncio
import json
import secrets
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from skillsdw.share import wire
from skillsdw.share.extension import extension_file
from skillsdw.share.roles import Role

WORKER = Path(__file__).with_name("worker.py")
STARTS_WITHIN = 20.0  # seconds
JUDGED_WITHIN = 5.0  # seconds
RESULTS_KEPT = 32  # results of a session that may still be asked for


@dataclass(frozen=True)
class Limits:
    """What readers may take. `seconds`, `memory` (bytes) and `threads` are of one query; `batch` and `result` bytes.

    `quiet` is how long (seconds) a reader may ask for nothing before an old version is let go under it, `idle` before
    its process is, `forgotten` before its session is; `workers` counts the processes of all readers, `sessions` the
    sessions of one token and `workers_of_a_token` its busy processes.
    """

    seconds: float = 60.0
    memory: int = 2**30
    threads: int = 2
    batch: int = 64 * 2**20
    result: int = 2**30
    sql: int = 100_000
    quiet: float = 10.0
    idle: float = 600.0
    workers: int = 6
    workers_of_a_token: int = 4
    sessions: int = 8
    forgotten: float = 86_400.0


class Refused(Exception):
    """A reader is refused; `str()` is bilingual and is what the client shows."""


TOO_COMPLEX = Refused("查询语句过于复杂,无法解析 / The query is too complex to be parsed")
LEFT = Refused("查询已取消 / The query was cancelled")


class Worker:
    """One process with one published file open. `reason` says why it was ended, once it was."""

    def __init__(self, file: Path, limits: Limits) -> None:
        self.file = file
        self.in_flight = 0
        self.used_at = time.monotonic()
        self.reason: Refused | None = None
        self.connection = ""  # quack's own name of the one connection
        self._limits = limits
        self._token = secrets.token_hex(16)
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._judging = asyncio.Lock()
        self._judged = 0

    @property
    def is_alive(self) -> bool:
        return self.reason is None and self._process is not None and self._process.returncode is None

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked: it has started, and greeted its server."""
        return self.is_alive and self.connection != ""

    @property
    def quiet_for(self) -> float:
        """Seconds since the last request ended; 0 while one is under way."""
        return 0.0 if self.in_flight else time.monotonic() - self.used_at

    async def start(self, greeting: wire.Message) -> wire.Message:
        """Start the process and greet its server as the reader did, under a token of its own; its answer."""
        request = {
            "file": str(self.file),
            "extension": str(extension_file("quack")),
            "token": self._token,
            "limits": asdict(self._limits),
        }
        # No environment, no folder of ours, no site of the user: what a query could ask for is not there.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(WORKER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env={},
        )
        try:
            self._port = (await self._say(request, STARTS_WITHIN))["port"]
            answer = wire.read(await self._post(greeting.with_text(self._token).encoded()))
        except (OSError, ValueError, TimeoutError, wire.Malformed, asyncio.IncompleteReadError) as fault:
            await self.end(
                Refused(
                    "服务器无法打开数据,请稍后再试或告知管理员 / "
                    "The server could not open the data: try again, or tell its keeper"
                )
            )
            raise self.reason from fault
        except BaseException:  # the reader has left, or the server stops: no process may stay
            await self.end(LEFT)
            raise
        if answer.type == wire.CONNECTION_RESPONSE:
            self.connection = answer.connection
        return answer

    async def judge(self, sql: str) -> dict:
        """The verdict of the process on a reader's SQL: `state` and `detail`."""
        async with self._judging:
            self._judged += 1
            try:
                found = await self._say({"number": self._judged, "sql": sql}, JUDGED_WITHIN)
            except BaseException:
                # A verdict that nobody waited for must never be read as the next one's: the process ends with it.
                await self.end(TOO_COMPLEX)
                raise
        if found.get("number") != self._judged:
            await self.end(TOO_COMPLEX)
            raise ValueError("a verdict on other SQL")
        return found

    async def ask(self, message: wire.Message) -> bytes:
        """Pass a message on and return the answer's bytes; Refused with the reason when the process was ended."""
        self.in_flight += 1
        try:
            data = message.with_connection(self.connection).encoded()
            return await asyncio.wait_for(self._post(data), self._limits.seconds)
        except asyncio.CancelledError:  # the reader has left: nobody waits for the query
            await self.end(LEFT)
            raise
        except TimeoutError:
            await self.end(
                Refused(
                    f"查询超过 {self._limits.seconds:g} 秒,已终止;请缩小范围后再试 / "
                    f"The query took more than {self._limits.seconds:g} seconds and was ended: ask for less"
                )
            )
            raise self.reason from None
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
            if self.reason is None:
                await self.end(
                    Refused(
                        "查询超出服务器为它准备的内存,已终止;请缩小范围后再试 / "
                        "The query took more memory than the server has for it and was ended: ask for less"
                    )
                )
            raise self.reason from fault
        finally:
            self.in_flight -= 1
            self.used_at = time.monotonic()

    async def end(self, reason: Refused) -> None:
        """End the process; whoever waits for it is told `reason`."""
        if self.reason is None:
            self.reason = reason
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _say(self, what: object, seconds: float) -> dict:
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()
        line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        return json.loads(line)

    async def _post(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            head = (
                f"POST /quack HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + data)
            await writer.drain()
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            if " 200 " not in lines[0]:
                raise ValueError(f"quack answered {lines[0]!r}")
            length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
            if length > self._limits.batch:
                raise Refused(
                    "一批结果太大(可能有很长的文本);请少选几列 / A batch of rows is too large: select fewer columns"
                )
            return await reader.readexactly(length)
        except StopIteration as fault:
            raise ValueError("quack answered without a length") from fault
        finally:
            writer.close()


class Session:
    """What one reader attached: a token, a role, the worker of the current version, and those of older results."""

    def __init__(self, token: str, name: str, role: Role, greeting: wire.Message, limits: Limits) -> None:
        self.id = secrets.token_hex(16).upper()
        self.token = token
        self.name = name
        self.role = role
        self.used_at = time.monotonic()
        self.older: list[Worker] = []
        self.worker: Worker | None = None
        self.moving = asyncio.Lock()
        self._greeting = greeting
        self._limits = limits
        self._results: deque[tuple[bytes, Worker]] = deque(maxlen=RESULTS_KEPT)
        self._seconds = 0.0
        self._bytes = 0

    @property
    def workers(self) -> list[Worker]:
        """Every process that still runs for this session."""
        return [worker for worker in (self.worker, *self.older) if worker is not None and worker.is_alive]

    @property
    def is_busy(self) -> bool:
        return self.moving.locked() or any(worker.in_flight for worker in self.workers)

    async def greet(self, file: Path) -> bytes:
        """Open the first worker; the answer to the reader's greeting, under the session's own name."""
        answer = await self._open(file)
        return answer.with_connection(self.id if answer.type == wire.CONNECTION_RESPONSE else "").encoded()

    def is_on(self, file: Path) -> bool:
        """Whether the current worker has `file` open and can be asked."""
        return self.worker is not None and self.worker.is_ready and self.worker.file == file

    async def on(self, file: Path) -> Worker:
        """The worker for a new query: the one that has `file` open, else a new one; older ones end later."""
        async with self.moving:
            if not self.is_on(file):
                if self.worker is not None and self.worker.is_alive:
                    self.older.append(self.worker)
                await self._open(file)
            return self.worker

    async def query(self, worker: Worker, message: wire.Message) -> bytes:
        """Run a query that was judged; its first rows."""
        self._seconds, self._bytes = 0.0, 0
        answer = await self._measured(worker, message)
        self._results.append((answer[-wire.MARK_BYTES :], worker))
        return answer

    async def fetch(self, message: wire.Message) -> bytes:
        """The next rows of a result, from the worker that has it."""
        mark = wire.result_mark(message)
        worker = next((worker for tail, worker in reversed(self._results) if tail.endswith(mark)), None)
        if worker is None:
            raise Refused("没有这个查询结果,请重新查询 / There is no such result: run the query again")
        if not worker.is_alive:
            raise worker.reason or Refused("查询已终止,请重新查询 / The query was ended: run it again")
        return await self._measured(worker, message)

    async def end(self, reason: Refused) -> None:
        """End every process of the session."""
        for worker in self.workers:
            await worker.end(reason)

    async def _open(self, file: Path) -> wire.Message:
        worker = Worker(file, self._limits)
        self.worker = worker
        return await worker.start(self._greeting)

    async def _measured(self, worker: Worker, message: wire.Message) -> bytes:
        """Pass on, and hold all rows of a query together against the limits."""
        began = time.monotonic()
        answer = await worker.ask(message)
        self._seconds += time.monotonic() - began
        self._bytes += len(answer)
        too_much = ""
        if self._seconds > self._limits.seconds:
            too_much = (
                f"查询超过 {self._limits.seconds:g} 秒,已终止;请缩小范围后再试 / "
                f"The query took more than {self._limits.seconds:g} seconds and was ended: ask for less"
            )
        if self._bytes > self._limits.result:
            size = f"{self._limits.result / 2**20:,.0f} MiB"
            too_much = (
                f"结果超过 {size},已终止;请先汇总或分批查询 / "
                f"The result is larger than {size} and was ended: sum up, or ask in parts"
            )
        if too_much:
            await worker.end(Refused(too_much))
            raise worker.reason
        return answer
