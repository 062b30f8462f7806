"""The reader of workbooks: what a person sees in the spreadsheet program, from every format."""

import gzip
import io
import os
import struct
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_material import WRITERS, Error, Number, Sheet, biff, html, letters, ole, spreadsheetml, xlsx, zipped

from skillsdw.landing import file_kind
from skillsdw.landing.errors import LandingError
from skillsdw.landing.file_kind import kind_of
from skillsdw.landing.packed import Packed
from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import UNCALCULATED, Merged, cell_text

# What a cell holds → what is read of it, in every format.
CELLS = {
    "text": ("甲 1", "甲 1"),
    "outer spaces": (" a ", " a "),
    "a line break": ("a\nb", "a\nb"),
    "marks of XML": ("<&>\"'", "<&>\"'"),
    "the text of an error": ("#N/A", "#N/A"),
    "true": (True, "true"),
    "false": (False, "false"),
    "whole": (40.0, "40"),
    "zero": (0.0, "0"),
    "negative": (-5.0, "-5"),
    "digits that a float adds": (1080.3000000000002, "1080.3"),
    "almost whole": (40.00000000000001, "40"),
    "fifteen digits": (123456789012345.0, "123456789012345"),
    "sixteen digits": (1234567890123456.0, "1.234568E+15"),
    "an identity that Excel rounded": (450103199003070000.0, "4.501032E+17"),
    "leading zeros": (Number(123.0, "000000", "000123"), "000123"),
    "more digits than zeros": (Number(1234567.0, "000000", "1234567"), "1234567"),
    "a dash within": (Number(202503.0, "0000-00", "2025-03"), "2025-03"),
    "letters before": (Number(7.0, '"BM"000', "BM007"), "BM007"),
    "letters before one digit": (Number(7.0, '"BM-"0', "BM-7"), "BM-7"),
    "thousands": (Number(12345.5, "#,##0.00", "12,345.50"), "12345.5"),
    "two decimals": (Number(12345.5, "0.00", "12345.50"), "12345.5"),
    "a fraction under leading zeros": (Number(2.5, "000", "003"), "2.5"),
    "sixteen digits under leading zeros": (Number(1234567890123456.0, "000000", "x"), "1.234568E+15"),
    **{
        f"an error {'of a formula ' if of_formula else ''}{text}": (Error(text, of_formula), text)
        for text in ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
        for of_formula in (False, True)
    },
}
DATE_CODES = (
    *(
        "yyyy-mm-dd",
        "yyyy/m/d",
        "m/d/yy",
        "yyyymmdd",
        "yyyy.m.d",
        "d",
        "yyyy/m/d;@",
        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
    ),
    *('yyyy"年"m"月"d"日"', '[$-804]yyyy"年"m"月";@', '[DBNum1][$-804]yyyy"年"m"月"d"日"', "yyyy年m月d日"),
)


def read(content: bytes | os.PathLike, tmp_path) -> tuple[list[tuple[str, bool, tuple, tuple]], list[list], int]:
    """What is said of each sheet, the rows of each, and the epoch."""
    path = tmp_path / "file"
    path.write_bytes(content)
    sheets, rows = [], []
    with Packed(path) as packed:
        for sheet in packed.sheets():
            sheets.append((sheet.name, sheet.is_visible, sheet.hidden_rows, sheet.merged))
            rows.append([list(row.values()) for batch in sheet.batches() for row in batch.to_pylist()])
        return sheets, rows, packed.epoch


@pytest.fixture(scope="module")
def read_cells(tmp_path_factory) -> dict[str, list[list]]:
    """Every cell of CELLS, read from every format once."""
    sheet = Sheet([[value] for value, _ in CELLS.values()])
    return {name: read(write([sheet]), tmp_path_factory.mktemp(name))[1][0] for name, write in WRITERS.items()}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_cell_is_read_as_it_is_seen(read_cells, kind, cell):
    assert read_cells[kind][list(CELLS).index(cell)] == [CELLS[cell][1]]


@pytest.mark.parametrize("epoch", [1900, 1904])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_date_is_read_by_its_format_and_the_epoch_of_its_workbook(tmp_path, kind, epoch):
    serial = (date(2025, 3, 1) - (date(1904, 1, 1) if epoch == 1904 else date(1899, 12, 30))).days
    near, iso = serial + 1 - 1e-8, "2025-03-01T23:59:59.999"
    rows = [
        *([Number(float(serial), code, iso="2025-03-01")] for code in DATE_CODES),
        [Number(near, "yyyy-mm-dd hh:mm", iso=iso)],
        [Number(float(serial), "General", str(serial))],
    ]
    _, [found], said = read(WRITERS[kind]([Sheet(rows)], epoch), tmp_path)
    assert [row[0] for row in found[: len(DATE_CODES)]] == ["2025-03-01"] * len(DATE_CODES)
    assert found[len(DATE_CODES)][0][:23] == iso
    assert found[-1] == [str(serial)]
    assert said == epoch


@pytest.mark.parametrize("code", range(14, 59))
def test_the_formats_of_dates_that_have_a_number_alone_are_known(code):
    is_date = code in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
    sheet = xlsx([Sheet([[Number(45000.0, "x")]])])
    with zipfile.ZipFile(io.BytesIO(sheet)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(
        b'numFmtId="165"/></cell', f'numFmtId="{code}"/></cell'.encode()
    )
    import python_calamine

    value = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(zipped(parts)))
        .get_sheet_by_index(0)
        .to_python()[0][0]
    )
    assert isinstance(value, date | timedelta) == is_date


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "xls"])
def test_the_zero_of_a_date_cell_is_null_and_what_is_no_day_stays_a_number(tmp_path, kind):
    values = (0.0, 20250301.0, 0.5)
    _, [rows], _ = read(WRITERS[kind]([Sheet([[Number(value, "yyyy-mm-dd")] for value in values] + [["x"]])]), tmp_path)
    assert rows == [[None], ["20250301"], ["12:00:00"], ["x"]]


@pytest.mark.parametrize("kind", ["ods", "spreadsheetml"])
@pytest.mark.parametrize("day", ["1899-12-30", "1899-12-31"])
def test_the_zero_of_a_date_cell_is_null_where_days_are_written_out(tmp_path, kind, day):
    _, [rows], _ = read(WRITERS[kind]([Sheet([[Number(0.0, "yyyy", iso=day), "x"]])]), tmp_path)
    assert rows == [[None, "x"]]


@pytest.mark.parametrize("kind", WRITERS)
def test_sheets_come_in_order_with_what_is_hidden(tmp_path, kind):
    sheets = [
        Sheet([["a"], ["b"], ["c"], ["d"]], "一月", hidden_rows={2, 4}),
        Sheet([["dictionary"]], "字典", is_visible=False),
        Sheet([[]], "空"),
        Sheet([[None, None], [None, "e"]], "二月 <&>"),
    ]
    said, rows, _ = read(WRITERS[kind](sheets), tmp_path)
    assert [sheet[:3] for sheet in said] == [
        ("一月", True, (2, 4)),
        ("字典", False, ()),
        ("空", True, ()),
        ("二月 <&>", True, ()),
    ]
    assert rows[0] == [["a"], ["b"], ["c"], ["d"]]
    assert rows[1:3] == [[], []]
    assert [value for row in rows[3] for value in row if value] == ["e"]
    assert rows[3][1][1] == "e", "the second row, the second column"


def test_sheets_that_nobody_reads_are_passed_over(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx([Sheet([[n] for n in range(50_000)], "a"), Sheet([["x"]], "b")]))
    with Packed(path) as packed:
        assert [sheet.name for sheet in packed.sheets()] == ["a", "b"]


# Rows: a title over all; a header of two rows; a city merged over three rows, one of them blank.
MERGED = Sheet(
    [
        ["花名册", None, None, None],
        ["市", "机构", None, "姓名"],
        [None, "名称", "代码", None],
        ["南宁", "甲校", "1", "a"],
        [None, None, None, None],
        [None, "乙校", "2", "b"],
        ["桂林", "丙校", "3", "c"],
        [None, None, "own", "d"],
    ],
    merged=[(1, 0, 1, 3), (2, 0, 3, 0), (2, 1, 2, 2), (2, 3, 3, 3), (4, 0, 6, 0), (7, 0, 8, 2)],
)
MERGED_READ = [
    ["花名册"] * 4,
    ["市", "机构", "机构", "姓名"],
    ["市", "名称", "代码", "姓名"],
    ["南宁", "甲校", "1", "a"],
    [None] * 4,
    ["南宁", "乙校", "2", "b"],
    ["桂林", "丙校", "3", "c"],
    ["桂林", "桂林", "own", "d"],
]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_merged_cell_stands_for_each_of_its_rows(tmp_path, kind):
    [(_, _, _, merged)], [rows], _ = read(WRITERS[kind]([MERGED]), tmp_path)
    assert set(merged) == {Merged(*corners) for corners in MERGED.merged}
    assert rows == MERGED_READ


@pytest.mark.parametrize("kind", WRITERS)
def test_a_cell_merged_far_below_the_head_is_filled_down_and_not_across(tmp_path, kind):
    body = [[f"{n}", None, f"x{n}"] for n in range(20)] + [[None, None, "last"]]
    [(_, _, _, merged)], [rows], _ = read(
        WRITERS[kind]([Sheet(body, merged=[(20, 0, 21, 1), (18, 0, 18, 1)])]), tmp_path
    )
    assert merged == ()
    assert rows[17] == ["17", None, "x17"]
    assert rows[19:] == [["19", "19", "x19"], ["19", "19", "last"]]


@pytest.mark.parametrize("references", [True, False])
@pytest.mark.parametrize("prefix", ["", "x"])
def test_other_spellings_of_a_sheet_say_the_same(tmp_path, prefix, references):
    rows = [["a", Error("#REF!"), Number(5.0, "000")], ["b", True, Error("#N/A", True)]]
    said, [found], _ = read(xlsx([Sheet(rows, hidden_rows={2})], 1900, prefix, references), tmp_path)
    assert found == [["a", "#REF!", "005"], ["b", "true", "#N/A"]]
    assert said[0][2] == (2,)


@pytest.mark.parametrize(
    ("before", "after", "read_as"),
    [
        ('<c r="A1"/>', '<c r="A1"><f>SUM(B1)</f><v></v></c>', UNCALCULATED),  # openpyxl
        ('<c r="A1"/>', '<c r="A1"><f>SUM(B1)</f></c>', UNCALCULATED),
        ('<c r="A1"/>', '<c r="A1"><f>SUM(B1)</f><v/></c>', UNCALCULATED),
        ('<c r="A1"/>', '<c r="A1" t="str"><f>""</f><v></v></c>', None),  # Excel: the formula gives no text
        ('<c r="A1"/>', '<c r="A1"><f>SUM(B1)</f><v>3</v></c>', "3"),
        ('<c r="A1"/>', '<c r="A1" t="str"><f>B1</f><v>甲</v></c>', "甲"),
        ('<c r="A1"/>', '<c r="A1" t="e"><f>B1</f><v>#SPILL!</v></c>', "#SPILL!"),
        ('<c r="A1"/>', '<c r="A1" t="e"><v>#CALC!</v></c>', "#CALC!"),
        ('<c r="A1"/>', "<c r='A1' t='e'><v>#N/A</v></c>", "#N/A"),
        ('<c r="A1"/>', '<c r="A1" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>', "甲乙"),
        ('<c r="A1"/>', '<c r="A1" t="inlineStr"><is><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh></is></c>', "甲"),
        ('<row r="1" hidden="0">', '<row r="1" ht="0" customHeight="1">', None),
        ('<row r="1" hidden="0">', '<row r="1" hidden="true">', None),
    ],
)
def test_what_programs_write_into_a_cell_or_a_row(tmp_path, before, after, read_as):
    with zipfile.ZipFile(io.BytesIO(xlsx([Sheet([[None, "x"], ["y"]])]))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text = parts["xl/worksheets/sheet1.xml"].decode()
    assert before in text
    parts["xl/worksheets/sheet1.xml"] = text.replace(before, after)
    [(_, _, hidden, _)], [rows], _ = read(zipped(parts), tmp_path)
    assert rows == [[read_as, "x"], ["y", None]]
    assert hidden == ((1,) if after.startswith("<row") else ())


def test_what_openpyxl_writes_is_read(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编号", datetime(2025, 3, 1, 8, 30), time(12, 30), timedelta(hours=30), "=1+1", "#N/A", True])
    sheet["A2"], sheet["A2"].number_format = 45, "000000"
    sheet.row_dimensions[2].hidden = True
    sheet.auto_filter.ref = "A1:G2"
    sheet.merge_cells("B3:C4")
    sheet["B3"], sheet["A4"] = "m", "own"
    held = io.BytesIO()
    book.save(held)
    [(_, _, hidden, _)], [rows], _ = read(held.getvalue(), tmp_path)
    assert rows[0] == ["编号", "2025-03-01T08:30:00", "12:30:00", "30:00:00", UNCALCULATED, "#N/A", "true"]
    assert rows[1][0] == "000045"
    assert rows[3][:3] == ["own", "m", "m"]
    assert hidden == (2,)


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "utf-8", "gb18030"])
def test_a_web_page_under_the_name_of_a_workbook_is_read_as_its_table(tmp_path, charset):
    sheet = Sheet(MERGED.rows[:6], hidden_rows={4}, merged=MERGED.merged[:5])
    [(_, _, hidden, merged)], [rows], _ = read(html(sheet, charset), tmp_path)
    assert rows == MERGED_READ[:6]
    assert hidden == (4,)
    assert set(merged) == {Merged(*corners) for corners in MERGED.merged[:5]}


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>编号<td>姓名<tr><td>1<td>甲</table>",
        "<TABLE border=1><TR><TH>编号</TH><TH> 姓名\n</TH></TR><TR><TD>1</TD><TD><b>甲</b><!-- x --></TD></TR></TABLE>",
        "\ufeff<meta charset=utf-8><div><table><thead><tr><td>编号</td><td>姓名</td></tr></thead>"
        "<tbody><tr><td>1</td><td><script>x</script>甲</td></tr></tbody></table></div>",
        "<html><body><table><tr><td><table><tr><td>编号</td><td>姓名</td></tr></table></td></tr></table>"
        "<table><tr><td>1</td><td>甲</td></tr></table></body></html>",
    ],
)
def test_web_pages_are_written_in_many_ways(tmp_path, page):
    _, [rows], _ = read(page.encode(), tmp_path)
    assert [row for row in rows if any(row)] == [["编号", "姓名"], ["1", "甲"]]


def test_a_spreadsheet_in_xml_may_be_in_gb2312(tmp_path):
    _, [rows], _ = read(spreadsheetml([Sheet([["编号", "姓名"]])], encoding="gb2312"), tmp_path)
    assert rows == [["编号", "姓名"]]


def _parquet() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), held)
    return held.getvalue()


ONE = [Sheet([["a"]])]
KINDS = {
    **{f"a workbook: {name}": (write(ONE), name) for name, write in WRITERS.items()},
    "a workbook with old stream": (ole({"Book": biff(ONE)}), file_kind.XLS),
    "a workbook of many streams": (
        ole({**{f"s{n}": b"" for n in range(9)}, "Workbook": biff(ONE)}),
        file_kind.XLS,
    ),
    "the stream of a workbook alone": (biff(ONE), file_kind.XLS),
    "a workbook with backslashes": (zipped({"xl\\workbook.xml": "", "[Content_Types].xml": ""}), file_kind.XLSX),
    "a workbook cut off": (xlsx(ONE)[:300], file_kind.XLSX),
    "parquet": (_parquet(), file_kind.PARQUET),
    "a page": (html(ONE[0]), file_kind.HTML),
    "a page without a head": (b"\r\n<table border=1><tr><td>a</td></tr></table>", file_kind.HTML),
    "a page in UTF-16": ("\ufeff<html><table><tr><td>a".encode("utf-16-le"), file_kind.HTML),
    "tabs": ("编号\t姓名\r\n1\t甲\r\n".encode("gb18030"), file_kind.TEXT),
    "csv": ("\ufeff编号,姓名\r\n1,甲\r\n".encode(), file_kind.TEXT),
    "csv in UTF-16": ("\ufeff编号,姓名\r\n1,甲\r\n".encode("utf-16-le"), file_kind.TEXT),
    "csv in UTF-16 without a mark": ("编号,name\r\n1,abcdef\r\n".encode("utf-16-be"), file_kind.TEXT),
    "csv in UTF-32": ("编号,name\r\n1,abcdef\r\n".encode("utf-32-le"), file_kind.TEXT),
    "a key that begins like a picture": (b"BM-00001,2025-03-01,450103\r\n" * 3, file_kind.TEXT),
    "a text with ^Z": (b"a,b\r\n1,2\r\n\x1a", file_kind.TEXT),
    "a comparison": (b"<5,>6\n", file_kind.TEXT),
    "encrypted": (ole({"EncryptionInfo": b"", "EncryptedPackage": b""}), file_kind.ENCRYPTED),
    "sealed": (b"%TSD-Header-###%" + bytes(500), file_kind.SEALED),
    "an old document": (ole({"WordDocument": b"", "1Table": b""}), file_kind.WORD),
    "a document": (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), file_kind.WORD),
    "a document with a workbook in it": (
        zipped({"word/document.xml": "", "word/embeddings/book.xlsx": xlsx(ONE)}),
        file_kind.WORD,
    ),
    "an open document": (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), file_kind.WORD),
    "rich text": (b"{\\rtf1\\ansi", file_kind.WORD),
    "old slides": (ole({"PowerPoint Document": b""}), file_kind.SLIDES),
    "slides": (zipped({"ppt/presentation.xml": ""}), file_kind.SLIDES),
    "a message": (ole({"__properties_version1.0": b""}), file_kind.OLE),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(99), file_kind.PICTURE),
    "jpg": (b"\xff\xd8\xff\xe0" + bytes(99), file_kind.PICTURE),
    "gif": (b"GIF89a" + bytes(99), file_kind.PICTURE),
    "bmp": (b"BM" + struct.pack("<IHHII", 1000, 0, 0, 54, 40) + bytes(900), file_kind.PICTURE),
    "pdf": (b"%PDF-1.7\n", file_kind.PDF),
    "ofd": (zipped({"OFD.xml": "", "Doc_0/Document.xml": ""}), file_kind.PDF),
    "zip": (zipped({"台账.csv": "a"}), file_kind.ARCHIVE),
    "zip of workbooks": (zipped({"a.xlsx": xlsx(ONE)}), file_kind.ARCHIVE),
    "an empty zip": (zipped({}), file_kind.ARCHIVE),
    "rar": (b"Rar!\x1a\x07\x00" + bytes(99), file_kind.ARCHIVE),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), file_kind.ARCHIVE),
    "gz": (gzip.compress(b"a,b"), file_kind.ARCHIVE),
    "sqlite": (b"SQLite format 3\x00" + bytes(99), file_kind.DATABASE),
    "a web archive": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", file_kind.WEB_ARCHIVE),
    "noise": (bytes(range(256)) * 20, file_kind.BINARY),
    "zeros": (bytes(5_000), file_kind.BINARY),
    "nothing": (b"", file_kind.EMPTY),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_file_is_what_its_content_says(tmp_path, case):
    content, kind = KINDS[case]
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    assert kind_of(path) == kind
    with path.open("rb") as handle:
        handle.seek(min(3, len(content)))
        assert kind_of(handle) == kind
        assert kind_of(handle.fileno()) == kind
        assert handle.tell() == min(3, len(content))


@pytest.mark.parametrize("case", [case for case, (_, kind) in KINDS.items() if kind in file_kind.NOT_READ])
def test_a_file_that_is_no_workbook_is_named_as_what_it_is(tmp_path, case):
    content, kind = KINDS[case]
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(LandingError) as refused, Packed(tmp_path / "a.xlsx"):
        pass
    word = {
        file_kind.ENCRYPTED: "密码",
        file_kind.SEALED: "加密软件",
        file_kind.WORD: "Word",
        file_kind.SLIDES: "演示文稿",
        file_kind.PDF: "PDF",
        file_kind.PICTURE: "图片",
        file_kind.ARCHIVE: "压缩包",
        file_kind.DATABASE: "数据库",
        file_kind.WEB_ARCHIVE: ".mht",
        file_kind.OLE: "旧版",
        file_kind.BINARY: "无法打开",
        file_kind.EMPTY: "空的",
    }[kind]
    assert word in refused.value.message_zh
    assert "请" in refused.value.message_zh


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ole({"Workbook": biff(ONE, has_password=True)}), "密码"),
        (
            zipped(
                {
                    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                    "META-INF/manifest.xml": "<manifest:encryption-data/>",
                    "content.xml": bytes(range(256)),
                }
            ),
            "密码",
        ),
        (b"<html><body>\xe7\x99\xbb\xe5\xbd\x95\xe8\xb6\x85\xe6\x97\xb6</body></html>", "没有表格"),
        (xlsx(ONE)[:300], "无法打开"),
        (ole({"Workbook": biff(ONE)[:300]}), "无法打开"),
        (spreadsheetml(ONE)[:-40], "无法打开"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + spreadsheetml(ONE).partition(b"?>")[2], "无法打开"),
        (WRITERS["ods"]([Sheet([[None] * 1_001 + ["x"]])]), "1,000列"),
        (WRITERS["spreadsheetml"]([Sheet([[None] * 1_001 + ["x"]])]), "1,000列"),
        (
            WRITERS["fods"](ONE).replace(
                b"<table:table-row>", b'<table:table-row table:number-rows-repeated="9999999">'
            ),
            "内存",
        ),
        (html(Sheet([["x" * 200_000]])), "128KB"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do(tmp_path, content, said):
    with pytest.raises(LandingError) as refused:
        read(content, tmp_path)
    assert said in refused.value.message_zh


@pytest.mark.parametrize("kind", ["xlsb", "ods"])
def test_every_packed_workbook_is_counted_while_it_is_unpacked(tmp_path, kind):
    with zipfile.ZipFile(io.BytesIO(WRITERS[kind](ONE))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
        with package.open("media/bomb", "w", force_zip64=True) as bomb:
            for _ in range(1_100):
                bomb.write(bytes(1024**2))
    with pytest.raises(LandingError) as refused, Packed(path) as packed:
        list(packed.sheets())
    assert "1,024MB" in refused.value.message_zh


def test_a_descriptor_is_read_like_its_path(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(xlsx([Sheet([["a"]])]))
    descriptor = os.open(path, os.O_RDONLY)
    path.unlink()
    try:
        for file in (descriptor, f"/proc/self/fd/{descriptor}", os.fdopen(os.dup(descriptor), "rb")):
            with Packed(file) as packed:
                assert [sheet.name for sheet in packed.sheets()] == ["数据"]
    finally:
        os.close(descriptor)


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(LandingError), Packed(tmp_path / "pipe.xlsx"):
        pass


@given(st.integers(0, 10**14), st.integers(1, 18))
def test_leading_zeros_are_as_many_as_the_format_has(value, zeros):
    shown = number_format.shown(float(value), "0" * zeros)
    assert shown == (str(value).zfill(zeros) if zeros > 1 else None)


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("000000", 123, "000123"),
        ("000000_ ", 123, "000123"),
        ("000000;[Red]-000000", 123, "000123"),
        ("000000;@", 123, "000123"),
        ("000-0000-0000", 77112345678, "771-1234-5678"),
        ("0000-00", 202503, "2025-03"),
        ("0000\\-00", 202503, "2025-03"),
        ('0000"年"00"月"', 202503, "2025年03月"),
        ('"BM"000', 7, "BM007"),
        ("\\B\\M000", 7, "BM007"),
        ('"BM-"0', 7, "BM-7"),
        ('"BM-"#', 7, "BM-7"),
        ('"第"0"期"', 3, "第3期"),
        ("00###", 7, "00007"),
        *(
            (code, 1234, None)
            for code in ("General", "0", "#", "0.00", "#,##0", "#,##0.00", "0%", "0.00E+00", "@", "# ?/?")
        ),
        *(
            (code, 1234, None)
            for code in ('"¥"#,##0', "[$¥-804]#,##0.00", '0"元"', '0"课时"', "¥0", "0_);(0)", "+0", "yyyy-mm-dd")
        ),
        ("[<100]000;0", 7, None),
        ("000", -7, None),
    ],
)
def test_a_format_belongs_to_its_number_when_it_has_zeros_or_text(code, value, shown):
    assert number_format.shown(float(value), code) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_at_most_fifteen_digits(value):
    text = cell_text(value)
    digits = text.lower().partition("e")[0].replace("-", "").replace(".", "").lstrip("0")
    assert len(digits) <= 15
    assert float(text) == pytest.approx(value, rel=1e-6)
    assert ("E+" in text) == (abs(float(f"{value:.15g}")) >= 1e15)


@pytest.mark.parametrize("column", [0, 25, 26, 701, 702])
def test_columns_have_the_letters_of_a_spreadsheet(column):
    from skillsdw.workbooks.xlsx import _column

    assert _column(f"{letters(column)}7") == column
