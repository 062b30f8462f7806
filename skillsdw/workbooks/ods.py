"""`.ods` and `.fods` (OpenDocument): from their elements, one pass.

calamine gives neither errors, merged cells nor hidden rows of these, and no other reader streams them. A cell carries
the text that a person sees beside its value: where a number's format belongs to it, the text is taken."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import UNCALCULATED, Cell, SheetData
from skillsdw.workbooks.grid import Grid
from skillsdw.workbooks.package import Package, local, size_of, xml_parser
from skillsdw.workbooks.refused import COLUMNS, ENCRYPTED, UNREADABLE, Refused

# What stands inside a table or a cell and is none of its text.
_BESIDE = frozenset(
    (
        *("office:annotation", "office:forms", "draw:frame", "draw:custom-shape", "draw:g", "draw:line", "draw:rect"),
        *("draw:control", "table:shapes", "table:tracked-changes", "table:dde-links", "text:ruby-text", "text:note"),
    )
)
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
_NO_DAY = ("1899-12-30", "1899-12-31")  # the 0 of a date cell
_NUMBER_STYLES = ("number:number-style", "number:currency-style", "number:percentage-style")


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and its sheets."""
    if not zipfile.is_zipfile(path):
        size_of(path)
        with path.open("rb") as handle:
            return _read([iter(lambda: handle.read(1024**2), b"")])
    with Package(path) as package:
        package.found({})
        manifest = package.whole("META-INF/manifest.xml") if "META-INF/manifest.xml" in package else b""
        if b"encryption-data" in manifest:
            raise Refused(ENCRYPTED)
        if "content.xml" not in package:
            raise Refused(UNREADABLE)
        styles = [package.blocks("styles.xml")] if "styles.xml" in package else []
        return _read([*styles, package.blocks("content.xml")])


def _read(documents: list[Iterable[bytes]]) -> tuple[int, Iterator[SheetData]]:
    reader = _Reader()
    for document in documents:
        parser = xml_parser()
        parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
        parser.CharacterDataHandler = reader.text
        for block in document:
            parser.Parse(block, False)
        parser.Parse(b"", True)
    return reader.epoch, (grid.data for grid in reader.grids)


class _Reader:
    """The state of the pass; names are taken with the prefixes that every writer of OpenDocument uses."""

    def __init__(self) -> None:
        self.epoch = 1900
        self.grids: list[Grid] = []
        self._codes: dict[str, str] = {}  # a format by the name of its data style
        self._styles: dict[str, str] = {}  # the data style of a cell's style
        self._hidden_tables: set[str] = set()
        self._style = self._code_name = ""
        self._beside = 0
        self._depth = 0  # of tables
        self._columns: list[str] = []
        self._row: dict[str, str] = {}
        self._cell: dict[str, str] | None = None
        self._texts: list[str] = []
        self._paragraphs = 0
        self._is_paragraph = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._beside or name in _BESIDE:
            self._beside += 1
            return
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                is_visible = attributes.get("table:style-name") not in self._hidden_tables
                self.grids.append(Grid(attributes.get("table:name", ""), is_visible))
                self._columns = []
        elif self._depth == 0:
            self._start_style(name, attributes)
        elif self._depth == 1:
            self._start_in_table(name, attributes)

    def _start_in_table(self, name: str, attributes: dict[str, str]) -> None:
        grid = self.grids[-1]
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._cell, self._texts, self._paragraphs = attributes, [], 0
        elif name == "table:table-row":
            self._row = attributes
            grid.start_row()
        elif name == "table:table-column":
            times = min(int(attributes.get("table:number-columns-repeated", 1)), COLUMNS - len(self._columns))
            self._columns += [attributes.get("table:default-cell-style-name", "")] * times
        elif name == "text:p" and self._cell is not None:
            if self._paragraphs:
                self._texts.append("\n")
            self._paragraphs += 1
            self._is_paragraph = True
        elif name == "text:s":
            self._texts.append(" " * min(int(attributes.get("text:c", 1)), 32_767))
        elif name in ("text:tab", "text:line-break"):
            self._texts.append("\t" if name == "text:tab" else "\n")

    def _start_style(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:null-date" and attributes.get("table:date-value", "").startswith("1904"):
            self.epoch = 1904
        elif name == "style:style":
            self._style = attributes.get("style:name", "")
            if "style:data-style-name" in attributes:
                self._styles[self._style] = attributes["style:data-style-name"]
            elif parent := self._styles.get(attributes.get("style:parent-style-name", "")):
                self._styles[self._style] = parent
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_tables.add(self._style)
        elif name in _NUMBER_STYLES:
            self._code_name = attributes.get("style:name", "")
            self._codes[self._code_name] = "%" if name == "number:percentage-style" else ""
        elif self._code_name and name == "number:number":
            digits = max(int(attributes.get("number:min-integer-digits", 1) or 0), 1)
            places = int(attributes.get("number:decimal-places", 0) or 0)
            is_grouped = attributes.get("number:grouping") == "true"
            self._codes[self._code_name] += (
                "0" * min(digits, 30) + "." * (places > 0) + "0" * min(places, 30) + "," * is_grouped
            )
        elif self._code_name and name in ("number:scientific-number", "number:fraction"):
            self._codes[self._code_name] += "General"
        elif self._code_name and name == "number:embedded-text":
            self._codes[self._code_name] += "\\-0"
        self._is_paragraph = name == "number:text" and bool(self._code_name)

    def text(self, content: str) -> None:
        if self._beside or not self._is_paragraph:
            return
        if self._depth == 0:
            self._codes[self._code_name] += "".join(f"\\{character}" for character in content)
        elif self._cell is not None:
            self._texts.append(content)

    def end(self, name: str) -> None:
        if self._beside:
            self._beside -= 1
            return
        if name in ("text:p", "number:text"):
            self._is_paragraph = False
        elif name in _NUMBER_STYLES:
            self._code_name = ""
        elif name == "table:table":
            self._depth -= 1
        elif self._depth == 1 and self._cell is not None and local(name) in ("table-cell", "covered-table-cell"):
            self._end_cell(self._cell)
            self._cell = None
        elif self._depth == 1 and name == "table:table-row":
            times = max(1, int(self._row.get("table:number-rows-repeated", 1)))
            self.grids[-1].end_row(times, self._row.get("table:visibility", "visible") != "visible")

    def _end_cell(self, cell: dict[str, str]) -> None:
        grid = self.grids[-1]
        times = max(1, int(cell.get("table:number-columns-repeated", 1)))
        spanned = int(cell.get("table:number-rows-spanned", 1)), int(cell.get("table:number-columns-spanned", 1))
        grid.merge(*spanned)
        grid.add(self._value(cell, "".join(self._texts)), times)

    def _value(self, cell: dict[str, str], text: str) -> Cell:
        kind = cell.get("office:value-type") or cell.get("calcext:value-type") or ""
        if cell.get("calcext:value-type") == "error":
            return text if text.startswith("#") else "#VALUE!"  # LibreOffice's own are Err:502 and such
        if kind in ("float", "percentage", "currency"):
            value = float(cell.get("office:value", "nan"))
            if text in ("TRUE", "FALSE"):  # LibreOffice takes a boolean for the formula TRUE()
                return text == "TRUE"
            is_shown = text and kind == "float" and value.is_integer() and abs(value) < 1e15
            return text if is_shown and self._belongs(cell) else value
        if kind == "date":
            day, _, rest = cell.get("office:date-value", "").partition("T")
            if day in _NO_DAY:
                return None
            return f"{day}T{rest}" if rest.strip("0:.") else day
        if kind == "time":
            parts = _DURATION.fullmatch(cell.get("office:time-value", ""))
            hours, minutes, seconds = (int(part or 0) for part in parts.groups()) if parts else (0, 0, 0)
            whole = timedelta(hours=hours, minutes=minutes, seconds=seconds)
            if whole >= timedelta(days=1):
                return whole
            return f"{hours:02}:{minutes:02}:{seconds:02}" if whole else None
        if kind == "boolean":
            return cell.get("office:boolean-value") == "true"
        if not kind and "table:formula" in cell and not self._paragraphs:
            return UNCALCULATED
        return text or cell.get("office:string-value")

    def _belongs(self, cell: dict[str, str]) -> bool:
        column = self.grids[-1].column
        default = self._columns[column] if column < len(self._columns) else ""
        style = cell.get("table:style-name") or self._row.get("table:default-cell-style-name") or default
        return number_format.belongs(self._codes.get(self._styles.get(style, ""), ""))
