"""Numbers, dates and states as people read them."""

from datetime import date, datetime

import pytest

from dashboards.format import Numbers
from dashboards.words import Words

ZH, EN = Numbers(Words("zh")), Numbers(Words("en"))


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (10_000, "1万", "10k"),
        (41_234, "4.12万", "41.2k"),
        (136_204, "13.6万", "136k"),
        (600_000, "60万", "600k"),
        (1_234_567, "123万", "1.23M"),
        (12_345_678, "1,230万", "12.3M"),
        (123_456_789, "1.23亿", "123M"),
        (-20_500, "-2.05万", "-20.5k"),
    ],
)
def test_a_count_has_three_significant_digits_from_ten_thousand(value, zh, en):
    assert (ZH.count(value), EN.count(value)) == (zh, en)


def test_a_count_has_its_unit():
    assert (ZH.sessions(136_204), EN.sessions(136_204)) == ("13.6万人次", "136k sessions")
    assert (ZH.persons(812), EN.persons(812)) == ("812人", "812 persons")


@pytest.mark.parametrize(
    ("value", "against", "shown"),
    [
        (0.704, None, "70.4%"),
        (0.69996, 0.7, "69.996%"),
        (0.7, 0.7, "70.0%"),
        (0.7000001, 0.7, "70.00001%"),
        (0.5, 0.7, "50.0%"),
    ],
)
def test_a_share_never_rounds_onto_the_limit_it_stands_beside(value, against, shown):
    assert ZH.percent(value, against=against) == shown


def test_a_limit_has_the_digits_it_was_set_with():
    assert [ZH.limit(value) for value in (0.7, 0.07, 0.725)] == ["70%", "7%", "72.5%"]


def test_what_is_missing_is_a_state_and_never_zero():
    shown = [
        ZH.count(None),
        ZH.percent(None),
        ZH.sessions(None),
        ZH.persons(None),
        ZH.exact(None),
        ZH.day(None),
    ]
    assert set(shown) == {"〈—〉"}
    assert ZH.exact(None, "not_assessed") == "〈未评估〉"
    assert ZH.moment(None) == "〈—〉"


def test_dates_read_as_each_language_writes_them():
    day = date(2026, 10, 3)
    assert (ZH.day(day), EN.day(day)) == ("2026年10月3日", "3 Oct 2026")
    assert (ZH.month(day), EN.month(day)) == ("2026年10月", "Oct 2026")
    assert (ZH.month_of_year(day), EN.month_of_year(day)) == ("10月", "Oct")
    assert ZH.moment(datetime(2026, 11, 1, 8, 5)) == "2026-11-01 08:05"


def test_a_difference_of_shares_shows_its_sign_and_small_parts_two_digits():
    assert [ZH.points(value) for value in (0.054, -0.012, None)] == ["+5.4", "−1.2", "〈—〉"]
    assert [ZH.points_exact(0.0031), ZH.of_kind(-0.0055, "points")] == ["+0.31", "−0.55"]
