"""Synthetic people, organisations and rows for the landing tests. No ID here belongs to anybody."""

import csv
import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from skillsdw.codes import extract_columns
from skillsdw.landing.identity import id_check_digit, uscc_check_character


def person(number: int, born: str = "19900307", area: str = "450103") -> str:
    """A resident ID with a right check digit; an odd number is a man."""
    first17 = f"{area}{born}{number:03d}"
    return first17 + id_check_digit(first17)


def full_width(text: str) -> str:
    """ASCII as a Chinese keyboard may enter it: full-width digits, letters and marks."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def uscc(body: str = "91450100MA5KAAAA1") -> str:
    return body + uscc_check_character(body)


SCHOOL = uscc("52450100MJ1234567")
FACTORY = uscc("91450100MA5KAAAA1")
NAMES = ("韦晓阳", "覃丽", "黄志强")

ENROLLMENT = {
    "enrollment_id": "BM-001",
    "person_id": person(1),
    "person_name": "韦晓阳",
    "class_id": "BJ-01",
    "institution_uscc": SCHOOL,
    "county_code": "450103",
    "industry_code": "AI",
    "occupation_code": "4-04-05-05",
    "skill_level": "5",
    "training_type": "occupation",
    "programme": "ai",
    "trainee_group": "rural_transfer",
    "funding_source": "employment_subsidy",
    "start_date": "2025-03-01",
    "end_date": "2025-03-20",
    "class_hours": "40",
    "status": "completed",
    "employer_uscc": FACTORY,
    "receives_unemployment_insurance": "否",
    "park_code": "",
    "project_id": "",
}
CERTIFICATION = {
    "certificate_no": "ZS-001",
    "enrollment_id": "BM-001",
    "person_id": person(1),
    "certificate_kind": "职业技能等级证书",
    "result": "合格",
    "issued_on": "2025-04-01",
}
EMPLOYMENT = {
    "record_id": "JY-001",
    "person_id": person(1),
    "employer_uscc": "",
    "evidence_type": "社保",
    "evidence_from": "2025-05-01",
    "evidence_to": "",
    "county_code": "450103",
}
INSTITUTION = {
    "institution_uscc": SCHOOL,
    "name": "南宁示范技工学校",
    "kind": "技工学校",
    "county_code": "450103",
    "star_rating": "4",
    "licence_from": "2024-01-01",
    "licence_to": "",
}
ROWS = {
    "enrollment": ENROLLMENT,
    "certification": CERTIFICATION,
    "employment": EMPLOYMENT,
    "institution": INSTITUTION,
}


def rows(*changes: dict[str, str], extract: str = "enrollment") -> list[list[str]]:
    """A header and one row for each change to the standard row."""
    standard = ROWS[extract]
    return [list(standard), *([{**standard, **change}[name] for name in standard] for change in changes)]


def enrollments(count: int, first: int = 0) -> list[list[str]]:
    return rows(
        *(
            {"enrollment_id": f"BM-{i:05d}", "person_id": person(i % 1000), "person_name": NAMES[i % 3]}
            for i in range(first, first + count)
        )
    )


def write_csv(
    path: Path, table: list[list[str]], encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, table: list[list[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    book.save(path)
    return path


def write_parquet(path: Path, table: list[list[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header, *body = table
    columns = [pa.array(column) for column in zip(*body, strict=True)]
    pq.write_table(pa.Table.from_arrays(columns, names=header), path)
    return path


def raw_names(extract: str) -> list[str]:
    return [column.name for column in extract_columns(extract) if column.name in ROWS[extract]]
