"""The process that listens: HTTP (or TLS) in, tokens checked, messages passed on to the session's worker.

It answers every message itself when it refuses, as quack's own error, so that a reader sees words and no broken
connection. It writes one line for what begins, ends or is refused; never a token, never SQL.
"""

import asyncio
import ipaddress
import re
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from skillsdw import audit_trail
from skillsdw.home import Home, beijing_now
from skillsdw.share import ShareError, tokens, wire
from skillsdw.share.extension import extension_file
from skillsdw.share.roles import served_file
from skillsdw.share.session import LEFT, TOO_COMPLEX, Limits, Refused, Session, Worker

MOST_CONNECTIONS = 200
MOST_OF_A_PEER = 100  # connections of one address that no reader has greeted on
GREETS_WITHIN = 5.0  # seconds for the first request of a connection, by which a reader is known
SHAKES_HANDS_WITHIN = 10.0  # seconds for TLS
LARGEST_REQUEST = 2**20  # bytes: SQL, never data
READS_WITHIN = 30.0  # seconds for a request to arrive whole
WRONG_TOKEN_WAITS = 0.5  # seconds
SWEEPS_EVERY = 0.5  # seconds
UPDATED = "数据已更新,请重新查询 / A new version was published: run the query again"

SCHEMA = "marts"  # the only one of a published file
_WHOLE_TABLE = re.compile(
    r'SELECT (?P<columns>NULL::BOOLEAN|#\d+(?:, #\d+)*) FROM (?P<table>[A-Za-z_]\w*|"(?:[^"]|"")+")'
)

VERDICTS = {
    "not_a_query": "只能查询(SELECT、FROM、VALUES、DESCRIBE、SUMMARIZE),不能写入、附加、设置或加载;数据是只读的 / "
    "Only queries may run (SELECT, FROM, VALUES, DESCRIBE, SUMMARIZE): nothing is written, attached, set or loaded",
    "several": "一次只能运行一个查询 / One query at a time",
    "empty": "没有查询语句 / There is no query",
    "function": "这里不能使用函数 {detail};请改用 marts 中的表和计算类函数 / "
    "The function {detail} may not be used here: use the tables of marts, and functions that only calculate",
    "unknown_function": "没有函数 {detail}{meant_zh} / The function {detail} does not exist{meant_en}",
    "system_table": "这里不能查询系统表 {detail};表和列的清单见 information_schema 的 tables 和 columns / "
    "The system table {detail} may not be used here: information_schema.tables and .columns list tables and columns",
    "syntax": "语法错误:{detail} / Syntax error: {detail}",
}
STATES = {
    "expired": "令牌已过期,请向管理员申请新的令牌 / The token has expired: ask the warehouse's keeper for a new one",
    "revoked": "令牌已撤销,请联系管理员 / The token was revoked: ask the warehouse's keeper",
}
UNREADABLE = "服务器无法核对令牌,请联系管理员 / The server cannot check tokens: tell the warehouse's keeper"
WRONG = "令牌不正确 / The token is not right"


@dataclass(eq=False)
class _Line:
    """One connection. It is known once a reader with a token has spoken on it."""

    peer: str
    writer: asyncio.StreamWriter
    since: float  # when it was opened
    is_known: bool = False
    is_waiting: bool = True  # for a request


class Gateway:
    """All sessions of one home. `log` takes one line of text."""

    def __init__(self, home: Home, limits: Limits | None = None, log: Callable[[str], None] | None = None) -> None:
        self._home = home
        self._limits = limits or Limits()
        self._log = log or _to_stderr
        self._register = tokens.Register(home)
        self._sessions: dict[str, Session] = {}
        self._lines: set[_Line] = set()
        self._opening = asyncio.Lock()

    @property
    def workers(self) -> list[Worker]:
        """Every process of every session."""
        return [worker for session in self._sessions.values() for worker in session.workers]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        line = _Line(_peer(writer), writer, _now())
        if not self._admits(line):
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        self._lines.add(line)
        try:
            while True:
                line.is_waiting = True
                data = await asyncio.wait_for(_request(reader), READS_WITHIN if line.is_known else GREETS_WITHIN)
                if data is None:
                    break
                line.is_waiting = False
                answer = await self._while_connected(reader, self.answer(data, line.peer))
                line.is_known = line.is_known or self._is_of_a_reader(data, answer)
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.duckdb\r\nContent-Length: {len(answer)}\r\n\r\n"
                )
                writer.write(head.encode() + answer)
                await writer.drain()
        except _NotQuack:
            self._refused("no quack", line.peer)
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except TimeoutError:
            if not line.is_known:
                self._refused(f"no greeting within {GREETS_WITHIN:.0f} s", line.peer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # the reader has left, or speaks no HTTP
        finally:
            self._lines.discard(line)
            writer.close()

    def _admits(self, line: _Line) -> bool:
        """Whether there is room for a connection. One that is waiting and on which nobody is known makes room, the
        oldest first, so that no number of silent ones keeps a reader out."""
        silent = sorted((other for other in self._lines if not other.is_known), key=lambda other: other.since)
        of_peer = [other for other in silent if other.peer == line.peer]
        crowded = (
            silent if len(self._lines) >= MOST_CONNECTIONS else of_peer[: max(0, len(of_peer) - MOST_OF_A_PEER + 1)]
        )
        if not crowded and len(self._lines) < MOST_CONNECTIONS:
            return True
        waiting = next((other for other in crowded if other.is_waiting), None)
        if waiting is None:
            self._refused("too many connections", line.peer)
            return False
        self._refused("made room, nobody had greeted", waiting.peer)
        self._lines.discard(waiting)
        waiting.writer.transport.abort()
        return True

    def _is_of_a_reader(self, data: bytes, answer: bytes) -> bool:
        try:
            return wire.read(answer).type == wire.CONNECTION_RESPONSE or wire.read(data).connection in self._sessions
        except wire.Malformed:
            return False

    def _refused(self, why: str, peer: str) -> None:
        self._log(f"{beijing_now():%Y-%m-%dT%H:%M:%S} refused: {why}, from {peer}")

    async def _while_connected(self, reader: asyncio.StreamReader, work: Awaitable[bytes]) -> bytes:
        """The answer; when its reader hangs up, the work is cancelled and the query with it."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait([task], timeout=SWEEPS_EVERY)
            if reader.at_eof() and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                raise ConnectionResetError
        return task.result()

    async def answer(self, data: bytes, peer: str) -> bytes:
        """The answer to one message of quack, a refusal among them."""
        try:
            message = wire.read(data)
            if message.type == wire.CONNECTION_REQUEST:
                return await self._greet(message, peer)
            session = self._known(message)
            if message.type == wire.PREPARE_REQUEST:
                return await self._query(session, message)
            if message.type == wire.FETCH_REQUEST:
                return await session.fetch(message)
            if message.type == wire.DISCONNECT:
                await self._drop(session, LEFT, "left")
                return wire.success()
            raise Refused("这里只能查询 / Only queries are served here")
        except tokens.Unreadable:  # its own words name a file of this machine
            return wire.error(UNREADABLE)
        except (Refused, ShareError) as refusal:
            return wire.error(str(refusal))
        except wire.Malformed:
            return wire.error(
                "无法识别请求;请用 DuckDB 1.5.5 的 quack 扩展 / Not understood: use the quack extension of DuckDB 1.5.5"
            )

    async def sweep(self) -> None:
        """End what may no longer run: sessions of dead tokens, old versions, idle and surplus processes."""
        for session in list(self._sessions.values()):
            state = self._state(session)
            if state != "valid":
                await self._drop(session, Refused(STATES[state]), state)
                continue
            if session.moving.locked():
                continue
            with suppress(ShareError):
                file = served_file(self._home, session.role)
                for worker in session.workers:
                    is_old = worker in session.older or worker.file != file
                    if is_old and worker.quiet_for > self._limits.quiet:
                        await worker.end(Refused(UPDATED))
                        self._say("old version let go", session, worker.file.stem)
            session.older = [worker for worker in session.older if worker.is_alive]
            for worker in session.workers:
                if worker.quiet_for > self._limits.idle:
                    await worker.end(
                        Refused("结果已放置太久,请重新查询 / The result waited too long: run the query again")
                    )
            if not session.workers and _now() - session.used_at > self._limits.forgotten:
                await self._drop(session, LEFT, "forgotten")

    async def sweep_for_ever(self) -> None:
        """Sweep until cancelled. A file of tokens that cannot be read ends every session: nobody can be known."""
        while True:
            try:
                await self.sweep()
            except tokens.Unreadable as fault:
                self._log(f"{beijing_now():%Y-%m-%dT%H:%M:%S} {fault}")
                for session in list(self._sessions.values()):
                    await self._drop(session, Refused(UNREADABLE), "tokens unreadable")
            await asyncio.sleep(SWEEPS_EVERY)

    async def close(self) -> None:
        """End every session."""
        for session in list(self._sessions.values()):
            await self._drop(session, Refused("服务已停止 / The server has stopped"), "server stopped")

    async def _greet(self, message: wire.Message, peer: str) -> bytes:
        token = self._register.authenticate(message.text)
        if token is None:
            await asyncio.sleep(WRONG_TOKEN_WAITS)
            self._refused("wrong token", peer)
            raise Refused(WRONG)
        state = self._register.state(token.id)
        if state != "valid":
            self._refused(f"{state} token {token.id}", peer)
            raise Refused(STATES[state])
        own = [session for session in self._sessions.values() if session.token == token.id]
        if len(own) >= self._limits.sessions:
            quiet = [session for session in own if not session.is_busy]
            if not quiet:
                raise Refused(
                    "这个令牌的连接太多,请先断开一些 / Too many connections with this token: close some first"
                )
            # Clients that were ended never said goodbye: the one unused for longest makes room.
            await self._drop(min(quiet, key=lambda each: each.used_at), LEFT, "made room")
        file = served_file(self._home, token.role)
        session = Session(token.id, token.name, token.role, message.with_text(""), self._limits)
        async with self._opening:
            await self._make_room(token.id)
            answer = await session.greet(file)
            if wire.read(answer).type != wire.CONNECTION_RESPONSE:  # a client of another version of quack
                await session.end(LEFT)
                return answer
            self._sessions[session.id] = session
        self._say(f"begun from {peer}", session, file.stem)
        self._write_down(session, audit_trail.SHARE_BEGUN, file, peer)
        return answer

    async def _query(self, session: Session, message: wire.Message) -> bytes:
        sql = qualified(message.text)
        if len(sql) > self._limits.sql:
            raise Refused(
                f"查询语句超过 {self._limits.sql:,} 字符 / A query of more than {self._limits.sql:,} characters"
            )
        file = served_file(self._home, session.role)
        if not session.is_on(file):
            async with self._opening:
                await self._make_room(session.token)
                worker = await session.on(file)
        else:
            worker = session.worker
        worker.in_flight += 1  # while it is judged, nothing may take the process away
        try:
            verdict = await worker.judge(sql)
        except (OSError, ValueError, TimeoutError) as fault:
            raise worker.reason or TOO_COMPLEX from fault
        finally:
            worker.in_flight -= 1
        if verdict["state"] != "ok":
            raise Refused(refusal(verdict))
        self._write_down(session, audit_trail.SHARE_QUERY, file, sql)
        return await session.query(worker, message.with_text(sql))

    def _known(self, message: wire.Message) -> Session:
        session = self._sessions.get(message.connection)
        if session is None:
            raise Refused("连接已结束,请重新 ATTACH / The session has ended: attach again")
        state = self._state(session)
        if state != "valid":
            raise Refused(STATES[state])
        session.used_at = _now()
        return session

    def _state(self, session: Session) -> str:
        return self._register.state(session.token)

    async def _make_room(self, token: str) -> None:
        """Leave room for one more process of a token: the one quiet for longest goes, its session stays.

        No token holds more than its share of busy ones, and one that holds none gets one: of the token that holds most,
        the query that has run longest ends.
        """
        by_token: dict[str, list[Worker]] = {}
        for session in self._sessions.values():
            by_token.setdefault(session.token, []).extend(session.workers)
        busy = {name: [each for each in held if not each.quiet_for] for name, held in by_token.items()}
        if len(busy.get(token, ())) >= self._limits.workers_of_a_token:
            raise Refused(
                "这个令牌同时运行的查询太多,请等其中一个结束 / "
                "Too many queries of this token at once: wait for one to end"
            )
        running = self.workers
        if len(running) < self._limits.workers:
            return
        quiet = [worker for worker in running if worker.quiet_for > self._limits.quiet]
        if quiet:
            longest = max(quiet, key=lambda worker: worker.quiet_for)
            await longest.end(
                Refused("结果已让位给其他查询,请重新查询 / The result made room for others: run the query again")
            )
            return
        most = max(busy.values(), key=len, default=[])
        if by_token.get(token) or len(most) < 2:
            raise Refused("服务器正忙,请稍后再试 / The server is busy: try again in a moment")
        await min(most, key=lambda worker: worker.used_at).end(
            Refused("查询已让位给其他读者,请稍后再试 / The query made room for another reader: try again in a moment")
        )

    async def _drop(self, session: Session, reason: Refused, why: str) -> None:
        self._sessions.pop(session.id, None)
        await session.end(reason)
        self._say(f"ended: {why}", session)

    def _write_down(self, session: Session, kind: str, file: Path, what: str) -> None:
        city = session.role.city
        build = file.parent.name if city else file.stem  # an edition stands in its version's folder
        scope = frozenset([city]) if city else None
        audit_trail.record(self._home, f"{session.token} {session.name}", scope, kind, build, what)

    def _say(self, what: str, session: Session, version: str = "") -> None:
        tail = f" version={version}" if version else ""
        self._log(f"{beijing_now():%Y-%m-%dT%H:%M:%S} {what}, token={session.token} role={session.role}{tail}")


def refusal(verdict: dict) -> str:
    """Why a reader's SQL may not run, and what to do, in both languages."""
    meant = verdict.get("hints", [])
    return VERDICTS[verdict["state"]].format(
        detail=verdict["detail"],
        meant_zh=f",是否指 {'、'.join(meant)}?" if meant else "",
        meant_en=f"; did you mean {' or '.join(meant)}?" if meant else "",
    )


def qualified(sql: str) -> str:
    """The text with which quack's client reads an attached table, with the schema that it forgets to name.

    quack 1.5.5 asks for `marts.dim_city` as `SELECT #1 FROM dim_city`; what a reader writes is left as it is.
    """
    found = _WHOLE_TABLE.fullmatch(sql)
    return f"SELECT {found['columns']} FROM {SCHEMA}.{found['table']}" if found else sql


def is_loopback(address: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def secured(address: str, certificate: Path | None, private_key: Path | None) -> ssl.SSLContext | None:
    """TLS from the files, or None for loopback without; ShareError for any other address without, and unfit files."""
    if (certificate is None) != (private_key is None):
        raise ShareError(
            "--certificate 和 --private-key 要一起给出 / --certificate and --private-key are given together or not"
        )
    if certificate is None:
        if is_loopback(address):
            return None
        raise ShareError(
            f"{address} 不是本机回环地址,没有 TLS 时令牌和数据会以明文传输;请给出 --certificate 和 --private-key,"
            f"或改用 127.0.0.1 / {address} is not loopback: without TLS tokens and rows would cross the network in the "
            f"clear. Give --certificate and --private-key, or use 127.0.0.1"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, private_key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as fault:
        raise ShareError(
            f"无法使用证书 {certificate} 和私钥 {private_key}:应为 PEM 格式、互相匹配、私钥不加密 / The certificate "
            f"{certificate} and the key {private_key} cannot be used: give PEM files that belong together, the key "
            "without a password"
        ) from fault
    return context


async def run(
    home: Home, address: str, port: int, context: ssl.SSLContext | None, limits: Limits | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; says on standard output when it listens. OSError when the port is taken."""
    # What would fail at the first reader is said before anybody connects.
    tokens.read(home)
    extension_file("quack")
    gateway = Gateway(home, limits)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        handshake = {"ssl_handshake_timeout": SHAKES_HANDS_WITHIN} if context else {}
        server = await asyncio.start_server(gateway.connected, address, port, ssl=context, **handshake)
    except OSError as fault:
        raise ShareError(
            f"无法在 {address} 的 {port} 端口监听({fault.strerror});请用 --address 或 --port 另选 / "
            f"Cannot listen on port {port} of {address} ({fault.strerror}): choose another with --address or --port"
        ) from fault
    sweeper = asyncio.create_task(gateway.sweep_for_ever())
    # Without it, a query under a dead token would run on: rather no server than that.
    sweeper.add_done_callback(lambda _: stop.set())
    bound = server.sockets[0].getsockname()[1]
    shown = f"[{address}]" if ":" in address else address
    how = "TLS" if context else "HTTP, loopback"
    print(f"数据共享 / Sharing: quack:{shown}:{bound} ({how})", flush=True)
    try:
        await stop.wait()
    finally:
        sweeper.cancel()
        server.close()
        await gateway.close()
    if sweeper.done() and not sweeper.cancelled():
        sweeper.result()


class _NotQuack(Exception):
    """A request for something else than quack."""


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next request, None at the end. `_NotQuack` for other paths, ValueError for unfit HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as fault:
        if fault.partial:
            raise
        return None
    except asyncio.LimitOverrunError as fault:
        raise ValueError("header too long") from fault
    first, *lines = head.decode("latin-1").split("\r\n")
    if first.split(" ")[:2] != ["POST", "/quack"]:
        raise _NotQuack
    lengths = [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("content-length:")]
    if len(lengths) != 1 or not lengths[0].isdecimal() or int(lengths[0]) > LARGEST_REQUEST:
        raise ValueError("no length, or too long")
    return await reader.readexactly(int(lengths[0]))


def _peer(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return peer[0] if peer else "—"


def _no_password() -> bytes:
    """An encrypted key would make OpenSSL ask on the terminal."""
    return b""


def _now() -> float:
    return asyncio.get_running_loop().time()


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
