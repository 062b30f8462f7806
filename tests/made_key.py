"""Keys for tests: of the form of a random one, the same in every run."""

import hashlib


def made_key(name: str = "a key") -> str:
    """64 hexadecimal digits that follow from the name."""
    return hashlib.sha256(name.encode()).hexdigest()
