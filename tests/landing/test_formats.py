"""The golden messy folder: every format, encoding and delimiter gives the same rows (1-extracts, head)."""

import datetime as dt
from datetime import date

import pytest
from landing_material import (
    CERTIFICATION,
    EMPLOYMENT,
    ENROLLMENT,
    FACTORY,
    INSTITUTION,
    SCHOOL,
    enrollments,
    full_width,
    person,
    raw_names,
    rows,
    write_csv,
    write_parquet,
    write_xlsx,
)

CHINESE_HEADERS = {
    "enrollment_id": "*报名编号",
    "person_id": "身份证号码",
    "person_name": "姓 名",
    "class_id": "班级编号",
    "institution_uscc": "培训机构统一社会信用代码",
    "county_code": full_width("县(市、区)"),
    "industry_code": "所属产业",
    "occupation_code": "职业(工种)代码",
    "skill_level": "技能等级",
    "training_type": "培训类型",
    "programme": "专项培训",
    "trainee_group": "人员类别",
    "funding_source": "资金来源",
    "start_date": "开班日期",
    "end_date": "结业日期",
    "class_hours": "课时",
    "status": "状态",
    "employer_uscc": "用人单位统一社会信用代码",
    "receives_unemployment_insurance": "是否领取失业保险金",
    "park_code": "园区代码",
    "project_id": "项目编号",
}
MESSY = {
    "enrollment_id": full_width("BM-001"),
    "person_id": "'" + person(1).lower(),
    "person_name": "韦晓阳",
    "class_id": " BJ-01 ",
    "institution_uscc": SCHOOL.lower(),
    "county_code": "南宁市青秀区",
    "industry_code": "人工智能",
    "occupation_code": full_width("4-04-05-05"),
    "skill_level": "初级工",
    "training_type": full_width("职业(工种)技能培训"),
    "programme": "人工智能",
    "trainee_group": "农民工",
    "funding_source": "就业资金",
    "start_date": "45717",
    "end_date": full_width("2025/3/20"),
    "class_hours": "40.0",
    "status": "已结业",
    "employer_uscc": FACTORY,
    "receives_unemployment_insurance": "N",
    "park_code": "—",
    "project_id": "N/A",
}
EXPECTED = (
    *("BM-001", 1990, "male", "45", "BJ-01", SCHOOL, "450103", "AI", "4-04-05-05", "5", "occupation", "ai"),
    *("rural_transfer", "employment_subsidy", date(2025, 3, 1), date(2025, 3, 20), 40, "completed"),
    *(FACTORY, False, None, None),
)
LANDED = (
    "select * exclude (person_key, occupation_name, brand_name, unread_columns, batch_id, row_number) "
    "from raw.enrollment"
)


def messy_table(titles: int = 0, serial: bool = True) -> list[list[str]]:
    """A ledger as bureaus keep it: titles, Chinese headers, a serial column, totals and remarks at the foot."""
    lead = ["序号"] if serial else []
    header = [*lead, *(CHINESE_HEADERS[name] for name in ENROLLMENT), "联系电话"]
    row = [*(["1"] if serial else []), *(MESSY[name] for name in ENROLLMENT), "13800000000"]
    width = len(header)
    pad = [""] * (width - 1)
    return [
        *([f"2025年职业培训台账({i})", *pad] for i in range(titles)),
        header,
        row,
        ["2", *pad] if serial else ["", *pad],
        ["合 计", *pad[1:], "1"],
        [full_width("备注:数据截至3月底"), *pad],
        ["制表人:韦晓阳", *pad],
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_every_encoding_and_delimiter_of_csv_lands(home, land_all, query, encoding, delimiter):
    table = [[cell.replace("—", "-") for cell in row] for row in messy_table(titles=2)]
    write_csv(home.landing / "enrollment" / "台账.csv", table, encoding, delimiter)
    [result] = land_all().files
    assert (result.status, result.rows_read, result.rows_rejected) == ("landed", 1, 0), result.faults
    assert result.unknown_columns == ("序号", "联系电话")
    assert query(LANDED) == [EXPECTED]
    assert query("select row_number from raw.enrollment") == [(4,)]


@pytest.mark.parametrize("titles", range(10))
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_the_header_stands_anywhere_in_the_first_ten_rows(home, land_all, query, write, titles):
    suffix = "csv" if write is write_csv else "xlsx"
    write(home.landing / "enrollment" / f"a.{suffix}", messy_table(titles, serial=titles % 2 == 0))
    assert land_all().rows_landed == 1
    assert query(LANDED) == [EXPECTED]
    assert query("select row_number from raw.enrollment") == [(titles + 2,)]


def test_typed_cells_of_a_workbook_are_read(home, land_all, query):
    typed = {
        **ENROLLMENT,
        "start_date": date(2025, 3, 1),
        "end_date": dt.datetime(2025, 3, 20, 9, 30),
        "class_hours": 40.0,
        "skill_level": 5,
        "county_code": 450103,
        "receives_unemployment_insurance": False,
    }
    write_xlsx(home.landing / "enrollment" / "a.xlsx", [list(typed), list(typed.values())])
    assert land_all().rows_landed == 1
    assert query(LANDED) == [EXPECTED]


def test_typed_columns_of_a_parquet_file_are_read(home, land_all, query):
    typed = {
        **ENROLLMENT,
        "start_date": date(2025, 3, 1),
        "end_date": dt.datetime(2025, 3, 20, 9, 30),
        "class_hours": 40.0,
        "skill_level": 5,
        "county_code": 450103,
        "receives_unemployment_insurance": False,
    }
    write_parquet(home.landing / "enrollment" / "a.parquet", [list(typed), list(typed.values())])
    assert land_all().rows_landed == 1
    assert query(LANDED) == [EXPECTED]
    assert query("select row_number from raw.enrollment") == [(1,)]


@pytest.mark.parametrize("typed", [float(person(1)[:17] + "0"), 4.50103199003070011e17])
@pytest.mark.parametrize("write", [write_xlsx, write_parquet])
def test_an_id_kept_as_a_number_is_refused_never_guessed(home, land_all, query, write, typed):
    suffix = "xlsx" if write is write_xlsx else "parquet"
    row = {**ENROLLMENT, "person_id": typed}
    write(home.landing / "enrollment" / f"a.{suffix}", [list(row), list(row.values())])
    assert land_all().rows_rejected == 1
    assert query("select reason_code, column_name from raw.rejected_row") == [("number_lost_digits", "person_id")]


def test_the_other_extracts_land_too(home, land_all, query):
    for extract, standard in (
        ("certification", CERTIFICATION),
        ("employment", EMPLOYMENT),
        ("institution", INSTITUTION),
    ):
        write_csv(home.landing / extract / "a.csv", [list(standard), list(standard.values())])
    assert land_all().rows_landed == 3
    assert query("select certificate_no, certificate_kind, result, issued_on from raw.certification") == [
        ("ZS-001", "skill_level", "pass", date(2025, 4, 1))
    ]
    assert query("select record_id, evidence_type, evidence_to, county_code from raw.employment") == [
        ("JY-001", "social_insurance", None, "450103")
    ]
    assert query("select name, kind, star_rating, licence_from, licence_to from raw.institution") == [
        ("南宁示范技工学校", "technician_college", 4, date(2024, 1, 1), None)
    ]
    keys = query("select person_key from raw.certification union select person_key from raw.employment")
    assert len(keys) == 1


def test_row_numbers_are_what_a_person_counts_on_every_path(home, land_all, query):
    """Trailing blank lines (fast), blank lines inside, quoted line breaks, stray quotes, lone CR ends."""
    header, *body = enrollments(3)
    lines = [",".join(row) for row in (header, *body)]
    texts = {
        "1-trailing": "\n".join(lines) + "\n\n\n",
        "2-inside": "\n".join([lines[0], "", lines[1], "   ", lines[2], lines[3]]),
        "3-break": "\n".join([*lines[:2], lines[2].replace("BJ-01", '"BJ\n01"'), lines[3]]),
        "4-stray": "\n".join([*lines[:2], lines[2].replace("BJ-01", 'BJ"01'), lines[3]]),
        "5-cr": "\r".join(lines),
        "6-quoted": "\n".join(",".join(f'"{cell}"' for cell in row) for row in (header, *body)),
        "7-mixed": f"{lines[0]}\r\n{lines[1]}\n{lines[2]}\r\n{lines[3]}",
    }
    folder = home.landing / "enrollment"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    assert [(r.rows_landed, r.rows_rejected) for r in land_all().files] == [(3, 0)] * 7
    numbers = query("select batch_id, list(row_number order by enrollment_id) from raw.enrollment group by 1")
    expected = {1: [2, 3, 4], 2: [3, 5, 6], **{batch: [2, 3, 4] for batch in range(3, 8)}}
    assert dict(numbers) == expected


def test_a_large_file_keeps_its_order_and_counts(home, land_all, query):
    count = 70_000  # more than one batch of every reader
    write_csv(home.landing / "enrollment" / "a.csv", enrollments(count), end="\n")
    assert land_all().rows_landed == count
    assert query("select count(*) from raw.enrollment where enrollment_id = printf('BM-%05d', row_number - 2)") == [
        (count,)
    ]


def test_short_rows_are_padded_and_optional_columns_may_be_absent(home, land_all, query):
    header, row = rows({})
    keep = header.index("status") + 1
    (home.landing / "enrollment").mkdir()
    text = ",".join(header) + "\n" + ",".join(row[:keep]) + "\n"
    (home.landing / "enrollment" / "a.csv").write_text(text, encoding="utf-8")
    write_csv(home.landing / "enrollment" / "b.csv", [header[:keep], row[:keep]])
    assert land_all().rows_landed == 2
    assert query("select count(*) from raw.enrollment where employer_uscc is null") == [(2,)]


def test_a_remark_word_that_begins_a_name_is_a_row(home, land_all):
    table = rows({"institution_uscc": SCHOOL}, extract="institution")
    order = ["name", *(n for n in raw_names("institution") if n != "name")]
    named = dict(zip(*table, strict=True)) | {"name": "说明书设计培训学校"}
    write_csv(home.landing / "institution" / "a.csv", [order, [named[n] for n in order]])
    assert land_all().rows_landed == 1
