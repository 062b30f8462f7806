"""The query that looks for identities finds what landing refuses, wherever it stands, and takes no code for one."""

import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.identity import identity_query, register_detector
from expectations.settings import Identity
from skillsdw.identity import KEY, OUTPUT, find

sys.path.append(str(Path(__file__).parent.parent / "identity"))
from made_identities import shapes

AS_OF = date(2026, 10, 31)
LIMITS = Identity(earliest_birth_year=1900, youngest_age=10)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def numbered(year: int) -> str:
    """A number made up of a county that is none, a birth in `year` and the right check character (GB 11643)."""
    digits = f"450199{year}0307123"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def counted(texts: list[str | None], *, mistyped_too: bool = False, as_of: date = AS_OF) -> dict[str, int]:
    """What the query says of a table that holds these texts in a column and, each alone, in a list."""
    with duckdb.connect() as con:
        register_detector(con)
        con.execute("create table written (project_id varchar, several varchar[])")
        con.executemany("insert into written values (?, [?])", [[text, text] for text in texts])
        columns = [("project_id", "VARCHAR"), ("several", "VARCHAR[]")]
        return dict(
            con.execute(identity_query("written", columns, as_of, LIMITS, mistyped_too=mistyped_too)).fetchall()
        )


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        *((numbered(year), True) for year in (1900, 1999, 2016)),
        *((numbered(year), False) for year in (1899, 2017, 2026)),
        (f"no. {numbered(1990)}, sent again", True),
        (f"身份证{numbered(1990)}", True),
        (f"{numbered(2026)} and {numbered(1990)}", True),
        (f"{numbered(1990)}7", True),  # a digit too many
        (numbered(1990)[:17], True),  # the last one lost
        ("945840199003070013", True),  # a foreigner's
        ("12450924MB5MRLTC7H", False),
        ("450103202503010001", False),  # a county, a day and a number
        (None, False),
    ],
)
def test_an_id_is_found_wherever_it_stands_and_a_code_is_none(text: str | None, is_found: bool) -> None:
    assert counted([text]) == ({"project_id": 1, "several": 1} if is_found else {})


@pytest.mark.parametrize("mistyped_too", [False, True])
def test_the_query_finds_what_the_detector_finds(mistyped_too: bool) -> None:
    texts = [pattern.replace("{}", shape) for shape in shapes().values() for pattern in ("{}", "甲 {} 乙")]
    purpose = OUTPUT if mistyped_too else KEY
    expected = sum(find(text, purpose=purpose, today=AS_OF) is not None for text in texts)
    assert expected == len(texts)
    assert counted([*texts, "PX4501-00000001", None], mistyped_too=mistyped_too) == {
        "project_id": expected,
        "several": expected,
    }


def test_whoever_is_a_child_now_is_a_trainee_later() -> None:
    assert counted([numbered(2017)], as_of=date(2027, 1, 1)) == {"project_id": 1, "several": 1}


def test_the_query_has_nothing_that_its_carriers_read_as_their_own() -> None:
    query = identity_query("raw.enrollment", [("project_id", "VARCHAR")], AS_OF, LIMITS)
    assert not set("{}:") & set(query)
