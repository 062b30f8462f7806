"""Processes that load their library while others work, and start on a word.

dbt and Great Expectations take seconds to import, open the working file alone and return their memory only when they
end: each is a process of its own, begun with the build, so that the one parses while the other checks.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Obey = Callable[[list[str]], int]
"""Carries out one order, the arguments of a command line, and returns its exit status."""


class Standby:
    """A process that takes orders, one at a time; `kind` is gates or dbt. What it prints goes to `log`."""

    def __init__(self, kind: str, log: Path, environment: dict[str, str], folder: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "skillsdw.standby", kind],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                encoding="utf-8",
            )

    def tell(self, arguments: list[str]) -> None:
        """Give an order and go on; `answer` waits for it. A process that has ended answers nothing."""
        try:
            self._process.stdin.write(json.dumps(arguments) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return

    def answer(self) -> int | None:
        """Wait for the exit status of the oldest order not yet answered; None when the process has ended instead."""
        line = self._process.stdout.readline()
        return int(line) if line else None

    def finish(self) -> None:
        """No more orders: wait until the process has ended by itself and closed what it had open."""
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def end(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


def take_orders(kind: str) -> None:
    """Be the process: load the library, then carry out each line of standard input until it ends."""
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    # Whatever a library prints belongs to the log; only answers go to the first stream.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        obey = {"gates": _gates, "dbt": _dbt}[kind]()
        for line in sys.stdin:
            print(obey(json.loads(line)), file=answers, flush=True)


def end_with_parent(parent: int) -> None:
    """End this process when its parent has ended: a killed build must not leave a dbt behind that holds the file."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _gates() -> Obey:
    from expectations.run import load, main

    load()
    return main


def _dbt() -> Obey:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    import skillsdw.projection  # noqa: F401  (a model needs it: imported while the gate still runs)

    parsed: Manifest | None = None

    def obey(arguments: list[str]) -> int:
        nonlocal parsed
        outcome = dbtRunner(manifest=parsed).invoke(arguments)
        if isinstance(outcome.result, Manifest):
            parsed = outcome.result
        return 0 if outcome.success else 1

    return obey


if __name__ == "__main__":
    take_orders(sys.argv[1])
