"""Nothing connects to anywhere at run time: the whole way in a network namespace that has loopback and no route.

Each command runs under strace, which writes down every connect(): a try to leave the machine shows though it fails.
`python -m ordeals.offline HOME SESSIONS` is the part inside the namespace; `trials` starts it there.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ordeals.trial import Trial
from skillsdw.home import PROJECT

AREA = "offline"
SERVES_WITHIN = 60.0  # seconds
STOPS_WITHIN = 20.0  # seconds
ENDS_WITHIN = 540.0  # seconds for all commands
# Where the control tries to connect: a network that is kept for documentation and belongs to nobody (RFC 5737).
NOWHERE = "192.0.2.1"
LANDED = {0, 3}  # 3: some rows were refused, as a sample with faults wants it
_PAGE = """
import sys, time
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
ask = BackMsg()
ask.rerun_script.query_string = ""
with connect(sys.argv[1].replace("http", "ws") + "/_stcore/stream", max_size=2**26) as page:
    page.send(ask.SerializeToString())
    drawn = 0
    while True:
        message = ForwardMsg()
        message.ParseFromString(page.recv(timeout=60))
        drawn += message.HasField("delta")
        if message.WhichOneof("type") == "script_finished":
            assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message.script_finished
            break
print(drawn)
"""


def missing() -> str | None:
    """What this machine lacks for the trial, or None: strace, or the right to make a network namespace."""
    if not shutil.which("strace"):
        return "strace is not installed"
    try:
        subprocess.run(["unshare", "--net", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "no right to make a network namespace"
    return None


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """The way from sample files to a page without a route; `full` with more sessions, an audit, a circular, a share."""
    lack = missing()
    if lack:
        yield Trial(AREA, "a network without routes", "can be tried here", 0, lack, False)
        return
    home = scratch / "home"
    command = [
        sys.executable,
        "-m",
        "ordeals.offline",
        str(home),
        "20000" if full else "300",
        str(seed),
        str(int(full)),
    ]
    done = subprocess.run(
        ["unshare", "--net", *command], cwd=PROJECT, capture_output=True, text=True, timeout=ENDS_WITHIN, env=_plain()
    )
    if done.returncode:
        yield Trial(AREA, "the whole way without a route", "it runs", 1, done.stderr.strip()[-300:], False)
        return
    steps = json.loads(done.stdout.splitlines()[-1])
    control = steps.pop("control")
    for name, step in steps.items():
        tried = f"{step['seconds']:.0f} s, {len(step['local'])} addresses of loopback, {len(step['outside'])} outside"
        seen = tried + (f": {', '.join(step['outside'])}" if step["outside"] else "") + step["fault"]
        yield Trial(AREA, f"{name} without a route", "works and tries no connection outside", 1, seen, step["held"])
    held = control["outside"] == [NOWHERE]
    yield Trial(AREA, "a connection on purpose", "the recorder sees it", 1, ", ".join(control["outside"]) or "—", held)


def _plain() -> dict[str, str]:
    """The environment less what could point a program to a proxy."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def inside(home: Path, sessions: int, seed: int, full: bool) -> dict[str, dict]:
    """Run the commands in this namespace; what became of each, and which addresses it tried."""
    _raise_loopback()
    home.mkdir(parents=True)
    landing = home / "landing"
    skillsdw = [sys.executable, "-m", "skillsdw"]
    at = ["--home", str(home)]
    size = ["--sessions", str(sessions), "--seed", str(seed), "--faults", "0"]
    found = {
        "sample": _step(home, [*skillsdw, "sample", *size, "--out", str(landing)]),
        "land": _step(home, [*skillsdw, "land", *at], LANDED),
        "build and publish": _step(home, [*skillsdw, "build", *at]),
        "serve a page": _served(home, [*skillsdw, "serve", *at, "--port", "8511"]),
    }
    if full:
        month = f"{time.gmtime().tm_year}-{time.gmtime().tm_mon:02d}"
        found["audit"] = _step(home, [*skillsdw, "audit", *at, "--out", str(home / "audit")])
        # A circular needs a version as of a month's end: that it says so without a connection is what counts here.
        found["report"] = _step(home, [*skillsdw, "report", *at, "--month", month, "--out", f"{home}/r.html"], {0, 1})
    leaves = f"import socket\ntry: socket.create_connection(('{NOWHERE}', 9), 2)\nexcept OSError: pass"
    found["control"] = _step(home, [sys.executable, "-c", leaves])
    return found


def _step(home: Path, command: list[str], good: set[int] | frozenset[int] = frozenset({0})) -> dict:
    """Run one command under the recorder."""
    log = home / "connects"
    began = time.monotonic()
    done = subprocess.run([*_recorder(log), *command], capture_output=True, text=True, cwd=PROJECT, env=_of(home))
    fault = "" if done.returncode in good else f"; ended with {done.returncode}: {(done.stdout + done.stderr)[-300:]}"
    return _judged(log, time.monotonic() - began, fault)


def _served(home: Path, command: list[str]) -> dict:
    """Start the dashboard under the recorder, get its first page and let it draw, and stop it."""
    log = home / "connects"
    began, fault = time.monotonic(), ""
    with subprocess.Popen(
        [*_recorder(log), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=PROJECT,
        env=_of(home),
    ) as server:
        address = re.search(r"http://\S+", server.stdout.readline())[0]
        host, port = address.removeprefix("http://").split(":")
        while time.monotonic() - began < SERVES_WITHIN:
            try:
                socket.create_connection((host, int(port)), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        page = subprocess.run([sys.executable, "-c", _PAGE, address], capture_output=True, text=True, env=_of(home))
        if page.returncode or int(page.stdout) < 10:
            fault = f"; the page did not draw: {page.stdout}{page.stderr[-300:]}"
        child = _child(server.pid)
        os.kill(child, signal.SIGTERM)
        # Read to its end: a server that says “Stopping” into a closed pipe never stops.
        try:
            server.communicate(timeout=STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            fault += f"; it did not stop within {STOPS_WITHIN:.0f} s"
            os.kill(child, signal.SIGKILL)
    return _judged(log, time.monotonic() - began, fault)


def _child(pid: int) -> int:
    """The process that a recorder runs."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _recorder(log: Path) -> list[str]:
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect", "-o", str(log)]


def _judged(log: Path, seconds: float, fault: str) -> dict:
    """The addresses of a recorder's log, those of loopback apart; sockets of files are none."""
    text = log.read_text(errors="replace") if log.exists() else ""
    found = set(re.findall(r'inet_addr\("([^"]+)"\)', text)) | set(re.findall(r'AF_INET6, "([^"]+)"', text))
    local = sorted(each for each in found if each.startswith("127.") or each == "::1")
    outside = sorted(found - set(local))
    return {"seconds": seconds, "local": local, "outside": outside, "fault": fault, "held": not outside and not fault}


def _of(home: Path) -> dict[str, str]:
    """The environment of a command: a home folder of its own, so that nothing cached helps."""
    own = home / "user"
    own.mkdir(exist_ok=True)
    return _plain() | {"HOME": str(own)}


def _raise_loopback() -> None:
    """Switch lo on in a fresh namespace (SIOCGIFFLAGS, SIOCSIFFLAGS); `ip` need not be installed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        flags = struct.unpack("16sh", fcntl.ioctl(handle, 0x8913, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(handle, 0x8914, struct.pack("16sh", b"lo", flags | 1))


if __name__ == "__main__":
    print(json.dumps(inside(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1")))
