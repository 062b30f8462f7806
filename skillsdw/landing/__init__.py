"""Landing: files as bureaus send them → `raw`, with no identity in it (docs/architecture.md, 1-extracts.md).

files → text_file · source (header) → values · identity → judge → batch (raw, reports).
"""

from skillsdw.landing.batch import FileResult, LandingSummary, check, land
from skillsdw.landing.errors import LandingError
from skillsdw.landing.raw import STORAGE, ensure_raw, open_working

__all__ = ["STORAGE", "FileResult", "LandingError", "LandingSummary", "check", "ensure_raw", "land", "open_working"]
