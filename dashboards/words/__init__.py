"""Every word that a page says, in both languages, by key: `zh.po` and `en.po` hold the same keys.

`zh.po` holds the frame's words and the Overview's, `zh.<page>.po` those of another page alone.

The catalogues are read as they are (no compile step). A key that is asked for and missing is an error:
tests compare the keys that code uses with both catalogues, so it can't reach a reader.
"""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from babel.messages.pofile import read_po

from dashboards.table import LEAST_PERSONS

_TAGS = {"zh": "zh-CN", "en": "en"}  # BCP 47
LANGUAGES = {"zh": "中文", "en": "English"}
DEFAULT = "zh"
_BETWEEN_SENTENCES = {"zh": "", "en": " "}
_ALWAYS = {"few": str(LEAST_PERSONS)}  # what any text may name
_FIELD = re.compile(r"\{(\w+)\}")
_PLAIN = {
    "as_of",
    "year",
    "day",
    "message",
    "definition",
    "measure",
    "basis",
    "cities",
    "rest",
    "place",
    "period",
    "listed",
    "half",
    "group_1",
    "group_2",
}
_PLAIN |= {"moment", "published", "newest", "file", "subject"}


@cache
def _messages(language: str) -> dict[str, str]:
    """key → text of one language."""
    found: dict[str, str] = {}
    for catalogue in catalogues(language):
        found |= texts_of(catalogue, language)
    return found


@cache
def texts_of(catalogue: Path, language: str) -> dict[str, str]:
    """key → text of one file."""
    with catalogue.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale=language) if message.id}


def catalogues(language: str) -> list[Path]:
    """The files of one language."""
    return sorted(Path(__file__).parent.glob(f"{language}*.po"))


def _bold(text: str, values: dict[str, str]) -> str:
    """`text` escaped, its values too; the values in bold but for dates, which would drown the figures."""
    shown = {
        name: escape(value) if name in _PLAIN else f"<strong>{escape(value)}</strong>" for name, value in values.items()
    }
    return _FIELD.sub(lambda field: shown.get(field[1]) or _ALWAYS[field[1]], escape(text))


class Words:
    """The words of one language."""

    def __init__(self, language: str, *more: Path) -> None:
        """`more` are catalogues of another room, which speaks with the pages' words and its own."""
        self.language = language
        self.tag = _TAGS[language]
        self._texts = dict(_messages(language))
        for catalogue in more:
            self._texts |= texts_of(catalogue, language)

    def __call__(self, key: str, **values: str) -> str:
        """The text of `key` with `{name}` replaced by each value, which must be formatted already."""
        return self._texts[key].format(**(_ALWAYS | values))

    def of(self, family: str, member: str, **values: str) -> str:
        """The text of `family.member`; a member without words (a newer code) shows as its code."""
        key = f"{family}.{member}"
        return self(key, **values) if key in self._texts else member

    def html(self, key: str, **values: str) -> str:
        """The text of `key` as HTML, figures in bold, everything escaped."""
        return _bold(self._texts[key], values)

    def html_of(self, family: str, member: str, **values: str) -> str:
        """`of` as HTML, figures in bold, everything escaped."""
        return _bold(self._texts.get(f"{family}.{member}", member), values)

    def run_on(self, sentences: Iterable[str]) -> str:
        """Sentences one after the other: Chinese sets no space between them."""
        return _BETWEEN_SENTENCES[self.language].join(sentences)

    def name(self, row: object) -> str:
        """The name of a row that carries `name_zh` and `name_en`."""
        return row.name_zh if self.language == "zh" else row.name_en
