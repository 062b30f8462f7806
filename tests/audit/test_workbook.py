"""The workbook as Excel would read it: what stands where, as which type, and the same bytes each time."""

import csv
import hashlib
import json
import re
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from made_version import ALL_EXTRACTS, payment, publish, session, violation

from audits.pack import AuditError, audit
from skillsdw.home import Home

QUIET = {"progress": lambda _: None}
ID_LIKE = re.compile(r"(?<!\d)[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")


@pytest.fixture
def tables() -> dict:
    sessions = [session(number, class_hours=20, violations=["HOURS_MIN"]) for number in range(1, 6)]
    return {
        "fct_training_session": sessions,
        "fct_rule_violation": [violation("HOURS_MIN", "enrollment", row["enrollment_id"]) for row in sessions],
        "fct_subsidy": [payment(1, 1), payment(2, 99, enrollment_id="=HYPERLINK(1)"), payment(3, 98, payee_code="@x")],
    }


def opened(path):
    return openpyxl.load_workbook(path)


def texts(sheet) -> list:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_contents_name_the_version_and_lead_to_every_check(tmp_path, tables):
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    book = opened(pack.workbook)
    contents = book["目录"]
    shown = texts(contents)
    assert "20261101T083000-000001" in shown
    assert "2026-10-31" in shown
    assert "2025-09 · 7f3a2c1" in shown
    links = {cell.hyperlink.location for row in contents.iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in book.sheetnames[1:-1]}
    assert len(links) == len(pack.findings)
    rows = {row[1].value: row for row in contents.iter_rows() if row[0].data_type == "n" and row[0].value}
    hours = rows["专项能力培训课时不足"]
    assert (hours[3].value, hours[5].value, hours[6].value) == ("三(二)", 5, 600.5)


def test_a_sheet_holds_clause_explanation_sql_as_run_and_typed_rows(tmp_path, tables):
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    book = opened(pack.workbook)
    finding = pack.findings[0]
    sheet = book["01 专项能力培训课时不足"]
    assert sheet["B6"].value == finding.check.sql
    assert "where rule_code = 'HOURS_MIN'" in finding.check.sql
    assert sheet["B3"].value.startswith("5 条 rows;金额 Amount 600.50 元 yuan")
    assert sheet["A7"].value == "报名编号\nenrollment_id"
    head = {cell.value.split("\n")[1]: cell.column for cell in sheet[7]}
    first = {name: sheet.cell(8, place) for name, place in head.items()}
    assert first["start_date"].value == datetime(2026, 2, 1)
    assert first["start_date"].number_format == "yyyy-mm-dd"
    assert (first["class_hours"].value, first["class_hours"].data_type) == (20, "n")
    assert (first["amount_yuan"].value, first["amount_yuan"].number_format) == (600.5, "#,##0.00")
    assert first["city_code"].value == "南宁市"
    assert first["institution_uscc"].data_type == "s"
    assert sheet.freeze_panes == "A8"
    assert sheet.auto_filter.ref.startswith("A7:")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )
    assert sheet.print_title_rows == "$7:$7"
    assert "20261101T083000-000001" in sheet.oddFooter.left.text


def test_the_sql_of_every_check_stands_in_its_sheet_and_line_by_line_on_the_last(tmp_path, tables):
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    book = opened(pack.workbook)
    printed = "\n".join(str(row[0] or "") for row in book["SQL"].iter_rows(values_only=True))
    for finding, name in zip(pack.findings, book.sheetnames[1:-1], strict=True):
        assert book[name]["B6"].value == finding.check.sql
        assert finding.check.sql in printed


def test_a_text_that_begins_as_a_formula_stays_a_text(tmp_path, tables):
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    book = opened(pack.workbook)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    risky = [cell for cell in cells if cell.value in ("=HYPERLINK(1)", "@x")]
    assert len(risky) >= 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in risky)


def test_no_cell_holds_what_looks_like_an_identity(tmp_path, tables):
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    for sheet in opened(pack.workbook):
        for value in texts(sheet):
            assert not ID_LIKE.search(str(value)), value
            assert not (isinstance(value, (int, float)) and abs(value) >= 10**16)
    assert not ID_LIKE.search(pack.summary.read_text(encoding="utf-8"))


def test_the_same_version_gives_the_same_bytes(tmp_path, tables):
    home = publish(tmp_path / "home", **tables)
    first, second = (audit(home, tmp_path / name, **QUIET) for name in ("one", "two"))
    for path in ("workbook", "summary"):
        one, two = (hashlib.sha256(getattr(pack, path).read_bytes()).hexdigest() for pack in (first, second))
        assert one == two
    assert opened(first.workbook).properties.created == datetime(2026, 11, 1, 8, 30)


def test_what_does_not_fit_on_a_sheet_stands_whole_in_a_csv_and_the_count_is_full(tmp_path, tables):
    tables["fct_subsidy"] = [payment(n, n, enrollment_id=f"={n}", payee_code="+1") for n in range(100, 107)]
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", sheet_rows=3, **QUIET)
    finding = next(finding for finding in pack.findings if finding.check.code == "paid_without_session")
    assert (finding.count, len(finding.rows), finding.amount) == (7, 3, Decimal("4203.50"))
    body = (tmp_path / "out" / finding.csv).read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(body.decode("utf-8-sig").splitlines()))
    assert rows[0][0] == "发放编号 payment_id"
    assert len(rows) == 8
    assert {row[1][:2] for row in rows[1:]} == {"'="}
    sheet = opened(pack.workbook)["21 无报名记录的发放"]
    assert finding.csv in sheet["B3"].value
    assert len([row for row in sheet.iter_rows(min_row=8, values_only=True) if row[0]]) == 3


def test_a_check_that_is_not_assessed_has_neither_count_nor_rows(tmp_path, tables):
    landed = tuple(name for name in ALL_EXTRACTS if name != "subsidy")
    pack = audit(publish(tmp_path / "home", landed=landed, **tables), tmp_path / "out", **QUIET)
    book = opened(pack.workbook)
    rows = {row[1]: row for row in book["目录"].iter_rows(values_only=True) if isinstance(row[0], int)}
    assert rows["无报名记录的发放"][5:7] == ("〈未评估〉", "〈未评估〉")
    assert rows["专项能力培训课时不足"][5:7] == (5, "〈未评估〉")
    assert rows["学员开班时已在办班机构就业"][5:7] == (0, "—")
    sheet = book["21 无报名记录的发放"]
    assert sheet["B3"].value.startswith("〈未评估〉 补贴发放从未入库")
    assert sheet.max_row == 6
    summary = json.loads(pack.summary.read_text(encoding="utf-8"))
    [check] = [check for check in summary["checks"] if check["check_code"] == "paid_without_session"]
    assert (check["state"], check["count"], check["amount_yuan"]) == ("not_assessed", None, None)


def test_files_of_others_are_left_alone(tmp_path, tables):
    home = publish(tmp_path / "home", **tables)
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    audit(home, out, **QUIET)
    audit(home, out, **QUIET)
    assert (out / "notes.txt").read_text() == "mine"
    assert sorted(path.name for path in out.iterdir()) == [
        "audit.json",
        "notes.txt",
        "审计核查-20261101T083000-000001.xlsx",
    ]
    (out / "audit.json").write_text("{}")
    with pytest.raises(AuditError, match="left alone"):
        audit(home, out, **QUIET)


def test_a_failed_audit_leaves_the_folder_as_it_was(tmp_path, tables, monkeypatch):
    home = publish(tmp_path / "home", **tables)
    before = audit(home, tmp_path / "out", **QUIET).workbook.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("audits.pack.write_workbook", fail)
    with pytest.raises(OSError, match="disk full"):
        audit(home, tmp_path / "out", **QUIET)
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert next((tmp_path / "out").glob("*.xlsx")).read_bytes() == before


def test_nothing_published_yet_says_to_build(tmp_path):
    with pytest.raises(AuditError, match="skillsdw build"):
        audit(Home(tmp_path), tmp_path / "out", **QUIET)
    assert not (tmp_path / "out").exists()


def test_a_version_of_older_code_says_to_build_again(tmp_path, tables):
    import duckdb

    home = publish(tmp_path / "home", **tables)
    with duckdb.connect(str(home.link.resolve())) as con:
        con.execute("drop table marts.extract_state")
    with pytest.raises(AuditError, match="build again"):
        audit(home, tmp_path / "out", **QUIET)


def test_a_day_before_excel_s_calendar_is_a_text(tmp_path, tables):
    tables["fct_training_session"][0]["start_date"] = date(1899, 1, 1)
    pack = audit(publish(tmp_path / "home", **tables), tmp_path / "out", **QUIET)
    assert "1899-01-01" in texts(opened(pack.workbook)["01 专项能力培训课时不足"])
