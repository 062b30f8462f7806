"""`skillsdw report`: one month's circular of the province or of a city, written whole or not at all."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bulletin import city, province, shared
from bulletin.desk import Desk
from bulletin.document import Document
from bulletin.fonts import find_font
from bulletin.material import Material
from bulletin.queries import ALL
from bulletin.version import Published, ReportError, as_told, version_of
from bulletin.writers import excel, page, word
from dashboards.charts.pen import Pen
from dashboards.definitions import definitions
from dashboards.format import Numbers
from dashboards.words import Words
from skillsdw.home import Home
from skillsdw.publish import sync

LANGUAGE = "zh"
WORDS = Path(__file__).parent / "words" / "zh.po"
WRITERS: dict[str, Callable[[Document, Pen], bytes]] = {
    ".docx": word.written,
    ".xlsx": excel.written,
    ".html": page.written,
}


def report(home: Home, month: date, code: str, out: Path, progress: Callable[[str], None] = print) -> Path:
    """Write the circular of the month that begins at `month` to `out`; return the version that it is made from.

    `code` is a city's code or ALL. The same version and month give the same bytes.
    """
    if not out.parent.is_dir():
        raise ReportError(f"没有文件夹 {out.parent} / There is no folder {out.parent}")
    family = find_font()
    version = version_of(home, month)
    progress(f"读取版本 {version.stem} / Reading version {version.stem}")
    cities = frozenset() if code == ALL else frozenset([code])
    with as_told(home, version, cities) as published:
        document, pen = compose(published, month, code, family)
        progress("写出通报 / Writing the circular")
        written = WRITERS[out.suffix.lower()](document, pen)
    _replace(out, written)
    return version


def compose(published: Published, month: date, code: str, family: str) -> tuple[Document, Pen]:
    """The circular before it is a file."""
    words = Words(LANGUAGE, WORDS)
    pen = Pen(words, Numbers(words), False, definitions(published, LANGUAGE))
    material = Material(published, month, code)
    desk = Desk(material, pen, family)
    numbers, is_province = desk.numbers, code == ALL
    kind = "province" if is_province else "city"
    name = "" if is_province else city.city_name(desk)
    facts = {"month": numbers.month(month), "city": name, "as_of": desk.dated}
    chapters = province.chapters(desk) if is_province else city.chapters(desk)
    annexes = [
        *(province.annex(desk) if is_province else city.annex(desk)),
        shared.definitions(desk),
        shared.provenance(desk),
    ]
    return (
        Document(
            title=words.of("report.title", kind, **facts),
            reference=words("report.reference", year=str(month.year)),
            to=words.of("report.to", kind, **facts),
            opening=words.of("report.opening", kind, **facts),
            chapters=chapters,
            signature=(words("report.signature"), words("report.signed_on")),
            annexes=annexes,
            enclosed=[
                words("report.enclosed", number=str(number), title=annex.title)
                for number, annex in enumerate(annexes, start=1)
            ],
            provenance=shared.foot(desk),
            made_at=material.version.published_at.replace(microsecond=0),
        ),
        pen,
    )


def _replace(out: Path, written: bytes) -> None:
    """Put the file there by one rename: whoever opens it meets the old one or the new one."""
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}-", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(written)
            file.flush()
            fresh.chmod(0o644)
            sync(fresh)
            fresh.replace(out)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    sync(out.parent)
