"""Every way to write a value, in every column of its kind, in every format that files come in (1-extracts § Values).

One file holds a row for each pair of column and spelling; what becomes of each row is compared with what is meant. A
row changes one column alone, so that nothing else can be the reason."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_material import (
    CERTIFICATION,
    EMPLOYMENT,
    ENROLLMENT,
    FACTORY,
    INSTITUTION,
    SCHOOL,
    full_width,
    person,
    uscc,
)

from skillsdw.codes import ExtractColumn, extract_columns
from skillsdw.landing import land
from skillsdw.landing.dates import Role, role_of

DEMAND = {
    "survey_id": "XQ-001",
    "surveyed_on": "2025-06-01",
    "county_code": "450103",
    "park_code": "",
    "industry_code": "AI",
    "occupation_code": "4-04-05-05",
    "vacancies": "30",
    "hard_to_fill": "10",
    "training_intent": "5",
}
SUBSIDY = {
    "payment_id": "FF-001",
    "enrollment_id": "BM-001",
    "component": "training",
    "funding_source": "employment_subsidy",
    "amount_yuan": "600",
    "paid_on": "2025-06-01",
    "payee_type": "institution",
    "payee_id": SCHOOL,
    "park_code": "",
    "advanced_by_type": "institution",
    "advanced_by_id": SCHOOL,
}
STANDARD = {
    "enrollment": ENROLLMENT | {"brand_name": ""},
    "certification": CERTIFICATION | {"occupation_code": "", "skill_level": "", "assessor_uscc": ""},
    "employment": EMPLOYMENT | {"industry_code": ""},
    "institution": INSTITUTION,
    "subsidy": SUBSIDY,
    "demand": DEMAND,
}
KEYS = {
    "enrollment": "enrollment_id",
    "certification": "certificate_no",
    "employment": "record_id",
    "institution": "institution_uscc",
    "subsidy": "payment_id",
    "demand": "survey_id",
}
NULLS = ["", " ", "-", "--", "——", "/", "无", "暂无", "NULL", "(null)", r"\N", "nan", "N/A", "\u3000", "\u200b"]
ERRORS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "######"]
LOST = ["1.745E+15", "4.50103E+17", "2.03E+16"]
FAR = date(2025, 3, 1)
REJECTED, DROPPED, MISSING = "rejected", "dropped", "missing"


@dataclass(frozen=True)
class Case:
    """A spelling of a column's value and what becomes of it: a stored value, or REJECTED or DROPPED with its reason."""

    column: str
    text: str
    meant: object
    reason: str | None = None


def _marked(text: str) -> list[str]:
    """A text with what is taken off it: blanks, marks that nobody sees, an apostrophe, ="…", full-width characters."""
    return [
        text,
        f"  {text}\t",
        f"\u3000{text}\xa0",
        f"\u202d{text}\u202c",
        f"{text[:1]}\u200b{text[1:]}",
        f"\ufeff{text}",
        f"'{text}",
        f'="{text}"',
        f"{text}_x000D_",
        full_width(text),
    ]


def _spellings(column: ExtractColumn, standard: str) -> list[tuple[str, object]]:
    """Texts of a column with what is stored for each; `standard` is the value of the standard row."""
    match column.kind:
        case "text":
            return [(text, standard) for text in _marked(standard)] + [
                ("AB\u2013001", "AB-001"),
                ("AB\u2212001", "AB-001"),
                ("AB\u2014001", "AB-001"),
                ("000123", "000123"),
                ("20250001.0", "20250001"),
            ]
        case "free_text":
            return [(text, "桂林米粉师") for text in ("桂林米粉师", " 桂林米粉师 ", "桂林\u200b米粉师")]
        case "uscc":
            return [(text, FACTORY) for text in [*_marked(FACTORY), FACTORY.lower()]]
        case "occupation":
            return [
                (text, "4-04-05-05")
                for text in ("4-04-05-05", "4–04–05–05", "人工智能训练师", "数据标注员", " 4-04-05-05 ")
            ]
        case "county":
            places = ("450103", "青秀区", "南宁市青秀区", "450103000000", "450103.0", full_width("450103"))
            return [(text, "450103") for text in places] + [("450101", "450100"), ("450100000000", "450100")]
        case "integer":
            return [(text, 40) for text in ("40", "40.0", "40.00000000000001", full_width("40"), " 40 ", "'40")] + [
                ("1,200", 1200)
            ]
        case "stars":
            return [(text, 4) for text in ("4", "4.0", "四星级", "★★★★", "4星")]
        case "boolean":
            return [(text, True) for text in ("是", "true", "TRUE", "1", "Y", "1.0")] + [
                (text, False) for text in ("否", "false", "0", "N")
            ]
        case "amount":
            return [(text, "1080.30") for text in ("1080.3", "1,080.30", "1080.3000000000002", "1080.30元", "¥1080.3")]
        case "date":
            return _dates(role_of(column.name))
    return []


def _dates(role: Role) -> list[tuple[str, date]]:
    days = [
        *("2025-03-01", "2025/3/1", "2025.3.1", "20250301", "2025年3月1日", "45717", "20250301.0"),
        *("2025-03-01 00:00:00", "2025-03-01T08:30:00", "2025-02-28T16:00:00Z", "2025-02-28 23:59:17", "2025—03—01"),
    ]
    cases = [(text, FAR) for text in days]
    last = date(2025, 3, 31) if role is Role.END else FAR
    cases += [(text, last) for text in ("202503", "2025-03", "2025年3月")]
    if role is not Role.POINT:
        end = date(2025, 3, 20) if role is Role.END else FAR
        cases += [(text, end) for text in ("2025-03-01至2025-03-20", "2025.3.1-2025.3.20", "2025年3月1日—20日")]
    return cases


def _wrong(column: ExtractColumn) -> list[tuple[str, str]]:
    """Texts that cannot be read in a column, with the reason."""
    return {
        "text": [("A" * 65, "text_too_long"), *((text, "number_lost_digits") for text in LOST)],
        "uscc": [("914501", "uscc_format"), ("4.50103E+17", "number_lost_digits")],
        "code": [("占星术", "code_unknown"), ("1.745E+15", "number_lost_digits")],
        "county": [("广州市", "county_unknown"), ("4.50103E+17", "number_lost_digits")],
        "occupation": [("1.745E+15", "number_lost_digits")],
        "integer": [("很多", "integer_format"), ("40.5", "integer_format"), ("-1", "out_of_range")],
        "stars": [("甲等", "stars_format")],
        "boolean": [("也许", "boolean_format")],
        "amount": [("很多", "amount_format"), ("1.005", "amount_format")],
        "date": [("昨天", "date_format"), ("2025.1", "month_ambiguous"), ("1925-03-01", "date_implausible")],
    }.get(column.kind, [])


# Read with other columns, and tried on their own elsewhere.
_APART = frozenset({"person_id", "payee_id", "advanced_by_id", "payee_type", "advanced_by_type", "status"})


def _cases(extract: str) -> list[Case]:
    cases = []
    for column in extract_columns(extract):
        if column.name in _APART or column.name not in STANDARD[extract] or column.name == KEYS[extract]:
            continue
        # A licence's start is part of the key, and some dates may lie far back.
        standard = STANDARD[extract][column.name] or "AB-001"
        cases += [Case(column.name, text, meant) for text, meant in _spellings(column, standard)]
        if column.kind != "person_name":
            cases += [Case(column.name, text, None if not column.is_required else MISSING) for text in NULLS]
            outcome = REJECTED if column.is_required or column.is_key or column.name == "end_date" else DROPPED
            cases += [
                Case(column.name, text, outcome, reason)
                for text, reason in _wrong(column)
                if not (reason == "date_implausible" and column.maximum is None)
            ]
        cases += [Case(column.name, text, REJECTED, "cell_error") for text in ERRORS]
    return cases


def _rows(extract: str, cases: list[Case]) -> list[list[str]]:
    header = list(STANDARD[extract])
    rows = [header]
    for place, case in enumerate(cases):
        row = STANDARD[extract] | {case.column: case.text}
        row |= {KEYS[extract]: uscc(f"52450100MJ{place:07d}") if extract == "institution" else f"NO-{place}"}
        if extract == "enrollment":
            row |= {"person_id": person(place % 999, f"19{70 + place // 999}0307")}
            # What is to be read may end before the standard row's start.
            row |= (
                {"status": "在训"} if case.column in ("start_date", "end_date") and case.meant is not REJECTED else {}
            )
        rows.append([row[name] for name in header])
    return rows


def _csv(encoding: str, delimiter: str = ",") -> callable:
    def write(path: Path, rows: list[list[str]]) -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        path = path.with_suffix(".csv")
        path.write_bytes(text.getvalue().encode(encoding, errors="strict"))
        return path

    return write


def _xlsx(path: Path, rows: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    # openpyxl takes what begins with = for a formula: here it is a text.
    for line in book.active.iter_rows(min_row=2):
        for cell in line:
            if cell.data_type == "f":
                cell.data_type = "s"
    path = path.with_suffix(".xlsx")
    book.save(path)
    return path


def _parquet(path: Path, rows: list[list[str]]) -> Path:
    header, *body = rows
    columns = [pa.array(column, pa.string()) for column in zip(*body, strict=True)]
    path = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_arrays(columns, names=header), path)
    return path


FORMATS = {
    "utf-8": _csv("utf-8"),
    "utf-8-sig, semicolon": _csv("utf-8-sig", ";"),
    "gb18030, tab": _csv("gb18030", "\t"),
    "utf-16": _csv("utf-16"),
    "xlsx": _xlsx,
    "parquet": _parquet,
}


@pytest.mark.parametrize("extract", list(STANDARD))
@pytest.mark.parametrize("written", list(FORMATS))
def test_every_spelling_of_every_column_is_read_in_every_format(home, query, extract, written):
    cases = _cases(extract)
    (home.landing / extract).mkdir()
    FORMATS[written](home.landing / extract / "a", _rows(extract, cases))
    land(home)
    table = f"(select * from raw.{extract} union all by name select * from held.{extract})"
    stored = _stored(query, table)
    faults: dict[int, list[tuple[str, str]]] = {}
    for number, column, reason in query("select row_number, column_name, reason_code from raw.rejected_row"):
        faults.setdefault(number, []).append((column, reason))
    wrong = []
    for place, case in enumerate(cases):
        number = place + (1 if written == "parquet" else 2)
        seen = _seen(case, stored.get(number), faults.get(number))
        if seen != (case.meant, case.reason):
            wrong.append((case, seen))
    assert not wrong, (len(wrong), wrong[:12])


def _stored(query, table: str) -> dict[int, dict[str, object]]:
    names = [name for name, *_ in query(f"select column_name from (describe select * from {table})")]
    return {
        row[names.index("row_number")]: dict(zip(names, row, strict=True)) for row in query(f"select * from {table}")
    }


def _seen(case: Case, row: dict[str, object] | None, faults: list[tuple[str, str]] | None) -> tuple[object, str | None]:
    """What became of a row, in the words of a case."""
    if row is None:
        mine = [reason for column, reason in faults or [] if column == case.column]
        if mine == ["missing_value"]:
            return MISSING, None
        return REJECTED, mine[0] if len(mine) == 1 else str(faults)
    if row["unread_columns"] == case.column:
        return DROPPED, case.reason
    value = row[case.column]
    return (str(value) if case.column == "amount_yuan" and value is not None else value), None


@pytest.mark.parametrize("extract", list(STANDARD))
def test_typed_cells_of_a_workbook_are_read_as_excel_shows_them(home, query, extract):
    """Numbers, dates and truth values as a spreadsheet keeps them, and keys with a format of their own."""
    header = list(STANDARD[extract])
    columns = {column.name: column for column in extract_columns(extract)}
    book = openpyxl.Workbook()
    book.active.append(header)
    meant = []
    for name in header:
        cells: list[tuple[object, str | None, object]] = {
            "date": [
                (datetime(2025, 3, 1), "yyyy-mm-dd", FAR),
                (45717, "General", FAR),
                (45717, 'yyyy"年"m"月"d"日"', FAR),
            ],
            "integer": [(40, None, 40), (40.00000000000001, None, 40)],
            "stars": [(4, None, 4)],
            "amount": [(360.1 * 3, None, "1080.30"), (1080.3, "#,##0.00", "1080.30")],
            "boolean": [(True, None, True), (0, None, False)],
            "text": [(123, "000000", "000123"), (123, None, "123")],
        }.get(columns[name].kind, [])
        for value, number_format, expected in cells:
            if name in _APART or name == KEYS[extract]:
                continue
            place = len(meant)
            key = uscc(f"52450100MJ{place:07d}") if extract == "institution" else f"NO-{place}"
            row = STANDARD[extract] | {KEYS[extract]: key, name: value}
            if extract == "enrollment" and columns[name].kind == "date":
                row |= {"status": "在训"}
            book.active.append([None if row[other] == "" else row[other] for other in header])
            if number_format:
                book.active.cell(place + 2, header.index(name) + 1).number_format = number_format
            meant.append((name, expected))
    (home.landing / extract).mkdir()
    book.save(home.landing / extract / "a.xlsx")
    land(home)
    stored = _stored(query, f"raw.{extract}")
    seen = [
        (name, str(stored[place + 2][name]) if name == "amount_yuan" else stored[place + 2][name])
        for place, (name, _) in enumerate(meant)
    ]
    assert seen == meant
