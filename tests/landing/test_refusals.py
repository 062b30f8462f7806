"""What is refused, and how (1-extracts § What is refused)."""

import csv
import io
import json
import re

import pytest
from landing_material import (
    ENROLLMENT,
    FACTORY,
    INSTITUTION,
    enrollments,
    person,
    rows,
    uscc,
    write_csv,
    write_xlsx,
)

from skillsdw.codes import reason_messages
from skillsdw.landing import LandingError, check, land


def _wrong_last(whole: str) -> str:
    return whole[:-1] + ("0" if whole[-1] != "0" else "1")


FAULTS = [
    ({"class_id": ""}, "class_id", "missing_value"),
    ({"class_id": "A" * 65}, "class_id", "text_too_long"),
    ({"enrollment_id": "BM" + person(3)}, "enrollment_id", "identity_in_value"),
    ({"class_id": "韦晓阳的班"}, "class_id", "identity_in_value"),
    ({"person_id": "4.50103E+17"}, "person_id", "id_format"),
    ({"person_id": person(1, "19900230")}, "person_id", "id_birth_date"),
    ({"person_id": _wrong_last(person(1))}, "person_id", "id_check_digit"),
    ({"employer_uscc": "914501"}, "employer_uscc", "uscc_format"),
    ({"employer_uscc": _wrong_last(FACTORY)}, "employer_uscc", "uscc_check_digit"),
    ({"county_code": "广州市"}, "county_code", "county_unknown"),
    ({"industry_code": "占星"}, "industry_code", "code_unknown"),
    ({"start_date": "2025"}, "start_date", "date_format"),
    ({"class_hours": "很多"}, "class_hours", "integer_format"),
    ({"class_hours": "2001"}, "class_hours", "out_of_range"),
    ({"receives_unemployment_insurance": "也许"}, "receives_unemployment_insurance", "boolean_format"),
    ({"end_date": ""}, "end_date", "end_date_missing"),
    ({"end_date": "2025-02-28"}, "end_date", "end_before_start"),
]


@pytest.mark.parametrize(("change", "column", "reason"), FAULTS, ids=[reason for *_, reason in FAULTS])
def test_each_fault_rejects_its_row_with_its_reason(home, land_all, query, change, column, reason):
    write_csv(home.landing / "enrollment" / "a.csv", rows({"enrollment_id": "BM-000"}, change))
    [result] = land_all().files
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (2, 1, 1)
    assert query("select row_number, column_name, reason_code from raw.rejected_row") == [(3, column, reason)]


def test_every_reason_code_has_a_test():
    tested = {reason for *_, reason in FAULTS}
    elsewhere = {"amount_format", "county_ambiguous", "superseded_in_file", "too_many_values"}
    assert tested | elsewhere == set(reason_messages())


def test_every_fault_of_a_row_is_listed(home, land_all, query):
    change = {"class_id": "", "start_date": "昨天", "class_hours": "-1", "person_id": "1", "status": "?"}
    write_csv(home.landing / "enrollment" / "a.csv", rows(change))
    land_all()
    assert query("select column_name, reason_code from raw.rejected_row") == [
        ("person_id", "id_format"),
        ("class_id", "missing_value"),
        ("start_date", "date_format"),
        ("class_hours", "out_of_range"),
        ("status", "code_unknown"),
    ]


def test_only_a_completed_session_needs_an_end(home, land_all):
    write_csv(
        home.landing / "enrollment" / "a.csv",
        rows({"status": "在训", "end_date": ""}, {"enrollment_id": "BM-2", "status": "作废", "end_date": ""}),
    )
    assert land_all().rows_landed == 2


def test_of_one_key_twice_in_a_file_the_later_row_wins(home, land_all, query):
    table = rows({"class_id": "first"}, {"class_id": "second"}, {"class_id": "third", "start_date": "?"})
    write_csv(home.landing / "enrollment" / "a.csv", table)
    licences = rows(
        {"licence_from": "2024-01-01"},
        {"licence_from": "2025-01-01"},
        {"licence_from": "2024/1/1", "star_rating": "5"},
        extract="institution",
    )
    write_csv(home.landing / "institution" / "b.csv", licences)
    land_all()
    assert query("select class_id from raw.enrollment") == [("second",)]
    assert query(
        "select batch_id, row_number, column_name, masked_value from raw.rejected_row "
        "where reason_code = 'superseded_in_file'"
    ) == [
        (1, 2, "enrollment_id", "BM-001"),
        (2, 2, "institution_uscc", INSTITUTION["institution_uscc"]),
    ]


@pytest.mark.parametrize("beyond", [["", "x"], ["x"], ["x"] * 30])
@pytest.mark.parametrize("blank_line", [False, True])
def test_a_row_with_too_many_values_shows_none_of_them(home, land_all, query, beyond, blank_line):
    header, row = rows({})
    table = [header, *([[]] if blank_line else []), ["韦晓阳", *row, *beyond]]
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    found = query("select column_name, reason_code, masked_value from raw.rejected_row")
    assert (None, "too_many_values", None) in found
    assert {value for *_, value in found} == {None}
    with result.report.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as handle:
        _, line = csv.reader(handle)
    assert set(line[2:]) == {""}


def _bad_files() -> dict[str, tuple[bytes, str]]:
    header, row = rows({})
    text = ",".join(header) + "\n" + ",".join(row) + "\n"
    without = [name for name in header if name != "class_hours"]
    twice = ",".join([*header, "报名编号"])
    synonyms = text.replace("class_id", "班级编号").replace("project_id", "班期编号")
    return {
        "empty.csv": (b"", "No header"),
        "no-header.csv": (b"a,b,c\n1,2,3\n", "No header"),
        "missing.csv": ((",".join(without) + "\n").encode(), "lacks required columns: class_hours"),
        "twice.csv": ((twice + "\n").encode(), "Two columns of the header"),
        "synonyms.csv": (synonyms.encode(), "Two columns of the header"),
        "utf16.csv": (text.encode("utf-16"), "UTF-16"),
        "bytes.csv": (text.encode() + b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        "nul.csv": (text.encode() + b"\0", "NUL"),
        "zip.csv": (b"PK\x03\x04rest", "Excel workbook"),
        "quote.csv": (text.replace("BJ-01", '"BJ-01').encode(), "From line 2 a quote mark"),
        "last-quote.csv": ((text.rstrip() + '"open').encode(), "From line 2 a quote mark"),
        "broken.xlsx": (b"PK\x03\x04rest", "cannot be opened"),
        "broken.parquet": (b"PAR1rest", "cannot be opened"),
        "old.xls": (b"\xd0\xcf\x11\xe0", "Files of type '.xls' are not read"),
    }


@pytest.mark.parametrize("name", list(_bad_files()))
def test_a_bad_file_is_refused_whole_with_its_cause(home, land_all, query, name):
    content, cause = _bad_files()[name]
    folder = home.landing / "enrollment"
    folder.mkdir()
    (folder / name).write_bytes(content)
    summary = land_all()
    [result] = summary.files
    assert result.status == "refused"
    assert summary.refused_anything
    assert cause in result.message_en
    assert result.message_en.startswith(f"enrollment/{name}: refused.")
    assert query("select status, rows_read, rows_landed, rows_rejected from raw.batch") == [("refused", 0, 0, 0)]
    assert query("select count(*) from raw.enrollment") == [(0,)]
    assert json.loads(result.report.read_text(encoding="utf-8"))["status"] == "refused"


def test_a_missing_column_is_named_with_the_headers_that_would_do(home, land_all):
    header, row = rows({})
    cut = header.index("class_hours")
    write_csv(
        home.landing / "enrollment" / "a.csv",
        [header[:cut] + header[cut + 1 :], row[:cut] + row[cut + 1 :]],
    )
    [result] = land_all().files
    assert "class_hours(课时/培训课时/" in result.message_zh


def test_a_file_of_unknown_extract_is_refused_and_recorded(home, land_all, query):
    write_csv(home.landing / "misc" / "a.csv", rows({}))
    write_csv(home.landing / "b.csv", rows({}))
    assert [r.status for r in land_all().files] == ["refused", "refused"]
    assert query("select extract, file_name from raw.batch order by 1, 2") == [
        (None, "b.csv"),
        (None, "misc/a.csv"),
    ]


def test_hidden_and_temporary_files_are_passed_over(home, land_all):
    folder = home.landing / "enrollment"
    folder.mkdir()
    for name in (".hidden.csv", "~$open.xlsx", "half.csv.part"):
        (folder / name).write_bytes(b"x")
    assert land_all().files == []


def test_a_path_that_does_not_exist_is_an_error(home):
    with pytest.raises(LandingError, match="There is no file"):
        land(home, [home.landing / "typo.csv"])


def test_the_rejected_rows_can_be_corrected_and_sent_again(home, land_all, query):
    table = rows(
        {"enrollment_id": "=1+1", "class_hours": "很多"},
        {"enrollment_id": "BM-2", "person_id": _wrong_last(person(2)), "county_code": "覃丽"},
    )
    table[0] = ["报名编号" if name == "enrollment_id" else name for name in table[0]] + ["联系电话"]
    for row in table[1:]:
        row.append("13800000000")
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    path = result.report.with_suffix(".csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        header, first, second = csv.reader(handle)
    assert header[:3] == ["行号/row_number", "问题/problems", "报名编号"]
    assert "联系电话" not in header
    line = dict(zip(header, first, strict=True))
    assert line["报名编号"] == "'=1+1"
    assert line["class_hours"] == "很多"
    assert line["person_name"] == ""
    assert line["person_id"] == person(1)[:4] + "*" * 12 + person(1)[-2:]
    assert line["问题/problems"] == "class_hours:应为整数 / class_hours: A whole number is expected"
    assert dict(zip(header, second, strict=True))["county_code"] == "**"
    corrected = [header, [dict(line, class_hours="40", person_id=person(1))[name] for name in header]]
    write_csv(home.landing / "enrollment" / "b.csv", corrected)
    assert land_all().rows_landed == 1
    assert query("select enrollment_id from raw.enrollment") == [("=1+1",)]


def test_no_cell_of_the_rejected_rows_begins_a_formula(home, land_all):
    texts = ["=1+1", "+cmd|' !A0", "-2+3", "@SUM(A1)", "x;=1", 'x"=1', "x\n=1", "＝1+1", "x\t－1+1"]
    table = rows(*({"enrollment_id": f"BM-{n}", "class_id": text, "class_hours": "-1"} for n, text in enumerate(texts)))
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    content = result.report.with_suffix(".csv").read_text(encoding="utf-8-sig")
    for line in csv.DictReader(io.StringIO(content, newline="")):
        assert line["class_hours"] == "'-1"  # text, as all of this file is: landing takes the apostrophe away
        for begun in re.split('[,;|\t\r\n"]', line["class_id"]):
            assert not begun.startswith(("=", "+", "-", "@"))


def test_the_report_counts_faults_and_names_unknown_columns(home, land_all):
    table = enrollments(8)
    table[0].append("联系人")
    for row in table[1:]:
        row[table[0].index("class_hours")] = "很多"
        row.append("某某")
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    report = json.loads(result.report.read_text(encoding="utf-8"))
    assert report["unknown_columns"] == ["联系人"]
    assert (report["rows_read"], report["rows_landed"], report["rows_rejected"]) == (8, 0, 8)
    [fault] = report["faults"]
    assert (fault["column"], fault["reason"], fault["rows"]) == ("class_hours", "integer_format", 8)
    assert fault["message_zh"] == "应为整数"
    assert len(fault["examples"]) == 5


def test_check_tells_what_would_be_refused_and_writes_nothing(home, tmp_path):
    path = write_csv(home.landing / "enrollment" / "a.csv", rows({"class_hours": "很多"}), "gb18030")
    book = write_xlsx(tmp_path / "b.xlsx", [["x"], ["y"]])
    before = sorted(p for p in tmp_path.rglob("*"))
    said = []
    results = check([path, book], "enrollment", said.append)
    assert [r.status for r in results] == ["checked", "refused"]
    assert results[0].rows_rejected == 1
    assert results[0].faults[0]["reason"] == "integer_format"
    assert len(said) == 2
    assert sorted(p for p in tmp_path.rglob("*")) == before


def test_an_extract_is_taken_from_the_option_before_the_folder(home, tmp_path, query):
    path = write_csv(tmp_path / "anywhere.csv", rows({}))
    assert land(home, [path], "enrollment").rows_landed == 1
    assert query("select extract, file_name from raw.batch") == [("enrollment", "anywhere.csv")]
    with pytest.raises(LandingError, match="no extract"):
        land(home, [path], "enrolment")


def test_a_uscc_with_any_first_letter_lands(home, land_all):
    row = {**ENROLLMENT, "employer_uscc": uscc("N2450100MF1234567")}
    write_csv(home.landing / "enrollment" / "a.csv", [list(row), list(row.values())])
    assert land_all().rows_landed == 1
