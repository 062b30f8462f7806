"""Valid files of every format, and what may happen to their bytes on the way."""

import io
import zipfile
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ordeals.hostile.material import HEADER, parts_of, row, sheet_xml, text_of

KINDS = ("flip", "cut", "insert", "repeat", "drop", "swap", "gb18030", "utf-8", "utf-16")
PIECES = (
    *(b"\0", b'"', b'""', b"\n", b"\r", b"\r\n", b",", b"\t", b";", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\x80"),
    *(b"\xe4\xb8", b"\x81\x30\x81\x30", b"=1+1", b"PK\x03\x04", b"PAR1", b"\xff" * 8, b"1" * 40, "合计".encode()),
    *("编号,编号\n".encode(), b'","', b"'", b"\x1b[2J", "\u202e".encode(), "\u2028".encode(), b"e5,1E400"),
)


@dataclass(frozen=True)
class Mutation:
    """One thing that happens: its kind, where (a fraction of the length), how far (bytes), and the piece put in."""

    kind: str
    place: float
    length: int
    piece: bytes


def whole_files(count: int = 4) -> dict[str, bytes]:
    """Name → content of files of `count` rows that land, one in each format and encoding."""
    rows = [row(number, class_hours="不详") if number == 2 else row(number) for number in range(1, count + 1)]
    cells = [HEADER, *(list(line.values()) for line in rows)]
    text = text_of(cells)
    book, table = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts_of(sheet_xml(cells)).items():
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), part)
    pq.write_table(pa.table({name: [line[name] for line in rows] for name in HEADER}), table)
    return {
        "utf8.csv": text.encode(),
        "marked.csv": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        "gb.csv": text_of(cells, "\t").encode("gb18030"),
        "quoted.csv": ("\n".join(",".join(f'"{cell}"' for cell in line) for line in cells)).encode(),
        "plain.xlsx": book.getvalue(),
        "plain.parquet": table.getvalue(),
    }


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    """The content after all that happened to it."""
    for happens in mutations:
        at = int(happens.place * len(content))
        end = min(at + happens.length, len(content))
        match happens.kind:
            case "flip":
                content = content[:at] + bytes(byte ^ 0x55 for byte in content[at:end]) + content[end:]
            case "cut":
                content = content[:at]
            case "insert":
                content = content[:at] + happens.piece + content[at:]
            case "repeat":
                content = content[:end] + content[at:end] * 3 + content[end:]
            case "drop":
                content = content[:at] + content[end:]
            case "swap":
                content = content[end:] + content[at:end] + content[:at]
            case encoding:
                again = content[at:end].decode("utf-8", "ignore").encode(encoding, "ignore")
                content = content[:at] + again + content[end:]
    return content
