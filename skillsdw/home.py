"""Where things stand on disk, what time it is, who may write and who may read what is private.

`PROJECT` and `SEEDS` belong to the checkout; a `Home` is one warehouse with its data (`data/` as a rule).
"""

import fcntl
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SEEDS = PROJECT / "seeds"

BUILD_ID = "%Y%m%dT%H%M%S-%f"  # sorts by time
# A clock may be put right by a little; one that is a day behind would write dates that never were.
CLOCK_SLACK = timedelta(days=1)
_LOCK_PATIENCE = 0.6  # seconds: whoever asks whether a home is busy holds its lock for an instant

_held: set[Path] = set()


class HomeBusy(Exception):
    """Another landing or build of the same home runs; `str()` is bilingual and says what to do."""


class UnsafeHome(Exception):
    """The key or a private folder is open to others; `str()` is bilingual and gives the command that mends it."""


class ClockBehind(Exception):
    """The clock is earlier than what has been recorded; `str()` is bilingual and says what to do."""


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
    def rounding_key(self) -> Path:
        """The secret from which every open figure is rounded (`skillsdw.disclosure.secret`)."""
        return self.root / "rounding.key"

    @property
    def ledger(self) -> Path:
        """What of each city's year was told at which month's close (`skillsdw.disclosure.ledger`); private."""
        return self.root / "disclosure.duckdb"

    @property
    def backup_record(self) -> Path:
        """When and where the key was last backed up; holds no key."""
        return self.root / "key-backup.json"

    @property
    def journal(self) -> Path:
        """The order in which files arrived: what a lost working warehouse is rebuilt by."""
        return self.root / "landing-journal.jsonl"

    @property
    def rotation(self) -> Path:
        """A home within the home, in which a rotation of the key makes everything anew."""
        return self.root / "rotation"

    @property
    def lists(self) -> Path:
        """Official lists that take the place of the checkout's (`skillsdw.seeds`)."""
        return self.root / "lists"

    @property
    def tokens(self) -> Path:
        """Who may query from other machines; holds a digest of each token."""
        return self.root / "share-tokens.json"

    @property
    def access(self) -> Path:
        """Who may see what in the dashboard, once readers sign in."""
        return self.root / "access.csv"

    @property
    def secrets(self) -> Path:
        """The identity provider's settings, which Streamlit reads; private."""
        return self.root / "secrets.toml"

    @property
    def lock_file(self) -> Path:
        return self.root / ".lock"


def beijing_now() -> datetime:
    """Now in Beijing time (UTC+8), naive, as every timestamp of the warehouse is."""
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=8)


def moment_after(newest: datetime | None) -> datetime:
    """Now, or the next moment after `newest` when the clock was set back a little: order never hangs on the clock.

    `ClockBehind` when the clock is more than a day earlier than what has been recorded.
    """
    now = beijing_now()
    if newest is None or now > newest:
        return now
    if newest - now > CLOCK_SLACK:
        raise ClockBehind(
            f"系统时钟为 {now:%Y-%m-%d %H:%M},早于已有记录的时间 {newest:%Y-%m-%d %H:%M},没有做任何改动。"
            "请校准时钟(timedatectl)后再运行;若是当时的时钟错了,运行 skillsdw doctor 查看如何处理 / "
            f"The clock says {now:%Y-%m-%d %H:%M}, which is before the newest record ({newest:%Y-%m-%d %H:%M}): "
            "nothing was changed. Set the clock (timedatectl) and run again; if it was wrong then, skillsdw "
            "doctor says what to do"
        )
    return newest + timedelta(microseconds=1)


def newest_build(home: Home) -> datetime | None:
    """The moment of the newest build on record, published or not; None while there is none."""
    names = [path.stem for path in home.versions.glob("*.duckdb")]
    names += [path.stem for path in (home.reports / "builds").glob("*.json")]
    return max((moment for name in names if (moment := build_moment(name))), default=None)


def build_moment(build_id: str) -> datetime | None:
    """When a build began, from its id; None for a name that is no build id."""
    try:
        return datetime.strptime(build_id, BUILD_ID)
    except ValueError:
        return None


@contextmanager
def exclusive(home: Home) -> Iterator[None]:
    """Hold the home's lock; raise `HomeBusy` when another process (or thread) holds it, `UnsafeHome` when the key or
    a private folder is open to others.

    A caller that holds the lock already may enter again: a build that lands first is one holder, not two.
    The lock is the kernel's, so a killed process never leaves it behind.
    """
    lock = home.lock_file.resolve()
    if lock in _held:
        yield
        return
    home.root.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(handle, home)
        _held.add(lock)
        try:
            _sign(handle)
            secure(home)
            yield
        finally:
            _held.discard(lock)
    finally:
        os.close(handle)


def _sign(handle: int) -> None:
    """Say who holds the lock. For people only: what counts is the kernel's lock, which a full disk does not hinder."""
    holder = {"pid": os.getpid(), "command": " ".join(sys.argv[1:2]), "since": f"{beijing_now():%F %T}"}
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(holder).encode(), 0)


def _take(handle: int, home: Home) -> None:
    patience = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > patience:
                raise HomeBusy(
                    f"另一个入库或构建正在使用 {home.root},请等它结束后再运行 / "
                    f"Another landing or build is using {home.root}: run again when it has ended"
                ) from None
        time.sleep(0.05)


def busy(home: Home) -> dict | None:
    """Who holds the home's lock ({pid, command, since}, or empty when that is not known); None when nobody does."""
    try:
        handle = home.lock_file.open("rb")
    except OSError:
        return None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            with suppress(ValueError):
                return json.loads(handle.read())
            return {}
        return None


def secure(home: Home) -> None:
    """Refuse a key that others may read; close private folders and the working file to others.

    `landing/` holds IDs and names: nobody else gets in, but for a group that may write there, which somebody let in on
    purpose for bureaus to upload. `published/` is for readers and is left alone.
    """
    if fault := key_file_fault(home):
        raise UnsafeHome(fault)
    folders, files = (home.tmp, home.rotation, home.landing), (home.warehouse, home.rounding_key, home.ledger)
    for path, most in (*((folder, 0o700) for folder in folders), *((file, 0o600) for file in files)):
        with suppress(FileNotFoundError):
            status = path.stat()
            if path == home.landing and status.st_mode & stat.S_IWGRP:
                most = 0o770
            if status.st_mode & 0o777 & ~most:
                if status.st_uid != os.geteuid():
                    raise UnsafeHome(
                        f"{path} 可被其他用户读取,且不属于当前用户。请由其所有者运行 chmod {most:o} {path} / "
                        f"{path} is open to others and not yours: let its owner run chmod {most:o} {path}"
                    )
                path.chmod(stat.S_IMODE(status.st_mode) & (most | 0o7000))  # a set group bit stays


def private_fault(file: Path, status: os.stat_result) -> str | None:
    """Why a file that decides who gets in must not be used as it is, with the command that mends it; None when it is
    the user's own and closed to everybody else. `status` is that of the opened file, which is then read."""
    if status.st_uid != os.geteuid():
        return (
            f"{file} 不属于当前用户(所有者 uid {status.st_uid});请运行 chown {os.geteuid()} {file} / "
            f"{file} belongs to another user (uid {status.st_uid}): run chown {os.geteuid()} {file}"
        )
    if status.st_mode & 0o077:
        return (
            f"{file} 的权限为 {stat.S_IMODE(status.st_mode):04o},其他用户可读或可写;请运行 chmod 600 {file} / "
            f"{file} has mode {stat.S_IMODE(status.st_mode):04o} and is open to others: run chmod 600 {file}"
        )
    return None


def key_file_fault(home: Home) -> str | None:
    """Why the key file must not be used as it is, with the command that mends it; None when it is private or absent."""
    path = home.key_file
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    mode = status.st_mode & 0o777
    if status.st_uid != os.geteuid():
        return (
            f"密钥文件 {path} 不属于当前用户(所有者 uid {status.st_uid})。请以该用户运行,或运行 "
            f"chown {os.geteuid()} {path} / The key file {path} belongs to another user (uid {status.st_uid}): "
            f"run as that user, or run chown {os.geteuid()} {path}"
        )
    if mode & 0o177:
        return (
            f"密钥文件 {path} 的权限为 {mode:04o},应为 0600。请运行 chmod 600 {path} / "
            f"The key file {path} has mode {mode:04o}, not 0600. Run chmod 600 {path}"
        )
    return None
