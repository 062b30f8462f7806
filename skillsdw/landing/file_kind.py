"""What a file is, by its content; its name plays no part.

Systems export web pages and tab-separated text as `.xls`, people rename a CSV to `.xlsx`. Bounded work whatever the
file: its first 64 KB, its last 256 KB and, in an OLE file, its directory are looked at, and nothing is unpacked.
"""

import os
import re
from pathlib import Path
from typing import IO

# Read as workbooks (`packed.Packed.sheets`).
XLSX, XLSB, XLS, ODS, FODS, SPREADSHEETML, HTML = "xlsx", "xlsb", "xls", "ods", "fods", "spreadsheetml", "html"
WORKBOOKS = frozenset({XLSX, XLSB, XLS, ODS, FODS, SPREADSHEETML, HTML})
# Read otherwise: by columns (`Packed.want`), and by the reader of CSV.
PARQUET, TEXT = "parquet", "text"
# Not read; `packed.refusal` says what to do.
ENCRYPTED, SEALED, WORD, SLIDES, PDF, PICTURE, ARCHIVE, DATABASE, WEB_ARCHIVE, OLE, BINARY, EMPTY = (
    "encrypted",
    "sealed",
    "word",
    "slides",
    "pdf",
    "picture",
    "archive",
    "database",
    "web_archive",
    "ole",
    "binary",
    "empty",
)
NOT_READ = frozenset(
    {ENCRYPTED, SEALED, WORD, SLIDES, PDF, PICTURE, ARCHIVE, DATABASE, WEB_ARCHIVE, OLE, BINARY, EMPTY}
)

_START, _TAIL = 64 * 1024, 256 * 1024
_DIRECTORY_SECTORS = 4_096
_MIMETYPE = re.compile(rb"mimetype.{0,64}?application/(?:x-)?vnd\.oasis\.opendocument\.([a-z]+)", re.DOTALL)
# Control characters that texts have: tabs, ends of lines, form feeds, DOS's end of a file, separators.
_OF_TEXT = frozenset((9, 10, 11, 12, 13, *range(26, 32)))

_SIGNATURES = (
    (b"PAR1", PARQUET),
    (b"\x89PNG\r\n\x1a\n", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF87a", PICTURE),
    (b"GIF89a", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"{\\rtf", WORD),
    (b"SQLite format 3\x00", DATABASE),
    (b"\x00\x01\x00\x00Standard ", DATABASE),  # Access
    # Workbooks older than OLE, and streams that a program wrote without it.
    (b"\x09\x00\x04\x00", XLS),
    (b"\x09\x02\x06\x00", XLS),
    (b"\x09\x04\x06\x00", XLS),
    (b"\x09\x08\x08\x00", XLS),
    (b"\x09\x08\x10\x00", XLS),
    # Programs of offices that encrypt whatever is saved on their machines.
    (b"%TSD-Header-", SEALED),
    (b"b\x14#e", SEALED),
)


def kind_of(file: IO[bytes] | Path | str | int) -> str:
    """One of the kinds above. `file` is a path, a descriptor or an open file, whose place is kept."""
    if isinstance(file, Path | str):
        with Path(file).open("rb") as opened:
            return _kind_of(opened)
    if isinstance(file, int):
        with os.fdopen(os.dup(file), "rb") as opened:
            return kind_of(opened)
    place = file.tell()
    try:
        return _kind_of(file)
    finally:
        file.seek(place)


def _kind_of(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(_START)
    if not start:
        return EMPTY
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        file.seek(max(0, size - _TAIL))
        return _of_zip(start, file.read(_TAIL))
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _of_ole(file, start, size)
    if _is_bitmap(start) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or start[4:12] == b"ftypheic":
        return PICTURE
    if b"%PDF-" in start[:1024]:
        return PDF
    return _of_text(start)


def _is_bitmap(start: bytes) -> bool:
    """A picture, and not a text that begins with BM, as keys do."""
    return start[:2] == b"BM" and start[6:10] == bytes(4) and start[15:18] == bytes(3)


def _of_zip(start: bytes, tail: bytes) -> str:
    """By the names of its parts: the directory at its end; the parts' own heads where that was cut off."""
    names = set()
    for content, mark, fixed, at in ((tail, b"PK\x01\x02", 46, 28), (start, b"PK\x03\x04", 30, 26)):
        place = content.find(mark)
        while place >= 0:
            length = int.from_bytes(content[place + at : place + at + 2], "little")
            name = content[place + fixed : place + fixed + length].decode("latin-1")
            names.add(name.replace("\\", "/").lower().lstrip("/"))
            place = content.find(mark, place + 4)
    if "xl/workbook.bin" in names:
        return XLSB
    if any(name.startswith("xl/workbook") or name == "workbook.xml" for name in names):
        return XLSX
    mimetype = re.search(
        rb"mimetype.{0,64}?application/(?:vnd\.oasis\.opendocument|x-vnd\.oasis\.opendocument)\.([a-z]+)",
        start,
        re.DOTALL,
    )
    if mimetype:
        return {b"spreadsheet": ODS, b"text": WORD, b"presentation": SLIDES}.get(mimetype[1], ARCHIVE)
    for beginning, kind in (("xl/", XLSX), ("word/", WORD), ("ppt/", SLIDES), ("ofd.xml", PDF)):
        if any(name.startswith(beginning) for name in names):
            return kind
    if {"content.xml", "meta-inf/manifest.xml"} <= names:
        return ODS
    return XLSX if "[content_types].xml" in names else ARCHIVE


def _of_ole(file: IO[bytes], start: bytes, size: int) -> str:
    names = _ole_names(file, start, size)
    if "encryptedpackage" in names or "encryptioninfo" in names:
        return ENCRYPTED
    if names & {"workbook", "book"}:
        return XLS
    if "worddocument" in names:
        return WORD
    return SLIDES if "powerpoint document" in names else OLE


def _ole_names(file: IO[bytes], start: bytes, size: int) -> set[str]:
    """The names of the streams of an OLE file: its directory, sector by sector as its table of sectors says."""
    sector_bytes = 1 << min(int.from_bytes(start[30:32], "little"), 12)
    of_tables = [int.from_bytes(start[place : place + 4], "little") for place in range(76, 512, 4)]
    names: set[str] = set()
    sector, seen = int.from_bytes(start[48:52], "little"), set()

    def read(number: int, place: int, length: int) -> bytes:
        at = (number + 1) * sector_bytes + place
        if at > size:
            return b""
        file.seek(at)
        return file.read(length)

    while sector not in seen and len(seen) < _DIRECTORY_SECTORS:
        seen.add(sector)
        content = read(sector, 0, sector_bytes)
        for place in range(0, len(content), 128):
            length = int.from_bytes(content[place + 64 : place + 66], "little")
            names.add(content[place : place + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower())
        table, entry = divmod(sector * 4, sector_bytes)
        if not content or table >= len(of_tables):
            break
        sector = int.from_bytes(read(of_tables[table], entry, 4), "little")
    return names


def _of_text(start: bytes) -> str:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = start.decode("utf-16", "replace")
    else:
        text = start.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    lead = text.lstrip().lower()
    if lead.startswith("mime-version:") or lead.startswith("from: <saved by") or "\nmime-version:" in lead[:4096]:
        return WEB_ARCHIVE
    if lead.startswith("<"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in lead and "<html" not in lead:
            return SPREADSHEETML
        if ("urn:oasis:names:tc:opendocument:xmlns:office" in lead and "office:spreadsheet" in lead) or (
            "opendocument.spreadsheet" in lead
        ):
            return FODS
        if re.search(r"<(?:\w+:)?(?:html|table|!doctype html)[\s>]", lead) or lead.startswith("<!doctype html"):
            return HTML
        return TEXT
    return BINARY if _is_binary(start) else TEXT


def _is_binary(start: bytes) -> bool:
    """No text in any encoding. UTF-16 and UTF-32 without their mark have a 0 in every second or fourth place, mostly,
    and none in some other. Those are text, as is one with a stray 0; the reader of CSV tells what to do with them."""
    zeros = [start[place::4].count(0) for place in range(4)]
    if max(zeros) > len(start) // 20 and min(zeros) <= len(start) // 400:
        return False
    controls = sum(start.count(bytes([code])) for code in range(32) if code not in _OF_TEXT)
    return controls > len(start) // 50
