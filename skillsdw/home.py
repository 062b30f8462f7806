"""Where things stand on disk, what time it is, and who may write.

`PROJECT` and `SEEDS` belong to the checkout; a `Home` is one warehouse with its data (`data/` as a rule).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SEEDS = PROJECT / "seeds"

_held: set[Path] = set()


class HomeBusy(Exception):
    """Another landing or build of the same home runs; `str()` is bilingual and says what to do."""


@dataclass(frozen=True)
class Home:
    """The folders and files of one warehouse."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def versions(self) -> Path:
        return self.published / "versions"

    @property
    def link(self) -> Path:
        return self.published / "warehouse.duckdb"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def key_file(self) -> Path:
        return self.root / "hmac.key"

    @property
    def lock_file(self) -> Path:
        return self.root / ".lock"


def beijing_now() -> datetime:
    """Now in Beijing time (UTC+8), naive, as every timestamp of the warehouse is."""
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=8)


@contextmanager
def exclusive(home: Home) -> Iterator[None]:
    """Hold the home's lock; raise `HomeBusy` at once when another process (or thread) holds it.

    A caller that holds the lock already may enter again: a build that lands first is one holder, not two.
    The lock is the kernel's, so a killed process never leaves it behind.
    """
    lock = home.lock_file.resolve()
    if lock in _held:
        yield
        return
    home.root.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusy(
                f"另一个入库或构建正在使用 {home.root},请等它结束后再运行 / "
                f"Another landing or build is using {home.root}: run again when it has ended"
            ) from None
        _held.add(lock)
        try:
            yield
        finally:
            _held.discard(lock)
