"""The one detector: whether a text holds an identity, of which kind, and where (1-extracts § What is refused, §
Privacy)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from skillsdw.identity.form import Form, forms
from skillsdw.identity.names import looks_like_name, name_places
from skillsdw.identity.numbers import (
    KEY,
    ORGANIZATION_CODE,
    OUTPUT,
    PURPOSES,
    Ages,
    Span,
    excludes,
    no_numbers,
    number_spans,
)

NAME = "name"

# A name that stands beside a number, words such as 身份证号 or 电话 between them or not.
_BESIDE = r"[\s,，、:：;；/|()（）\[\]【】\"'“”=+_-]*"
_WORDS_BETWEEN = (
    r"(?:(?:的)?(?:居民)?(?:身份证件?|公民身份|证件|手机|联系|银行卡|护照|通行证)?(?:电话|号码|号|卡号|方式)?)"
)
_NAME_BEFORE = re.compile(rf"([\u3400-\u9fff]{{2,4}}){_BESIDE}{_WORDS_BETWEEN}{_BESIDE}$")
_AS_DIGIT = re.compile("[0-9OoQIiLl|]")
_LONGEST_BESIDE = 60  # characters before a number in which its name may stand
_NAME_BEHIND = re.compile(rf"{_BESIDE}([\u3400-\u9fff]{{2,4}})(?![\u3400-\u9fff])")


def find(text: str, *, purpose: str, today: date, ages: Ages | None = None, names: bool = True) -> str | None:
    """The kind of identity that a text holds, None when it holds none.

    `purpose` says what the column is for (one of `PURPOSES`). Names by themselves are looked for where a bureau writes
    (not in what we write ourselves: `output`), unless `names` is off.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose}")
    for span in _numbers(text, purpose, ages or Ages(today)):
        return span.kind
    if names and purpose != OUTPUT and not text.isascii():
        cleaned = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
        if name_places(cleaned, short=purpose in (KEY, ORGANIZATION_CODE)):
            return NAME
    return None


def identity_places(text: str, *, purpose: str, today: date) -> list[tuple[int, int]]:
    """The parts of a text that are to be hidden, in order, none touching another: numbers, and names beside them."""
    found = sorted((span.start, span.end) for span in _numbers(text, purpose, Ages(today)))
    places: list[tuple[int, int]] = []
    for start, end in found:
        if before := _NAME_BEFORE.search(text, max(0, start - _LONGEST_BESIDE), start):
            start = _name_start(before)
        behind = _NAME_BEHIND.match(text, end)
        if behind and looks_like_name(behind[1]):
            end = behind.end()
        if places and start <= places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((start, end))
    return places


def _numbers(text: str, purpose: str, ages: Ages) -> Iterator[Span]:
    """Numbers by their place in the text itself."""
    if _too_few_digits(text):
        return
    others: list[Span] | None = None
    for form in forms(text):
        if others is None:  # told by the first form, in which letters are still letters
            others = [_placed(form, span) for span in no_numbers(form)]
        for found in number_spans(form, purpose, ages):
            span = _placed(form, found)
            if not any(excludes(other, span) for other in others):
                yield span


def _too_few_digits(text: str) -> bool:
    if text.isascii():
        return len(_AS_DIGIT.findall(text)) < 6
    return sum(character.isnumeric() or character in "OoQIiLl|" for character in text) < 6


def _placed(form: Form, span: Span) -> Span:
    return replace(span, **dict(zip(("start", "end"), form.place(span.start, span.end), strict=True)))


def _name_start(before: re.Match[str]) -> int:
    """Where the name begins in the Chinese characters before a number: 学员韦晓阳 has words in front, too."""
    start, letters = before.start(1), before[1]
    for skipped in range(len(letters) - 1):
        if looks_like_name(letters[skipped:]):
            return start + skipped
    return before.end()
