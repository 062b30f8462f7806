"""However a spreadsheet saved a seed, it is read to the same rows, or the error names seed, line and what to do."""

import codecs
import csv
import io
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillsdw import seeds
from skillsdw.seeds import SeedError, declarations, in_force, read_list, read_seed

NAMES = sorted(declarations())
ORIGINAL = {name: read_seed(name) for name in NAMES}
Rows = list[list[str]]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A copy of the seeds, which is the one that is read."""
    shutil.copytree(seeds.SEEDS, tmp_path / "seeds")
    monkeypatch.setattr(seeds, "SEEDS", tmp_path / "seeds")
    monkeypatch.delenv("SKILLSDW_HOME", raising=False)
    return tmp_path / "seeds"


def table_of(name: str) -> Rows:
    columns = list(declarations()[name].columns)
    return [columns, *([row[column] for column in columns] for row in ORIGINAL[name])]


def text_of(rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def read_again(name: str) -> list[dict[str, str]]:
    with in_force(None):
        return read_seed(name)


def reordered(rows: Rows) -> Rows:
    order = list(range(len(rows[0])))
    random.Random(len(rows)).shuffle(order)
    return [[row[at] for at in order] for row in rows]


def padded(rows: Rows) -> Rows:
    """What Excel leaves behind deleted cells: empty columns, and empty rows between and below."""
    wide = [[*row, "", " "] for row in rows]
    blank = [""] * len(wide[0])
    return [*wide[:2], blank, *wide[2:], blank, ["\u3000", *blank[1:]]]


def cut_short(rows: Rows) -> Rows:
    """Empty cells at a row's end are left out, as Excel does from the seventeenth row on."""
    cut = [list(row) for row in rows]
    for row in cut[1:]:
        while len(row) > 1 and row[-1] == "":
            row.pop()
    return cut


def as_shown(rows: Rows, name: str) -> Rows:
    """What Excel shows, and saves, of dates, booleans, numbers."""
    kinds = [declarations()[name].columns[column] for column in rows[0]]

    def shown(text: str, kind: str) -> str:
        if not text:
            return text
        if kind == "boolean":
            return text.upper()
        if kind == "date":
            year, month, day = text.split("-")
            return f"{year}/{int(month)}/{int(day)} 0:00"
        if kind in ("integer", "bigint"):
            return f"{int(text)}.0"
        if kind == "double":
            return f"{100 * float(text):g}%"
        return f"{float(text):,.2f}" if kind.startswith("decimal") else text

    return [rows[0], *([shown(text, kind) for text, kind in zip(row, kinds, strict=True)] for row in rows[1:])]


FORMATS: dict[str, Callable[[str, Rows], bytes]] = {
    "GBK": lambda _, rows: text_of(rows, end="\r\n").encode("gbk"),
    "GB18030 with CRLF": lambda _, rows: text_of(rows, end="\r\n").encode("gb18030"),
    "UTF-8 with a mark": lambda _, rows: text_of(rows).encode("utf-8-sig"),
    "Unicode text": lambda _, rows: codecs.BOM_UTF16_LE + text_of(rows, "\t", "\r\n").encode("utf-16-le"),
    "UTF-16, big end first": lambda _, rows: codecs.BOM_UTF16_BE + text_of(rows, "\t", "\r\n").encode("utf-16-be"),
    "UTF-16 without a mark": lambda _, rows: text_of(rows, "\t", "\r\n").encode("utf-16-le"),
    "semicolons": lambda _, rows: text_of(rows, ";", "\r\n").encode("gb18030"),
    "sep= in front": lambda _, rows: ("sep=;\r\n" + text_of(rows, ";", "\r\n")).encode("utf-8-sig"),
    "columns in another order": lambda _, rows: text_of(reordered(rows)).encode(),
    "empty columns and rows": lambda _, rows: text_of(padded(rows), end="\r\n").encode("gb18030"),
    "cells left out": lambda _, rows: text_of(cut_short(rows)).encode("gb18030"),
    "as Excel shows it": lambda name, rows: text_of(as_shown(rows, name), end="\r\n").encode("gb18030"),
    "carriage returns alone": lambda _, rows: text_of(rows, end="\r").encode(),
    "no line end, an end mark": lambda _, rows: text_of(rows).rstrip("\n").encode() + b"\x1a",
    "headers in capitals": lambda _, rows: text_of([[f" {c.upper()}" for c in rows[0]], *rows[1:]]).encode(),
    "marks of a text": lambda _, rows: text_of(
        [rows[0], *([f'="{c}"' if c else "" for c in r] for r in rows[1:])]
    ).encode(),
}


@pytest.mark.parametrize("saved_as", FORMATS)
def test_every_seed_reads_the_same_however_it_was_saved(folder, saved_as):
    for name in NAMES:
        (folder / f"{name}.csv").write_bytes(FORMATS[saved_as](name, table_of(name)))
        assert read_again(name) == ORIGINAL[name], name


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    changes=st.sets(st.sampled_from([reordered, padded, cut_short])),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]),
    shown=st.booleans(),
)
def test_every_combination_reads_the_same(folder, name, changes, delimiter, end, encoding, shown):
    rows = table_of(name)
    rows = as_shown(rows, name) if shown else rows
    for change in (reordered, padded, cut_short):
        rows = change(rows) if change in changes else rows
    (folder / f"{name}.csv").write_bytes(text_of(rows, delimiter, end).encode(encoding))
    assert read_again(name) == ORIGINAL[name]


def test_the_checkout_holds_the_seeds_in_the_one_form():
    for name in NAMES:
        with (seeds.SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == ORIGINAL[name], name


def told(name: str) -> SeedError:
    with pytest.raises(SeedError) as raised, in_force(None):
        read_list(name)
    error = raised.value
    assert f"{name}.csv" in error.message_zh
    assert f"{name}.csv" in error.message_en
    # In Chinese what to do is a sentence of its own, in English it follows a semicolon.
    assert re.search(r"。请.+", error.message_zh)
    assert "; " in error.message_en
    assert str(error) == f"{error.message_zh} / {error.message_en}"
    return error


def assert_line(error: SeedError, line: int) -> None:
    assert f"第{line}行" in error.message_zh, (line, str(error))
    assert f" line {line}:" in error.message_en, (line, str(error))


def test_a_missing_column_is_named(folder):
    for name in NAMES:
        for column in declarations()[name].columns:
            rows = table_of(name)
            at = rows[0].index(column)
            (folder / f"{name}.csv").write_text(text_of([row[:at] + row[at + 1 :] for row in rows]))
            error = told(name)
            assert_line(error, 1)
            assert column in error.message_zh
            assert column in error.message_en
        (folder / f"{name}.csv").write_text(text_of(table_of(name)))


def test_a_key_that_comes_twice_is_named_with_both_lines(folder):
    tried = 0
    for name in NAMES:
        if not (declarations()[name].keys and ORIGINAL[name]):
            continue
        rows = table_of(name)
        (folder / f"{name}.csv").write_text(text_of([*rows, rows[-1]]))
        error = told(name)
        assert_line(error, len(rows) + 1)
        assert f"第{len(rows)}行" in error.message_zh
        assert f"on line {len(rows)}" in error.message_en
        tried += 1
    assert tried >= 25


def some_row(name: str) -> list[str]:
    """A row of a list, also of one that is still empty."""
    examples = {
        "city_target": ["2025", "450100", "60000", "桂人社发〔2025〕1号"],
        "subsidy_standard": ["occupation", "", "", "", "600", "2025-01-01", ""],
    }
    return table_of(name)[1] if ORIGINAL[name] else examples[name]


WRONG = {
    "integer": ["六万", "1.8E+05", "12.5", "#N/A", "1,80,000", "9" * 40],
    "bigint": ["六万", "1.8E+05", "12.5", "#REF!", "180000人次"],
    "double": ["七成", "7E-1", "0,7", "#DIV/0!"],
    "decimal": ["壹万", "1E+07", "600.001", "#VALUE!", "600-", "9" * 30],
    "date": ["1/2/2025", "2025-13-01", "2025年2月30日", "长期", "12", "#####"],
    "boolean": ["是的", "2", "对", "#NAME?"],
    "varchar": ["#N/A", "1.23E+17", "?????", "桂\ufffd", "5月1日", "1-May", "Sep-25"],
}


def test_a_value_of_another_type_is_named_with_its_line_and_column(folder):
    for name in NAMES:
        columns = declarations()[name].columns
        for at, (column, kind) in enumerate(columns.items()):
            for value in WRONG[re.sub(r"\(.*", "", kind)]:
                rows = [list(columns), some_row(name), [*some_row(name)[:at], value, *some_row(name)[at + 1 :]]]
                (folder / f"{name}.csv").write_text(text_of(rows))
                error = told(name)
                assert_line(error, 3)
                assert column in error.message_zh
                assert column in error.message_en
        (folder / f"{name}.csv").write_text(text_of(table_of(name)))


def test_what_excel_makes_of_a_code_or_a_range_is_named(folder):
    for name in NAMES:
        columns = list(declarations()[name].columns)
        for column, (_, example) in declarations()[name].forms.items():
            at = columns.index(column)
            for value in ("5月1日", "Sep-25", "2025/9/1", example[1:], f"0{example}", example.replace("-", "")[:3]):
                rows = [columns, [*some_row(name)[:at], value, *some_row(name)[at + 1 :]]]
                (folder / f"{name}.csv").write_text(text_of(rows))
                error = told(name)
                assert_line(error, 2)
                assert column in error.message_en
        (folder / f"{name}.csv").write_text(text_of(table_of(name)))


CHARACTER = re.compile("[\u4e00-\u9fff](?=[,\n])")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_half_a_character_is_named_with_its_line(folder, encoding):
    tried = 0
    for name in NAMES:
        text = text_of(table_of(name))
        whole = text.encode(encoding)
        for match in list(CHARACTER.finditer(text))[:40]:
            end = len(text[: match.end()].encode(encoding))
            (folder / f"{name}.csv").write_bytes(whole[: end - 1] + whole[end:])
            assert_line(told(name), text.count("\n", 0, match.start()) + 1)
            tried += 1
        (folder / f"{name}.csv").write_bytes(whole)
    assert tried > 300


def test_lines_of_another_encoding_are_named(folder):
    for name in NAMES:
        lines = text_of(table_of(name)).splitlines(keepends=True)
        chinese = [at for at, line in enumerate(lines) if len(re.findall("[\u4e00-\u9fff]", line)) >= 4]
        if len(chinese) < 2:
            continue
        mixed = [line.encode("gb18030" if at == chinese[-1] else "utf-8") for at, line in enumerate(lines)]
        (folder / f"{name}.csv").write_bytes(b"".join(mixed))
        assert_line(told(name), chinese[-1] + 1)


def test_a_word_that_is_both_utf_8_and_gbk_is_asked_about(folder):
    (folder / "city_target.csv").write_bytes(
        "plan_year,city_code,target_sessions,source_document\n2025,450100,60000,通知\n".encode("gbk")
    )
    assert_line(told("city_target"), 2)


HEADER = "plan_year,city_code,target_sessions,source_document\n"
OTHER_FAULTS = {
    "an empty file": (b"", 0, "empty"),
    "a workbook": (b"PK\x03\x04rest", 0, "workbook"),
    "a column too many": ((HEADER.strip() + ",remark\n").encode(), 1, "remark"),
    "a column twice": ((HEADER.strip() + ",city_code\n").encode(), 1, "twice"),
    "a cell beyond the header": ((HEADER + "2025,450100,60000,a,b\n").encode(), 2, "stands under no header"),
    "an open quotation mark": ((HEADER + '2025,450100,60000,"a\n').encode(), 2, "quotation mark"),
    "a key with a gap": ((HEADER + "2025,,60000,a\n").encode(), 2, "city_code is empty"),
    "a value that must be there": ((HEADER + "2025,450100,,a\n").encode(), 2, "target_sessions is empty"),
}


@pytest.mark.parametrize("fault", OTHER_FAULTS)
def test_other_faults_are_named(folder, fault):
    content, line, words = OTHER_FAULTS[fault]
    (folder / "city_target.csv").write_bytes(content)
    error = told("city_target")
    assert words in error.message_en
    if line:
        assert_line(error, line)


def test_a_list_that_is_no_file_or_is_missing_is_named(folder):
    (folder / "city_target.csv").unlink()
    assert "cannot be opened" in told("city_target").message_en
    (folder / "city_target.csv").mkdir()
    assert "regular file" in told("city_target").message_en
    (folder / "city_target.csv").rmdir()
    os.mkfifo(folder / "city_target.csv")
    assert "regular file" in told("city_target").message_en


def test_a_list_that_must_have_rows_or_codes_says_so(folder):
    for name in NAMES:
        (folder / f"{name}.csv").write_text(text_of(table_of(name)[:1]))
        if declarations()[name].may_be_empty:
            assert read_again(name) == []
        else:
            assert "no rows" in told(name).message_en
    (folder / "industry.csv").write_text(text_of([row for row in table_of("industry") if row[0] != "AI"]))
    assert "lacks AI" in told("industry").message_en


def test_a_code_of_no_other_list_is_named_with_both(folder):
    (folder / "city_target.csv").write_text(HEADER + "2025,450100,1,\n2025,459900,1,\n")
    with pytest.raises(SeedError) as raised, in_force(None):
        seeds.read_all()
    assert "city_target.csv line 3" in str(raised.value)
    assert "city.csv" in str(raised.value)


def test_an_error_shows_no_id(folder):
    (folder / "city_target.csv").write_text(
        HEADER + "2025,450103199003070011,60000,a\n2025,450100,45010319900307001X,a\n"
    )
    assert "19900307" not in str(told("city_target"))
