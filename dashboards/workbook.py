"""Many rows as an Excel workbook, fast: a column at a time, text as inline strings, which Excel never runs.

openpyxl takes a minute for what this writes in seconds; small tables with notes keep using it (`download.py`).
"""

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape

from dashboards.charts.pen import width_of
from skillsdw.formula import NO_XML, is_formula

# kind → place in `cellXfs` of `_STYLES`
_STYLE = {"text": 0, "head": 1, "count": 2, "plain": 3, "share": 4, "decimal": 5, "day": 6, "moment": 7, "quoted": 8}
_NOT_IN_A_SHEET_NAME = re.compile(r"[\\/*?:\[\]]")
_LONGEST = 32_767  # characters of a cell
_EXACT_BELOW = 10**15  # Excel keeps fifteen digits: a longer number is text
_DAY_ZERO = datetime(1899, 12, 30)
_MEASURED = 200  # rows that a column's width goes by
_WIDEST = 48
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="3">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>
<numFmt numFmtId="166" formatCode="#,##0.####"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Microsoft YaHei"/></font>
<font><b/><sz val="11"/><name val="Microsoft YaHei"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="9"><xf/>
<xf fontId="1" applyFont="1" applyAlignment="1"><alignment wrapText="1" vertical="bottom"/></xf>
<xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="1" applyNumberFormat="1"/>
<xf numFmtId="166" applyNumberFormat="1"/><xf numFmtId="166" applyNumberFormat="1"/>
<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf quotePrefix="1"/>
</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


@dataclass(frozen=True)
class Sheet:
    """A sheet of columns: their heads, their kinds (`_STYLE`) and their values, and whether they have a frozen head."""

    name: str
    heads: Sequence[str]
    kinds: Sequence[str]
    columns: Sequence[Sequence]
    is_table: bool = True


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The bytes of an .xlsx file."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as package:
        names = [_NOT_IN_A_SHEET_NAME.sub("-", sheet.name)[:31] for sheet in sheets]
        package.writestr("[Content_Types].xml", _types(len(sheets)))
        package.writestr("_rels/.rels", _links([("officeDocument", "xl/workbook.xml")]))
        listed = "".join(
            f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{place}" r:id="rId{place}"/>'
            for place, name in enumerate(names, start=1)
        )
        package.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>{listed}</sheets></workbook>',
        )
        targets = [("worksheet", f"worksheets/sheet{place}.xml") for place in range(1, len(sheets) + 1)]
        package.writestr("xl/_rels/workbook.xml.rels", _links([*targets, ("styles", "styles.xml")]))
        package.writestr("xl/styles.xml", _STYLES)
        for place, sheet in enumerate(sheets, start=1):
            with package.open(f"xl/worksheets/sheet{place}.xml", "w") as part:
                _write(part, sheet)
    return file.getvalue()


def _types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{place}.xml", "worksheet") for place in range(1, sheets + 1)]
    listed = "".join(f'<Override PartName="{name}" ContentType="{kind}.{of}+xml"/>' for name, of in parts)
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _links(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATED}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, start=1)
    )
    return (
        f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{listed}</Relationships>"
    )


def _write(part: object, sheet: Sheet) -> None:
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{_width(head, kind, values):.1f}" customWidth="1"/>'
        for place, (head, kind, values) in enumerate(zip(sheet.heads, sheet.kinds, sheet.columns, strict=True), start=1)
    )
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if sheet.is_table else ""
    part.write(
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView>'
        f"</sheetViews><cols>{widths}</cols><sheetData>".encode()
    )
    rows = len(sheet.columns[0]) if sheet.columns else 0
    if sheet.is_table:
        part.write(f"<row>{''.join(_text(head, _STYLE['head']) for head in sheet.heads)}</row>".encode())
    columns = [
        [_cell(value, kind) for value in values] for kind, values in zip(sheet.kinds, sheet.columns, strict=True)
    ]
    for start in range(0, rows, 5_000):
        piece = zip(*(column[start : start + 5_000] for column in columns), strict=True)
        part.write("".join(f"<row>{''.join(cells)}</row>" for cells in piece).encode())
    filtered = ""
    if sheet.is_table and sheet.columns:
        filtered = f'<autoFilter ref="A1:{_letters(len(sheet.columns))}{rows + 1}"/>'
    part.write(f"</sheetData>{filtered}</worksheet>".encode())


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _width(head: str, kind: str, values: Sequence) -> float:
    shown = {"day": "0000-00-00", "moment": "0000-00-00 00:00:00"}.get(kind)
    texts = [shown] if shown else [str(value) for value in values[:_MEASURED] if value is not None]
    # A Han character is two of Excel's units wide; a long head wraps.
    widest = max([min(width_of(head) * 2, 16), *(width_of(text) * 2 for text in texts)])
    return min(max(widest, 8) + 2, _WIDEST)


def _text(value: str, style: int) -> str:
    clean = escape(NO_XML.sub("\ufffd", value[:_LONGEST]))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{clean}</t></is></c>'


def _number(value: object, style: int) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def _cell(value: object, kind: str) -> str:
    if value is None:
        return "<c/>"
    write = _WRITERS.get(type(value))
    return write(value, _STYLE[kind]) if write else _of_text(str(value), 0)


def _of_text(value: str, _: int) -> str:
    return _text(value, _STYLE["quoted" if is_formula(value) else "text"])


def _of_number(value: float | Decimal, style: int) -> str:
    # Not a number and the infinities have no place in a sheet, nor has a number of more than fifteen digits.
    return _number(value, style) if abs(value) < _EXACT_BELOW else _of_text(str(value), 0)


def _of_moment(value: datetime, _: int) -> str:
    passed = value.replace(tzinfo=None) - _DAY_ZERO
    return _number(passed.days + passed.seconds / 86_400, _STYLE["moment"])


def _of_day(value: date, _: int) -> str:
    days = (datetime.combine(value, time()) - _DAY_ZERO).days
    return _number(days, _STYLE["day"]) if days > 0 else _of_text(value.isoformat(), 0)


_WRITERS: dict[type, Callable[[object, int], str]] = {
    str: _of_text,
    bool: lambda value, _: f'<c t="b"><v>{int(value)}</v></c>',
    int: _of_number,
    float: _of_number,
    Decimal: _of_number,
    datetime: _of_moment,
    date: _of_day,
}
