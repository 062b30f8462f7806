"""What is written holds no identity, and what is none stays as it is."""

import io
import logging
import sys
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_identities import CARD, FOREIGNER, ID, ID_X, MOBILE, NAME, OLD_ID, TODAY, WRONG, shapes

from skillsdw.identity import OUTPUT, ScrubbedStream, ScrubFilter, find, scrub, scrubbed_excepthook, shape
from skillsdw.masking import mask_id_like, mask_names, mask_person_id, mask_value

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
# Lines of the program's own, all of which stay.
LINES = [
    "2025-03-01 12:34:56,789 INFO skillsdw.landing landed batch 123 in 1.234 s",
    "enrollment/450103/2025-03.csv: 12,345 行, 入库 12,300 行, 退回 45 行 / landed 12,300, rejected 45",
    f"sha256 {DIGEST}",
    f"sha256 {DIGEST[:12]} build 20261031T021530Z-{DIGEST[:8]}",
    "/srv/skillsdw/data/published/versions/20261031T021530123456.duckdb",
    "第15行 D15 结业日期 2025-03-01 早于开班日期 2025-03-20",
    "补贴 1,234,567.89 元, 15,300 人次, 45.01%, 0.3333333333333333",
    "batch_id=1234567 row_number=4501032 key PX4501-00000123 class 450103-20250301-01",
    "key 450103202503010001 certificate S000045010001251000123 GX4501Y000000123",
    "uscc 91450100MA5KAAAA1X 12450924MB5MRLTC7H",
    "550e8400-e29b-41d4-a716-446655440000 f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "| 2025 | 15 300 | 1 200 | 34 | 7 | 0.25 |",
    "15:30:00,123 45 rows, 16:00:01.500 62 rows",
    "pid 12345, 4096 MB, 127.0.0.1:8501, port 15432, exit 137",
    "[####----] 62% 3450/5500 eta 0:01:23",
    "1789012345678901234 nanoseconds, 1767225600000 ms",
    'File "skillsdw/landing/values.py", line 138, in read_integer',
    "南宁市第一职业技术学校 黄冠 高级 450100",
]


@pytest.mark.parametrize("line", LINES)
def test_what_is_no_identity_stays(line):
    assert scrub(line, TODAY) == line


@pytest.mark.parametrize("name", shapes())
@pytest.mark.parametrize("pattern", ["{}", "第3行:值 {} 未通过校验 / row 3: {} refused", "2025-03-01 12:00:00 {}\n"])
def test_what_is_written_holds_no_identity(name, pattern):
    text = pattern.replace("{}", shapes()[name])
    written = scrub(text, TODAY)
    assert find(written, purpose=OUTPUT, today=TODAY) is None
    assert shapes()[name] not in written
    assert scrub(written, TODAY) == written


def test_the_rest_of_a_line_stays():
    line = f"2025-03-01 12:34:56 row 15: 编号 BM-{ID} (batch 123, sha256 {DIGEST[:12]})"
    assert scrub(line, TODAY) == f"2025-03-01 12:34:56 row 15: 编号 BM-{'N' * 18} (batch 123, sha256 {DIGEST[:12]})"


def test_a_name_beside_a_number_goes_with_it():
    for text in (
        f"学员{NAME}{MOBILE}",
        f"{NAME},身份证号:{ID}",
        f"{ID} {NAME}",
        f"{NAME}({OLD_ID})",
        f"{NAME}的手机号 {MOBILE}",
    ):
        assert NAME not in scrub(text, TODAY), text


@given(
    st.lists(
        st.sampled_from([ID, WRONG, OLD_ID, FOREIGNER, MOBILE, CARD, NAME, "2025", "-", " ", "x", "1", "，", "\n"]),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_what_is_scrubbed_stays_so(parts):
    written = scrub("".join(parts), TODAY)
    assert scrub(written, TODAY) == written
    assert find(written, purpose=OUTPUT, today=TODAY) is None


def test_a_shape_says_what_a_value_looks_like_and_nothing_of_it():
    assert shape("450103-19900307-0013") == "NNNNNN-NNNNNNNN-NNNN"
    assert shape(f"{NAME}{MOBILE}") == "字字字NNNNNNNNNNN"
    assert shape("Ｅ１２３x①٣") == "ANNNANN"
    assert shape("4\u200b5\u202e0") == "NNN"
    assert shape("1" * 100) == "N" * 39 + "…"
    assert len(shape("1-" * 5000)) <= 200


@given(st.text(max_size=60))
def test_a_shape_holds_no_digit_and_no_letter_but_its_signs(text):
    assert not any(character.isalnum() and character not in "NA字" for character in shape(text))


def test_records_of_a_log_and_their_tracebacks_are_scrubbed():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ScrubFilter())
    logger = logging.Logger("tried")
    logger.addHandler(handler)
    logger.warning("value %s of row %d", ID, 15)
    try:
        raise ValueError(f"cannot read {ID_X}")
    except ValueError:
        logger.exception("failed for %s", MOBILE, stack_info=True)
    said = stream.getvalue()
    assert "value NNNNNNNNNNNNNNNNNN of row 15" in said
    assert "Traceback" in said
    assert "ValueError: cannot read NNNNNNNNNNNNNNNNNA" in said
    assert MOBILE not in said


def test_a_stream_is_scrubbed_also_when_a_number_comes_in_pieces():
    beneath = io.StringIO()
    stream = ScrubbedStream(beneath)
    print("row", 15, ID[:10], end="", file=stream)
    print(ID[10:], "refused", file=stream)
    assert beneath.getvalue() == "row 15 NNNNNNNNNNNNNNNNNN refused\n"
    stream.write(f"still {MOBILE}")
    stream.flush()
    assert beneath.getvalue().endswith("still NNNNNNNNNNN")
    traceback.print_exception(ValueError(ID), file=stream)
    assert ID not in beneath.getvalue()


def test_an_error_that_nobody_caught_is_scrubbed(capsys):
    try:
        raise KeyError(ID)
    except KeyError as error:
        scrubbed_excepthook(type(error), error, error.__traceback__)
    said = capsys.readouterr().err
    assert ID not in said
    assert "KeyError" in said
    assert sys.excepthook is sys.__excepthook__


@pytest.mark.parametrize("name", shapes())
def test_no_mask_shows_an_identity(name):
    value = shapes()[name]
    for shown in (mask_value(value), mask_id_like(value), mask_names(mask_id_like(f"enrollment/{value}.csv"))):
        assert find(shown, purpose=OUTPUT, today=TODAY) is None
        assert NAME not in shown


def test_an_id_column_shows_six_characters_at_most():
    assert mask_person_id(WRONG) == f"4501{'*' * 12}12"
    assert mask_person_id("450103-19900307-001x") == f"4501{'*' * 12}1X"
    assert mask_person_id("护照E1234567") == "字字ANNNNNNN"
    assert mask_person_id(f"{NAME} {ID}") == f"字字字 {'N' * 18}"


def test_what_is_no_identity_is_shown():
    assert mask_value("砂糖产业") == "砂糖产业"
    assert mask_value("青秀曲") == "青秀曲"
    assert mask_names("enrollment/柳州/2025-03.csv") == "enrollment/柳州/2025-03.csv"
    assert mask_names(f"enrollment/{NAME}-2025.csv") == "enrollment/字字字-2025.csv"
