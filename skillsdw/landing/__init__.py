"""Landing: files as bureaus send them → `raw`, with no identity in it (docs/architecture.md, 1-extracts.md).

files → text_file · source (header) → values · identity → judge → batch (raw, reports).
"""

from skillsdw.landing.batch import check, land, release
from skillsdw.landing.errors import LandingError
from skillsdw.landing.raw import STORAGE, ensure_raw, open_working
from skillsdw.landing.result import FileResult, LandingSummary

__all__ = [
    "STORAGE",
    "FileResult",
    "LandingError",
    "LandingSummary",
    "check",
    "ensure_raw",
    "land",
    "open_working",
    "release",
]
