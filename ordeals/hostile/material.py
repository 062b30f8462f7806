"""Synthetic rows and the bare bones of a workbook, for files that are hostile to landing. No ID belongs to anybody."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from skillsdw.landing.identity import id_check_digit, uscc_check_character

_SCHOOL = "52450100MJ1234567"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def person(number: int) -> str:
    """A synthetic resident ID with a right check digit."""
    first17 = f"45010319900307{number % 1000:03d}"
    return first17 + id_check_digit(first17)


def row(number: int = 1, **changed: str) -> dict[str, str]:
    """A row of `enrollment` that lands, by column."""
    return {
        "enrollment_id": f"BM-{number:07d}",
        "person_id": person(number),
        "person_name": "韦晓阳",
        "class_id": "BJ-01",
        "institution_uscc": _SCHOOL + uscc_check_character(_SCHOOL),
        "county_code": "450103",
        "industry_code": "AI",
        "training_type": "职业技能培训",
        "trainee_group": "rural_transfer",
        "funding_source": "employment_subsidy",
        "start_date": "2025-03-01",
        "end_date": "2025-03-20",
        "class_hours": "40",
        "status": "已结业",
    } | changed


HEADER = list(row())


def table(count: int = 3) -> list[list[str]]:
    """The header and `count` rows that land."""
    return [HEADER, *(list(row(number).values()) for number in range(1, count + 1))]


def text_of(cells: list[list[str]], delimiter: str = ",") -> str:
    """The cells as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(cells)
    return text.getvalue()


def good_certification() -> str:
    """A file of one row that must land beside every hostile one."""
    head = "certificate_no,enrollment_id,person_id,certificate_kind,result,issued_on"
    return f"{head}\nZS-1,BM-0000001,{person(1)},skill_level,pass,2025-04-01\n"


def sheet_xml(cells: list[list[str]], before: str = "", after: str = "") -> str:
    """A worksheet of inline texts; `before` stands before its data, `after` behind its last row."""
    rows = "".join(
        f'<row r="{number}">'
        + "".join(f'<c r="{_letters(place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for place, cell in line)
        + "</row>"
        for number, line in enumerate((enumerate(line, start=1) for line in cells), start=1)
    )
    return f'{XML}<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}{after}</sheetData></worksheet>'


def parts_of(sheet: str | bytes) -> dict[str, str | bytes]:
    """The parts of a workbook of one sheet."""
    kinds = "".join(
        f'<Override PartName="/{name}" ContentType="{_SPREADSHEET}.{kind}+xml"/>'
        for name, kind in (("xl/workbook.xml", "sheet.main"), ("xl/worksheets/sheet1.xml", "worksheet"))
    )
    relation = "application/vnd.openxmlformats-package.relationships+xml"
    package = "http://schemas.openxmlformats.org/package/2006"
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="{relation}"/>{kinds}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }


def write_book(path: Path, parts: dict[str, str | bytes]) -> None:
    """The parts as a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def write_bomb(path: Path, parts: dict[str, str | bytes], name: str, megabytes: int, lies: bool, filler: bytes) -> None:
    """A workbook whose part `name` is its content with `megabytes` of `filler` in the place of the mark `<!---->`.

    Deflate's blocks after a full flush know nothing of each other: one megabyte is compressed once and repeated. A
    directory that `lies` says that the part is as long as its own content.
    """
    before, after = parts[name].encode().split(b"<!---->")
    million = (filler * (1024 * 1024 // len(filler) + 1))[: 1024 * 1024 // len(filler) * len(filler)]

    def pieces() -> Iterator[tuple[bytes, bytes]]:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        yield before, packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
        packed = packer.compress(million) + packer.flush(zlib.Z_FULL_FLUSH)
        for _ in range(megabytes):
            yield million, packed
        yield after, packer.compress(after) + packer.flush(zlib.Z_FINISH)

    crc, size, packed_all = 0, 0, []
    for plain, packed in pieces():
        crc, size = zlib.crc32(plain, crc), size + len(plain)
        packed_all.append(packed)
    body = b"".join(packed_all)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            if part != name:
                book.writestr(part, content)
        info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.CRC, info.compress_size = crc, len(body)
        info.file_size = len(before) + len(after) if lies else size
        info.header_offset = book.fp.tell()
        book.fp.write(info.FileHeader(zip64=False) + body)
        book.filelist.append(info)
        book.NameToInfo[name] = info
        book.start_dir = book.fp.tell()
        book._didModify = True


def _letters(place: int) -> str:
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
