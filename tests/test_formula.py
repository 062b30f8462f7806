"""The rule of what a spreadsheet would run. What each writer does with it is tested beside the writer."""

import pytest

from skillsdw.formula import SUSPICIOUS, csv_text, is_formula

ATTACKS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u3000=1",
]
FULL_WIDTH = ["＝1+1", "＋1+1", "－2+3", "＠SUM(A1)"]


@pytest.mark.parametrize("text", [*ATTACKS, *FULL_WIDTH])
def test_what_begins_a_formula_gets_an_apostrophe(text):
    assert is_formula(text)
    assert csv_text(text).startswith("'")
    assert csv_text(text)[1:].replace("'=", "=").replace("'@", "@") == text


@pytest.mark.parametrize("mark", [",", ";", "|", "\t", '"', "\n", "\r"])
@pytest.mark.parametrize("space", ["", " "])
def test_a_cell_cannot_begin_within_a_text(mark, space):
    assert csv_text(f"x{mark}{space}=1+1") == f"x{mark}'{space}=1+1"
    assert csv_text(f"x{mark}{space}－2+3") == f"x{mark}'{space}－2+3"


@pytest.mark.parametrize("text", ["x;-5", "a, +1,000.50", 'x"-3.5%', "", "a-b", "2025-03-01", "1+19", "甲=乙", "—"])
def test_ordinary_text_and_signed_numbers_within_it_stay(text):
    assert csv_text(text) == text


def test_a_long_text_of_marks_takes_no_long_time():
    text = "\t" * 200_000 + "-" + "1" * 200_000
    assert csv_text(text).startswith("'")


def test_the_sieve_lets_nothing_dangerous_pass():
    import re

    assert all(re.search(SUSPICIOUS, text) for text in (*ATTACKS, *FULL_WIDTH, 'x"=1', "x;-a"))
