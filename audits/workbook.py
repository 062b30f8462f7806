"""The workbook: a table of contents, one sheet a check, the SQL of all at the end; written row by row, never held
whole."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from audits.catalogue import Check, code_names, headings, kinds
from audits.run import ASSESSED, Finding
from skillsdw.formula import put_text
from skillsdw.undated import undate

NOT_ASSESSED_TEXT = "〈未评估〉"
CONTENTS, STATEMENTS = "目录", "SQL"
FONT, MONOSPACED = "Microsoft YaHei", "Consolas"
INK, QUIET, LINK, RULE_LINE, HEAD = "1F2933", "5B6470", "0F6B66", "C9CED6", "E8EEED"
A4 = 9
TALLEST_ROW = 409.0
MEASURED_ROWS = 500
WHOLE, MONEY, SHARE, DAY, MOMENT = "#,##0", "#,##0.00", "0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
NUMBER_FORMATS = {"plan_year": "0", "first_batch_id": "0", "last_batch_id": "0", "main_institution_share": SHARE}


@dataclass(frozen=True)
class Provenance:
    """The published version that was checked."""

    build_id: str
    as_of: date
    known_at: datetime | None
    published_at: datetime
    rules_version: str
    git_commit: str


def _style(name: str, **parts: object) -> NamedStyle:
    style = NamedStyle(name, **parts)
    style.font = parts.get("font", Font(name=FONT, size=9, color=INK))
    return style


def _styles() -> list[NamedStyle]:
    top = Alignment(vertical="top", wrap_text=True)
    inside = Alignment(vertical="top", horizontal="left", wrap_text=True, indent=1)
    line = Border(bottom=Side(style="thin", color=RULE_LINE))
    right = Alignment(vertical="top", horizontal="right")
    heading = {
        "font": Font(name=FONT, size=9, bold=True, color=INK),
        "fill": PatternFill("solid", fgColor=HEAD),
        "border": Border(bottom=Side(style="medium", color=LINK)),
    }
    return [
        _style("a_title", font=Font(name=FONT, size=16, bold=True, color=INK)),
        _style("a_name", font=Font(name=FONT, size=12, bold=True, color=INK), alignment=Alignment(vertical="center")),
        _style("a_label", font=Font(name=FONT, size=9, color=QUIET), alignment=Alignment(vertical="top")),
        _style("a_text", alignment=top),
        _style("a_strong", font=Font(name=FONT, size=10, bold=True, color=INK), alignment=top),
        _style(
            "a_head", **heading, alignment=Alignment(vertical="center", horizontal="left", wrap_text=True, indent=1)
        ),
        _style("a_head_right", **heading, alignment=Alignment(vertical="center", wrap_text=True, horizontal="right")),
        _style("a_link", font=Font(name=FONT, size=9, underline="single", color=LINK), alignment=inside, border=line),
        _style("a_back", font=Font(name=FONT, size=9, underline="single", color=LINK), alignment=top),
        _style("a_cell", alignment=Alignment(vertical="top", horizontal="left", indent=1), border=line),
        _style("a_wrapped", alignment=inside, border=line),
        _style("a_number", alignment=right, border=line),
        _style("a_count", font=Font(name=FONT, size=10, bold=True, color=INK), alignment=right, border=line),
        _style("a_quiet", font=Font(name=FONT, size=9, color=QUIET), alignment=right, border=line),
        _style("a_sql", font=Font(name=MONOSPACED, size=9, color=INK), alignment=top),
        _style("a_sql_line", font=Font(name=MONOSPACED, size=9, color=INK)),
    ]


def write_workbook(path: Path, provenance: Provenance, findings: Sequence[Finding], sheet_rows: int) -> None:
    """Write the workbook to `path`: the same bytes for the same version and findings."""
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    book.properties.title = f"审计核查表 {provenance.build_id}"
    book.properties.creator = "skillsdw"
    _contents(book, provenance, findings)
    for finding in findings:
        _check_sheet(book, provenance, finding, sheet_rows)
    _statements(book, provenance, findings)
    dated = path.with_name(f"{path.name}.dated")
    try:
        book.save(dated)
        with dated.open("rb") as source, path.open("wb") as result:
            undate(source, result, provenance.published_at)
    finally:
        dated.unlink(missing_ok=True)


def sheet_name(check: Check) -> str:
    """The sheet of a check: at most 31 characters, none that Excel forbids."""
    plain = "".join(" " if char in "[]:*?/\\'" else char for char in check.name_zh)
    return f"{check.number:02d} {plain}"[:31].rstrip()


def _sheet(book: Workbook, name: str, provenance: Provenance, widths: Sequence[float], repeated_row: int | None):
    """A sheet that prints on A4 across, as wide as the page, its header on every page, the version at the foot."""
    sheet = book.create_sheet(name)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.sheet_properties.outlinePr.summaryBelow = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.35
    sheet.oddFooter.left.text = f"审计核查表 {provenance.build_id}"
    sheet.oddFooter.center.text = "&A"
    sheet.oddFooter.right.text = "第 &P 页,共 &N 页"
    if repeated_row:
        sheet.print_title_rows = f"{repeated_row}:{repeated_row}"
    return sheet


def _cell(sheet, value: object, style: str, number_format: str | None = None, to: str | None = None) -> Cell:
    """One cell. A text is always a text, whatever it begins with."""
    cell = WriteOnlyCell(sheet)
    cell.style = style
    if isinstance(value, str):
        put_text(cell, value)
    else:
        cell.value = value
    if number_format:
        cell.number_format = number_format
    if to:
        cell.hyperlink = Hyperlink(ref="", location=f"'{to}'!A1", display=str(value))
    return cell


def _contents(book: Workbook, provenance: Provenance, findings: Sequence[Finding]) -> None:
    widths = (6, 27, 40, 13, 22, 12, 17, 74)
    last = get_column_letter(len(widths))
    about = list(_about(provenance))
    head = len(about) + 3
    sheet = _sheet(book, CONTENTS, provenance, widths, head)
    sheet.row_dimensions[1].height = 26
    sheet.append([_cell(sheet, "审计核查表 Audit pack", "a_title")])
    for number, (label, text) in enumerate(about, start=2):
        sheet.merged_cells.add(f"A{number}:B{number}")
        sheet.merged_cells.add(f"C{number}:{last}{number}")
        sheet.row_dimensions[number].height = _height(text, sum(widths[2:]))
        sheet.append([_cell(sheet, label, "a_label"), None, _cell(sheet, text, "a_text")])
    sheet.append([])
    sheet.row_dimensions[head].height = 30
    titles = ("序号\nNo.", "检查", "Check", "条款\nClause", "性质\nKind", "结果数\nFound", "金额(元)\nYuan")
    styles = ("a_head_right", "a_head", "a_head", "a_head", "a_head", "a_head_right", "a_head_right")
    cells = [_cell(sheet, title, style) for title, style in zip(titles, styles, strict=True)]
    sheet.append([*cells, _cell(sheet, "说明\nWhat it shows", "a_head")])
    for number, finding in enumerate(findings, start=head + 1):
        check = finding.check
        reason = [_reason(finding)] if finding.reason_zh else []
        text = "\n".join([*reason, check.shows_zh, check.shows_en])
        sheet.row_dimensions[number].height = max(_height(text, widths[7] - 2), _height("\n", widths[4]))
        sheet.append(
            [
                _cell(sheet, check.number, "a_number"),
                _cell(sheet, check.name_zh, "a_link", to=sheet_name(check)),
                _cell(sheet, check.name_en, "a_wrapped"),
                _cell(sheet, check.clause or "—", "a_wrapped"),
                _cell(sheet, _kind(check), "a_wrapped"),
                _count(sheet, finding),
                _amount(sheet, finding),
                _cell(sheet, text, "a_wrapped"),
            ]
        )
    sheet.auto_filter.ref = f"A{head}:{last}{head + len(findings)}"


def _about(provenance: Provenance) -> Iterable[tuple[str, str]]:
    known = f"{provenance.known_at:%Y-%m-%d %H:%M}" if provenance.known_at else "全部批次 all batches"
    yield "版本 Build", provenance.build_id
    yield "统计截止日 As of", f"{provenance.as_of}"
    yield "已知时点 Known at", known
    yield "发布时间 Published at", f"{provenance.published_at:%Y-%m-%d %H:%M}(北京时间 Beijing time)"
    yield "规则版本 · 代码 Rules · code", f"{provenance.rules_version} · {provenance.git_commit}"
    yield (
        "如何阅读 How to read",
        "规则:违反文件条款,逐条列出。疑点线索:值得核查,不是结论。"
        "〈未评估〉:所需报表从未入库,或没有标准可比;既不是 0,也不是通过。\n"
        "Rule: a clause is broken. Lead: worth a look, no verdict. 〈未评估〉 not assessed: an extract that is needed "
        "never landed, or there is nothing to compare with; neither 0 nor passed.",
    )
    yield (
        "隐私 Privacy",
        "本表只有编号,没有身份证号和姓名。人员键是带密钥的代号,不能还原;要找到人,"
        "请凭报名编号、证书编号或发放编号向报送单位查原始台账。含逐条记录,仅供审计和监督使用。\n"
        "Keys only: no resident ID, no name. A person key is a keyed pseudonym that cannot be turned back; to find the "
        "person, ask the bureau with the enrolment, certificate or payment number. For audit use: single records.",
    )


def _kind(check: Check) -> str:
    names = kinds()[check.kind]
    return f"{names['name_zh']}\n{names['name_en']}"


def _reason(finding: Finding) -> str:
    mark = "" if finding.state == ASSESSED else f"{NOT_ASSESSED_TEXT} "
    return f"{mark}{finding.reason_zh}。{finding.reason_en}."


def _count(sheet, finding: Finding) -> Cell:
    if finding.count is None:
        return _cell(sheet, NOT_ASSESSED_TEXT, "a_quiet")
    return _cell(sheet, finding.count, "a_count" if finding.count else "a_number", WHOLE)


def _amount(sheet, finding: Finding) -> Cell:
    if finding.amount is not None:
        return _cell(sheet, finding.amount, "a_number", MONEY)
    is_open = finding.state != ASSESSED or finding.has_amount
    return _cell(sheet, NOT_ASSESSED_TEXT if is_open else "—", "a_quiet")


def _check_sheet(book: Workbook, provenance: Provenance, finding: Finding, sheet_rows: int) -> None:
    check = finding.check
    columns = finding.columns
    widths = _widths(columns, finding.rows)
    last = get_column_letter(len(widths))
    head = 7
    sheet = _sheet(book, sheet_name(check), provenance, widths, head if columns else None)
    wide = sum(widths[1:])
    lines = [
        ("条款 · 性质 Clause · kind", f"{check.clause or '—'} · {_kind(check).replace(chr(10), ' ')}", "a_text"),
        ("结果 Result", _result(finding, sheet_rows), "a_strong"),
        ("说明 What it shows", f"{check.shows_zh}\n{check.shows_en}", "a_text"),
        ("处置 Follow-up", f"{check.follow_zh}\n{check.follow_en}", "a_text"),
        ("SQL", check.sql, "a_sql"),
    ]
    for number, (_, text, style) in enumerate(lines, start=2):
        sheet.merged_cells.add(f"B{number}:{last}{number}")
        sheet.row_dimensions[number].height = _height(text, wide, 11.0 if style == "a_strong" else 10.0)
    sheet.merged_cells.add(f"B1:{last}1")
    sheet.row_dimensions[1].height = 22
    # Long SQL above the rows would fill the screen: the + at the left opens it, and the last sheet has it in full.
    sheet.row_dimensions[6].outlineLevel, sheet.row_dimensions[6].hidden = 1, True
    if columns:
        sheet.freeze_panes = f"A{head + 1}"
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{head + max(len(finding.rows), 1)}"
    title = f"{check.number:02d} {check.name_zh} {check.name_en}"
    sheet.append([_cell(sheet, "← 目录 Contents", "a_back", to=CONTENTS), _cell(sheet, title, "a_name")])
    for label, text, style in lines:
        sheet.append([_cell(sheet, label, "a_label"), _cell(sheet, text, style)])
    if not columns:
        return
    sheet.row_dimensions[head].height = 40
    sheet.append([_cell(sheet, f"{headings()[name].name_zh}\n{name}", _head(finding, name)) for name in columns])
    for row in finding.rows:
        sheet.append([_value(sheet, name, value) for name, value in zip(columns, row, strict=True)])


def _head(finding: Finding, name: str) -> str:
    """Numbers stand at the right, and so does what heads them."""
    place = finding.columns.index(name)
    value = next((row[place] for row in finding.rows if row[place] is not None), None)
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return "a_head_right" if is_number else "a_head"


def _result(finding: Finding, sheet_rows: int) -> str:
    if finding.state != ASSESSED:
        return _reason(finding)
    parts = [f"{finding.count:,} 条 {'row' if finding.count == 1 else 'rows'}"]
    if finding.has_amount:
        shown = NOT_ASSESSED_TEXT if finding.amount is None else f"{finding.amount:,.2f} 元 yuan"
        parts.append(f"金额 Amount {shown}")
    if finding.csv:
        parts.append(f"本页列前 {sheet_rows:,} 条,全部见 the first {sheet_rows:,} are below, all are in {finding.csv}")
    if finding.reason_zh:
        parts.append(_reason(finding))
    return ";".join(parts)


def _shown(name: str, value: object) -> object:
    """A value as a reader sees it: a code by its name, a list in one text, yes and no in Chinese."""
    if isinstance(value, list):
        return "、".join(str(_shown(name, part)) for part in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, (int, float, Decimal, date)):
        return value
    code_list = headings()[name].code_list
    text = str(value)
    called = code_names(code_list).get(text) if code_list else None
    return called or text


def _value(sheet, name: str, value: object) -> Cell | None:
    value = _shown(name, value)
    match value:
        case None:
            return None
        case date() if value.year < 1900:  # before Excel's calendar
            return _cell(sheet, value.isoformat(), "a_cell")
        case datetime():
            return _cell(sheet, value, "a_cell", MOMENT)
        case date():
            return _cell(sheet, value, "a_cell", DAY)
        case Decimal():
            return _cell(sheet, value, "a_number", NUMBER_FORMATS.get(name, MONEY))
        case int() | float():
            return _cell(sheet, value, "a_number", NUMBER_FORMATS.get(name, WHOLE))
    return _cell(sheet, value, "a_cell")


def _widths(columns: Sequence[str], rows: Sequence[tuple]) -> list[float]:
    """As wide as the heading and the first rows need; at least as wide together as the explanation above them wants."""
    widths = []
    for place, name in enumerate(columns):
        heading = max(_text_width(headings()[name].name_zh), len(name)) + 3
        longest = max((_text_width(str(_shown(name, row[place]))) for row in rows[:MEASURED_ROWS]), default=0)
        widths.append(float(min(max(heading, longest + 2, 11), 40)))
    widths = widths or [24.0]
    widths[0] = max(widths[0], 24.0)
    short = 130.0 - sum(widths)
    return [*widths, *([short] if short > 10 else [])]


def _text_width(text: str) -> int:
    """In half-width characters: a Chinese one is two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _height(text: str, width: float, size: float = 10.0) -> float:
    """Points that a wrapped text needs in a cell of this width."""
    lines = sum(max(1, math.ceil(_text_width(line) * 0.92 / width)) for line in text.split("\n"))
    return min(lines * (size + 3.5) + 3, TALLEST_ROW)


def _statements(book: Workbook, provenance: Provenance, findings: Sequence[Finding]) -> None:
    sheet = _sheet(book, STATEMENTS, provenance, (130,), None)
    sheet.append([_cell(sheet, "各项检查所运行的 SQL The SQL of every check, as run", "a_title")])
    for finding in findings:
        check = finding.check
        not_run = "" if finding.state == ASSESSED else "(未运行 not run)"
        sheet.append([])
        sheet.append([_cell(sheet, f"{check.number:02d} {check.name_zh} {check.name_en}{not_run}", "a_name")])
        for line in check.sql.split("\n"):
            sheet.append([_cell(sheet, line, "a_sql_line")])
