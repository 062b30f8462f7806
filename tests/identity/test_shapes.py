"""No identity comes through, however it is written, wherever it stands and whatever the column is for."""

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_identities import (
    CARD,
    CARD_16,
    FOREIGNER,
    ID,
    ID_X,
    MARKS,
    MOBILE,
    NAME,
    NAMES,
    OLD_ID,
    SCRIPTS,
    TODAY,
    WRONG,
    shapes,
    with_check,
    with_luhn,
)

from skillsdw.identity import FREE_TEXT, KEY, OUTPUT, PURPOSES, canonical, find, holds_identity
from skillsdw.identity import NAME as NAME_KIND

SHAPES = shapes()
PLACES = {
    "whole": "{}",
    "in Chinese": "学员资料：{}。已核对",
    "in a list": "甲;{};乙",
    "beside a name": f"{NAME}，{{}}",
    "behind a word": "xm {} ok",
    "in brackets": "[{}]",
}


def is_found(text: str, purpose: str) -> bool:
    """Whether the detector finds an identity by itself."""
    return find(text, purpose=purpose, today=TODAY) is not None


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_found_for_every_purpose_and_in_every_place(shape):
    missed = [
        (place, purpose)
        for place, pattern in PLACES.items()
        for purpose in PURPOSES
        if find(pattern.replace("{}", SHAPES[shape]), purpose=purpose, today=TODAY) in (None, NAME_KIND)
    ]
    assert missed == []


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_column_finds_what_the_detector_finds(purpose):
    """The patterns that spare the detector work lose nothing."""
    texts = [
        pattern.replace("{}", shape) for shape in [*SHAPES.values(), *NAMES.values()] for pattern in PLACES.values()
    ]
    flags = holds_identity(pa.array([*texts, None, "PX4501-00000001"]), purpose, TODAY).tolist()
    assert flags[-2:] == [False, False]
    alone = [is_found(text, purpose) for text in texts]
    assert [text for text, one, other in zip(texts, alone, flags, strict=False) if one != other] == []


@given(
    st.lists(st.text(st.sampled_from("0123456789OlX-/. 年月E手机号韦晓阳一〇½%&#;４٣\u200b"), max_size=30), max_size=20)
)
@settings(max_examples=100, deadline=None)
def test_a_column_and_the_detector_agree_on_any_text(texts):
    flags = holds_identity(pa.array(texts, pa.string()), FREE_TEXT, TODAY).tolist()
    assert flags == [is_found(text, FREE_TEXT) for text in texts]


def test_there_are_more_than_a_hundred_shapes():
    assert len(SHAPES) > 150


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if purpose != OUTPUT])
@pytest.mark.parametrize("shape", NAMES)
def test_a_name_is_found_where_bureaus_write(shape, purpose):
    assert is_found(NAMES[shape], purpose)


# What may be put between two digits without anybody reading another number.
_SEPARATORS = st.text(
    st.sampled_from(sorted({mark for mark in MARKS.values() if len(mark) == 1 and mark != "|"})), max_size=2
)
_FORMATS = st.text(st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202e\u00ad\u0336 \u3000"), max_size=2)
_DIGITS = st.sampled_from(sorted(SCRIPTS.values()))


@st.composite
def ids(draw):
    """IDs with any plausible birth and any last character."""
    born = draw(st.dates(TODAY.replace(year=1927), TODAY.replace(year=2016)))
    area = draw(st.sampled_from(["450103", "452123", "451281", "110105", "440983", "522631", "945840", "810000"]))
    serial = draw(st.integers(0, 999))
    return f"{area}{born:%Y%m%d}{serial:03d}{draw(st.sampled_from('0123456789X'))}"


@st.composite
def mobiles(draw):
    return f"1{draw(st.integers(3, 9))}{draw(st.integers(0, 10**9 - 1)):09d}"


@st.composite
def cards(draw):
    length = draw(st.sampled_from([16, 17, 18, 19]))
    return with_luhn(f"62{draw(st.integers(0, 10**12 - 1)):012d}".ljust(length - 1, "7")[: length - 1])


@st.composite
def disguised(draw, numbers, between):
    """A number with other digits here and there, and marks between them."""
    number = draw(numbers)
    written = ""
    for place, digit in enumerate(number):
        digits = draw(_DIGITS) if draw(st.booleans()) else "0123456789"
        written += digits["0123456789".index(digit)] if digit.isdecimal() else draw(st.sampled_from("XxХ×"))
        if place < len(number) - 1:
            written += draw(between)
    return written


@given(disguised(ids(), _SEPARATORS), st.sampled_from(PURPOSES), st.sampled_from(sorted(PLACES.values())))
@settings(max_examples=200, deadline=None)
def test_an_id_is_found_under_any_disguise(text, purpose, place):
    assert is_found(place.replace("{}", text), purpose)


@given(disguised(mobiles(), _FORMATS), st.sampled_from(sorted(set(PURPOSES) - {OUTPUT})))
@settings(max_examples=150, deadline=None)
def test_a_mobile_number_is_found_under_any_disguise(text, purpose):
    assert is_found(text, purpose)


@given(disguised(cards(), _FORMATS), st.sampled_from(sorted(set(PURPOSES) - {OUTPUT})))
@settings(max_examples=150, deadline=None)
def test_a_card_is_found_under_any_disguise(text, purpose):
    # Numbers of 17 and 18 digits are keys of many systems and cards of few banks.
    assume(purpose != KEY or len(canonical(text)) in (16, 19))
    assert is_found(text, purpose)


@given(disguised(ids(), _SEPARATORS))
@settings(max_examples=200, deadline=None)
def test_the_canonical_form_is_the_number_alone(text):
    form = canonical(text)
    assume(not any(numeral in form for numeral in "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖"))
    assert form.isalnum()
    assert form.isascii()
    assert len(form) == 18


@pytest.mark.parametrize(
    "number", [ID, ID_X, WRONG, OLD_ID, FOREIGNER, MOBILE, CARD, CARD_16, with_check("45019919000307123")]
)
def test_every_kind_of_number_is_found_behind_letters_of_a_key(number):
    for prefix in ("BM", "PX-", "2025-", "K", "报名", "no."):
        assert is_found(prefix + number, KEY)


def test_a_purpose_that_is_not_known_is_an_error():
    with pytest.raises(ValueError, match="no such purpose"):
        find("x", purpose="anything", today=TODAY)
