"""The circular as a workbook: its text, a sheet a table with real numbers, its pictures, definitions and provenance."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from bulletin.document import Block, Chapter, Document, Items, Listing, Picture, Text
from dashboards import theme
from dashboards.charts.pen import Pen, width_of
from dashboards.download import flat_columns, flat_rows, sheet_name, write_row
from skillsdw.formula import put_text
from skillsdw.undated import undate

FONT = "Microsoft YaHei"
WIDE, WIDEST, NARROWEST = 82, 34, 9  # characters
A4 = 9
LOOK = theme.LIGHT
PICTURE_WIDTH = 600  # px
LINE = 18.0  # pt


def written(document: Document, pen: Pen) -> bytes:
    """The file's bytes."""
    book = Workbook()
    properties = book.properties
    properties.title, properties.creator, properties.subject = document.name, "skillsdw", document.provenance
    _text(book.active, document, pen)
    blocks = [block for chapter in (*document.chapters, *document.annexes) for block in chapter.blocks]
    for listing in (block for block in blocks if isinstance(block, Listing)):
        _listing(book, listing, pen)
    _pictures(book, [block for block in blocks if isinstance(block, Picture)], pen)
    _annexes(book, document, pen)
    for sheet in book.worksheets:
        _prints(sheet, document)
    made, result = io.BytesIO(), io.BytesIO()
    book.save(made)
    undate(made, result, document.made_at)
    return result.getvalue()


def _text(sheet: object, document: Document, pen: Pen) -> None:
    """The whole text down one column; a table or picture is named where it belongs."""
    sheet.title = sheet_name(pen.words("report.contents"))
    sheet.column_dimensions["A"].width = WIDE
    lines = [(document.reference, "quiet"), (document.name, "title"), (document.to, ""), (document.opening, "")]
    for chapter in document.chapters:
        lines.append((chapter.title, "head"))
        lines += [line for block in chapter.blocks for line in _lines(block, pen)]
    lines += [
        *((line, "") for line in document.enclosed),
        *((line, "quiet") for line in document.signature),
        (document.provenance, "quiet"),
    ]
    _lay(sheet, lines)


def _lines(block: Block, pen: Pen) -> list[tuple[str, str]]:
    match block:
        case Text():
            return [(f"{block.lead}{block.text}", "")]
        case Items():
            return [(f"{number}. {item}", "") for number, item in enumerate(block.items, start=1)]
        case Picture():
            return [(pen.words("report.figure", number=str(block.number), caption=block.caption), "quiet")]
    return [(_named(block, pen), "quiet")]


def _named(listing: Listing, pen: Pen) -> str:
    """A table's number and caption."""
    if not listing.number:
        return pen.words("report.listing_annex", caption=listing.caption)
    return pen.words("report.listing", number=str(listing.number), caption=listing.caption)


def _lay(sheet: object, lines: Sequence[tuple[str, str]]) -> None:
    fonts = {
        "title": Font(name=FONT, size=16, bold=True, color=_hex(LOOK.ink)),
        "head": Font(name=FONT, size=12, bold=True, color=_hex(LOOK.ink)),
        "quiet": Font(name=FONT, size=10, color=_hex(LOOK.muted)),
        "": Font(name=FONT, size=11, color=_hex(LOOK.ink)),
    }
    for place, (text, style) in enumerate(lines, start=1):
        cell = sheet.cell(place, 1)
        put_text(cell, text)
        cell.font = fonts[style]
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="center" if style == "title" else None)
        wide = 2.9 if style == "title" else 2.1  # a Han character in Excel's units, at this size
        sheet.row_dimensions[place].height = LINE * max(1, -(-width_of(text) * wide // WIDE)) + 4


def _listing(book: Workbook, listing: Listing, pen: Pen) -> None:
    """A table: caption, head, rows with types, note."""
    table = listing.table
    kind = "numbered" if listing.number else "annex"
    name = pen.words.of("report.sheet", kind, number=str(listing.number), name=table.name)
    sheet = book.create_sheet(sheet_name(name))
    _plain(sheet, 1, _named(listing, pen), bold=True)
    columns = list(flat_columns(table, pen))
    rows = list(flat_rows(table))
    head = 3
    write_row(sheet, head, [text for text, _, _ in columns], pen)
    for cell in sheet[head]:
        cell.font = Font(name=FONT, size=10, bold=True, color=_hex(LOOK.ink))
        cell.fill = PatternFill("solid", fgColor=_hex(LOOK.panel))
        cell.border = Border(bottom=Side(style="medium", color=_hex(LOOK.counted)))
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    kinds = [column.kind for _, column, _ in columns]
    for place, (row, cells) in enumerate(zip(table.rows, rows, strict=True), start=head + 1):
        write_row(sheet, place, cells, pen, kinds)
        for cell in sheet[place]:
            cell.font = Font(name=FONT, size=10, bold=table.focus(row), color=_hex(LOOK.ink))
            cell.border = Border(bottom=Side(style="hair", color=_hex(LOOK.other)))
            if cell.column > 1 and cell.data_type == "s":
                is_state = str(cell.value).startswith(pen.numbers.state("suppressed")[0])
                cell.alignment = Alignment(horizontal="right" if is_state else "left")
    for place, (text, _, _) in enumerate(columns, start=1):
        shown = [sheet.cell(row, place).value for row in range(head + 1, head + 1 + len(rows))]
        widest = max([width_of(text) * 1.3, *(width_of(str(value)) * 2.2 for value in shown if isinstance(value, str))])
        sheet.column_dimensions[sheet.cell(head, place).column_letter].width = min(max(widest, NARROWEST) + 2, WIDEST)
    sheet.row_dimensions[head].height = 34
    sheet.freeze_panes = sheet.cell(head + 1, 2)
    if listing.note:
        _plain(sheet, head + len(rows) + 2, pen.words("report.note_of", note=listing.note), quiet=True)


def _plain(sheet: object, place: int, text: str, bold: bool = False, quiet: bool = False) -> None:
    cell = sheet.cell(place, 1)
    put_text(cell, text)
    cell.font = Font(name=FONT, size=10 if quiet else 12, bold=bold, color=_hex(LOOK.muted if quiet else LOOK.ink))


def _pictures(book: Workbook, pictures: Sequence[Picture], pen: Pen) -> None:
    if not pictures:
        return
    sheet = book.create_sheet(sheet_name(pen.words("report.pictures")))
    sheet.column_dimensions["A"].width = WIDE
    place = 1
    for picture in pictures:
        _plain(sheet, place, pen.words("report.figure", number=str(picture.number), caption=picture.caption), bold=True)
        _plain(sheet, place + 1, pen.words("report.note_of", note=picture.note), quiet=True)
        image = Image(io.BytesIO(picture.image))
        image.height = round(image.height * PICTURE_WIDTH / image.width)
        image.width = PICTURE_WIDTH
        image.anchor = f"A{place + 2}"
        sheet.add_image(image)
        place += 4 + -(-image.height // 20)


def _annexes(book: Workbook, document: Document, pen: Pen) -> None:
    sheet = book.create_sheet(sheet_name(pen.words("report.annexes")))
    sheet.column_dimensions["A"].width = WIDE
    lines: list[tuple[str, str]] = []
    for number, annex in enumerate(document.annexes, start=1):
        lines.append((pen.words("report.annex", number=str(number), title=annex.title), "head"))
        lines += _annex_lines(annex, pen)
    _lay(sheet, lines)


def _annex_lines(annex: Chapter, pen: Pen) -> list[tuple[str, str]]:
    return [line for block in annex.blocks for line in _lines(block, pen)]


def _prints(sheet: object, document: Document) -> None:
    """On A4, as wide as the page, with the version at the foot."""
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = A4, 1, 0
    sheet.page_setup.orientation = "landscape" if sheet.max_column > 8 else "portrait"
    sheet.oddFooter.left.text = document.provenance
    sheet.oddFooter.right.text = "&P / &N"


def _hex(token: str) -> str:
    return token.removeprefix("#")
