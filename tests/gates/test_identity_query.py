"""The query that looks for IDs finds them wherever they stand, and takes no code of the same length for one."""

from datetime import date

import duckdb
import pytest

from expectations.identity import identity_query
from expectations.settings import Identity

AS_OF = date(2026, 10, 31)
LIMITS = Identity(earliest_birth_year=1900, youngest_age=10)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def numbered(year: int) -> str:
    """A number made up of a county that is none, a birth in `year` and the right check character (GB 11643)."""
    digits = f"450199{year}0307123"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        *((numbered(year), True) for year in (1900, 1999, 2016)),
        *((numbered(year), False) for year in (1899, 2017, 2026)),
        (f"no. {numbered(1990)}, sent again", True),
        (f"身份证{numbered(1990)}", True),
        (f"{numbered(2026)} and {numbered(1990)}", True),
        (f"{numbered(1990)}7", False),
        (numbered(1990)[:17], False),
        ("12450924MB5MRLTC7H", False),
    ],
)
def test_an_id_is_found_wherever_it_stands_and_a_code_is_none(text: str, is_found: bool) -> None:
    with duckdb.connect() as con:
        con.execute("create table written (own varchar, several varchar[])")
        con.execute("insert into written values (?, [?])", [text, text])
        query = identity_query("written", [("own", "VARCHAR"), ("several", "VARCHAR[]")], AS_OF, LIMITS)
        found = con.execute(query).fetchall()
    assert sorted(found) == ([("own", 1), ("several", 1)] if is_found else [])
