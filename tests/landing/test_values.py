"""Each kind of value is read as 1-extracts § Values says."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landing_material import full_width, person, uscc
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

from skillsdw import codes
from skillsdw.landing.identity import USCC_ALPHABET, holds_resident_id, id_faults, uscc_fault
from skillsdw.landing.values import (
    normalise,
    read_boolean,
    read_code,
    read_county,
    read_date,
    read_integer,
    read_texts,
    read_uscc,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("text", ["", " ", "-", "—", "/", "无", "NULL", "null", "N/A", "\uff0f", "\u3000", "'"])
def test_what_means_nothing_is_null(text):
    assert normalise(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (full_width("2025X"), "2025X"),
        ("' A1 ", "A1"),
        (full_width("AB(甲)"), "AB(甲)"),
        ("\ufeffA", "A"),
        ("无锡", "无锡"),
    ],
)
def test_text_is_normalised(text, expected):
    assert normalise(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01",
        "2025/3/1",
        "2025.3.1",
        "20250301",
        "2025年3月1日",
        "2025-03-01 00:00:00",
        "2025/3/1 8:30",
        "2025-03-01T08:30:00.000Z",
        "45717",
        "45717.5",
    ],
)
def test_every_listed_way_to_write_a_date_is_read(text):
    assert read_date(text) == (date(2025, 3, 1), None)


@pytest.mark.parametrize(
    "text", ["2025", "2025-02-29", "2025-13-01", "202503", "3/1/2025", "2025-3/1", "2025年3月", "09999", "昨天"]
)
def test_what_is_no_date_is_refused(text):
    assert read_date(text) == (None, "date_format")


def _plain_date(text: str) -> date | None:
    """A plain reading of the separated forms, to compare with."""
    for separator in "-/.":
        parts = text.split(separator)
        if len(parts) == 3:
            try:
                return date(*map(int, parts))
            except ValueError:
                return None
    return None


@given(st.integers(1000, 9999), st.integers(0, 14), st.integers(0, 33), st.sampled_from("-/."), st.booleans())
def test_dates_agree_with_a_plain_reading(year, month, day, separator, padded):
    width = 2 if padded else 1
    text = separator.join((str(year), f"{month:0{width}d}", f"{day:0{width}d}"))
    assert read_date(text)[0] == _plain_date(text)


@given(st.dates(date(1927, 5, 18), date(2173, 10, 13)))
def test_an_excel_serial_is_the_day_that_excel_shows(day):
    assert read_date(str((day - date(1899, 12, 30)).days)) == (day, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40", (40, None)),
        ("1,200", (1200, None)),
        ("40.0", (40, None)),
        ("2001", (None, "out_of_range")),
        ("-1", (None, "out_of_range")),
        ("9" * 50, (None, "out_of_range")),
        ("12,00", (None, "integer_format")),
        ("40.5", (None, "integer_format")),
        ("四十", (None, "integer_format")),
    ],
)
def test_integers(text, expected):
    assert read_integer(0, 2000, text) == expected


def test_booleans():
    assert [read_boolean(t)[0] for t in ("是", "TRUE", "1", "y")] == [True] * 4
    assert [read_boolean(t)[0] for t in ("否", "False", "0", "N")] == [False] * 4
    assert read_boolean("也许") == (None, "boolean_format")


@pytest.mark.parametrize(
    ("code_list", "text", "code"),
    [
        ("status", "completed", "completed"),
        ("status", "已结业", "completed"),
        ("status", "COMPLETED", "completed"),
        ("training_type", full_width("职业(工种)技能培训"), "occupation"),
        ("skill_level", "高级技师", "1"),
        ("skill_level", "level 5, junior", "5"),
        ("skill_level", "5.0", "5"),
        ("industry", "other", "OTHER"),
        ("park", full_width("崇左(凭祥)沿边临港产业园区"), "P04"),
    ],
)
def test_a_code_is_known_by_code_names_and_aliases(code_list, text, code):
    assert read_code(code_list, normalise(text)) == (code, None)


def test_an_unknown_code_is_refused():
    assert read_code("status", "毕业典礼") == (None, "code_unknown")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("450103", "450103"),
        ("青秀区", "450103"),
        ("南宁市青秀区", "450103"),
        ("广西壮族自治区南宁市青秀区", "450103"),
        ("南宁市", "450100"),
        ("南宁", "450100"),
        ("Nanning", "450100"),
        ("450000", "450000"),
        ("自治区本级", "450000"),
        ("450127", "450181"),
        ("横县", "450181"),
        ("龙胜", "450328"),
        ("柳州市柳江县", "450206"),
    ],
)
def test_a_place_is_known_by_code_and_unambiguous_name(text, code):
    assert read_county(text) == (code, None)


@pytest.mark.parametrize("text", ["440103", "广州市", "4501", "县"])
def test_a_place_outside_guangxi_is_refused(text):
    assert read_county(text) == (None, "county_unknown")


def test_an_ambiguous_name_asks_for_the_code(monkeypatch):
    monkeypatch.setattr("skillsdw.landing.values.county_lookup", lambda: {"城区": frozenset({"450102", "450202"})})
    assert read_county("城区") == (None, "county_ambiguous")


@given(st.text(alphabet=USCC_ALPHABET, min_size=17, max_size=17))
def test_uscc_check_characters_agree_with_stdnum(body):
    whole = uscc(body)
    assert stdnum_uscc.calc_check_digit(body) == whole[-1]
    assert uscc_fault(whole) is None
    wrong = USCC_ALPHABET[(USCC_ALPHABET.index(whole[-1]) + 1) % 31]
    assert uscc_fault(body + wrong) == "uscc_check_digit"


def test_any_first_letter_is_good_for_a_uscc_and_some_letters_never_are():
    assert uscc_fault(uscc("N2450100MF1234567")) is None
    assert uscc_fault("9145010OMA5KAAAA1X") == "uscc_format"
    assert read_uscc(TODAY, uscc().lower()) == (uscc(), None)


def _id_reasons(text: str) -> set[str]:
    return {reason for reason, flags in id_faults(pa.array([text]), TODAY).items() if flags[0]}


@given(st.integers(110000, 829999), st.dates(date(1900, 1, 1), date(2026, 11, 23)), st.integers(0, 999))
def test_id_check_digits_agree_with_stdnum(area, born, number):
    good = person(number, born.strftime("%Y%m%d"), str(area))
    assert ric.calc_check_digit(good) == good[-1]
    assert _id_reasons(good) == set()
    for last in "0123456789X":
        assert (_id_reasons(good[:17] + last) == set()) == (last == good[-1])


@given(st.integers(1900, 2026), st.integers(0, 14), st.integers(0, 33))
def test_a_birth_date_must_be_a_date_of_the_past(year, month, day):
    made = person(1, f"{year}{month:02d}{day:02d}")
    try:
        real = date(year, month, day) <= TODAY
    except ValueError:
        real = False
    assert ("id_birth_date" in _id_reasons(made)) == (not real)


def test_every_fault_of_an_id_is_told():
    good = person(1, "19900231")
    bad = good[:17] + ("0" if good[-1] != "0" else "1")
    assert _id_reasons(bad) == {"id_birth_date", "id_check_digit"}
    assert _id_reasons("4.501030E+17") == {"id_format"}


@given(st.text("AB-_0123456789", max_size=6), st.text("AB-_0123456789", max_size=6), st.integers(0, 999))
def test_a_whole_id_is_found_wherever_it_stands(before, after, number):
    assert holds_resident_id(before + person(number) + after, TODAY)


def test_keys_made_of_city_and_date_are_not_taken_for_ids():
    keys = [person(number, f"2025{month:02d}01", "450100") for month in range(1, 13) for number in range(50)]
    assert not any(holds_resident_id(key, TODAY) for key in keys)


def test_texts_are_refused_when_too_long_or_holding_an_id():
    texts = pa.array(["A" * 65, f"K{person(7).lower()}", "ok", None, "甲" * 64])
    faults = read_texts(texts, 64, TODAY).faults
    assert {reason: flags.tolist() for reason, flags in faults.items()} == {
        "text_too_long": [True, False, False, False, False],
        "identity_in_value": [False, True, False, False, False],
    }


def test_an_id_that_passes_for_a_uscc_is_refused_as_an_id():
    day = date(1960, 1, 1)
    while True:  # one ID in 31 passes the USCC check
        day += timedelta(days=1)
        candidate = person(1, day.strftime("%Y%m%d"))
        if uscc_fault(candidate) is None:
            break
    assert read_uscc(TODAY, candidate) == (None, "identity_in_value")


def test_no_spelling_in_the_seeds_means_two_codes_of_one_list():
    lists = {c.code_list for e in codes.extract_names() for c in codes.extract_columns(e) if c.code_list}
    for code_list in lists:
        rows = codes.read_seed(code_list)
        first = next(iter(rows[0]))
        for row in rows:
            for name in (row[first], row["name_zh"], row["name_en"], *row.get("aliases", "").split("|")):
                if name:
                    assert codes.code_lookup(code_list)[codes.spelling(name)] == row[first]


def test_no_header_means_two_columns_of_one_extract():
    for extract in codes.extract_names():
        for row in codes.read_seed("header_synonym"):
            if row["extract"] == extract:
                assert codes.header_lookup(extract)[codes.header_spelling(row["header_zh"])] == row["column_name"]


@pytest.mark.parametrize("word", ["NULL", "null", "N/A", "-", "—", "/", "无", " ", "'"])
def test_a_key_that_only_says_nothing_is_a_missing_value(word):
    from datetime import date

    import pyarrow as pa

    from skillsdw.landing.values import read_texts

    assert read_texts(pa.array([word], pa.string()), 64, date(2026, 11, 24)).values.to_pylist() == [None]
