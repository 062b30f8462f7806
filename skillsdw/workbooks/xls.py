"""`.xls` and WPS's `.et` (BIFF): xlrd, which gives all that is needed: errors, formats, hidden rows, merged cells.

calamine reads these too, but of a cell nothing besides its value."""

from collections.abc import Iterator
from pathlib import Path

import xlrd

from skillsdw.workbooks import number_format
from skillsdw.workbooks.cells import Cell, Merged, Notes, SheetData, moment
from skillsdw.workbooks.package import size_of
from skillsdw.workbooks.refused import ENCRYPTED, UNREADABLE, Refused


class _Nowhere:
    """xlrd's log would stand among the answers."""

    def write(self, _: str) -> None:
        pass

    def flush(self) -> None:
        pass


def open_workbook(path: Path) -> tuple[int, Iterator[SheetData]]:
    """The year of the workbook's epoch and its sheets."""
    size_of(path)
    try:
        book = xlrd.open_workbook(
            path, logfile=_Nowhere(), formatting_info=True, on_demand=True, ignore_workbook_corruption=True
        )
    except xlrd.XLRDError as error:
        raise Refused(ENCRYPTED if "encrypted" in str(error) else UNREADABLE) from None
    return 1904 if book.datemode else 1900, _sheets(book)


def _sheets(book: xlrd.Book) -> Iterator[SheetData]:
    for place, name in enumerate(book.sheet_names()):
        sheet = book.sheet_by_index(place)
        if sheet.visibility:
            yield SheetData(name, False)
        else:
            merged = [Merged(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells]
            hidden = {
                row + 1
                for row, info in sheet.rowinfo_map.items()
                if row < sheet.nrows and (info.hidden or info.height == 0)
            }
            yield SheetData(name, True, _rows(book, sheet), merged, Notes(hidden_rows=hidden))
        book.unload_sheet(place)


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Iterator[list[Cell]]:
    codes = [getattr(book.format_map.get(style.format_key), "format_str", "") or "" for style in book.xf_list]
    epoch = 1904 if book.datemode else 1900
    for number in range(sheet.nrows):
        row: list[Cell] = sheet.row_values(number)
        for column, kind in enumerate(sheet.row_types(number)):
            if kind == xlrd.XL_CELL_ERROR:
                row[column] = xlrd.error_text_from_code.get(row[column], "#N/A")
            elif kind == xlrd.XL_CELL_BOOLEAN:
                row[column] = bool(row[column])
            elif kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                code = codes[sheet.cell_xf_index(number, column)]
                if kind == xlrd.XL_CELL_DATE or number_format.is_date(code):
                    row[column] = moment(row[column], epoch, number_format.is_duration(code))
                elif number_format.belongs(code):
                    row[column] = number_format.shown(row[column], code) or row[column]
        yield row
