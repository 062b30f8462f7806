"""The real command in a process of its own: how long it took, what it and its children held at most, what it said."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from skillsdw.home import PROJECT

_LONGEST = 180.0  # seconds; then it is ended, and no promise was held
_MOST = 8_000  # MB; the machine has other users
_EVERY = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Run:
    """`status` of the command, None when it was ended for taking too long or too much; its seconds, the peak of the
    memory of all its processes in MB, and everything that it printed."""

    status: int | None
    seconds: float
    peak_mb: float
    said: str


def run_skillsdw(home: Path, *arguments: str, stop_after: float = _LONGEST) -> Run:
    """Run `skillsdw <arguments> --home <home>`."""
    environment = {key: value for key, value in os.environ.items() if key != "SKILLSDW_HMAC_KEY"}
    environment |= {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8", "DO_NOT_TRACK": "1"}
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "skillsdw", *arguments, "--home", str(home)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=PROJECT,
    )
    said: list[bytes] = []
    listener = threading.Thread(target=lambda: said.append(process.stdout.read()), daemon=True)
    listener.start()
    peak, ended = 0.0, False
    family = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, _held(family))
        if time.monotonic() - begun > stop_after or peak > _MOST:
            ended = True
            for member in (*family.children(recursive=True), family):
                member.kill()
            break
        time.sleep(_EVERY)
    process.wait()
    listener.join(5)
    text = b"".join(said).decode("utf-8", "replace")
    return Run(None if ended else process.returncode, time.monotonic() - begun, peak, text)


def _held(family: psutil.Process) -> float:
    """The memory of a process and all its children, MB."""
    held = 0
    try:
        for member in (family, *family.children(recursive=True)):
            held += member.memory_info().rss
    except psutil.Error:
        return 0.0
    return held / 1e6
