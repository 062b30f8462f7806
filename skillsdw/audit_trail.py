"""Who asked for what: queries, saved files, circulars and readers of the share, a line of JSON each (8-disclosure).

In `trail/<year>-<month>.jsonl` of the home, 0640, only ever appended to. SQL is written without identities and cut; a
reader's own name is what the identity provider or the token calls them. What cannot be written down (a full disk) is
said on standard error and keeps nobody from reading.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from skillsdw.home import Home, beijing_now
from skillsdw.identity import scrub

QUERY, SAVED, CIRCULAR, SHARE_BEGUN, SHARE_QUERY = "query", "saved", "circular", "share_begun", "share_query"
_LONGEST = 2_000  # characters of what was asked
LOCAL = "local"  # whoever sits at the machine, where nobody signs in


@dataclass(frozen=True)
class Entry:
    """One line: when (Beijing time), who, of which cities ("ALL": the province), what kind, of which build, and the SQL
    or the file's name."""

    at: str
    who: str
    scope: str
    kind: str
    build: str
    what: str


def record(home: Home, who: str | None, cities: frozenset[str] | None, kind: str, build: str, what: str) -> None:
    """Write down that `who` (None: at this machine) asked for `what` of a build."""
    now = beijing_now()
    scope = "ALL" if cities is None else "+".join(sorted(cities))
    entry = Entry(f"{now:%Y-%m-%dT%H:%M:%S}", who or LOCAL, scope, kind, build, scrub(what)[:_LONGEST])
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    folder = home.root / "trail"
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
        handle = os.open(folder / f"{now:%Y-%m}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line)  # one write of a line: two processes do not mix
    except OSError as fault:
        said = f"审计记录写不进去({fault.strerror}) / The audit trail cannot be written ({fault.strerror})"
        print(said, file=sys.stderr, flush=True)


def latest(home: Home, days: int) -> list[Entry]:
    """What was written down today and on the days before, so many in all; the oldest first."""
    return list(entries(home, beijing_now().date() - timedelta(days=days - 1)))


def entries(home: Home, since: date) -> Iterator[Entry]:
    """What was written down since a day, the oldest first. A line that was cut off is passed over."""
    for file in sorted((home.root / "trail").glob("*.jsonl")):
        if file.stem < f"{since:%Y-%m}":
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError):
                continue
            if entry.at[:10] >= since.isoformat():
                yield entry
