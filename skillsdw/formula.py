"""Text that a spreadsheet would run as a formula, and how it stays text: the one home of the rule.

A cell of a CSV file has no type: Excel and its kin run what begins with = + - @, also behind a tab, a line break or
spaces and, under a Chinese input method, in full width (＝＋－＠). A workbook's cell has a type: there a text is
written as text, and what looks like a formula is marked (`quotePrefix`), so that it stays text when somebody edits it.
"""

import re

_MARKS = "=@+\\-＝＠＋－"
_AT_THE_START = re.compile(rf"[\t\r\n]|[ \u3000]*[{_MARKS}]")
# A program set to another delimiter, or one that takes a quote mark for the end of a cell, begins a cell within it;
# a sign before a number up to that cell's end begins no more than a number there.
_WITHIN = re.compile(
    r'(?<=[,;|\t\r\n"])(?=[ \u3000]*(?:[=@＝＠]|[+\-＋－](?![0-9][0-9,]*(?:\.[0-9]+)?%?(?:$|[;|\t\r\n"]))))'
)
# What XML, and so a workbook, has no place for.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A rough sieve, in the words of every engine: what does not match needs no look.
SUSPICIOUS = f"[{_MARKS}\t\r\n]"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula. A negative number is a number, not a text, and never comes
    here; a text such as -5 is taken for one, since whoever wrote it as text wants it to stay text."""
    return _AT_THE_START.match(text) is not None


def csv_text(text: str) -> str:
    """A text as a cell of a CSV file: with an apostrophe before what would begin a formula, at its start and behind a
    delimiter or a quote mark inside it (OWASP, CSV injection).

    Numbers are not texts: writers write them as they are, negative ones too. Landing takes an apostrophe at the start
    of a value away again, so that a corrected file says what the bureau wrote; one inside a value stays.
    """
    within = _WITHIN.sub("'", text)
    return f"'{within}" if is_formula(text) else within


def put_text(cell: object, text: str) -> None:
    """Write a text into a cell of openpyxl's, as text whatever it begins with; characters that no workbook can hold
    become U+FFFD. A named style is set before, since it takes the mark away."""
    cell.value = NO_XML.sub("\ufffd", text)
    cell.data_type = "s"  # openpyxl takes "=…" for a formula
    cell.quotePrefix = is_formula(text)
