"""Identities: found over a canonical form, shown as shapes. The one home of what is a person's number or name.

`find` and `holds_identity` judge values by what their column is for; `shape` is what may be shown of a refused value;
`scrub`, `ScrubFilter` and `ScrubbedStream` take identities out of whatever is written.
"""

from skillsdw.identity.columns import holds_identity, purpose_of, suspicious
from skillsdw.identity.detector import NAME, find, identity_places
from skillsdw.identity.form import canonical
from skillsdw.identity.names import holds_name, is_word, looks_like_name, name_places
from skillsdw.identity.numbers import (
    FILE_NAME,
    FREE_TEXT,
    KEY,
    LONG_NUMBER,
    OCCUPATION,
    ORGANIZATION_CODE,
    ORGANIZATION_NAME,
    OUTPUT,
    PURPOSES,
    Ages,
)
from skillsdw.identity.output import ScrubbedStream, ScrubFilter, scrub, scrubbed_excepthook, shape

__all__ = [
    "FILE_NAME",
    "FREE_TEXT",
    "KEY",
    "LONG_NUMBER",
    "NAME",
    "OCCUPATION",
    "ORGANIZATION_CODE",
    "ORGANIZATION_NAME",
    "OUTPUT",
    "PURPOSES",
    "Ages",
    "ScrubFilter",
    "ScrubbedStream",
    "canonical",
    "find",
    "holds_identity",
    "holds_name",
    "identity_places",
    "is_word",
    "looks_like_name",
    "name_places",
    "purpose_of",
    "scrub",
    "scrubbed_excepthook",
    "shape",
    "suspicious",
]
