"""`.xlsx`, `.xlsm` and WPS's OOXML: python-calamine for the cells, and what it leaves out from where it stands.

calamine gives values, dates by the workbook's epoch, merged ranges and which sheets are hidden; it gives an error cell
and a formula without a value as an empty cell, and neither hidden rows nor number formats. openpyxl's read-only mode
has no hidden rows either and takes a minute where calamine takes three seconds. So the XML of a sheet is read a second
time, for these alone, and only if a search of its bytes, which are unpacked for their count anyway, found any of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import python_calamine

from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import UNCALCULATED, Merged, Notes, SheetData
from skillsdw.workbooks.package import Package, elements, local, target_of, xml_parser
from skillsdw.workbooks.refused import COLUMNS, TOO_WIDE, UNREADABLE, Refused

_BUILT_IN = {1: "0"}  # none of Excel's own formats of numbers belongs to its value
# An error, a hidden row, a row of no height, a formula. Each begins with literal bytes, found as fast as memory is
# read; one expression for all takes as long as reading the sheet. Prefixes and single quotes: always read again.
_TELLING = (
    rb'"e"',
    rb'hidden="(?:1|t|on)',
    rb' ht="0',
    rb"<f[ />]",
    rb":sheetData",
    rb"='(?!1\.0|yes|no|utf|UTF|Utf)",
)


# An error that calamine does not know, for which it gives up the whole workbook: #SPILL!, #GETTING_DATA …
_STRANGE = re.compile(rb"v>#(?!(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)<)[^<]*<")


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and its sheets."""
    with Package(path) as package:
        book = _Book(package)
        telling = (*book.telling(), _STRANGE)
        return book.epoch, _sheets(path, book, package.found({part: telling for part in book.parts if part in package}))


def _sheets(path: Path, book: "_Book", noted: dict[str, set[re.Pattern[bytes]]]) -> Iterator[SheetData]:
    with Package(path) as package:
        strange = {part.lower() for part, found in noted.items() if _STRANGE in found}
        if strange:  # calamine may take the errors for others: notes tell which they are
            file = package.copy(lambda part, content: _STRANGE.sub(b"v>#N/A<", content) if part in strange else content)
            workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        else:
            workbook = python_calamine.CalamineWorkbook.from_path(path)
        for place, sheet in enumerate(workbook.sheets_metadata):
            if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                yield SheetData(sheet.name, False)
                continue
            part = book.part_of(place, sheet.name, len(workbook.sheets_metadata))
            data = read_cells(workbook, place, sheet.name)
            if part in noted:
                data.notes = read_notes(package, part, book.formats)
            yield data


def read_cells(workbook: python_calamine.CalamineWorkbook, place: int, name: str) -> SheetData:
    """A sheet with its values and merged ranges."""
    sheet = workbook.get_sheet_by_index(place)
    if sheet.total_width + 1 > COLUMNS:
        raise Refused(TOO_WIDE)
    ranges = sheet.merged_cell_ranges or ()
    merged = [Merged(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges]

    def rows() -> Iterator[list]:
        # `iter_rows` leaves out the columns that are empty on the left, but not the rows above.
        right = [None] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            yield right + row

    return SheetData(name, True, rows(), merged)


class _Book:
    """The parts of a workbook: its epoch, its sheets' parts in order, the formats by number of a cell's style."""

    def __init__(self, package: Package) -> None:
        self._path = self._find(package)
        self.epoch = 1900
        self._sheets: list[tuple[str, str]] = []
        targets = self._targets(package, self._path)
        for _, name, attributes in elements(package.whole(self._path)):
            if name == "workbookPr" and attributes.get("date1904", "0") in ("1", "true", "on"):
                self.epoch = 1904
            elif name == "sheet":
                part = targets.get(attributes.get("id", ""), ("", ""))[1]
                self._sheets.append((attributes.get("name", ""), part))
        styles = next((part for kind, part in targets.values() if kind.endswith("/styles")), "")
        self.formats = _formats(package.whole(styles)) if styles in package else {}

    @property
    def parts(self) -> list[str]:
        return [part for _, part in self._sheets]

    def part_of(self, place: int, name: str, count: int) -> str:
        """The part of a sheet as calamine counts and names it."""
        if count == len(self._sheets):
            return self._sheets[place][1]
        part = dict(self._sheets).get(name)
        if part is None:
            raise Refused(UNREADABLE)
        return part

    def telling(self) -> tuple[re.Pattern[bytes], ...]:
        """What is looked for in the bytes of a sheet."""
        styles = b"|".join(str(style).encode() for style in sorted(self.formats))
        return tuple(map(re.compile, (*_TELLING, rb's="(?:' + styles + rb')"') if styles else _TELLING))

    @staticmethod
    def _find(package: Package) -> str:
        targets = _Book._targets(package, "")
        return next((part for kind, part in targets.values() if kind.endswith("/officeDocument")), "xl/workbook.xml")

    @staticmethod
    def _targets(package: Package, base: str) -> dict[str, tuple[str, str]]:
        """The relationships of a part: identifier → kind and part."""
        folder, _, name = base.rpartition("/")
        part = f"{folder}/_rels/{name}.rels".lstrip("/")
        if part not in package:
            return {}
        return {
            attributes.get("Id", ""): (attributes.get("Type", ""), target_of(base, attributes.get("Target", "")))
            for _, element, attributes in elements(package.whole(part))
            if element == "Relationship"
        }


def _formats(styles: bytes) -> dict[int, str]:
    """The number formats that belong to their values, by the number of a cell's style."""
    codes = dict(_BUILT_IN)
    used: list[int] = []
    for above, name, attributes in elements(styles):
        if name == "numFmt" and above == "numFmts":
            codes[int(attributes.get("numFmtId", -1))] = attributes.get("formatCode", "")
        elif name == "xf" and above == "cellXfs":
            used.append(int(attributes.get("numFmtId", 0)))
    return {style: codes[code] for style, code in enumerate(used) if number_format.belongs(codes.get(code, ""))}


def read_notes(package: Package, part: str, formats: dict[int, str]) -> Notes:
    """What the XML of a sheet says of its cells and rows beside their values."""
    notes = Notes()
    row = column = 0
    style = kind = ""
    is_formula = is_value = False
    value: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, style, kind, is_formula, is_value
        name = local(name)
        if name == "c":
            reference = attributes.get("r")
            column = _column(reference) if reference else column + 1
            style, kind = attributes.get("s", ""), attributes.get("t", "n")
            is_formula = False
            value.clear()
        elif name == "v":
            is_value = True
        elif name == "f":
            is_formula = True
        elif name == "row":
            row = int(attributes.get("r", row + 1))
            column = -1
            if attributes.get("hidden") in ("1", "true", "on") or _is_zero(attributes.get("ht")):
                notes.hidden_rows.add(row)

    def text(content: str) -> None:
        if is_value:
            value.append(content)

    def end(name: str) -> None:
        nonlocal is_value
        name = local(name)
        if name == "v":
            is_value = False
        elif name == "c" and column >= 0:
            found = "".join(value)
            if kind == "e":
                notes.cells[row][column] = found or "#N/A"
            elif is_formula and not found and kind != "str":
                notes.cells[row][column] = UNCALCULATED
            elif kind == "n" and found and style.isdigit() and (code := formats.get(int(style))):
                shown = number_format.shown(float(found), code)
                if shown is not None:
                    notes.cells[row][column] = shown

    parser = xml_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    for block in package.blocks(part):
        parser.Parse(block, False)
    parser.Parse(b"", True)
    return notes


def _is_zero(height: str | None) -> bool:
    return height is not None and float(height) == 0


def _column(reference: str) -> int:
    """The place of the column of a cell such as AB12: A is 0."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return min(column - 1, COLUMNS)
