"""The circular as a Word file, in the form of official documents (GB/T 9704): A4, FangSong 16 pt, SimHei headings.

Fonts are named by their English names, which Word and WPS know as well as the Chinese ones.
"""

import io
from collections.abc import Sequence

from docx import Document as new_document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from bulletin.document import Block, Cells, Chapter, Document, Items, Listing, Picture, Text
from dashboards import theme
from dashboards.charts.pen import Pen
from skillsdw.undated import undate

BODY, HEADING, KAI, TITLE, WESTERN = "FangSong", "SimHei", "KaiTi", "SimSun", "Times New Roman"
SIZE, CAPTION, CELL, SMALL = 16, 10.5, 9, 7.5  # pt
LINE = 28  # pt, of the body
PAGE = (Mm(210), Mm(297))
MARGINS = {"top_margin": Mm(37), "bottom_margin": Mm(35), "left_margin": Mm(28), "right_margin": Mm(26)}
ACROSS = {"top_margin": Mm(18), "bottom_margin": Mm(18), "left_margin": Mm(22), "right_margin": Mm(22)}
TEXT_WIDTH, WIDE_WIDTH = 156.0, 253.0  # mm
RED = "C00000"  # the line under an official document's head
LOOK = theme.LIGHT


def written(document: Document, pen: Pen) -> bytes:
    """The file's bytes."""
    return _Writer(document, pen).bytes()


class _Writer:
    """One file being made: python-docx keeps its state in the document, so do we."""

    def __init__(self, document: Document, pen: Pen) -> None:
        self.document = document
        self.says = pen.words
        self.cells = Cells(pen.numbers.of_kind, pen.numbers.state)
        self.file = new_document()
        self._prepare()
        self._head()
        for chapter in document.chapters:
            self._chapter(chapter)
        for line in document.enclosed:
            self._paragraph(line)
        for line in document.signature:
            self._paragraph(line, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False).paragraph_format.right_indent = Pt(64)
        for number, annex in enumerate(document.annexes, start=1):
            self._annex(number, annex)

    def bytes(self) -> bytes:
        """The file without the time at which it was made."""
        made, result = io.BytesIO(), io.BytesIO()
        self.file.save(made)
        undate(made, result, self.document.made_at)
        return result.getvalue()

    def _prepare(self) -> None:
        properties = self.file.core_properties
        properties.title, properties.author, properties.comments = self.document.name, "skillsdw", ""
        properties.language, properties.subject = "zh-CN", self.document.provenance
        properties.created = properties.modified = self.document.made_at
        normal = self.file.styles["Normal"]
        normal.font.size = Pt(SIZE)
        _fonts(normal.element.get_or_add_rPr(), BODY)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-US")  # of figures and letters: else a line breaks within 3.79
        language.set(qn("w:eastAsia"), "zh-CN")
        normal.element.get_or_add_rPr().append(language)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        _line(normal.paragraph_format, LINE)
        for level in (1, 2):
            style = self.file.styles[f"Heading {level}"]
            style.font.size, style.font.bold, style.font.italic = Pt(SIZE), False, False
            style.font.color.rgb = RGBColor(0, 0, 0)
            _fonts(style.element.get_or_add_rPr(), HEADING)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(6), Pt(0)
            style.paragraph_format.keep_with_next = True
            _line(style.paragraph_format, LINE)
        section = self.file.sections[0]
        _portrait(section)
        self._foot(section)

    def _head(self) -> None:
        document = self.document
        reference = self._paragraph(document.reference, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
        _bottom_line(reference, RED)
        reference.paragraph_format.space_after = Pt(28)
        first, *rest = document.title.split("\n")
        title = self._paragraph(first, TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, indent=False, bold=True)
        for line in rest:
            title.runs[0].add_break()
            title.runs[0].add_text(line)
        _line(title.paragraph_format, 36)
        title.paragraph_format.space_after = Pt(28)
        self._paragraph(document.to, indent=False)
        self._paragraph(document.opening)

    def _foot(self, section: object) -> None:
        """The page's number as official documents have it, and where the figures come from."""
        section.footer.is_linked_to_previous = False
        number = section.footer.paragraphs[0]
        number.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _line(number.paragraph_format, 18)
        for text, is_field in (("— ", False), ("PAGE", True), (" —", False)):
            run = number.add_run("" if is_field else text)
            run.font.size = Pt(14)
            _fonts(run._element.get_or_add_rPr(), TITLE)
            if is_field:
                _field(run, text)
        source = section.footer.add_paragraph()
        source.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _line(source.paragraph_format, 12)
        run = source.add_run(self.document.provenance)
        run.font.size, run.font.color.rgb = Pt(8), _colour(LOOK.muted)
        _fonts(run._element.get_or_add_rPr(), TITLE)

    def _paragraph(
        self,
        text: str,
        font: str = BODY,
        size: float = SIZE,
        align: WD_ALIGN_PARAGRAPH | None = None,
        *,
        indent: bool = True,
        bold: bool = False,
        lead: str = "",
    ) -> object:
        paragraph = self.file.add_paragraph()
        paragraph.alignment = align
        if indent:
            _indent(paragraph)
        if lead:
            opening = paragraph.add_run(lead)
            opening.font.bold = True
            _fonts(opening._element.get_or_add_rPr(), KAI)
        run = paragraph.add_run(text)
        run.font.size, run.font.bold = Pt(size), bold
        _fonts(run._element.get_or_add_rPr(), font)
        return paragraph

    def _chapter(self, chapter: Chapter) -> None:
        _indent(self.file.add_heading(chapter.title, level=1))
        for block in chapter.blocks:
            self._block(block)

    def _annex(self, number: int, annex: Chapter) -> None:
        is_wide = any(isinstance(block, Listing) for block in annex.blocks)
        if is_wide:
            self._turn(across=True)
        elif number == 1:
            self.file.add_page_break()
        heading = self.file.add_heading(self.says("report.annex", number=str(number), title=annex.title), level=1)
        heading.paragraph_format.space_before = Pt(0 if is_wide else 14)
        for block in annex.blocks:
            if isinstance(block, Listing):
                self._table(block)
                self._note(block.note)
                self._turn(across=False)
                continue
            for text, lead in _lines(block):
                paragraph = self._paragraph(text, size=CAPTION, indent=False, lead=lead)
                paragraph.runs[0].font.size = Pt(CAPTION)
                _line(paragraph.paragraph_format, 15)
                paragraph.paragraph_format.space_after = Pt(2)

    def _block(self, block: Block) -> None:
        match block:
            case Text():
                self._paragraph(block.text, lead=block.lead)
            case Items():
                for number, item in enumerate(block.items, start=1):
                    self._paragraph(f"{number}. {item}")
            case Picture():
                self._picture(block)
            case Listing():
                self._listing(block)

    def _picture(self, picture: Picture) -> None:
        paragraph = self.file.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.paragraph_format.space_before = Pt(8)
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(picture.image), width=Mm(picture.width))
        shape._inline.docPr.set("descr", picture.alt)
        shape._inline.docPr.set("name", f"picture{picture.number}")
        caption = self.says("report.figure", number=str(picture.number), caption=picture.caption)
        self._caption(caption).paragraph_format.keep_with_next = True
        self._note(picture.note)

    def _caption(self, text: str) -> object:
        paragraph = self._paragraph(text, HEADING, CAPTION, WD_ALIGN_PARAGRAPH.CENTER, indent=False)
        _line(paragraph.paragraph_format, 18)
        return paragraph

    def _note(self, text: str) -> None:
        if not text:
            return
        paragraph = self._paragraph(self.says("report.note_of", note=text), TITLE, CELL, indent=False)
        paragraph.runs[0].font.color.rgb = _colour(LOOK.muted)
        _line(paragraph.paragraph_format, 14)
        paragraph.paragraph_format.space_after = Pt(10)

    def _listing(self, listing: Listing) -> None:
        caption = self._caption(self.says("report.listing", number=str(listing.number), caption=listing.caption))
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(10)
        self._table(listing)
        self._note(listing.note)

    def _turn(self, across: bool) -> None:
        section = self.file.add_section()
        if across:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = PAGE[1], PAGE[0]
            for name, value in ACROSS.items():
                setattr(section, name, value)
            section.footer_distance = Mm(8)
        else:
            _portrait(section)

    def _table(self, listing: Listing) -> None:
        columns = listing.table.columns
        rows = listing.table.cells()
        widths = _widths(listing, len(columns))
        table = self.file.add_table(rows=1 + len(rows), cols=len(columns))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        _borders(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        size = CELL if not listing.is_wide else 8.5
        head = table.rows[0]
        _repeat(head)
        for cell, column in zip(head.cells, columns, strict=True):
            _fill(cell, LOOK.panel)
            self._cell(cell, column.head, "", column.kind != "text", size, bold=True)
        for row, source, cells in zip(table.rows[1:], listing.table.rows, rows, strict=True):
            _whole(row)
            focus = listing.table.focus(source)
            for place, (cell, value, column) in enumerate(zip(row.cells, cells, columns, strict=True)):
                shown = self.cells.shown(value, column)
                is_number = place > 0 and shown.is_number
                self._cell(cell, shown.main, shown.beside, is_number, size, bold=focus, is_stacked=listing.is_wide)
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Mm(width)

    def _cell(
        self,
        cell: object,
        main: str,
        beside: str,
        is_number: bool,
        size: float,
        *,
        bold: bool = False,
        is_stacked: bool = False,
    ) -> None:
        """One cell's text; what goes with a figure stands under it in a wide table, beside it in others."""
        paragraph = cell.paragraphs[0]
        _line(paragraph.paragraph_format, size + 2.5)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_number else WD_ALIGN_PARAGRAPH.LEFT
        run = paragraph.add_run(main)
        run.font.size, run.font.bold = Pt(size), bold
        _fonts(run._element.get_or_add_rPr(), TITLE)
        if beside:
            if is_stacked:
                run.add_break()
            small = paragraph.add_run(beside if is_stacked else f" {beside}")
            small.font.size, small.font.color.rgb = Pt(SMALL), _colour(LOOK.muted)
            _fonts(small._element.get_or_add_rPr(), TITLE)


def _lines(block: Block) -> list[tuple[str, str]]:
    """The lines of an annex: (text, lead)."""
    if isinstance(block, Items):
        return [(item, "") for item in block.items]
    return [(block.text, block.lead)]


def _widths(listing: Listing, columns: int) -> Sequence[float]:
    width = WIDE_WIDTH if listing.is_wide else TEXT_WIDTH
    shares = listing.widths or (1,) * columns
    return [width * share / sum(shares) for share in shares]


def _portrait(section: object) -> None:
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = PAGE
    for name, value in MARGINS.items():
        setattr(section, name, value)
    section.footer_distance = Mm(20)


def _colour(token: str) -> RGBColor:
    return RGBColor.from_string(token.removeprefix("#"))


def _fonts(properties: object, chinese: str) -> None:
    """Chinese in one font, figures and letters in another."""
    found = properties.find(qn("w:rFonts"))
    if found is None:
        found = OxmlElement("w:rFonts")
        properties.insert(0, found)
    for theme_name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        found.attrib.pop(qn(f"w:{theme_name}"), None)
    for name in ("ascii", "hAnsi", "cs"):
        found.set(qn(f"w:{name}"), WESTERN)
    found.set(qn("w:eastAsia"), chinese)


def _line(paragraph_format: object, points: float) -> None:
    paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph_format.line_spacing = Pt(points)


def _indent(paragraph: object) -> None:
    """Two characters, whatever the size: as official documents count."""
    properties = paragraph._element.get_or_add_pPr()
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(2 * SIZE * 20))


def _bottom_line(paragraph: object, colour: str) -> None:
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", colour)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._element.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _field(run: object, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._element.append(element)


def _borders(table: object) -> None:
    """Lines above, below and under the head; thin ones between rows; none upright."""
    properties = table._element.tblPr
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (
        ("top", "12", LOOK.ink),
        ("bottom", "12", LOOK.ink),
        ("insideH", "4", LOOK.hairline),
    ):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", colour.removeprefix("#"))):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties.append(borders)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)


def _fill(cell: object, token: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", token.removeprefix("#"))):
        shade.set(qn(f"w:{name}"), value)
    cell._element.get_or_add_tcPr().append(shade)


def _repeat(row: object) -> None:
    """The head stands on every page of a table."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    properties.append(OxmlElement("w:tblHeader"))


def _whole(row: object) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
