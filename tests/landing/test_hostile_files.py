"""Files that mean harm, or were badly hurt: bounded memory and time, a clear error, nothing landed by half."""

import io
import json
import os
import socket
import struct
import sys
import time
import zipfile
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_material import ENROLLMENT, enrollments, person, rows, write_csv, write_parquet, write_xlsx
from rich.console import Console

from ordeals.hostile import material
from skillsdw import cli
from skillsdw.codes import header_word
from skillsdw.identity import PURPOSES, find, scrub, shape
from skillsdw.landing import files, packed, pieces, prepare, text_file, unpack, values
from skillsdw.landing.dates import Role, read_date
from skillsdw.landing.errors import LandingStopped
from skillsdw.landing.files import shown_name
from skillsdw.workbooks.package import Package


@pytest.fixture
def folder(home):
    (home.landing / "enrollment").mkdir()
    (home.landing / "z").mkdir()
    (home.landing / "z" / "a.csv").write_text(
        "甲,乙\n1,2\n", encoding="utf-8"
    )  # refused: no extract's folder, nor header
    write_csv(home.landing / "certification" / "good.csv", rows({}, extract="certification"))
    return home.landing / "enrollment"


@pytest.fixture
def refusal(folder, land_all, query):
    """Land the folder: the one file of enrollment is refused, nothing of it stays, its neighbour lands."""

    def run() -> str:
        assert len(list(folder.iterdir())) == 1
        found = {result.file_name: result for result in land_all().files}
        assert found.pop("certification/good.csv").rows_landed == 1
        assert found.pop("z/a.csv").status == "refused"
        [result] = found.values()
        assert result.status == "refused"
        assert query("select count(*) from raw.enrollment") == [(0,)]
        assert "未入库" in result.message_zh
        assert "程序出错" not in result.message_zh
        return result.message_en

    return run


def _write_book(path, sheet: str) -> None:
    material.write_book(path, material.parts_of(sheet))


def _corner(reference: str, row: str) -> str:
    far = f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>x</t></is></c></row>'
    return material.sheet_xml(material.table(), after=far)


@pytest.mark.parametrize("lies", [False, True])
def test_a_workbook_that_unpacks_to_more_than_a_workbook_may_is_not_read(folder, refusal, monkeypatch, lies):
    monkeypatch.setattr(packed, "MEMORY_BYTES", 1024**3)
    sheet = material.sheet_xml(material.table(), after="<!---->")
    parts = material.parts_of(sheet)
    material.write_bomb(folder / "a.xlsx", parts, "xl/worksheets/sheet1.xml", 1_100, lies, b"<row></row>")
    assert "more than 1,024 MB when unpacked" in refusal()


def test_the_size_is_counted_while_unpacking_since_the_directory_may_say_anything(tmp_path):
    sheet = material.sheet_xml(material.table(), after="<!---->")
    path = tmp_path / "a.xlsx"
    material.write_bomb(path, material.parts_of(sheet), "xl/worksheets/sheet1.xml", 20, True, b"<row></row>")
    with Package(path, 25 * 1024**2) as parts:
        assert sum(len(block) for block in parts.blocks("xl/worksheets/sheet1.xml")) > 20 * 1024**2
    with Package(path, 15 * 1024**2) as parts, pytest.raises(unpack.Refused) as refused:
        list(parts.blocks("xl/worksheets/sheet1.xml"))
    assert refused.value.status == unpack.TOO_LARGE
    with zipfile.ZipFile(path) as package:
        assert sum(part.file_size for part in package.infolist()) < 1024**2


@pytest.mark.parametrize(
    ("reference", "row"), [("XFD1048576", "1048576"), ("ZZZZZZ4294967295", "4294967295"), ("A4294967295", "4294967295")]
)
def test_a_cell_far_from_the_table_neither_ends_the_landing_nor_takes_its_memory(folder, refusal, reference, row):
    _write_book(folder / "a.xlsx", _corner(reference, row))
    assert "memory" in (said := refusal()) or "cannot be opened" in said


def test_a_sheet_of_too_many_columns_is_refused(folder, refusal):
    _write_book(folder / "a.xlsx", _corner("ALM9", "9"))  # the 1001st
    assert "more than 1,000 columns" in refusal()


def test_a_lying_dimension_and_a_far_total_are_no_fault(folder, land_all):
    sheet = material.sheet_xml(material.table(), before='<dimension ref="A1:XFD1048576"/>')
    _write_book(folder / "a.xlsx", sheet)
    far = '<row r="200000"><c r="A200000" t="inlineStr"><is><t>合计</t></is></c></row>'
    _write_book(folder / "b.xlsx", material.sheet_xml(material.table(), after=far))
    assert [r.rows_landed for r in land_all().files if r.extract == "enrollment"] == [3, 3]
    assert [r.rows_read for r in land_all().files if r.status == "landed"] == []


def test_entities_of_a_workbook_are_not_expanded(folder, refusal):
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    sheet = material.sheet_xml(material.table()).replace("\n", f"\n{entities}", 1).replace("BJ-01", "&b;")
    _write_book(folder / "a.xlsx", sheet)
    assert "cannot be opened" in refusal()


def test_rows_and_columns_left_empty_above_a_sheets_table_are_counted(home, land_all, query):
    header, row = rows({})
    pad = [None, None]
    write_xlsx(home.landing / "enrollment" / "a.xlsx", [[], [], [*pad, *header], [*pad, *row]])
    assert land_all().rows_landed == 1
    assert query("select row_number from raw.enrollment") == [(4,)]


def test_a_formula_lands_as_its_kept_value_and_is_told_without_one(folder, land_all, query):
    sheet = material.sheet_xml(material.table(2))
    kept = '<c r="D2" t="str"><f>HYPERLINK("http://198.51.100.7/",B2)</f><v>BJ-01</v></c>'
    lost = "<c r=\"D3\"><f>cmd|' /C calc'!A0</f></c>"
    for number, cell in ((2, kept), (3, lost)):
        sheet = sheet.replace(f'<c r="D{number}" t="inlineStr"><is><t>BJ-01</t></is></c>', cell)
    _write_book(folder / "a.xlsx", sheet)
    land_all()
    assert query("select class_id from raw.enrollment") == [("BJ-01",)]
    assert query("select row_number, column_name, reason_code from raw.rejected_row") == [(3, "class_id", "cell_error")]


def test_a_reader_that_panics_or_is_ended_is_told_apart_from_one_that_the_system_ended():
    assert "memory" in packed.unreadable(-6).message_en
    assert "minutes" in packed.unreadable(-24).message_en
    assert not isinstance(packed.unreadable(-6), LandingStopped)
    assert isinstance(packed.unreadable(-9), LandingStopped)
    assert "cannot be opened" in packed.unreadable(1).message_en


def test_a_reader_that_takes_too_long_is_stopped(folder, refusal, monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n")
    monkeypatch.setattr(unpack, "__file__", str(slow))
    write_xlsx(folder / "a.xlsx", rows({}))
    assert "minutes of processor time" in refusal()


def test_too_many_columns_are_refused_and_few_are_named(home, land_all):
    header, row = rows({})
    many = [f"c{chr(0x4E00 + n)}" for n in range(10_000)]  # a digit more would be one shape
    write_csv(home.landing / "enrollment" / "a.csv", [[*header, *many], row])
    write_csv(home.landing / "enrollment" / "b.csv", [[*header, *many[:900]], row])
    write_csv(home.landing / "enrollment" / "c.csv", [[*header, *(f"{'长' * 30}{n}" for n in many)], row])
    first, second, third = land_all().files
    assert (first.status, third.status) == ("refused", "refused")
    assert "more than 1,000 columns" in first.message_en
    assert "longer than 256 KB" in third.message_en
    assert second.rows_landed == 1
    assert len(second.message_en) < 1_000
    assert "and 870 more" in second.message_en
    assert "等900列" in second.message_zh
    assert len(json.loads(second.report.read_text(encoding="utf-8"))["unknown_columns"]) == 900


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_longer_than_a_line_may_be_is_named(folder, refusal, place, end):
    header, *body = enrollments(3)
    lines = [",".join(row) for row in (header, *body)]
    lines.insert({"first": 0, "middle": 2, "last": 4}[place], "x" * (text_file.LINE_BYTES + 10))
    (folder / "a.csv").write_text(end.join(lines), newline="")
    said = refusal()
    assert "is longer than 1 MB" in said
    if end != "\r":
        assert f"Line { ({'first': 1, 'middle': 3, 'last': 5}[place]) } " in said


def test_a_file_whose_lines_end_with_carriage_returns_is_cut_at_these(home, land_all, monkeypatch):
    monkeypatch.setattr(text_file, "LINE_BYTES", 2_000)
    monkeypatch.setattr(text_file, "PIECE_BYTES", 1_000)
    lines = [",".join(row) for row in enrollments(100)]
    (home.landing / "enrollment").mkdir()
    (home.landing / "enrollment" / "a.csv").write_text("\r".join(lines), newline="")
    assert land_all().rows_landed == 100


def test_many_short_lines_are_cut_into_pieces_of_a_bounded_number(home, land_all, query, monkeypatch):
    monkeypatch.setattr(text_file, "PIECE_LINES", 7)
    write_csv(home.landing / "enrollment" / "a.csv", enrollments(40), end="\n")
    write_csv(home.landing / "enrollment" / "b.csv", enrollments(34, first=100), end="\n")
    assert land_all().rows_landed == 74
    wrong = "select count(*) from raw.enrollment where enrollment_id != printf('BM-%05d', row_number - 2 + ?)"
    assert query(wrong.replace("?", "if(batch_id = 1, 0, 100)")) == [(0,)]


def test_more_rows_than_a_file_may_have(folder, refusal, monkeypatch):
    monkeypatch.setattr(text_file, "MOST_ROWS", 5)
    write_csv(folder / "a.csv", enrollments(8))
    assert "more than 5 rows" in refusal()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_a_file_with_too_many_faults_is_refused_with_the_commonest(folder, refusal, monkeypatch, suffix):
    monkeypatch.setattr("skillsdw.landing.pieces.MOST_FAULTS", 10)
    monkeypatch.setattr("skillsdw.landing.prepare.MOST_FAULTS", 10)
    table = rows(*({"enrollment_id": f"BM-{n}", "class_hours": "很多"} for n in range(11)))
    {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}[suffix](folder / f"a.{suffix}", table)
    said = refusal()
    assert "more than 10 faults" in said
    assert "class_hours: A whole number is expected" in said


def test_faults_are_summed_over_the_pieces_of_a_file(folder, refusal, monkeypatch):
    monkeypatch.setattr(text_file, "PIECE_LINES", 4)
    for module in ("pieces", "prepare"):
        monkeypatch.setattr(f"skillsdw.landing.{module}.MOST_FAULTS", 10)
    write_csv(folder / "a.csv", rows(*({"enrollment_id": f"BM-{n}", "class_hours": "x"} for n in range(11))), end="\n")
    assert "more than 10 faults" in refusal()


def test_a_quote_that_is_never_closed_is_not_followed_to_the_end(folder, refusal):
    text = material.text_of(material.table()) + '"' + "short\n" * 1_000_000
    (folder / "a.csv").write_text(text)
    assert "From line 5 a quote mark" in refusal()


def test_a_record_of_endless_quoted_line_breaks_is_not_followed_to_the_end(folder, refusal):
    (folder / "a.csv").write_text(material.text_of(material.table()) + '"\n",' * 2_000_000)
    assert "From line 5 a quote mark" in refusal()


HALF = material.text_of(material.table(40)).splitlines()


@pytest.mark.parametrize("first", ["utf-8", "gb18030"])
def test_two_encodings_in_one_file_are_told_with_the_line(folder, refusal, first):
    second = {"utf-8": "gb18030", "gb18030": "utf-8"}[first]
    content = [line.replace("韦晓阳", "职业技能").encode(first if n < 20 else second) for n, line in enumerate(HALF)]
    (folder / "a.csv").write_bytes(b"\n".join(content))
    said = refusal()
    assert "A part of the file is UTF-8, line" in said
    assert ("line 21 is not" in said) == (first == "utf-8")


def test_the_mark_of_utf8_before_other_bytes_is_told(folder, refusal):
    (folder / "a.csv").write_bytes(b"\xef\xbb\xbf" + "\n".join(HALF).encode("gb18030"))
    assert "line 2 is not" in refusal()


def test_gb18030_alone_is_not_taken_for_two_encodings(home, land_all):
    names = "联通移动鑫濂溪瑗瓯璎珞铮骅鹭鸶轶蘅荟芸芷苒茜莺菡萏葳蕤"
    table = [
        row if not n else [*row[:2], names[n % 20 : n % 20 + 4], *row[3:]] for n, row in enumerate(enrollments(500))
    ]
    write_csv(home.landing / "enrollment" / "a.csv", table, "gb18030")
    assert land_all().rows_landed == 500


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_other_encodings_of_unicode_are_told(folder, refusal, encoding, mark):
    (folder / "a.csv").write_bytes((mark + "\n".join(HALF)).encode(encoding))
    assert "CSV UTF-8" in refusal()


def test_a_parquet_file_with_text_that_is_none_is_refused(folder, refusal):
    bytes_of = pa.array([b"BJ\xff\xfe"], pa.binary())
    columns = {name: pa.array([value]) for name, value in ENROLLMENT.items()}
    columns["class_id"] = pa.Array.from_buffers(pa.string(), 1, bytes_of.buffers())
    pq.write_table(pa.table(columns), folder / "a.parquet")
    assert "text that is not UTF-8" in refusal()


def test_a_parquet_file_of_few_bytes_and_endless_text_is_refused(folder, refusal):
    count = 50_000
    columns = {name: pa.array([value] * count) for name, value in ENROLLMENT.items()}
    long = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(["x" * 1_100_000]))
    pq.write_table(pa.table(columns | {"class_id": long}), folder / "a.parquet")
    assert "longer than 128 KB" in refusal()


def test_the_text_of_a_parquet_file_is_counted_as_it_is_written_out(tmp_path, monkeypatch):
    path = write_parquet(tmp_path / "a.parquet", enrollments(100))
    monkeypatch.setattr("sys.stdin", io.StringIO("0 1 2\n"))
    assert len(list(unpack.parquet_batches(path))) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("0 1 2\n"))
    monkeypatch.setattr(unpack, "TEXT_BYTES", 1_000)
    with pytest.raises(unpack.Refused) as refused:
        list(unpack.parquet_batches(path))
    assert "written out" in packed.unreadable(refused.value.status).message_en


def test_a_parquet_column_that_nobody_needs_may_hold_anything(home, land_all):
    (home.landing / "enrollment").mkdir()
    columns = {name: pa.array([value]) for name, value in ENROLLMENT.items()}
    columns |= {"photo": pa.array([b"\xff" * 2_000_000]), "nested": pa.array([{"a": 1}])}
    pq.write_table(pa.table(columns), home.landing / "enrollment" / "a.parquet")
    [result] = land_all().files
    assert (result.rows_landed, result.unknown_columns) == (1, ("photo", "nested"))


def test_a_nested_parquet_column_that_is_needed_is_refused(folder, refusal):
    columns = {name: pa.array([value]) for name, value in ENROLLMENT.items()}
    pq.write_table(pa.table(columns | {"class_id": pa.array([{"a": 1}])}), folder / "a.parquet")
    assert "use text, date or number" in refusal()


@pytest.mark.parametrize("cut", [5, 400, 2_000])
def test_a_parquet_file_that_was_cut_or_lies_of_its_footer_is_refused(folder, refusal, cut):
    whole = write_parquet(folder / "a.parquet", rows({})).read_bytes()
    (folder / "a.parquet").write_bytes(whole[:cut] + struct.pack("<i", 2**31 - 1) + b"PAR1")
    assert "cannot be opened" in refusal()


def test_long_values_are_read_in_no_time(home, land_all, query):
    evil = {"start_date": "2025" + " " * 300_000 + "x", "industry_code": "1" * 300_000, "class_hours": "1," * 100_000}
    write_csv(home.landing / "enrollment" / "a.csv", rows(evil))
    begun = time.monotonic()
    land_all()
    assert time.monotonic() - begun < 20
    assert query("select column_name, reason_code from raw.rejected_row") == [
        ("industry_code", "code_unknown"),
        ("start_date", "date_format"),
        ("class_hours", "integer_format"),
    ]


SHORT, LONG = 500, 2_000
UNITS = (
    *(" ", "0", "1,", "a", "中", "-", ".", "/", "至", "20", "年", "1 ", "\u3000", "(", "1-", "A1", "·", "a b"),
    *("62", "+86", ":", "19", "王 ", "%", "_", "_x", "E+", "4501", "F-"),
)
PUMPED = [(front, unit, end) for front in ("", "2025-03-01", "BM-") for unit in UNITS for end in ("", "x", "年")]
READERS = {
    **{f"date, {role.value}": partial(read_date, role=role) for role in Role},
    "integer": partial(values.read_integer, 0, 9),
    **{
        name: getattr(values, f"read_{name}") for name in ("amount", "stars", "boolean", "county", "uscc", "occupation")
    },
    "code": partial(values.read_code, "industry", {}),
    "fault": values.common_fault,
    **{f"identity, {purpose}": partial(find, purpose=purpose, today=date(2026, 1, 1)) for purpose in PURPOSES},
}
WRITERS = {
    "normalize": values.normalize,
    "key": values.normalize_key,
    "header": partial(header_word, "enrollment"),
    "shape": shape,
    "scrub": scrub,
}


@pytest.mark.parametrize("reader", [*READERS, *WRITERS])
def test_a_value_made_to_be_slow_is_read_in_the_time_of_its_length(reader):
    """Patterns that try again at every place take the square: sixteen times as long for four times the characters."""
    read = READERS.get(reader) or WRITERS[reader]

    def spent(front: str, unit: str, end: str, length: int) -> float:
        text = front + unit * (length // len(unit)) + end
        given = text if reader in WRITERS else values.normalize(text) or "1"
        begun = time.process_time()
        read(given)
        return time.process_time() - begun

    slow = []
    for pumped in PUMPED:
        if (long := spent(*pumped, LONG)) > 0.02 and long > 9 * min(spent(*pumped, SHORT) for _ in range(3)):
            again = min(spent(*pumped, LONG) for _ in range(3))  # a busy machine makes one measure long
            if again > 9 * min(spent(*pumped, SHORT) for _ in range(3)):
                slow.append((*pumped, round(again, 2)))
    assert slow == []


def test_what_leads_out_of_the_landing_folder_is_refused_once_and_told(home, land_all, query, tmp_path):
    outside = tmp_path / "outside"
    write_csv(outside / "secret.csv", rows({}))
    folder = home.landing / "enrollment"
    folder.mkdir()
    (folder / "1-out.csv").symlink_to(outside / "secret.csv")
    (folder / "2-folder").symlink_to(outside)
    (folder / "3-loop").symlink_to(folder)
    (folder / "4-itself.csv").symlink_to("4-itself.csv")
    (folder / "5-nowhere.csv").symlink_to("gone.csv")
    (folder / "6-device.csv").symlink_to("/dev/zero")
    (home.landing / "certification").symlink_to(outside)
    write_csv(folder / "7-good.csv", rows({}))
    (folder / "8-inside.csv").symlink_to("7-good.csv")
    found = {result.file_name: result for result in land_all().files}
    assert found.pop("enrollment/7-good.csv").rows_landed == 1
    assert "enrollment/8-inside.csv" not in found
    assert len(found) == 7
    assert {result.status for result in found.values()} == {"refused"}
    for name in ("enrollment/1-out.csv", "enrollment/2-folder", "enrollment/3-loop", "certification"):
        assert "leads out of landing/" in found[name].message_en
    for name in ("enrollment/4-itself.csv", "enrollment/5-nowhere.csv"):
        assert "link to nothing" in found[name].message_en
    assert query("select count(*) from raw.enrollment") == [(1,)]
    assert {result.status for result in land_all().files} == {"unchanged"}
    assert query("select count(*) from raw.batch") == [(8,)]


def test_a_pipe_a_socket_and_a_folder_named_as_a_file_do_not_hang(home, land_all, monkeypatch):
    folder = home.landing / "enrollment"
    (folder / "folder.csv").mkdir(parents=True)
    os.mkfifo(folder / "pipe.csv")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.csv")
        results = land_all().files
    assert [(r.file_name, r.status) for r in results] == [
        ("enrollment/door.csv", "refused"),
        ("enrollment/pipe.csv", "refused"),
    ]
    assert all("no file but a pipe" in result.message_en for result in results)


def test_a_folder_that_cannot_be_opened_is_told_and_the_others_land(home, land_all, monkeypatch):
    write_csv(home.landing / "enrollment" / "a.csv", rows({}))
    (home.landing / "enrollment" / "closed").mkdir()
    listed = type(home.landing).iterdir

    def iterdir(path):
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(type(home.landing), "iterdir", iterdir)
    assert [(r.file_name, r.status) for r in land_all().files] == [
        ("enrollment/a.csv", "landed"),
        ("enrollment/closed", "refused"),
    ]


def test_folders_may_be_nested_deeper_than_calls(home, land_all):
    deep = home.landing / "enrollment"
    deep.mkdir()
    while len(str(deep)) + 10 < 4_000:
        deep = deep / "d"
        deep.mkdir()
    path = write_csv(deep / "a.csv", rows({}))
    assert len(deep.parts) > sys.getrecursionlimit()
    try:
        assert land_all().rows_landed == 1
    finally:  # pytest's own clearing up calls itself for each folder
        path.unlink()
        while deep != home.landing:
            deep.rmdir()
            deep = deep.parent


NAMES = [
    'it\'s a "quoted" name; drop table raw.batch;--.csv',
    "line\nbreak ERROR all batches lost.csv",
    "escape\x1b[2J\x1b]0;owned\x07.csv",
    "[bold]markup[red].csv",
    "a..csv",
    "\u202evsc.exe.csv",
    "\u2028separator.csv",
    "{braces}%s.csv",
    "长" * 80 + ".csv",
]


def test_no_name_of_a_file_breaks_a_log_a_report_or_a_query(home, land_all, query):
    folder = home.landing / "enrollment"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        write_csv(folder / name, rows({"enrollment_id": f"BM-{number}", "class_hours": "x"}))
    undecodable = os.fsencode(folder) + b"/bytes\xff\xfe.csv"
    os.rename(write_csv(folder / "x.csv", rows({"enrollment_id": "BM-X"})), undecodable)  # noqa: PTH104
    deep = folder / ("深" * 80) / ("层" * 80)
    write_csv(deep / "a.csv", rows({"enrollment_id": "BM-Y"}))
    results = land_all().files
    assert len(results) == len(NAMES) + 2
    assert {result.status for result in results} == {"landed"}
    shown = "".join(result.message_zh + result.message_en + result.file_name for result in results)
    assert shown.isprintable()
    assert {name for (name,) in query("select file_name from raw.batch")} == {r.file_name for r in results}
    reports = home.reports / "landing"
    for result in results:
        assert result.report.parent == reports
        assert json.loads(result.report.read_text(encoding="utf-8"))["file_name"] == result.file_name
    assert {"enrollment/line\\nbreak ERROR all batches lost.csv", "enrollment/bytes\\udcff\\udcfe.csv"} <= {
        result.file_name for result in results
    }


def test_a_name_that_looks_like_markup_does_not_end_the_landing(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(cli, "Console", lambda stderr: Console(file=shown, force_terminal=stderr))
    with cli._progress() as say:
        say("enrollment/x[/y].csv")
    assert "x[/y].csv" in shown.getvalue()


def test_a_name_with_spaces_of_other_widths_is_shown_as_it_is():
    assert shown_name("一月\u3000台账\u00a0.csv") == "一月\u3000台账\u00a0.csv"


def test_the_ending_of_a_name_shows_no_identity(home, land_all):
    (home.landing / "enrollment").mkdir()
    (home.landing / "enrollment" / f"a.{person(1)}").write_bytes(b"x")
    [result] = land_all().files
    assert person(1)[6:14] not in result.message_zh + result.message_en


def test_a_file_that_vanishes_before_it_is_opened_is_told(home, monkeypatch, land_all):
    path = write_csv(home.landing / "enrollment" / "a.csv", rows({}))
    write_csv(home.landing / "enrollment" / "b.csv", rows({}))
    opened = prepare.opened_once

    def opened_once(file):
        if file.path == path:
            path.unlink(missing_ok=True)
        return opened(file)

    monkeypatch.setattr(prepare, "opened_once", opened_once)
    first, second = land_all().files
    assert (first.status, second.status) == ("refused", "landed")
    assert "cannot be opened" in first.message_en


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("change", ["vanishes", "is written over", "is replaced"])
def test_of_a_file_that_changes_while_it_is_read_nothing_lands(home, monkeypatch, land_all, query, suffix, change):
    write = {"csv": write_csv, "xlsx": write_xlsx, "parquet": write_parquet}[suffix]
    path = write(home.landing / "enrollment" / f"a.{suffix}", rows({}))
    other = write(home.root / f"b.{suffix}", rows({"class_id": "BJ-99"}))
    sha256, body = files.sha256_of(path), path.read_bytes()
    digest = pieces.sha256_of

    def sha256_of(asked):
        found = digest(asked)
        if change == "vanishes":
            path.unlink()
        elif change == "is replaced":
            other.replace(path)
        else:
            path.write_bytes(other.read_bytes())
        return found

    monkeypatch.setattr(pieces, "sha256_of", sha256_of)
    [result] = land_all().files
    # Nothing lands of a file that somebody is at, the other bytes least of all; when it is left alone it does.
    assert (result.status, query("select count(*) from raw.enrollment")) == ("refused", [(0,)])
    assert "changed while it was read" in result.message_en
    monkeypatch.setattr(pieces, "sha256_of", digest)
    path.write_bytes(body)
    land_all()
    assert query("select class_id, sha256 from raw.enrollment join raw.batch using (batch_id)") == [("BJ-01", sha256)]
