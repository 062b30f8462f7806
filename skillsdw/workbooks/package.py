"""The parts of a zip file, unpacked with a count: what a package says of its own sizes may be a lie."""

import io
import os
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO
from xml.parsers import expat

from skillsdw.workbooks.refused import TOO_LARGE, UNPACKED_BYTES, UNREADABLE, Refused

_BLOCK = 1024**2
_SMALL_BYTES = 64 * 1024**2  # of a part that is held whole: the list of sheets, the formats
_SAVED = {
    "docprops/core.xml": re.compile(rb"<dcterms:modified[^>]*>\s*([0-9T:.Z+-]{10,40})\s*<"),
    "meta.xml": re.compile(rb"<dc:date[^>]*>\s*([0-9T:.Z+-]{10,40})\s*<"),
}
_OVERLAP = 256  # what is looked for may stand across two blocks


class Package:
    """A zip file and its parts by name, in lower case and with slashes, as spreadsheet programs look for them."""

    def __init__(self, path: Path, most: int = UNPACKED_BYTES) -> None:
        self.most = most
        with zipfile.ZipFile(path) as package:
            self._parts = {part.filename.replace("\\", "/").lower().lstrip("/"): part for part in package.infolist()}
            everything = package.infolist()
        self._everything = everything
        if sum(part.file_size for part in everything) > most:
            raise Refused(TOO_LARGE)
        self._handle: IO[bytes] = path.open("rb")

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *fault: object) -> None:
        self._handle.close()

    def __contains__(self, name: str) -> bool:
        return name.lower().lstrip("/") in self._parts

    def _part(self, name: str) -> zipfile.ZipInfo:
        part = self._parts.get(name.lower().lstrip("/"))
        if part is None:
            raise Refused(UNREADABLE)
        return part

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part, block by block."""
        return _blocks(self._handle, self._part(name), self.most)

    def whole(self, name: str) -> bytes:
        """A part that is small."""
        held, content = 0, []
        for block in self.blocks(name):
            held += len(block)
            if held > _SMALL_BYTES:
                raise Refused(TOO_LARGE)
            content.append(block)
        return b"".join(content)

    def copy(self, changed: Callable[[str, bytes], bytes]) -> io.BytesIO:
        """The package once more, with some parts changed."""
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            for name, part in self._parts.items():
                package.writestr(part.filename.replace("\\", "/"), changed(name, b"".join(self.blocks(name))))
        held.seek(0)
        return held

    def found(self, watched: Mapping[str, Sequence[re.Pattern[bytes]]]) -> dict[str, set[re.Pattern[bytes]]]:
        """Unpack every part; `Refused` when they hold more than `most` bytes in all. Returns the parts in which
        patterns that are watched for were found: a look on the way costs next to nothing, another reading a lot."""
        left = self.most
        by_part = {self._part(name).header_offset: (name, regexes) for name, regexes in watched.items()}
        found: dict[str, set[re.Pattern[bytes]]] = {}
        for part in self._everything:
            name, regexes = by_part.get(part.header_offset, ("", ()))
            before = b""
            for block in _blocks(self._handle, part, left):
                left -= len(block)
                if regexes:
                    here = {regex for regex in regexes if regex.search(before + block)}
                    if here:
                        found[name] = found.get(name, set()) | here
                        regexes = [regex for regex in regexes if regex not in here]
                    before = block[-_OVERLAP:]
        return found


def _blocks(handle: IO[bytes], part: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """What a part unpacks to; `Refused` beyond `most` bytes, before they are given. Readers take the directory's word
    for where a part begins and how many packed bytes it has, and so does this; what these unpack to is counted."""
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(UNREADABLE)
    handle.seek(part.header_offset)
    local = handle.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise Refused(UNREADABLE)
    place = part.header_offset + 30 + int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    left, counted = part.compress_size, 0
    unpacker = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while not (unpacker and unpacker.eof):
        packed = unpacker.unconsumed_tail if unpacker else b""
        if not packed:
            handle.seek(place)  # another part may have been read meanwhile
            packed = handle.read(min(left, _BLOCK))
            left -= len(packed)
            place += len(packed)
        if not packed:
            break  # cut off: the reader will say so
        block = unpacker.decompress(packed, _BLOCK) if unpacker else packed
        counted += len(block)
        if counted > most:
            raise Refused(TOO_LARGE)
        yield block


def saved_at(path: Path) -> str:
    """When a workbook says that it was last saved, as 2025-03-09T08:15:00Z; nothing where it does not say, or is none.
    OOXML and OpenDocument packages say it; such text sorts by time."""
    try:
        with Package(path) as package:
            for part, pattern in _SAVED.items():
                if part in package and (said := pattern.search(package.whole(part))):
                    return said[1].decode("ascii")
    except (Refused, OSError, ValueError, zipfile.BadZipFile, zlib.error):
        return ""
    return ""


def target_of(base: str, target: str) -> str:
    """The part that a relationship of `base` names."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target.replace("\\", "/")))


def xml_parser() -> expat.XMLParserType:
    """A parser that expands nothing: a document that declares entities is refused."""
    parser = expat.ParserCreate()
    parser.ordered_attributes = False
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise Refused(UNREADABLE)


def elements(content: bytes) -> list[tuple[str, str, dict[str, str]]]:
    """The elements of a small document: the parent's name, their own, their attributes; all without prefixes."""
    found: list[tuple[str, str, dict[str, str]]] = []
    above = [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        found.append((above[-1], name, {local(key): value for key, value in attributes.items()}))
        above.append(name)

    def end(_: str) -> None:
        above.pop()

    parser = xml_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content, True)
    return found


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def size_of(path: Path) -> int:
    """The file's size; `Refused` when no workbook is so large."""
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
    if size > UNPACKED_BYTES:
        raise Refused(TOO_LARGE)
    return size
