"""Workbooks of every format from one description, written byte by byte: what spreadsheet programs write and the writers
of Python cannot (errors, cached formulas, `.xlsb`, `.xls`, hidden rows of each)."""

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class Error:
    """An error cell; `of_formula` is one that a formula left."""

    text: str
    of_formula: bool = False


@dataclass(frozen=True)
class Number:
    """A number with its format; `shown` is what a spreadsheet program shows, `iso` the day or moment of a date cell."""

    value: float
    code: str = "General"
    shown: str = ""
    iso: str = ""


Cell = str | bool | float | Error | Number | None


@dataclass
class Sheet:
    """Merged ranges are (first row, first column, last row, last column), rows from 1, columns from 0."""

    rows: list[list[Cell]]
    name: str = "数据"
    is_visible: bool = True
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


_CODES = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def letters(column: int) -> str:
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return held.getvalue()


def codes_of(sheets: Sequence[Sheet]) -> list[str]:
    """The formats that are used; the first is General."""
    used = (cell.code for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, Number))
    return list(dict.fromkeys(["General", *used]))


def xlsx(sheets: Sequence[Sheet], epoch: int = 1900, prefix: str = "", references: bool = True) -> bytes:
    """As Excel writes it; `prefix` puts every element of a sheet into a prefixed namespace, as some exporters do;
    without `references` cells and rows do not say where they stand."""
    codes = codes_of(sheets)
    parts = {f"xl/worksheets/sheet{n}.xml": _xlsx_sheet(s, codes, prefix, references) for n, s in enumerate(sheets, 1)}
    formats = "".join(f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(c)}/>' for n, c in enumerate(codes))
    styles = "".join(f'<xf numFmtId="{164 + n if n else 0}"/>' for n in range(len(codes)))
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>'
    )
    listed = "".join(
        f'<sheet name={quoteattr(s.name)} sheetId="{n}" state="{("hidden", "visible")[s.is_visible]}" r:id="rId{n}"/>'
        for n, s in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(epoch == 1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>"
    )
    return zipped(parts | _relationships(len(sheets), "xml"))


def _relationships(count: int, ending: str) -> dict[str, str]:
    targets = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.{ending}") for n in range(1, count + 1)]
    targets.append(("rId99", "styles", f"styles.{ending}"))
    listed = "".join(f'<Relationship Id="{i}" Type="{_OFFICE}/{t}" Target="{p}"/>' for i, t, p in targets)
    book = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.{ending}"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{book}</Relationships>',
        f"xl/_rels/workbook.{ending}.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>',
    }


def _xlsx_sheet(sheet: Sheet, codes: list[str], prefix: str, references: bool) -> str:
    def cell(row: int, column: int, value: Cell) -> str:
        where = f' r="{letters(column)}{row}"' if references else ""
        if isinstance(value, bool):
            return f'<c{where} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c{where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        if isinstance(value, Error):
            return f'<c{where} t="e">{"<f>1/0</f>" if value.of_formula else ""}<v>{value.text}</v></c>'
        if isinstance(value, Number):
            return f'<c{where} s="{codes.index(value.code)}"><v>{value.value!r}</v></c>'
        return f"<c{where}/>" if value is None else f"<c{where}><v>{value!r}</v></c>"

    rows = "".join(
        f'<row{f" r={chr(34)}{n}{chr(34)}" if references else ""} hidden="{int(n in sheet.hidden_rows)}">'
        + "".join(cell(n, column, value) for column, value in enumerate(row))
        + "</row>"
        for n, row in enumerate(sheet.rows, 1)
    )
    ranges = "".join(f'<mergeCell ref="{letters(b)}{a}:{letters(d)}{c}"/>' for a, b, c, d in sheet.merged)
    merged = f"<mergeCells>{ranges}</mergeCells>" if ranges else ""
    text = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>'
    if prefix:
        text = text.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
        text = text.replace("xmlns=", f"xmlns:{prefix}=")
    return text


def xlsb(sheets: Sequence[Sheet], epoch: int = 1900) -> bytes:
    codes = codes_of(sheets)

    def record(number: int, content: bytes = b"") -> bytes:
        head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
        length, sizes = len(content), b""
        while length > 127:
            sizes, length = sizes + bytes([length & 0x7F | 0x80]), length >> 7
        return head + sizes + bytes([length]) + content

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")

    def cell(column: int, value: Cell) -> bytes:
        at = struct.pack("<II", column, codes.index(value.code) if isinstance(value, Number) else 0)
        if isinstance(value, bool):
            return record(4, at + bytes([value]))
        if isinstance(value, str):
            return record(6, at + text(value))
        if isinstance(value, Error):
            formula = struct.pack("<HII", 0, 0, 0) if value.of_formula else b""
            return record(11 if value.of_formula else 3, at + bytes([_CODES[value.text]]) + formula)
        if value is None:
            return record(1, at)
        number = value.value if isinstance(value, Number) else value
        if float(number).is_integer() and abs(number) < 2**29:
            return record(2, at + struct.pack("<i", int(number) << 2 | 2))
        return record(5, at + struct.pack("<d", number))

    parts: dict[str, str | bytes] = {}
    for n, sheet in enumerate(sheets, 1):
        width = max(1, *map(len, sheet.rows))
        content = record(129) + record(148, struct.pack("<4I", 0, len(sheet.rows) - 1, 0, width - 1)) + record(145)
        for number, row in enumerate(sheet.rows):
            flags = 0x10 if number + 1 in sheet.hidden_rows else 0
            content += record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))
            content += b"".join(cell(column, value) for column, value in enumerate(row))
        content += record(146)
        if sheet.merged:
            content += record(177, struct.pack("<I", len(sheet.merged)))
            content += b"".join(record(176, struct.pack("<4I", a - 1, c - 1, b, d)) for a, b, c, d in sheet.merged)
            content += record(178)
        parts[f"xl/worksheets/sheet{n}.bin"] = content + record(130)
    formats = b"".join(record(44, struct.pack("<H", 164 + n) + text(code)) for n, code in enumerate(codes))
    styles = b"".join(record(47, struct.pack("<HH12x", 0, 164 + n if n else 0)) for n in range(len(codes)))
    count = struct.pack("<I", len(codes))
    parts["xl/styles.bin"] = b"".join(
        [record(278), record(615, count), formats, record(616), record(617, count), styles, record(618), record(279)]
    )
    listed = b"".join(
        record(156, struct.pack("<II", 0 if s.is_visible else 1, n) + text(f"rId{n}") + text(s.name))
        for n, s in enumerate(sheets, 1)
    )
    book = record(153, struct.pack("<III", int(epoch == 1904), 0, 0))
    parts["xl/workbook.bin"] = record(131) + book + record(143) + listed + record(144) + record(132)
    return zipped(parts | _relationships(len(sheets), "bin"))


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE file; streams are filled up to 4,096 bytes, below which they would stand elsewhere."""
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    names = ["Root Entry", *streams]
    entries = (len(names) + 3) // 4
    table = [0xFFFFFFFD, *range(2, entries + 1), end]
    directory, contents = b"", b""
    for place, name in enumerate(names):
        content = streams.get(name, b"")
        content = content.ljust(max(4096, -(-len(content) // sector) * sector), b"\0") if place else b""
        first = len(table) if content else end
        if content:
            count = len(content) // sector
            table += [*range(first + 1, first + count), end]
        encoded = (name + "\0").encode("utf-16-le")
        left_right_child = (free, free if place in (0, len(names) - 1) else place + 1, 1 if place == 0 else free)
        directory += encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), 2 if place else 5, 1)
        directory += struct.pack("<III", *left_right_child) + bytes(36) + struct.pack("<IQ", first, len(content))
        contents += content
    directory = directory.ljust(entries * sector, b"\0")
    assert len(table) <= 128
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return head + struct.pack("<128I", *table, *[free] * (128 - len(table))) + directory + contents


def biff(sheets: Sequence[Sheet], epoch: int = 1900, has_password: bool = False) -> bytes:
    """The stream of an `.xls`."""
    codes = codes_of(sheets)

    def record(number: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", number, len(content)) + content

    def text(value: str, of_length: str) -> bytes:
        return struct.pack(of_length, len(value), 1) + value.encode("utf-16-le")

    def cell(row: int, column: int, value: Cell) -> bytes:
        at = struct.pack("<HHH", row, column, codes.index(value.code) if isinstance(value, Number) else 0)
        if isinstance(value, bool):
            return record(0x205, at + bytes([value, 0]))
        if isinstance(value, str):
            return record(0x204, at + text(value, "<HB"))
        if isinstance(value, Error):
            if not value.of_formula:
                return record(0x205, at + bytes([_CODES[value.text], 1]))
            return record(
                0x06, at + bytes([2, 0, _CODES[value.text], 0, 0, 0, 255, 255]) + struct.pack("<HIH", 0, 0, 0)
            )
        if value is None:
            return record(0x201, at)
        return record(0x203, at + struct.pack("<d", value.value if isinstance(value, Number) else value))

    bodies = []
    for sheet in sheets:
        body = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        width = max(map(len, sheet.rows), default=0)
        body += record(0x200, struct.pack("<IIHHH", 0, len(sheet.rows), 0, width, 0))
        for number, row in enumerate(sheet.rows):
            flags = 0x120 if number + 1 in sheet.hidden_rows else 0x100
            body += record(0x208, struct.pack("<HHHHHHHH", number, 0, len(row), 300, 0, 0, flags, 0x0F))
            body += b"".join(cell(number, column, value) for column, value in enumerate(row))
        if sheet.merged:
            ranges = b"".join(struct.pack("<HHHH", a - 1, c - 1, b, d) for a, b, c, d in sheet.merged)
            body += record(0xE5, struct.pack("<H", len(sheet.merged)) + ranges)
        bodies.append(body + record(0x0A))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    if has_password:
        head += record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    head += record(0x42, struct.pack("<H", 1200)) + record(0x22, struct.pack("<H", int(epoch == 1904)))
    head += record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + text("Arial", "<BB")) * 5
    head += b"".join(record(0x41E, struct.pack("<H", 164 + n) + text(code, "<HB")) for n, code in enumerate(codes))
    head += b"".join(record(0xE0, struct.pack("<HHH14x", 0, 164 + n if n else 0, 1)) for n in range(len(codes)))
    listed = [struct.pack("<BB", 0 if s.is_visible else 1, 0) + text(s.name, "<BB") for s in sheets]
    place = len(head) + sum(len(content) + 8 for content in listed) + 4
    for content, body in zip(listed, bodies, strict=True):
        head += record(0x85, struct.pack("<I", place) + content)
        place += len(body)
    return head + record(0x0A) + b"".join(bodies)


def xls(sheets: Sequence[Sheet], epoch: int = 1900) -> bytes:
    return ole({"Workbook": biff(sheets, epoch)})


_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in [
        *(("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"))
    ]
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def ods_content(sheets: Sequence[Sheet], epoch: int = 1900) -> str:
    """The document of an `.ods` as LibreOffice writes it, with its runs of equal and of empty cells and rows."""
    codes = codes_of(sheets)

    def data_style(place: int, code: str) -> str:
        bare = "".join(character for character in code if character in "0#")
        literal = code[: code.index('"', 1)].strip('"') if code.startswith('"') else ""
        before = f"<number:text>{escape(literal)}</number:text>" if literal else ""
        dash = '<number:embedded-text number:position="2">-</number:embedded-text>' if "-" in code else ""
        digits = bare.partition(".")[0].count("0")
        places, grouping = (2 if "." in code else 0), ("true" if "," in code else "false")
        return (
            f'<number:number-style style:name="N{place}">{before}<number:number number:decimal-places="{places}"'
            f' number:min-integer-digits="{digits}" number:grouping="{grouping}">{dash}</number:number>'
            "</number:number-style>"
            f'<style:style style:name="ce{place}" style:family="table-cell" style:data-style-name="N{place}"/>'
        )

    def cell(value: Cell, rows: int, columns: int) -> str:
        spans = (
            f' table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'
            if rows * columns > 1
            else ""
        )
        if value is None:
            return f"<table:table-cell{spans}/>"
        kind, shown = "", ""
        if isinstance(value, bool):
            kind, shown = f'"boolean" office:boolean-value="{str(value).lower()}"', str(value).upper()
        elif isinstance(value, str):
            kind, shown = '"string"', value
        elif isinstance(value, Error):
            kind, shown = '"string" office:string-value="" calcext:value-type="error"', value.text
        elif isinstance(value, Number) and value.iso:
            kind, shown = f'"date" office:date-value="{value.iso}"', value.iso
        else:
            number = value.value if isinstance(value, Number) else value
            kind, shown = f'"float" office:value="{number!r}"', value.shown if isinstance(value, Number) else str(value)
            if isinstance(value, Number):
                spans += f' table:style-name="ce{codes.index(value.code)}"'
        text = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n"))
        note = "<office:annotation><text:p>批注</text:p></office:annotation>"
        return f"<table:table-cell{spans} office:value-type={kind}>{note}{text}</table:table-cell>"

    tables = ""
    for sheet in sheets:
        starts = {(a, b): (c - a + 1, d - b + 1) for a, b, c, d in sheet.merged}
        rows = "".join(
            f"<table:table-row{' table:visibility=' + quoteattr('filter') if n in sheet.hidden_rows else ''}>"
            + "".join(cell(value, *starts.get((n, column), (1, 1))) for column, value in enumerate(row))
            + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
            for n, row in enumerate(sheet.rows, 1)
        )
        blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        style = "ta1" if sheet.is_visible else "ta2"
        tables += (
            f'<table:table table:name={quoteattr(sheet.name)} table:style-name="{style}">{rows}{blank}</table:table>'
        )
    displayed = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{shown}"/>'
        "</style:style>"
        for name, shown in (("ta1", "true"), ("ta2", "false"))
    )
    null_date = (
        f'<table:calculation-settings><table:null-date table:date-value="{epoch}-01-01"/></table:calculation-settings>'
    )
    styles = displayed + "".join(data_style(place, code) for place, code in enumerate(codes) if place)
    return (
        f"<office:document-content {_NAMESPACES} {_CALC}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{null_date}{tables}</office:spreadsheet></office:body></office:document-content>"
    )


def ods(sheets: Sequence[Sheet], epoch: int = 1900) -> bytes:
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": ods_content(sheets, epoch),
        }
    )


def fods(sheets: Sequence[Sheet], epoch: int = 1900) -> bytes:
    content = ods_content(sheets, epoch).replace("office:document-content", "office:document")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{content}'.encode()


def spreadsheetml(sheets: Sequence[Sheet], epoch: int = 1900, encoding: str = "UTF-8") -> bytes:
    codes = codes_of(sheets)

    def data(value: Cell) -> str:
        if isinstance(value, bool):
            kind, text = "Boolean", str(int(value))
        elif isinstance(value, str):
            kind, text = "String", value
        elif isinstance(value, Error):
            kind, text = "Error", value.text
        elif isinstance(value, Number) and value.iso:
            kind, text = "DateTime", value.iso if "T" in value.iso else f"{value.iso}T00:00:00.000"
        else:
            kind, text = "Number", repr(value.value if isinstance(value, Number) else value)
        return f'<Data ss:Type="{kind}">{escape(text)}</Data>'

    def cell(column: int, value: Cell, rows: int, columns: int) -> str:
        style = f' ss:StyleID="s{codes.index(value.code)}"' if isinstance(value, Number) else ""
        span = f' ss:MergeDown="{rows - 1}" ss:MergeAcross="{columns - 1}"' if rows * columns > 1 else ""
        comment = '<Comment><Data xmlns="http://www.w3.org/TR/REC-html40">批注</Data></Comment>'
        return f'<Cell ss:Index="{column + 1}"{style}{span}>{data(value)}{comment}</Cell>'

    body = ""
    for sheet in sheets:
        starts = {(a, b): (c - a + 1, d - b + 1) for a, b, c, d in sheet.merged}
        rows = "".join(
            f'<Row ss:Index="{n}"{" ss:Hidden=" + quoteattr("1") if n in sheet.hidden_rows else ""}>'
            + "".join(
                cell(column, value, *starts.get((n, column), (1, 1)))
                for column, value in enumerate(row)
                if value is not None
            )
            + "</Row>"
            for n, row in enumerate(sheet.rows, 1)
        )
        options = (
            "" if sheet.is_visible else "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
        )
        body += f"<Worksheet ss:Name={quoteattr(sheet.name)}><Table>{rows}</Table>{options}</Worksheet>"
    styles = "".join(
        f'<Style ss:ID="s{place}"><NumberFormat ss:Format={quoteattr(code)}/></Style>'
        for place, code in enumerate(codes)
    )
    dates = "<x:ExcelWorkbook><x:Date1904/></x:ExcelWorkbook>" if epoch == 1904 else ""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{dates}<Styles>{styles}</Styles>{body}</Workbook>'
    )
    return text.encode(encoding)


def html(sheet: Sheet, charset: str = "gb2312") -> bytes:
    """A table as a system exports it under the name `.xls`; every cell is the text that is shown."""
    covered = {
        (row, column)
        for a, b, c, d in sheet.merged
        for row in range(a, c + 1)
        for column in range(b, d + 1)
        if (row, column) != (a, b)
    }
    starts = {(a, b): (c - a + 1, d - b + 1) for a, b, c, d in sheet.merged}
    rows = ""
    for n, row in enumerate(sheet.rows, 1):
        cells = ""
        for column, value in enumerate(row):
            if (n, column) not in covered:
                down, across = starts.get((n, column), (1, 1))
                cells += f'<td rowspan={down} colspan="{across}">{escape(str(value or ""))}</td>'
        rows += f"<tr{' style=' + quoteattr('display: none') if n in sheet.hidden_rows else ''}>{cells}</tr>"
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}"/>'
    style = "<style>td { mso-number-format:'\\@' }</style>"
    return f"<html><head>{head}{style}</head><body><table>{rows}</table></body></html>".encode(charset)


WRITERS = {"xlsx": xlsx, "xlsb": xlsb, "xls": xls, "ods": ods, "fods": fods, "spreadsheetml": spreadsheetml}
