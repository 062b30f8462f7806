"""The secret from which every cell has its start (`rounding`): made once, and never changed by a rotation of the key.

With another secret the same counts are told by other roundings, and two of them leave fewer values than one.
"""

import os
import secrets

from skillsdw import durable
from skillsdw.home import Home

FILE = "rounding.key"


def rounding_secret(home: Home) -> bytes:
    """The home's secret; made on first use, readable by its owner alone."""
    place = home.root / FILE
    try:
        return bytes.fromhex(place.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        pass
    fresh = place.with_name(f".{FILE}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as handle:
        handle.write(f"{secrets.token_hex(32)}\n")
        handle.flush()
        os.fsync(handle.fileno())
    fresh.rename(place)
    durable.sync(home.root)
    return bytes.fromhex(place.read_text(encoding="ascii").strip())
