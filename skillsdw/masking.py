"""What may be shown of a value: neither a resident ID nor a person's name (1-extracts § Privacy).

What is an identity is decided in `skillsdw.identity` alone; here it is hidden, each time as its place asks for.
"""

import re
import unicodedata
from datetime import date

from skillsdw.identity import (
    FREE_TEXT,
    KEY,
    canonical,
    find,
    holds_name,
    is_word,
    looks_like_name,
    scrub,
    shape,
)

__all__ = [
    "LONG_NUMBER",
    "holds_name",
    "looks_like_name",
    "mask_id_like",
    "mask_names",
    "mask_person_id",
    "mask_value",
    "printable",
]

# Fourteen digits or more, separators between them or not: a resident ID, whole, truncated or mistyped.
LONG_NUMBER = r"\d(?:[ .-]?\d){13,}"
_LONGEST = 60  # characters of a value that are shown


def printable(text: str) -> str:
    """A text for a log, a message or a terminal, on one line: what would end the line, move the cursor, turn the
    direction of writing or could not be encoded stands there as its escape."""
    return "".join(
        character
        if character.isprintable() or unicodedata.category(character) == "Zs"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def mask_id_like(text: str) -> str:
    """A text with every identity in it as its shape: file names, headers, messages."""
    return scrub(text)


def mask_person_id(text: str) -> str:
    """A value of an ID column: a number as long as an ID keeps four and two characters, anything else is a shape."""
    number = canonical(text)
    if re.fullmatch(r"[0-9]{14,17}[0-9X]", number):
        return number[:4] + "*" * (len(number) - 6) + number[-2:]
    return shape(text)


def mask_names(text: str) -> str:
    """Every part of a file's path that looks like a name as its shape; the parts around it stay."""
    parts = re.split(r"([\s()（）\[\]【】,，、:：;；/\\._-]+)", text)
    return "".join(shape(part) if looks_like_name(part) and not is_word(part) else part for part in parts)


def mask_value(text: str, person_name: str | None = None) -> str:
    """A rejected value of any column but the ID and codes: its shape when it holds an identity or a long number (a
    mistyped ID has no other mark), else its first sixty characters."""
    today = date.today()
    if (
        looks_like_name(text)
        or re.search(LONG_NUMBER, unicodedata.normalize("NFKC", text))
        or any(find(text, purpose=purpose, today=today) for purpose in (FREE_TEXT, KEY))
    ):
        return shape(text)
    if person_name and person_name in text:
        text = text.replace(person_name, shape(person_name))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
