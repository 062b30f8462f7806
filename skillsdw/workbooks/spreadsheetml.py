"""XML Spreadsheet 2003, which systems export as `.xls`: from its elements, one pass."""

import codecs
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import UNCALCULATED, Cell, SheetData, moment
from skillsdw.workbooks.grid import Grid
from skillsdw.workbooks.package import local, size_of, xml_parser
from skillsdw.workbooks.refused import COLUMNS, UNREADABLE, Refused

_BLOCK = 1024**2
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]+)""")
_BESIDE = frozenset(("Comment", "PhoneticText"))


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and its sheets."""
    size_of(path)
    reader = _Reader()
    parser = xml_parser()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    for block in _blocks(path):
        parser.Parse(block, False)
    parser.Parse(b"", True)
    return reader.epoch, (grid.data for grid in reader.grids)


def _blocks(path: Path) -> Iterator[bytes | str]:
    """The document; as text where its encoding is one of China's, which the parser does not know."""
    with path.open("rb") as handle:
        first = handle.read(_BLOCK)
        named = _ENCODING.search(first[:1024])
        encoding = named[1].decode().lower() if named else ""
        if not encoding.startswith("gb"):
            yield first.lstrip(b"\r\n\t ") if not first.startswith((b"\xff\xfe", b"\xfe\xff")) else first
            yield from iter(lambda: handle.read(_BLOCK), b"")
            return
        decoder = codecs.getincrementaldecoder("gb18030")()
        try:
            yield decoder.decode(first).lstrip()
            while block := handle.read(_BLOCK):
                yield decoder.decode(block)
        except UnicodeDecodeError:
            raise Refused(UNREADABLE) from None


class _Reader:
    """The state of the pass; all names without their prefixes."""

    def __init__(self) -> None:
        self.epoch = 1900
        self.grids: list[Grid] = []
        self._formats: dict[str, str] = {}
        self._style = ""
        self._columns: dict[int, str] = {}
        self._next_column = 0
        self._row: dict[str, str] = {}
        self._cell: dict[str, str] = {}
        self._kind = ""
        self._texts: list[str] = []
        self._is_text = False
        self._beside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if self._beside or name in _BESIDE:
            self._beside += 1
            return
        found = {local(key): value for key, value in attributes.items()}
        if name == "Cell":
            self._start_cell(found)
        elif name == "Data":
            self._kind, self._is_text = found.get("Type", "String"), True
        elif name == "Row":
            self._row = found
            self.grids[-1].start_row(int(found["Index"]) if "Index" in found else None)
        elif name == "Worksheet":
            self.grids.append(Grid(found.get("Name", "")))
            self._columns, self._next_column = {}, 0
        elif name == "Column":
            first = int(found.get("Index", self._next_column + 1)) - 1
            self._next_column = min(first + 1 + int(found.get("Span", 0)), COLUMNS)
            self._columns.update(dict.fromkeys(range(first, self._next_column), found.get("StyleID", "")))
        elif name == "Style":
            self._style = found.get("ID", "")
            self._formats[self._style] = self._formats.get(found.get("Parent", ""), "")
        elif name == "NumberFormat":
            self._formats[self._style] = found.get("Format", "")
        elif name == "Date1904":
            self.epoch = 1904
        elif name == "Visible":
            self._texts, self._is_text = [], True

    def _start_cell(self, found: dict[str, str]) -> None:
        grid = self.grids[-1]
        if "Index" in found:
            grid.go_to(int(found["Index"]) - 1)
        grid.merge(int(found.get("MergeDown", 0)) + 1, int(found.get("MergeAcross", 0)) + 1)
        self._cell, self._kind, self._texts = found, "", []

    def text(self, content: str) -> None:
        if self._is_text and not self._beside:
            self._texts.append(content)

    def end(self, name: str) -> None:
        if self._beside:
            self._beside -= 1
            return
        name = local(name)
        if name == "Data":
            self._is_text = False
        elif name == "Cell":
            grid = self.grids[-1]
            covered = int(self._cell.get("MergeAcross", 0))
            grid.add(self._value("".join(self._texts)))
            grid.go_to(grid.column + covered)
        elif name == "Row":
            times = int(self._row.get("Span", 0)) + 1
            self.grids[-1].end_row(times, self._row.get("Hidden") == "1" or self._row.get("Height") == "0")
        elif name == "Visible":
            self._is_text = False
            if self.grids:
                self.grids[-1].is_visible = "Hidden" not in "".join(self._texts)

    def _value(self, text: str) -> Cell:
        kind = self._kind
        if not kind:
            return UNCALCULATED if "Formula" in self._cell else None
        if kind == "Number":
            value, code = float(text), self._code()
            if number_format.is_date(code):
                return moment(value, self.epoch, number_format.is_duration(code))
            return number_format.shown(value, code) or value
        if kind == "DateTime":
            return _moment(text)
        if kind == "Boolean":
            return text.strip() in ("1", "true")
        return text

    def _code(self) -> str:
        column = self._columns.get(self.grids[-1].column, "")
        return self._formats.get(self._cell.get("StyleID") or self._row.get("StyleID") or column or "Default", "")


def _moment(text: str) -> Cell:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    if found.year < 1900:  # a time of day; the 0 of a date cell is midnight of it
        return found.time()
    return found if found.hour or found.minute or found.second or found.microsecond else found.date()
