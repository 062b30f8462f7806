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
from skillsdw.landing.dates import Role, read_date
from skillsdw.landing.identity import USCC_ALPHABET, id_faults, uscc_fault
from skillsdw.landing.values import (
    Context,
    normalize,
    normalize_key,
    read_amount,
    read_boolean,
    read_code,
    read_column,
    read_county,
    read_integer,
    read_stars,
    read_uscc,
)

TODAY = date(2026, 11, 23)


NULLS = ["", " ", "-", "—", "——", "---", "/", "无", "暂无", "NULL", "null", "(null)", "\\N", "nan", "NaN", "N/A"]


@pytest.mark.parametrize("text", [*NULLS, "\uff0f", "\u3000", "'", "\u200b", "\xa0-\xa0", '=""'])
def test_what_means_nothing_is_null(text):
    assert normalize(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (full_width("2025X"), "2025X"),
        ("' A1 ", "A1"),
        (full_width("AB(甲)"), "AB(甲)"),
        ("\ufeffA", "A"),
        ("\u202dA1\u202c", "A1"),
        ("A\u200b1", "A1"),
        ("A_x000D_", "A"),
        ("A_x0031_", "A1"),
        ('="A1"', "A1"),
        ("无锡", "无锡"),
        ("A1\x1a", "A1"),
    ],
)
def test_text_is_normalized(text, expected):
    assert normalize(text) == expected


DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043"


@pytest.mark.parametrize("dash", DASHES)
def test_every_dash_is_one_dash_in_a_key(dash):
    assert normalize_key(f"BM{dash}001") == "BM-001"


def test_the_zero_of_a_float_column_is_no_part_of_a_key():
    assert [normalize_key(text) for text in ("20250001.0", "20250001.00", "000123", "1.5")] == [
        "20250001",
        "20250001",
        "000123",
        "1.5",
    ]


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
        "2025-02-28T16:00:00Z",
        "2025-02-28 23:59:17",
        "2025-02-28T23:59:59.999",
        "2025-03-01T00:00:00+08:00",
        "20250301.0",
        "20250301000000",
        "45717",
        "45717.0",
        "45717.5",
        "45716.99999",
    ],
)
def test_every_listed_way_to_write_a_date_is_read(text):
    assert read_date(text).day == date(2025, 3, 1)


@pytest.mark.parametrize(
    "text", ["2025", "2025-02-29", "2025-13-01", "202513", "3/1/2025", "2025-3/1", "2025年13月", "09999", "昨天"]
)
def test_what_is_no_date_is_refused(text):
    read = read_date(text)
    assert (read.day, read.reason) == (None, "date_format")


@pytest.mark.parametrize("text", ["202503", "2025-03", "2025/3", "2025年3月", "2025年03月份", "2025.03", "2025.3"])
def test_a_month_is_its_first_day_and_where_a_period_ends_its_last(text):
    assert read_date(text, Role.START).day == date(2025, 3, 1)
    assert read_date(text, Role.POINT).day == date(2025, 3, 1)
    assert read_date(text, Role.END).day == date(2025, 3, 31)


@pytest.mark.parametrize("text", ["2025.1", "2025.100"])
def test_a_month_that_may_be_january_or_october_is_refused(text):
    assert read_date(text, Role.START).reason == "month_ambiguous"


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01至2025-03-20",
        "2025-03-01 至 2025-03-20",
        "2025.3.1-2025.3.20",
        "2025.3.1-3.20",
        "2025/3/1～2025/3/20",
        "2025年3月1日—3月20日",
        "2025年3月1日至20日",
        "20250301-20250320",
        "2025-03-01-2025-03-20",
    ],
)
def test_a_range_in_one_cell_is_a_start_and_an_end(text):
    assert (read_date(text, Role.START).day, read_date(text, Role.END).day) == (date(2025, 3, 1), date(2025, 3, 20))
    assert read_date(text, Role.POINT).reason == "date_format"


@pytest.mark.parametrize("text", ["长期", "无固定期限", "至今", "长期有效"])
def test_an_open_end_is_open_and_no_start(text):
    assert read_date(text, Role.END).is_open
    assert read_date(text, Role.START).reason == "date_format"


@pytest.mark.parametrize("text", ["0", "1900/1/0", "1900-01-00 00:00:00", "0000-00-00", "1899-12-30"])
def test_a_date_of_zero_is_no_date(text):
    assert read_date(text).is_null


def test_the_last_second_of_an_end_closes_the_day_that_it_names():
    assert read_date("2025-12-31 23:59:59", Role.END).day == date(2025, 12, 31)
    assert read_date("2025-12-31 23:59:59", Role.START).day == date(2026, 1, 1)
    assert read_date("2025-12-31T23:59:59", Role.END).day == date(2026, 1, 1)  # a workbook's cell: a float's rounding


@given(st.integers(10_000, 80_000))
def test_a_day_number_counts_from_the_workbooks_own_epoch(days):
    assert read_date(str(days), epoch=1904).day - read_date(str(days)).day == timedelta(days=1462)


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
    assert read_date(text).day == _plain_date(text)


@given(st.dates(date(1927, 5, 18), date(2173, 10, 13)))
def test_an_excel_serial_is_the_day_that_excel_shows(day):
    assert read_date(str((day - date(1899, 12, 30)).days)).day == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40", (40, None)),
        ("1,200", (1200, None)),
        ("40.0", (40, None)),
        ("40.00000000000001", (40, None)),
        ("80课时", (80, None)),
        ("80 个学时", (80, None)),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1500", "1500.00"),
        ("1,500.00", "1500.00"),
        ("1500元", "1500.00"),
        ("¥1,500", "1500.00"),
        ("0.15万元", "1500.00"),
        ("1080.3000000000002", "1080.30"),
        ("919.9999999999999", "920.00"),
        ("1500.005", None),
        ("-1", None),
        ("一千五", None),
    ],
)
def test_amounts(text, expected):
    amount, reason = read_amount(text)
    assert (None if amount is None else str(amount), reason is None) == (expected, expected is not None)


@pytest.mark.parametrize(
    ("text", "stars"),
    [("4", 4), ("4.0", 4), ("四星级", 4), ("四星", 4), ("★★★★", 4), ("★★★★☆", 4), ("4星", 4), ("甲等", None)],
)
def test_stars(text, stars):
    assert read_stars(normalize(text))[0] == stars


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
    assert read_code(code_list, {}, normalize(text)) == (code, None)


def test_an_unknown_code_is_refused():
    assert read_code("status", {}, "毕业典礼") == (None, "code_unknown")


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
        ("450103000000", "450103"),
        ("450103.0", "450103"),
        ("450101", "450100"),
        ("450100000000", "450100"),
        ("南宁市市辖区", "450100"),
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
    assert read_uscc(uscc().lower()) == (uscc(), None)


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


def _column(extract: str, name: str) -> codes.ExtractColumn:
    return next(column for column in codes.extract_columns(extract) if column.name == name)


def _faults(column: codes.ExtractColumn, *texts: str | None) -> dict[str, list[bool]]:
    found = read_column(column, pa.array(texts, pa.string()), Context(TODAY)).faults
    return {reason: flags.tolist() for reason, flags in found.items()}


def test_texts_are_refused_when_too_long_or_holding_an_id():
    key = _column("enrollment", "class_id")
    assert _faults(key, "A" * 65, f"K{person(7).lower()}", "ok", None, "甲" * 64) == {
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
    assert _faults(_column("enrollment", "employer_uscc"), candidate) == {"identity_in_value": [True]}


@pytest.mark.parametrize("last", "0123456789X")
def test_a_mistyped_id_where_a_uscc_belongs_is_refused_as_an_id(last):
    assert _faults(_column("enrollment", "employer_uscc"), person(1)[:17] + last) == {"identity_in_value": [True]}


@pytest.mark.parametrize("text", ["4.50103E+17", "1.745003E+15", "2.03E+10"])
@pytest.mark.parametrize(
    "name", ["enrollment_id", "class_id", "project_id", "institution_uscc", "county_code", "status"]
)
def test_a_number_that_lost_its_digits_is_no_key_and_no_code(name, text):
    assert _faults(_column("enrollment", name), text) == {"number_lost_digits": [True]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("4.50103E+17", "number_lost_digits"), ("450103900307123", "id_old"), ("E12345678", "id_other_document")],
)
def test_what_is_no_id_of_eighteen_characters_is_told_as_what_it_is(text, reason):
    assert _faults(_column("enrollment", "person_id"), text) == {reason: [True]}


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("4-04-05-05", "4-04-05-05", None),
        ("4–04–05–05", "4-04-05-05", None),
        ("数据标注员", "4-04-05-05", None),
        ("电工(6-31-01-03)", "6-31-01-03", None),
        ("壮锦织造", None, "壮锦织造"),
        ("  壮锦  织造 ", None, "壮锦 织造"),
    ],
)
def test_an_occupation_is_known_by_code_or_name_and_else_kept_as_a_name(text, code, name):
    read = read_column(_column("enrollment", "occupation_code"), pa.array([text]), Context(TODAY))
    assert (read.values.to_pylist(), read.names.to_pylist(), read.faults) == ([code], [name], {})


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
                word = codes.header_lookup(extract)[codes.header_spelling(row["header_zh"])]
                assert word.columns == tuple(row["column_name"].split("+"))


@pytest.mark.parametrize("word", NULLS)
def test_a_key_that_only_says_nothing_is_a_missing_value(word):
    key = _column("enrollment", "enrollment_id")
    assert read_column(key, pa.array([word], pa.string()), Context(TODAY)).values.to_pylist() == [None]
