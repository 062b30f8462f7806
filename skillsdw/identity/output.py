"""What may be shown: shapes for refused values, and identities taken out of whatever is written anywhere."""

import io
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import date
from types import TracebackType
from typing import Any, TextIO

from skillsdw.identity.detector import identity_places
from skillsdw.identity.numbers import OUTPUT

LONGEST_RUN = 40  # of one kind of character in a shape
_LONGEST_SHAPE = 200
_HELD_BACK = 4096  # characters of an unfinished line that a stream keeps until it knows more
# What has fewer than six digits, in whatever writing, has no identity: most lines.
_MAY_HOLD = re.compile(
    r"(?:[\d\u2070-\u209f\u2460-\u24ff\u2776-\u2793零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖OoIl&%\\_].*?){6}",
    re.DOTALL,
)


def shape(text: str) -> str:
    """A value by its shape alone: digits as N, letters as A, Chinese characters as 字, the rest as it is."""
    signs = "".join(_signs(text[: 4 * _LONGEST_SHAPE]))
    signs = re.sub(rf"(.)\1{{{LONGEST_RUN},}}", lambda run: f"{run[1] * (LONGEST_RUN - 1)}…", signs, flags=re.DOTALL)
    return signs if len(signs) <= _LONGEST_SHAPE else f"{signs[: _LONGEST_SHAPE - 1]}…"


def _signs(text: str) -> Iterator[str]:
    for character in text:
        if character.isalpha():
            yield "字" if "\u2e80" <= character <= "\ua4cf" or character >= "\U00020000" else "A"
        elif character.isnumeric():
            yield "N"
        elif character.isprintable() or character in "\n\t":
            yield character
        # a mark on a digit, a format or a control character is not shown


def scrub(text: str, today: date | None = None) -> str:
    """A text for a log, a report or a terminal, with each identity in it, and a name beside it, as its shape.
    Dates, keys, digests, paths and amounts stay."""
    today = today or date.today()
    for _ in range(8):  # what stood glued to a number that is gone may be one itself
        if not _MAY_HOLD.search(text):
            return text
        places = identity_places(text, purpose=OUTPUT, today=today)
        if not places:
            return text
        parts, done = [], 0
        for start, end in places:
            parts += [text[done:start], shape(text[start:end])]
            done = end
        text = "".join([*parts, text[done:]])
    return shape(text)


class ScrubFilter(logging.Filter):
    """A filter for a handler or a logger: messages and tracebacks without identities."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace what the record says; every record passes."""
        record.msg, record.args = scrub(record.getMessage()), None
        if record.exc_info and record.exc_info[0]:
            record.exc_text = scrub("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        elif record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


class ScrubbedStream(io.TextIOBase):
    """A text stream that passes on what is written to it without identities.

    Text goes on line by line, or when it is flushed, so that a number is not missed because it was written in two
    pieces.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting = ""

    def write(self, text: str) -> int:
        """Take a text; its whole lines go on at once."""
        self._waiting += text
        end = max(self._waiting.rfind("\n"), self._waiting.rfind("\r")) + 1
        if len(self._waiting) - end > _HELD_BACK:
            end = len(self._waiting)
        if end:
            whole, self._waiting = self._waiting[:end], self._waiting[end:]
            self._stream.write(scrub(whole))
        return len(text)

    def flush(self) -> None:
        """Pass on what has no end of line yet."""
        if self._waiting:
            waiting, self._waiting = self._waiting, ""
            self._stream.write(scrub(waiting))
        self._stream.flush()

    def isatty(self) -> bool:
        """Whether somebody looks on."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor beneath; what is written to it by others is not looked at."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    @property
    def encoding(self) -> str:
        """The encoding of the stream beneath."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:
        """What the stream beneath does with characters that it has not."""
        return self._stream.errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def scrubbed_excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For `sys.excepthook`: the traceback of an error that nobody caught, without identities."""
    import sys

    print(scrub("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)
