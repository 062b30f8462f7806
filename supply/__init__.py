"""What the project is made of: the lock with hashes, the bill of materials, the check of what the registry says.

`constraints.txt` is the one home of versions. `python -m supply.lock` makes `requirements.lock` from it, `python -m
supply.sbom` makes `docs/sbom.cdx.json` from that, `python -m supply.check` asks the registry about each package.
"""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


class SupplyError(Exception):
    """The files do not agree, or the registry does not have what they say; `str()` is bilingual and says what to do."""
