"""What looks like a resident ID, as a pattern, as SQL, and masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from expectations.settings import Identity

_LONG_NUMBER = re.compile(r"[0-9]{15,}[Xx]?")

# First two digits of an ID: the provinces, and 91 for foreign permanent residents.
_PROVINCE = "(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"

# GB 11643: the weights of the seventeen digits, and the check character by the remainder of their sum by 11.
_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_CHECK_CHARACTERS = "10X98765432"


def mask_identity(text: str) -> str:
    """Mask every long number in `text`: first four and last two characters at the most."""
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:4]}**********{found[0][-2:]}", text)


def identity_pattern(as_of: date, limits: Identity) -> str:
    """Return the pattern of an ID-like number, standing free of other digits; group 2 is the number.

    The range of birth years keeps apart an ID and a class number such as 450100 2026-03-01 0001. There is
    no `{n}` in it, since Great Expectations reads braces in a query as its own.
    """
    digit = "[0-9]"
    years = "|".join(str(year) for year in range(limits.earliest_birth_year, as_of.year - limits.youngest_age + 1))
    month_day = "(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    number = f"{_PROVINCE}{digit * 4}({years}){month_day}{digit * 3}[0-9Xx]"
    return f"(^|[^0-9])({number})([^0-9Xx]|$)"


def identity_query(
    table: str, columns: Iterable[tuple[str, str]], as_of: date, limits: Identity, *, mistyped_too: bool = False
) -> str:
    """Return a query that counts ID-like values by column: one pass over the table, no value shown.

    The check digit must be right, as on landing: of a million free 18-digit record numbers a hundred look
    like an ID by their date alone, and a gate must not stop for good at what landing rightly let in. Where
    landing itself writes about faulty values (`mistyped_too`), a wrong check digit saves nobody. A CASE
    keeps the pattern from values too short for it, which are nearly all, and from those of its very length with
    no year of birth in its place, which nearly all codes of institutions are.
    """
    pattern = identity_pattern(as_of, limits)
    born = f"between '{limits.earliest_birth_year}' and '{as_of.year - limits.youngest_age}'"
    counts = []
    for name, kind in columns:
        quoted = f'"{name}"'
        text = f"array_to_string({quoted}, ' ')" if kind.endswith("[]") else quoted
        found = f"regexp_matches({text}, '{pattern}')"
        if not mistyped_too:
            numbers = f"regexp_extract_all({text}, '{pattern}', 2)"
            found = f"case when {found} then len(list_filter({numbers}, lambda number : {_CHECK_IS_RIGHT})) > 0 end"
        may_be = f"strlen({text}) > 18 or (strlen({text}) = 18 and substr({text}, 7, 4) {born})"
        condition = f"case when {may_be} then {found} end"
        counts.append(f"count(*) filter ({condition}) as {quoted}")
    return (
        f"with counts as (select {', '.join(counts)} from {table}) "
        "select column_name, faults from (unpivot counts on columns(*) into name column_name value faults) "
        "where faults > 0"
    )


_SUM = f"list_sum(list_transform(range(1, 18), lambda place : substr(number, place, 1)::integer * {_WEIGHTS}[place]))"
_CHECK_IS_RIGHT = f"upper(substr(number, 18, 1)) = substr('{_CHECK_CHARACTERS}', ({_SUM} % 11)::integer + 1, 1)"
