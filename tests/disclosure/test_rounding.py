"""The rounding by itself: what it tells of a count, and that parts add up to their wholes."""

from decimal import Decimal
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillsdw.disclosure.rounding import AMOUNT, TENS, Rounding, parts, table

ROUNDING = Rounding(b"s" * 32)


@given(st.integers(0, 5_000), st.text(max_size=5))
def test_a_count_is_told_to_tens_less_than_ten_away(count: int, name: str) -> None:
    told = ROUNDING.tens((name,), count)
    assert told % TENS == 0
    assert abs(told - count) < TENS
    assert count or told == 0
    assert ROUNDING.tens((name,), count) == told  # in every version alike


@pytest.mark.parametrize("count", [1, 4, 7, 9, 13, 104])
def test_a_count_is_right_on_average(count: int) -> None:
    told = [ROUNDING.tens(("cell", number), count) for number in range(20_000)]
    assert mean(told) == pytest.approx(count, abs=0.15)


def test_every_count_that_is_told_alike_is_as_likely() -> None:
    """Of what is told as 30, each of the nineteen counts from 21 to 39 may be the true one."""
    found = {c for c in range(0, 60) if any(ROUNDING.tens((n,), c) == 30 for n in range(400))}
    assert found == set(range(21, 40))
    assert {c for c in range(0, 60) if any(ROUNDING.tens((n,), c) == 0 for n in range(400))} == set(range(10))


def test_another_secret_rounds_otherwise() -> None:
    other = Rounding(b"t" * 32)
    assert [ROUNDING.tens((n,), 5) for n in range(50)] != [other.tens((n,), 5) for n in range(50)]


def test_more_is_never_told_as_less() -> None:
    for name in range(30):
        told = [ROUNDING.tens((name,), count) for count in range(200)]
        assert told == sorted(told)


@given(st.decimals(-10_000_000, 10_000_000, places=2), st.text(max_size=5))
def test_an_amount_is_told_to_hundreds_of_thousands(yuan: Decimal, name: str) -> None:
    told = ROUNDING.amount((name,), yuan)
    assert told % AMOUNT == 0
    assert abs(told - yuan) < AMOUNT


TENS_OF = st.integers(0, 40).map(lambda n: 10 * n)


@given(st.integers(0, 400), st.dictionaries(st.sampled_from("abcdefgh"), TENS_OF, min_size=1))
def test_parts_add_up_to_their_whole(whole: int, rounded: dict[str, int]) -> None:
    found = parts(whole, rounded)
    assert found.keys() == rounded.keys()
    assert sum(found.values()) == whole
    assert min(found.values()) >= 0


@given(st.data())
def test_a_table_adds_up_both_ways(data: st.DataObject) -> None:
    rows = data.draw(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 90), min_size=1))
    states = {"s": 0, "t": 0, "u": 0}
    for _ in range(3):
        left = sum(rows.values()) - sum(states.values())
        states[data.draw(st.sampled_from("stu"))] += data.draw(st.integers(0, left))
    states["s"] += sum(rows.values()) - sum(states.values())
    rounded = {(row, state): data.draw(TENS_OF) for row in rows for state in states}
    found = table(rows, states, rounded)
    assert min(found.values(), default=0) >= 0
    assert {row: sum(found[row, state] for state in states) for row in rows} == rows
    assert {state: sum(found[row, state] for row in rows) for state in states} == states
