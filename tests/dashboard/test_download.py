"""Files that readers take away: types, provenance, and text that stays text."""

import csv
from datetime import date
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from dashboards.charts.pen import Pen
from dashboards.download import Source, csv_file, excel_file
from dashboards.format import Numbers
from dashboards.table import Column, Interval, State, Table
from dashboards.words import Words
from skillsdw.formula import csv_text

WORDS = Words("zh")
PEN = Pen(WORDS, Numbers(WORDS), dark=False, define=lambda column: f"{column}的口径")
SOURCE = Source("地市", ("2026年", "河池市"), "20261101T083000-7f3a2c1", ("版本 20261101T083000-7f3a2c1", "数据截至 x"))
ROWS = [
    SimpleNamespace(name="河池市", n=1234, share=0.5612, low=0.55, high=0.57, day=date(2026, 10, 31)),
    SimpleNamespace(name="=1+1", n=None, share=0.4, low=0.3, high=0.5, day=None),
]
TABLE = Table(
    "名次",
    [
        Column("市", value=lambda row: row.name),
        Column("人次", "count", "m.n", lambda row: State("suppressed") if row.n is None else row.n),
        Column("比率", "share", "m.share", lambda row: Interval(row.share, row.low, row.high)),
        Column("日期", "day", "m.day"),
    ],
    ROWS,
)


@pytest.fixture
def book():
    return load_workbook(BytesIO(excel_file(TABLE, SOURCE, PEN, "题目", "=副题")))


def test_excel_carries_types_formats_widths_and_a_frozen_head(book):
    sheet = book["名次"]
    assert [cell.value for cell in sheet[1]] == ["市", "人次", "比率", "比率下限", "比率上限", "日期"]
    assert [cell.value for cell in sheet[2]][1:5] == [1234, 0.5612, 0.55, 0.57]
    assert sheet["F2"].is_date
    assert [sheet[place].number_format for place in ("B2", "C2", "D2", "F2")] == ["#,##0", "0.0%", "0.0%", "yyyy-mm-dd"]
    assert sheet.freeze_panes == "B2"
    assert sheet.column_dimensions["A"].width >= 8


def test_excel_says_where_it_comes_from_and_what_its_columns_and_symbols_mean(book):
    lines = [row[0].value for row in book["说明"].iter_rows() if row[0].value]
    assert lines[:4] == ["题目", "=副题", "2026年 · 河池市", "版本 20261101T083000-7f3a2c1"]
    assert "人次: m.n的口径" in lines
    assert any(line.startswith("〈‡ 小于10〉") for line in lines)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1", "＝1+1", "－1", " =1", "\n@x"])
def test_text_that_looks_like_a_formula_stays_text(text):
    table = Table("x", [Column(text, value=lambda row: row)], [text])
    sheet = load_workbook(BytesIO(excel_file(table, SOURCE, PEN, "t", "s")))["x"]
    for place in ("A1", "A2"):
        assert (sheet[place].data_type, sheet[place].value) == ("s", text)
        assert sheet[place].quotePrefix
    shown = csv_file(table, PEN).decode("utf-8-sig")
    assert next(csv.reader(StringIO(shown, newline=""))) == [csv_text(text)]
    assert csv_text(text).startswith("'")


def test_what_no_workbook_can_hold_does_not_stop_the_download():
    table = Table("x", [Column("名", value=lambda row: row)], ["a\x0bb\x1b\ud800"])
    sheet = load_workbook(BytesIO(excel_file(table, SOURCE, PEN, "t", "s")))["x"]
    assert sheet["A2"].value == "a\ufffdb\ufffd\ufffd"


def test_a_negative_number_is_a_number_in_both_files():
    table = Table("x", [Column("差", "count", value=lambda row: row)], [-5, -1234.5])
    assert csv_file(table, PEN).decode("utf-8-sig").splitlines() == ["差", "-5", "-1234.5"]
    sheet = load_workbook(BytesIO(excel_file(table, SOURCE, PEN, "t", "s")))["x"]
    assert [(sheet[place].data_type, sheet[place].value) for place in ("A2", "A3")] == [("n", -5), ("n", -1234.5)]


def test_csv_has_its_mark_plain_numbers_and_states():
    raw = csv_file(TABLE, PEN)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(raw.decode("utf-8-sig"))))
    assert rows[1] == ["河池市", "1234", "0.5612", "0.55", "0.57", "2026-10-31"]
    assert rows[2] == ["'=1+1", "〈‡ 小于10〉", "0.4", "0.3", "0.5", "〈—〉"]


def test_a_file_is_named_by_page_table_scope_and_build():
    assert SOURCE.file_name("名次", "xlsx") == "地市_名次_2026年_河池市_20261101T083000-7f3a2c1.xlsx"
    assert "/" not in SOURCE.file_name("a/b:c", "csv")
