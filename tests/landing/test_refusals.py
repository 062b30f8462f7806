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
    write_parquet,
    write_xlsx,
)

from skillsdw.codes import reason_messages
from skillsdw.identity import shape
from skillsdw.landing import LandingError, check, land


def _wrong_last(whole: str) -> str:
    return whole[:-1] + ("0" if whole[-1] != "0" else "1")


FAULTS = [
    ({"class_id": ""}, "class_id", "missing_value"),
    ({"class_id": "A" * 65}, "class_id", "text_too_long"),
    ({"enrollment_id": "BM" + person(3)}, "enrollment_id", "identity_in_value"),
    ({"class_id": "韦晓阳的班"}, "class_id", "identity_in_value"),
    ({"employer_uscc": _wrong_last(person(4))}, "employer_uscc", "identity_in_value"),
    ({"occupation_code": "#N/A"}, "occupation_code", "cell_error"),
    ({"person_name": "#REF!"}, "person_name", "cell_error"),
    ({"class_id": "1.745E+15"}, "class_id", "number_lost_digits"),
    ({"person_id": "45010319900307"}, "person_id", "id_format"),
    ({"person_id": "450103900307123"}, "person_id", "id_old"),
    ({"person_id": "H12345678"}, "person_id", "id_other_document"),
    ({"person_id": person(1, "19900230")}, "person_id", "id_birth_date"),
    ({"person_id": _wrong_last(person(1))}, "person_id", "id_check_digit"),
    ({"person_id": person(1, "20260101")}, "person_id", "birth_after_start"),
    ({"institution_uscc": "914501"}, "institution_uscc", "uscc_format"),
    ({"institution_uscc": _wrong_last(FACTORY)}, "institution_uscc", "uscc_check_digit"),
    ({"county_code": "广州市"}, "county_code", "county_unknown"),
    ({"industry_code": "占星"}, "industry_code", "code_unknown"),
    ({"start_date": "2025"}, "start_date", "date_format"),
    ({"start_date": "2025.1"}, "start_date", "month_ambiguous"),
    ({"start_date": "1925-03-01"}, "start_date", "date_implausible"),
    ({"end_date": "2052-03-20"}, "end_date", "date_implausible"),
    ({"end_date": "昨天"}, "end_date", "date_format"),
    ({"class_hours": "很多"}, "class_hours", "integer_format"),
    ({"class_hours": "2001"}, "class_hours", "out_of_range"),
    ({"end_date": ""}, "end_date", "end_date_missing"),
    ({"end_date": "2025-02-28"}, "end_date", "end_before_start"),
]

# Faults that cost an optional column its value.
DROPPED = [
    ({"employer_uscc": "914501"}, "employer_uscc", "uscc_format"),
    ({"employer_uscc": _wrong_last(FACTORY)}, "employer_uscc", "uscc_check_digit"),
    ({"receives_unemployment_insurance": "也许"}, "receives_unemployment_insurance", "boolean_format"),
    ({"skill_level": "大师"}, "skill_level", "code_unknown"),
    ({"skill_level": "1.745E+15"}, "skill_level", "number_lost_digits"),
    ({"programme": "?"}, "programme", "code_unknown"),
    ({"park_code": "月球园区"}, "park_code", "code_unknown"),
    ({"project_id": "A" * 65}, "project_id", "text_too_long"),
    ({"occupation_code": "工" * 65}, "occupation_code", "text_too_long"),
    ({"status": "在训", "end_date": "昨天"}, "end_date", "date_format"),
    ({"status": "在训", "end_date": "2052-03-20"}, "end_date", "date_implausible"),
]


@pytest.mark.parametrize(("change", "column", "reason"), FAULTS)
def test_each_fault_rejects_its_row_with_its_reason(home, land_all, query, change, column, reason):
    write_csv(home.landing / "enrollment" / "a.csv", rows({"enrollment_id": "BM-000"}, change))
    [result] = land_all().files
    assert (result.rows_read, result.rows_landed, result.rows_rejected) == (2, 1, 1)
    assert query("select row_number, column_name, reason_code from raw.rejected_row") == [(3, column, reason)]


@pytest.mark.parametrize(("change", "column", "reason"), DROPPED)
def test_a_fault_of_an_optional_column_costs_the_value_and_not_the_row(home, land_all, query, change, column, reason):
    write_csv(home.landing / "enrollment" / "a.csv", rows({"enrollment_id": "BM-000"}, change))
    summary = land_all()
    [result] = summary.files
    assert (result.rows_landed, result.rows_rejected, summary.refused_anything) == (2, 0, False)
    stored = "null" if column == "occupation_code" else column
    assert query(f"select unread_columns, {stored} from raw.enrollment order by enrollment_id desc") == [
        (column, None),
        (None, query(f"select {stored} from raw.enrollment where enrollment_id = 'BM-000'")[0][0]),
    ]
    assert query("select * from raw.rejected_row") == []
    [fault] = json.loads(result.report.read_text(encoding="utf-8"))["faults"]
    assert (fault["reason"], fault["cause"], fault["column"], fault["rows"]) == ("value_dropped", reason, column, 1)


def test_every_reason_code_has_a_test():
    tested = {reason for *_, reason in FAULTS + DROPPED}
    elsewhere = {
        *("amount_format", "stars_format", "score_not_result", "county_ambiguous", "superseded_in_file"),
        *("too_many_values", "broken_character", "value_dropped", "institution_not_found", "institution_ambiguous"),
        *("key_of_another_sender", "row_not_found"),
    }
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
        "select batch_id, row_number, column_name, masked_value, record_key from raw.rejected_row "
        "where reason_code = 'superseded_in_file'"
    ) == [
        (
            1,
            2,
            "institution_uscc",
            shape(INSTITUTION["institution_uscc"]),
            f"{INSTITUTION['institution_uscc']}|2024-01-01",
        ),
        (2, 2, "enrollment_id", "AA-NNN", "BM-001"),
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
    assert set(line[3:]) == {""}


def _bad_files() -> dict[str, tuple[bytes, str]]:
    header, row = rows({})
    text = ",".join(header) + "\n" + ",".join(row) + "\n"
    without = [name for name in header if name != "class_hours"]
    twice = ",".join([*header, "class_id"])
    return {
        "empty.csv": (b"", "empty"),
        "no-header.csv": (b"a,b,c\n1,2,3\n", "No header"),
        "missing.csv": ((",".join(without) + "\n").encode(), "lacks required columns: class_hours"),
        "twice.csv": ((twice + "\n").encode(), "have the very same header"),
        "half-utf16.csv": (text.encode("utf-16")[:-1], "UTF-16"),
        "bytes.csv": (b"\xff\xfa" * 3000 + text.encode(), "neither UTF-8 nor GB18030"),
        "nul.csv": (text.encode() + b"\0", "NUL"),
        "zip.csv": (b"PK\x03\x04rest", "archive"),
        "quote.csv": (text.replace("BJ-01", '"BJ-01').encode(), "From line 2 a quote mark"),
        "last-quote.csv": ((text.rstrip() + '"open').encode(), "From line 2 a quote mark"),
        "broken.parquet": (b"PAR1rest", "cannot be opened"),
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


def test_a_file_outside_the_folders_is_known_by_its_header(home, land_all, query):
    write_csv(home.landing / "misc" / "a.csv", rows({}))
    write_csv(home.landing / "b.csv", rows({}, extract="certification"))
    write_csv(home.landing / "c.csv", [["甲", "乙"], ["1", "2"]])
    write_xlsx(home.landing / "d.xlsx", rows({}, extract="employment"))
    write_parquet(home.landing / "e.parquet", rows({}, extract="institution"))
    land_all()
    assert query("select extract, file_name, status from raw.batch order by 2") == [
        ("certification", "b.csv", "landed"),
        (None, "c.csv", "refused"),
        ("employment", "d.xlsx", "landed"),
        ("institution", "e.parquet", "landed"),
        ("enrollment", "misc/a.csv", "landed"),
    ]


@pytest.mark.parametrize("extract", ["certification", "employment", "institution"])
def test_a_file_in_the_wrong_folder_is_told_so(home, land_all, extract):
    write_csv(home.landing / "enrollment" / "a.csv", rows({}, extract=extract))
    [result] = land_all().files
    assert "文件夹不对" in result.message_zh
    assert f"landing/{extract}/" in result.message_zh


@pytest.mark.parametrize(
    ("own", "meant"),
    [("培训学时数量", "培训学时"), ("报名编码", "报名编号"), ("开班日起", "开班日期"), ("状态情况", "状态")],
)
def test_a_near_miss_of_a_header_is_asked_about(home, land_all, own, meant):
    column = {"培训学时": "class_hours", "报名编号": "enrollment_id", "开班日期": "start_date", "状态": "status"}[meant]
    table = rows({})
    table[0][table[0].index(column)] = own
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    assert re.search(rf"“{own}”是否指“[^”]*”", result.message_zh), result.message_zh


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
    assert header[:4] == ["行号/row_number", "问题/problems", "来源批次/source_batch", "报名编号"]
    assert "联系电话" not in header
    line = dict(zip(header, first, strict=True))
    assert line["报名编号"] == "'=1+1"
    assert line["class_hours"] == "字字"
    assert line["person_name"] == ""
    assert line["person_id"] == person(1)[:4] + "*" * 12 + person(1)[-2:]
    assert line["问题/problems"] == (
        "class_hours:应为整数,改填整数 / class_hours: A whole number is expected, Enter a whole number"
    )
    assert dict(zip(header, second, strict=True))["county_code"] == "字字"
    corrected = [header, [dict(line, class_hours="40", person_id=person(1))[name] for name in header]]
    write_csv(home.landing / "enrollment" / "b.csv", corrected)
    assert land_all().rows_landed == 1
    assert query("select enrollment_id from raw.enrollment") == [("=1+1",)]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_returned_row_is_mended_without_its_id_and_name(home, land_all, query, write):
    table = rows(
        {"enrollment_id": "BM-1", "class_hours": "很多", "status": "毕业典礼"},
        {"enrollment_id": "BM-2", "person_id": _wrong_last(person(2))},
        {"enrollment_id": "BM-3", "person_id": person(3)},
    )
    write_csv(home.landing / "enrollment" / "a.csv", table, "gb18030")
    [result] = land_all().files
    with result.report.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as handle:
        header, first, second = csv.reader(handle)
    mended = dict(zip(header, first, strict=True), class_hours="40", status="已结业")
    still = dict(zip(header, second, strict=True))  # the ID stays masked: the original one, which is wrong
    write(home.landing / "enrollment" / "b.csv", [header, *([row[name] for name in header] for row in (mended, still))])
    assert land_all().files[-1].rows_landed == 1
    assert query("select count(distinct person_key) from raw.enrollment") == [(2,)]
    assert query("select enrollment_id, class_hours, status from raw.enrollment where batch_id = 2") == [
        ("BM-1", 40, "completed")
    ]
    assert query("select column_name, reason_code from raw.rejected_row where batch_id = 2") == [
        ("person_id", "id_check_digit")
    ]
    assert query("select batch_id, row_number, by_batch_id from raw.correction") == [(1, 2, 2)]


def test_a_mended_row_whose_original_is_gone_is_told(home, land_all, query):
    table = [["行号/row_number", "来源批次/source_batch", *rows({})[0]], ["2", "77", *rows({})[1]]]
    write_csv(home.landing / "enrollment" / "b.csv", table)
    land_all()
    assert query("select reason_code from raw.rejected_row") == [("row_not_found",)]


def test_no_cell_of_the_rejected_rows_begins_a_formula(home, land_all):
    texts = ["=1+1", "+cmd|' !A0", "-2+3", "@SUM(A1)", "x;=1", 'x"=1', "x\n=1", "＝1+1", "x\t－1+1"]
    table = rows(*({"enrollment_id": f"BM-{n}", "class_id": text, "class_hours": "-1"} for n, text in enumerate(texts)))
    write_csv(home.landing / "enrollment" / "a.csv", table)
    [result] = land_all().files
    content = result.report.with_suffix(".csv").read_text(encoding="utf-8-sig")
    for line in csv.DictReader(io.StringIO(content, newline="")):
        assert line["class_hours"] == "'-N"  # text, as all of this file is: landing takes the apostrophe away
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
    assert fault["cells"] == [f"P{row}" for row in range(2, 10)]
    assert fault["action_zh"] == "改填整数"


def test_check_tells_what_would_be_refused_and_writes_nothing(home, tmp_path):
    path = write_csv(home.landing / "enrollment" / "a.csv", rows({"class_hours": "很多"}), "gb18030")
    book = write_xlsx(tmp_path / "b.xlsx", [["x"], ["y"]])
    before = sorted(p for p in tmp_path.rglob("*"))
    said = []
    results = check([path, book], "enrollment", lambda result: said.append(result.message))
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
