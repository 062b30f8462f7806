"""Find the header by what it says, not by where it stands (1-extracts, head)."""

from collections.abc import Sequence
from dataclasses import dataclass

from skillsdw.codes import extract_columns, header_lookup, header_names, header_spelling
from skillsdw.landing.errors import LandingError
from skillsdw.landing.unpack import COLUMNS
from skillsdw.masking import mask_id_like, printable

HEADER_WITHIN = 10  # records from the top in which a header is looked for
_SHOWN = 40  # characters of a header cell
_SERIAL_HEADERS = frozenset({"序号", "no", "no.", "#"})

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Header:
    """The header of one file: `record` is its place (0 = first record), `width` the number of columns it
    names, `positions` column name → place, `texts` the file's own words, `unknown` those not recognised."""

    record: int
    width: int
    positions: dict[str, int]
    texts: tuple[str, ...]
    unknown: tuple[str, ...]
    serial: frozenset[int]  # places of 序号 columns: numbered but otherwise empty rows are blank


def recognised(cells: Cells, extract: str) -> int:
    """How many different columns of the extract a record names."""
    lookup = header_lookup(extract)
    return len({lookup[key] for cell in cells if cell and (key := header_spelling(cell)) in lookup})


def find_header(records: Sequence[Cells], extract: str) -> Header:
    """The record among the first ten that names most columns, at least two; `LandingError` when there is
    none, when it names a column twice, or when it lacks a required one."""
    lookup = header_lookup(extract)
    scores = [recognised(cells, extract) for cells in records[:HEADER_WITHIN]]
    if not scores or max(scores) < 2:
        required = "、".join(_spellings(extract, c.name) for c in extract_columns(extract) if c.is_required)
        raise LandingError(
            f"前{HEADER_WITHIN}行内找不到表头。请核对文件是否属于此抽取表,表头应含:{required}",
            f"No header within the first {HEADER_WITHIN} rows. Check that the file belongs to the extract "
            f"{extract}; its header must hold {', '.join(_required(extract))}",
        )
    record = scores.index(max(scores))
    cells = list(records[record])
    while cells and not (cells[-1] or "").strip():
        cells.pop()
    # A stray quote mark can draw the first rows into the header: they would be lost, and their values shown.
    for place, cell in enumerate(cells):
        if cell and "\n" in cell and any(mark in cell for mark in ",;\t"):
            raise LandingError(
                f"表头第{record + 1}行第{place + 1}列的英文双引号不成对,把后面的行也包含在内。请核对该处的双引号",
                f"In the header in row {record + 1} a quote mark in column {place + 1} is not closed and draws in the "
                "rows behind it. Correct it",
            )
    if len(cells) > COLUMNS:
        raise LandingError(
            f"表头第{record + 1}行超过{COLUMNS:,}列。请删除表格以外的列后重新报送",
            f"The header in row {record + 1} has more than {COLUMNS:,} columns. Delete those beyond the table and send "
            "the file again",
        )
    texts = tuple(_shown(cell or "") for cell in cells)
    positions: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(cells):
        name = lookup.get(header_spelling(cell or ""))
        if name is None:
            unknown.append(texts[place])
        elif name in positions:
            first, second = texts[positions[name]], texts[place]
            raise LandingError(
                f"表头第{record + 1}行有两列都是 {name}(“{first}”和“{second}”)。请只保留一列",
                f"Two columns of the header in row {record + 1} are {name} ({first!r}, {second!r}). Keep one",
            )
        else:
            positions[name] = place
    missing = [name for name in _required(extract) if name not in positions]
    if missing:
        named = "、".join(_spellings(extract, name) for name in missing)
        raise LandingError(
            f"表头第{record + 1}行缺少必需的列:{named}。请补上后重新报送",
            f"The header in row {record + 1} lacks required columns: {', '.join(missing)}. "
            "Add them and send the file again",
        )
    serial = frozenset(i for i, cell in enumerate(cells) if header_spelling(cell or "") in _SERIAL_HEADERS)
    return Header(record, len(cells), positions, texts, tuple(t for t in unknown if t), serial)


def _shown(cell: str) -> str:
    text = printable(mask_id_like("".join(cell.split())))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _required(extract: str) -> list[str]:
    return [column.name for column in extract_columns(extract) if column.is_required]


def _spellings(extract: str, column_name: str) -> str:
    """enrollment_id(报名编号/培训记录编号/…)"""
    name, *synonyms = header_names(extract, column_name)
    return f"{name}({'/'.join(synonyms)})" if synonyms else name
