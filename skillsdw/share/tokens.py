"""Who may connect: tokens with role and expiry. The file keeps a salted digest of each, never the token.

A token is `gx_<id>_<secret>`; the secret has 192 random bits, so one round of SHA-256 is enough to hide it. Times are
Beijing time without an offset, as everywhere in the warehouse.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from skillsdw.durable import write
from skillsdw.home import Home, beijing_now
from skillsdw.publish import current_version
from skillsdw.share import ShareError
from skillsdw.share.roles import Role, served_file

MOST_DAYS = 366
_PREFIX = "gx"


class Unreadable(ShareError):
    """The file of tokens cannot be trusted; `str()` names it, for its keeper."""


@dataclass(frozen=True)
class Token:
    """One token without its secret. `name` says what it is for, an office or a purpose."""

    id: str
    name: str
    role: Role
    salt: str
    digest: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """valid · expired · revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now >= self.expires_at else "valid"


def read(home: Home) -> list[Token]:
    """All tokens, oldest first; none while there is no file.

    `Unreadable` when others of this machine may read the file, or it is no file of tokens.
    """
    file = home.tokens
    try:
        with file.open(encoding="utf-8") as handle:
            if os.fstat(handle.fileno()).st_mode & 0o077:
                raise Unreadable(
                    f"{file} 可被本机其他用户读写;请运行 chmod 600 后再试 / "
                    f"{file} can be read or written by others of this machine: chmod 600 it and try again"
                )
            return [_token(row) for row in json.load(handle)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Unreadable(
            f"{file} 不是令牌文件;请从备份恢复,或删去后重新发放令牌 / "
            f"{file} is no file of tokens: restore it, or remove it and issue tokens anew"
        ) from fault


def add(home: Home, name: str, role: Role, days: int) -> tuple[str, Token]:
    """Issue a token; its text is returned this once and kept nowhere. ShareError when the role has nothing to read."""
    name = name.strip()
    if not name or not 1 <= days <= MOST_DAYS:
        raise ShareError(
            f"令牌要有名称,有效期为 1 至 {MOST_DAYS} 天 / A token needs a name and lasts 1 to {MOST_DAYS} days"
        )
    # A city's edition must be there; the province's file may be published later.
    if role.city is not None or current_version(home) is not None:
        served_file(home, role)
    now = beijing_now()
    identity, secret, salt = secrets.token_hex(4), secrets.token_hex(24), secrets.token_hex(16)
    token = Token(identity, name, role, salt, _digest(salt, secret), now, now + timedelta(days=days))
    with _exclusive(home):
        present = read(home)
        if any(each.name == name and each.state(now) == "valid" for each in present):
            raise ShareError(
                f"已有名为“{name}”的有效令牌;请先撤销它或换个名称 / "
                f"There is a valid token named {name!r}: revoke it first or choose another name"
            )
        _write(home, [*present, token])
    return f"{_PREFIX}_{identity}_{secret}", token


def revoke(home: Home, which: str) -> Token:
    """Revoke a token by its id or name; sessions under it end within a second."""
    now = beijing_now()
    with _exclusive(home):
        present = read(home)
        found = [each for each in present if which in (each.id, each.name) and each.revoked_at is None]
        # A name may have been used before: the valid token is meant.
        found = [each for each in found if each.state(now) == "valid"] or found
        if not found:
            raise ShareError(
                f"没有名称或编号为“{which}”的未撤销令牌;skillsdw share token list 列出全部 / "
                f"No token {which!r} to revoke: skillsdw share token list shows them"
            )
        gone = replace(found[-1], revoked_at=now)
        _write(home, [gone if each.id == gone.id else each for each in present])
    return gone


class Register:
    """The tokens as the file has them at this moment, read again when it changes."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._seen: tuple | None = None
        self._tokens: dict[str, Token] = {}

    def authenticate(self, text: str) -> Token | None:
        """The token whose text this is, in whatever state; None when there is none."""
        prefix, _, rest = text.partition("_")
        identity, _, secret = rest.partition("_")
        token = self._current().get(identity)
        # As much work for an unknown id as for a known one.
        salt, digest = (token.salt, token.digest) if token else ("", "0" * 64)
        is_right = hmac.compare_digest(_digest(salt, secret), digest)
        return token if token and is_right and prefix == _PREFIX else None

    def state(self, identity: str) -> str:
        """valid · expired · revoked; a token that is no longer in the file is revoked."""
        token = self._current().get(identity)
        return token.state(beijing_now()) if token else "revoked"

    def _current(self) -> dict[str, Token]:
        try:
            found = self._home.tokens.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode)
        except FileNotFoundError:
            seen = None
        if seen != self._seen or seen is None:
            self._tokens = {token.id: token for token in read(self._home)}
            self._seen = seen
        return self._tokens


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()


def _token(row: dict) -> Token:
    moments = {
        name: datetime.fromisoformat(row[name]) if row[name] else None
        for name in ("created_at", "expires_at", "revoked_at")
    }
    return Token(**row | moments | {"role": Role(**row["role"])})


@contextmanager
def _exclusive(home: Home) -> Iterator[None]:
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / ".share.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _write(home: Home, tokens: list[Token]) -> None:
    """Replace the file by one rename; only its owner may ever read it."""
    text = json.dumps([asdict(token) for token in tokens], ensure_ascii=False, indent=1, default=_iso)
    write(home.tokens, text, 0o600)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
