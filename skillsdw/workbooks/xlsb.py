"""`.xlsb`: python-calamine for texts and numbers; errors, dates, formats, hidden rows, merged ranges from the records.

A part is a row of records (MS-XLSB 2.1.4): a number and a length, seven bits a byte, then the content."""

import struct
from collections.abc import Iterator
from pathlib import Path

import python_calamine

from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import Merged, Notes, SheetData, cell_text, moment
from skillsdw.workbooks.package import Package, elements, target_of
from skillsdw.workbooks.refused import UNREADABLE, Refused
from skillsdw.workbooks.xlsx import read_cells

_BOOK = "xl/workbook.bin"
_ROW, _RK, _ERROR, _REAL, _FORMULA_NUMBER, _FORMULA_ERROR = 0, 2, 3, 5, 9, 11
_FORMAT, _STYLE, _WORKBOOK, _SHEET, _MERGED, _BEGIN_STYLES, _END_STYLES = 44, 47, 153, 156, 176, 617, 618
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and its sheets."""
    with Package(path) as package:
        package.found({})
        epoch, parts = 1900, []
        targets = _targets(package)
        for number, content in _records(package, _BOOK):
            if number == _WORKBOOK and content[0] & 1:
                epoch = 1904
            elif number == _SHEET:
                identifier, _ = _text(content, 8)
                parts.append(targets.get(identifier, ""))
        formats = _formats(package) if "xl/styles.bin" in package else {}
    return epoch, _sheets(path, epoch, parts, formats)


def _sheets(path: Path, epoch: int, parts: list[str], formats: dict[int, str]) -> Iterator[SheetData]:
    with python_calamine.CalamineWorkbook.from_path(path) as workbook, Package(path) as package:
        if len(parts) != len(workbook.sheets_metadata):
            raise Refused(UNREADABLE)
        for place, sheet in enumerate(workbook.sheets_metadata):
            if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                yield SheetData(sheet.name, False)
                continue
            data = read_cells(workbook, place, sheet.name)
            data.notes, data.merged = _read_notes(package, parts[place], formats, epoch)
            yield data


def _targets(package: Package) -> dict[str, str]:
    return {
        attributes.get("Id", ""): target_of(_BOOK, attributes.get("Target", ""))
        for _, name, attributes in elements(package.whole("xl/_rels/workbook.bin.rels"))
        if name == "Relationship"
    }


def _formats(package: Package) -> dict[int, str]:
    """The number formats that belong to their values or make dates of them, by the number of a cell's style."""
    codes, used, is_style = dict(number_format.BUILT_IN_DATES), [], False
    for number, content in _records(package, "xl/styles.bin"):
        if number == _FORMAT:
            codes[int.from_bytes(content[:2], "little")] = _text(content, 2)[0]
        elif number in (_BEGIN_STYLES, _END_STYLES):
            is_style = number == _BEGIN_STYLES
        elif number == _STYLE and is_style:
            used.append(int.from_bytes(content[2:4], "little"))
    found = {style: codes.get(code, "") for style, code in enumerate(used)}
    return {style: code for style, code in found.items() if number_format.belongs(code) or number_format.is_date(code)}


def _read_notes(package: Package, part: str, formats: dict[int, str], epoch: int) -> tuple[Notes, list[Merged]]:
    notes, merged, row = Notes(), [], 0
    for number, content in _records(package, part):
        if number == _ROW:
            row = int.from_bytes(content[:4], "little") + 1
            if content[11] & 0x10:
                notes.hidden_rows.add(row)
        elif number in (_ERROR, _FORMULA_ERROR):
            notes.cells[row][int.from_bytes(content[:4], "little")] = _ERRORS.get(content[8], "#N/A")
        elif number in (_RK, _REAL, _FORMULA_NUMBER):
            code = formats.get(int.from_bytes(content[4:7], "little"))
            if code is not None:
                value = _rk(content[8:12]) if number == _RK else struct.unpack_from("<d", content, 8)[0]
                if number_format.is_date(code):
                    text = cell_text(moment(value, epoch, number_format.is_duration(code))) or ""
                else:
                    text = number_format.shown(value, code)
                if text is not None:
                    notes.cells[row][int.from_bytes(content[:4], "little")] = text
        elif number == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", content)
            merged.append(Merged(top + 1, left, bottom + 1, right))
    return notes, merged


def _rk(content: bytes) -> float:
    """A number in 30 bits: a whole one, or the upper half of a float; perhaps in hundredths."""
    bits = int.from_bytes(content, "little", signed=True)
    value = float(bits >> 2) if bits & 2 else struct.unpack("<d", bytes(4) + struct.pack("<i", bits & ~3))[0]
    return value / 100 if bits & 1 else value


def _text(content: bytes, place: int) -> tuple[str, int]:
    """A text behind its count of UTF-16 units, and the place behind it."""
    length = int.from_bytes(content[place : place + 4], "little")
    end = place + 4 + (0 if length == 0xFFFFFFFF else 2 * length)
    return content[place + 4 : end].decode("utf-16-le", "replace"), end


def _records(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    """The records of a part; one that is cut off ends them."""
    held, place = b"", 0
    for block in package.blocks(part):
        held, place = held[place:] + block, 0
        while (head := _head(held, place)) is not None:
            number, length, begin = head
            if begin + length > len(held):
                break
            yield number, held[begin : begin + length]
            place = begin + length


def _head(held: bytes, place: int) -> tuple[int, int, int] | None:
    """A record's number, the length of its content, and where that begins; None when not all of it is there."""
    end = len(held)
    if place >= end:
        return None
    number = held[place]
    place += 1
    if number & 0x80:
        if place >= end:
            return None
        number = number & 0x7F | (held[place] & 0x7F) << 7
        place += 1
    length = 0
    for shift in (0, 7, 14, 21):
        if place >= end:
            return None
        byte = held[place]
        length |= (byte & 0x7F) << shift
        place += 1
        if not byte & 0x80:
            break
    return number, length, place
