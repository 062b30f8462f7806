"""The bytes of a seed, as a spreadsheet saves them → header and records, each with its line."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from skillsdw.seeds.cells import tidy
from skillsdw.seeds.fault import SAVE_EN, SAVE_ZH, TableFault, shown

Record = tuple[int, list[str]]
"""The line on which a record begins, and its cells."""

MOST_BYTES = 8 * 1024 * 1024  # of a list: a hundred times the longest
_DELIMITERS = (",", "\t", ";")
_AGAIN_ZH, _AGAIN_EN = "请用 Excel 或 WPS 打开原表,另存为“CSV UTF-8(逗号分隔)”", "save the original as CSV UTF-8"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Chinese in UTF-8: two characters in a line that is UTF-8 throughout, or four in a row, are not GB18030 by chance.
_UTF8_CHINESE, _UTF8_RUN = (re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2})" + count) for count in (b"{2}", b"{4}"))


def read_text(content: bytes) -> str:
    """Decode a list: UTF-8, UTF-16 or GB18030, with or without a mark. `TableFault` where that is not certain."""
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise TableFault(0, "内容是 Excel 工作簿", "it is an Excel workbook", _AGAIN_ZH, _AGAIN_EN)
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if b"\0" in content:
        # Text in UTF-16 without its mark: a comma or a line end has its zero byte on one side, always the same.
        evens, odds = content[0::2].count(0), content[1::2].count(0)
        return _decoded(content, "utf-16-le" if odds > evens else "utf-16-be")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, _encoding_of_lines(content))
    _refuse_either(content, text)
    return text


def _encoding_of_lines(content: bytes) -> str:
    """What a list that is not UTF-8 is in: UTF-8 all the same where there is Chinese in UTF-8. Then it is damaged, or
    has lines of another file in it."""
    if _UTF8_RUN.search(content):
        return "utf-8"
    for line in content.splitlines():
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if _UTF8_CHINESE.search(line):
            return "utf-8"
    return "gb18030"


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        before = content[: fault.start].decode(encoding, errors="replace")
        # Lines before the fault may end with a carriage return and a line feed, or with one of them.
        line = len(re.findall(r"\r\n|\r|\n", before)) + 1
        name = {"gb18030": "GB18030/GBK"}.get(encoding, encoding.upper())
        raise TableFault(
            line,
            f"有半个汉字,或有一部分是其他编码(全表为 {name})",
            f"there is half a character, or a part in another encoding than {name}, which the list is in",
            _AGAIN_ZH,
            _AGAIN_EN,
        ) from None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if any(unicodedata.category(c) == "Co" for c in line) or "\0" in line:
            raise TableFault(
                number, "编码无法识别,文字已成乱码", "the encoding is not known: text is garbled", _AGAIN_ZH, _AGAIN_EN
            )
    return text


def _refuse_either(content: bytes, text: str) -> None:
    """Few characters in GBK, 通知 for one, are UTF-8 too, of letters that no list has: nobody can tell which."""
    odd = [c for c in text if ord(c) > 0x7F]
    if not odd or any(ord(c) > 0x7FF for c in odd):
        return
    try:
        other = [c for c in content.decode("gb18030") if ord(c) > 0x7F]
    except UnicodeDecodeError:
        return
    if all("\u4e00" <= c <= "\u9fff" for c in other):
        line = next(n for n, part in enumerate(re.split(r"\r\n|\r|\n", text), start=1) if not part.isascii())
        raise TableFault(
            line,
            "无法判断编码是 UTF-8 还是 GBK",
            "whether it is in UTF-8 or in GBK cannot be told",
            _AGAIN_ZH,
            _AGAIN_EN,
        )


def read_records(text: str, columns: Iterable[str]) -> tuple[Record, list[Record]]:
    """The header and the records that have anything in them, with tidy cells. `TableFault` when there is no header."""
    text = text.removeprefix("\ufeff").rstrip("\x1a")
    first, _, rest = text.partition("\n")
    if match := re.fullmatch(r'\s*"?sep=(.)"?\s*', first, re.IGNORECASE):
        records = [(number + 1, cells) for number, cells in _records(rest, match[1])]
    else:
        records = _records(text, _delimiter(text, set(columns)))
    if not records:
        raise TableFault(0, "是空文件,没有表头", "it is empty and has no header", *_RESTORE)
    return records[0], records[1:]


def _delimiter(text: str, columns: set[str]) -> str:
    """The delimiter with which the first line that is not empty has most of the columns."""
    line = next((line for line in io.StringIO(text, newline="") if line.strip(" ,;\t\r\n")), "")

    def recognised(delimiter: str) -> int:
        return sum(heading(tidy(cell)) in columns for cell in next(csv.reader([line], delimiter=delimiter), []))

    return max(_DELIMITERS, key=recognised)


_RESTORE = ("请恢复原文件,或" + SAVE_ZH.removeprefix("请"), f"put the original back, or {SAVE_EN}")


def heading(cell: str) -> str:
    """A header cell as it is compared."""
    return unicodedata.normalize("NFKC", cell).strip().lower()


def _records(text: str, delimiter: str) -> list[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found, before = [], 0
    try:
        for cells in reader:
            tidied = [tidy(cell) for cell in cells]
            if any(tidied):
                found.append((before + 1, tidied))
            before = reader.line_num
    except csv.Error:
        raise TableFault(
            before + 1, "引号不成对或位置不对", "a quotation mark is never closed, or stands within a value"
        ) from None
    return found


def in_order(header: Record, body: Sequence[Record], columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Each record as column → cell, in the declared order. `TableFault` for a header or a record that does not fit."""
    line, cells = header
    names = [heading(cell) for cell in cells]
    expected_zh, expected_en = f"应有的列:{','.join(columns)}", f"expected: {', '.join(columns)}"
    if missing := [column for column in columns if column not in names]:
        raise TableFault(
            line, f"缺少列 {'、'.join(missing)};{expected_zh}", f"lacks {', '.join(missing)}; {expected_en}"
        )
    if twice := [column for column in columns if names.count(column) > 1]:
        raise TableFault(line, f"列 {twice[0]} 出现两次", f"the column {twice[0]} is there twice")
    if others := [name for name in names if name and name not in columns]:
        raise TableFault(
            line,
            f"多出列“{shown(others[0])}”;{expected_zh}",
            f"{shown(others[0])!r} is no column of it; {expected_en}",
        )
    place = {column: names.index(column) for column in columns}
    rows = []
    for number, values in body:
        beyond = [value for at, value in enumerate(values) if value and (at >= len(names) or not names[at])]
        if beyond:
            raise TableFault(
                number,
                f"比表头多出一格“{shown(beyond[0])}”(逗号多了一个,或值中的逗号没有加引号)",
                f"{shown(beyond[0])!r} stands under no header (a delimiter too many, or one within a value)",
            )
        # A spreadsheet leaves out the empty cells at a row's end.
        values = values + [""] * (len(names) - len(values))
        rows.append((number, {column: values[at] for column, at in place.items()}))
    return rows
