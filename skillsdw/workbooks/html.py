"""The table of a web page, which systems export as `.xls`: the texts of its cells, one pass.

All tables of a page stand one below the other, as when Excel opens it."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from skillsdw.workbooks.cells import ROWS, SheetData
from skillsdw.workbooks.grid import Grid
from skillsdw.workbooks.package import size_of
from skillsdw.workbooks.refused import COLUMNS, NO_TABLE, NO_TEXT, Refused

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.-]+)""", re.IGNORECASE)
_BLOCK = 1024**2
_NO_TEXT_IN = frozenset(("script", "style", "title", "select", "option"))


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and the one sheet."""
    size_of(path)
    text = _decoded(path.read_bytes())
    target = _Tables()
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    for start in range(0, len(text), _BLOCK):
        parser.feed(text[start : start + _BLOCK].encode("utf-8", "replace"))
    parser.close()
    if not target.grid.rows:
        raise Refused(NO_TABLE)
    return 1900, iter([target.grid.data])


def _decoded(content: bytes) -> str:
    """By the byte order mark, by what the page says, else UTF-8 or GB18030, whichever it is."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    named = _CHARSET.search(content[:4096])
    encoding = named[1].decode().lower() if named else "utf-8"
    if encoding.startswith(("gb", "x-gb", "cp936")):
        encoding = "gb18030"
    for candidate in (encoding, "utf-8-sig", "gb18030"):
        try:
            return content.decode(candidate).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    raise Refused(NO_TEXT)


class _Tables:
    """What the parser tells of a page."""

    def __init__(self) -> None:
        self.grid = Grid("")

        self._is_row = self._is_hidden = False
        self._cell: dict[str, str] | None = None
        self._texts: list[str] = []
        self._silent = 0
        self._covered: dict[int, int] = {}  # column → how many rows more a cell above reaches down
        self._cells: list[tuple[dict[str, str], str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _NO_TEXT_IN:
            self._silent += 1
        elif name == "table":
            self._end_cell()
            self._end_row()
            self._covered = {}
        elif name == "tr":
            self._end_row()
            self._is_row = True
            style = attributes.get("style", "").replace(" ", "").lower()
            self._is_hidden = "display:none" in style or "hidden" in attributes
        elif name in ("td", "th"):
            self._end_cell()
            self._is_row = True
            self._cell, self._texts = dict(attributes), []
        elif name in ("br", "p", "div") and self._texts:
            self._texts.append("\n")

    def end(self, name: str) -> None:
        if name in _NO_TEXT_IN:
            self._silent = max(0, self._silent - 1)
        elif name in ("td", "th"):
            self._end_cell()
        elif name in ("tr", "table"):
            self._end_row()

    def data(self, content: str) -> None:
        if self._cell is not None and not self._silent:
            self._texts.append(re.sub(r"[ \t\r\n\f]+", " ", content))

    def comment(self, _: str) -> None:
        pass

    def close(self) -> None:
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is not None:
            lines = "".join(self._texts).split("\n")
            self._cells.append((self._cell, "\n".join(line.strip(" ") for line in lines).strip("\n")))
            self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if not self._is_row:
            return
        self._is_row = False
        grid = self.grid
        grid.start_row()
        covered, self._covered = self._covered, {column: rows - 1 for column, rows in self._covered.items() if rows > 1}
        for attributes, text in self._cells:
            while grid.column in covered:
                grid.go_to(grid.column + 1)
            rows, columns = _span(attributes, "rowspan", ROWS), _span(attributes, "colspan", COLUMNS)
            if rows > 1:
                self._covered.update(dict.fromkeys(range(grid.column, grid.column + columns), rows - 1))
            grid.merge(rows, columns)
            grid.add(text)
            grid.go_to(grid.column + columns - 1)
        self._cells = []
        grid.end_row(is_hidden=self._is_hidden)


def _span(attributes: dict[str, str], name: str, most: int) -> int:
    digits = re.match(r"\s*(\d{1,7})", attributes.get(name, ""))
    return max(1, min(int(digits[1]), most)) if digits else 1
