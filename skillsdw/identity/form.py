"""The canonical form of a text: what a person reads, whatever characters it is written with.

NFKC, every digit of Unicode as an ASCII digit, letters in upper case, look-alikes of other alphabets as the letters
that they look like, escapes of spreadsheets, web pages and programs decoded. What separates is one mark: a space, or a
hyphen where a numbering scheme would put it. Each character knows which part of the original it stands for, so that
what is found can be replaced in place.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

GAP, DASH = " ", "-"  # what separates; DASH is what keys are made with

# Letters that are typed for 0 and 1, or drawn so that nobody sees the difference.
_AS_DIGITS = {**dict.fromkeys("OoQ", "0"), **dict.fromkeys("IiLl|", "1")}
_HAS_LOOK_ALIKE = re.compile(f"[{''.join(_AS_DIGITS)}]")
_TO_DIGITS = str.maketrans(_AS_DIGITS)
_HAN_DIGITS = {
    character: digit
    for digit, characters in {
        "0": "零〇○◯", "1": "一壹弌幺", "2": "二贰貳弍两", "3": "三叁參弎", "4": "四肆", "5": "五伍",
        "6": "六陆陸", "7": "七柒", "8": "八捌", "9": "九玖",
    }.items()
    for character in characters
}  # fmt: skip
HAN_DIGITS = "".join(_HAN_DIGITS)
_LOOK_ALIKE = {
    **dict.fromkeys("ХхΧχ×✕✖✗✘╳⨯⨉❌", "X"),
    **dict.fromkeys("ООоΟοՕօ", "O"),
    **dict.fromkeys("ІіӀӏΙιıǀ∣❘", "I"),
    **dict(zip("ЕеΕРрΡНΗМΜЅѕԌАаΑВΒСсТΤКΚУҮ", "EEEPPPHHMMSSGAAABBCCTTKKYY", strict=True)),
}
_KEY_PUNCTUATION = frozenset("-_./\\:,+#~")
_DATE_WORDS = frozenset("年月日号")
_ESCAPE = re.compile(
    r"_x(?P<sheet>[0-9A-Fa-f]{4})_"
    r"|&#(?P<decimal>[0-9]{1,7});?"
    r"|&#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,6});?"
    r"|(?P<entity>&[A-Za-z][A-Za-z0-9]{1,30};)"
    r"|(?P<address>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}"
    r"|\\u(?P<four>[0-9A-Fa-f]{4})"
    r"|\\U(?P<eight>[0-9A-Fa-f]{8})"
    r"|\\x(?P<two>[0-9A-Fa-f]{2})"
    r"|\\N\{(?P<name>[A-Z0-9 -]{3,80})\}"
)
# 4.50103199003070E+17: what a spreadsheet makes of a number that is too long for it.
_SCIENTIFIC = re.compile(r"(?<![0-9.])([1-9])\.([0-9]{5,18})[eE]\+?([0-9]{2})(?![0-9])")
# What of ASCII is decoded or written out before it is read.
_NOT_PLAIN = re.compile(r"[_&%\\]|[0-9]\.[0-9]{5,18}[eE]")
_RUN = re.compile(r"[0-9A-Za-z]+|(?P<gap>[^0-9A-Za-z]+)")
_ROUNDS = 3  # an escape may have been escaped again on its way

Spelled = list[tuple[str, int, int]]  # characters, and the part of the original that each stands for


Places = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Form:
    """A text in canonical form; `places[i]` is the part of the original that `text[i]` stands for, worked out when
    something was found."""

    text: str
    placing: Callable[[], Places]

    @cached_property
    def places(self) -> Places:
        return self.placing()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that `text[start:end]` stands for."""
        return self.places[start][0], self.places[end - 1][1]


def canonical(text: str) -> str:
    """The canonical form without anything that separates: spaces, hyphens and dots between the groups of an ID."""
    spelled = _decoded(_characters(text))
    return _form(spelled).text.replace(GAP, "").replace(DASH, "")


def forms(text: str) -> Iterator[Form]:
    """Every way in which a text can be read: as it stands, its escapes decoded, a number of a spreadsheet written
    out, its Chinese numerals or its letters O, I, l taken for digits. What is an identity in one of them is one."""
    if text.isascii() and not _NOT_PLAIN.search(text):  # most keys: nothing to decode
        yield _plain_form(text)
        if _HAS_LOOK_ALIKE.search(text):
            yield _plain_form(text.translate(_TO_DIGITS))
        return
    plain = _characters(text)
    readings = [plain]
    decoded = _decoded(plain)
    if decoded is not plain:
        readings.append(decoded)
    for spelled in readings:
        yield _form(spelled)
        joined = "".join(character for character, _, _ in spelled)
        if any(character in _AS_DIGITS for character in joined):
            yield _form(_exchanged(spelled, _AS_DIGITS))
        numerals = sum(character in _HAN_DIGITS for character in joined)
        if numerals and numerals + sum(character.isdecimal() for character in joined) >= 11:
            yield _form(_exchanged(spelled, {**_AS_DIGITS, **_HAN_DIGITS}))
        if any(character in _DATE_WORDS for character in joined):
            yield _form(_exchanged(spelled, dict.fromkeys(_DATE_WORDS, " ")))
        yield from _written_out(spelled, joined)


def _plain_form(text: str) -> Form:
    """The form of an ASCII text without escapes."""

    def placing() -> Places:
        return tuple(
            place
            for run in _RUN.finditer(text)
            for place in ([run.span()] if run.lastgroup else [(at, at + 1) for at in range(*run.span())])
        )

    return Form(_RUN.sub(lambda run: run[0] if run["gap"] is None else _mark(run["gap"]), text).upper(), placing)


def _mark(run: str) -> str:
    return DASH if any(character in _KEY_PUNCTUATION for character in run) else GAP


def _characters(text: str) -> Spelled:
    return [(reading, place, place + 1) for place, character in enumerate(text) for reading in _reading(character)]


@lru_cache(maxsize=8192)
def _reading(character: str) -> str:
    """One character as its canonical ones; what is no letter, digit or punctuation of a key is a space."""
    if character.isascii():
        return character if character.isprintable() else GAP
    if character in _LOOK_ALIKE:
        return _LOOK_ALIKE[character]
    if character in _HAN_DIGITS:
        return character
    number = unicodedata.numeric(character, -1.0) if not "\u3400" <= character <= "\u9fff" else -1.0
    if number in range(10):
        return str(int(number))
    # Marks that are put on a digit (a keycap's frame, a line through it) are taken off.
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(_LOOK_ALIKE.get(part, part) for part in parts if unicodedata.category(part)[0] not in "MC")
    if unicodedata.category(character) == "Pd":
        return DASH
    return kept or GAP


def _decoded(spelled: Spelled) -> Spelled:
    """Escapes decoded, also those that were escaped again; the very list that was given when there is none."""
    for _ in range(_ROUNDS):
        joined = "".join(character for character, _, _ in spelled)
        if not any(mark in joined for mark in "_&%\\"):
            break
        found = list(_ESCAPE.finditer(joined))
        if not found:
            break
        again: Spelled = []
        done = 0
        for match in found:
            again += spelled[done : match.start()]
            for character, start, end in _meant(match):
                begin, finish = spelled[start][1], spelled[end - 1][2]
                again += [(reading, begin, finish) for reading in _reading(character)]
            done = match.end()
        spelled = again + spelled[done:]
    return spelled


def _meant(match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """What an escape says, character by character, each with its part of the text."""
    start, end = match.span()
    kind = match.lastgroup
    said = match[kind]
    if kind == "address":
        yield from _of_bytes(bytes.fromhex(said.replace("%", "")), start)
        return
    if kind == "entity":
        meant = html.unescape(said)
    elif kind == "name":
        try:
            meant = unicodedata.lookup(said)
        except KeyError:
            meant = " "
    else:
        code = int(said, 10 if kind == "decimal" else 16)
        meant = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
    for character in meant:
        yield character, start, end


def _of_bytes(content: bytes, start: int) -> Iterator[tuple[str, int, int]]:
    place = 0
    while place < len(content):
        for width in (1, 2, 3, 4):
            try:
                character = content[place : place + width].decode()
            except UnicodeDecodeError:
                continue
            break
        else:
            character, width = " ", 1
        yield character[:1] or " ", start + 3 * place, start + 3 * min(place + width, len(content))
        place += width


def _exchanged(spelled: Spelled, by: dict[str, str]) -> Spelled:
    return [(by.get(character, character), start, end) for character, start, end in spelled]


def _written_out(spelled: Spelled, joined: str) -> Iterator[Form]:
    """Numbers in scientific notation with all their digits; those that are lost are zeros."""
    for match in _SCIENTIFIC.finditer(joined):
        power = int(match[3])
        digits = (match[1] + match[2]).ljust(power + 1, "0")
        if 9 <= power <= 20:
            place = (spelled[match.start()][1], spelled[match.end() - 1][2])
            whole = digits[: power + 1]
            yield _placed(whole, (place,) * len(whole))


def _form(spelled: Spelled) -> Form:
    """Letters in upper case, each run of what separates as one mark."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for character, start, end in spelled:
        if character.isalnum():
            for upper in character.upper():
                characters.append(upper)
                places.append((start, end))
        else:
            mark = DASH if character in _KEY_PUNCTUATION else GAP
            if characters and characters[-1] in (GAP, DASH):
                if mark == DASH:
                    characters[-1] = DASH
                places[-1] = (places[-1][0], end)
            else:
                characters.append(mark)
                places.append((start, end))
    return _placed("".join(characters), tuple(places))


def _placed(text: str, places: Places) -> Form:
    return Form(text, lambda: places)
