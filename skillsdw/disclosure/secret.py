"""The secret from which every cell has its start (`rounding`): made once, and never changed by a rotation of the key.

With another secret the same counts are told by other roundings, and two of them leave fewer values than one. So the
ledger of what was told knows its secret by a digest, and nothing more is told without it.
"""

import hmac
import os
import secrets

from skillsdw import durable
from skillsdw.home import Home

_CHECK_TEXT = b"skillsdw rounding check"


class SecretFault(Exception):
    """The secret is lost or is another than that of the figures told before; `str()` is bilingual."""


def rounding_secret(home: Home) -> bytes:
    """The home's secret, made on first use and readable by its owner alone. `SecretFault` where figures have been told
    and their secret is lost."""
    if (secret := kept_secret(home)) is not None:
        return secret
    if home.ledger.exists():
        raise SecretFault(
            f"{home.rounding_key} 丢失,不能再生成公开数:换用新的取整起点会泄露小数字。请恢复:skillsdw key "
            f"restore --from 备份文件 / {home.rounding_key} is lost and no open figures can be made: other roundings "
            "would give small counts away. Put it back: skillsdw key restore --from FILE"
        )
    put_secret(home, secrets.token_bytes(32))
    return kept_secret(home)


def kept_secret(home: Home) -> bytes | None:
    """The secret that the home has; None where there is none. `SecretFault` for a file that holds something else."""
    try:
        text = home.rounding_key.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SecretFault(
            f"{home.rounding_key} 已损坏。请恢复:skillsdw key restore --from 备份文件 / {home.rounding_key} is "
            "damaged. Put it back: skillsdw key restore --from FILE"
        ) from None


def put_secret(home: Home, secret: bytes) -> None:
    """Write the secret, whole and private, over any that is there."""
    home.root.mkdir(parents=True, exist_ok=True)
    fresh = home.rounding_key.with_name(f".{home.rounding_key.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as handle:
        handle.write(f"{secret.hex()}\n")
        handle.flush()
        os.fsync(handle.fileno())
    fresh.rename(home.rounding_key)
    durable.sync(home.root)


def secret_check(secret: bytes) -> str:
    """A digest (hex) that recognises the secret and does not tell it."""
    return hmac.new(secret, _CHECK_TEXT, "sha256").hexdigest()
