"""Find the header by what it says, not by where it stands (1-extracts § Headers)."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from skillsdw.codes import (
    HeaderWord,
    extract_columns,
    extract_names,
    header_forms,
    header_names,
    header_spelling,
    header_values,
    header_word,
    read_seed,
)
from skillsdw.landing.errors import LandingError
from skillsdw.landing.unpack import COLUMNS
from skillsdw.masking import mask_names, printable

HEADER_WITHIN = 12  # records from the top in which a header is looked for
_SHOWN = 40  # characters of a header cell
_SERIAL_HEADERS = frozenset({"序号", "no", "no.", "#", "编号顺序"})
_LIKE = 0.6  # from here on two headers are near enough to ask whether one is meant
# Beyond these a cell that holds line ends and delimiters is no header with a remark but rows drawn in by a quote mark.
_DRAWN_IN_DELIMITERS = 4
# By these columns of the returned rows a mended row finds the one that it was.
REFERENCE = ("来源批次/source_batch", "行号/row_number")
_RETURNED = frozenset(header_spelling(word) for word in (*REFERENCE, "问题/problems"))
# One of them is enough: a roster has the code or the name of its school.
_STANDS_IN_FOR = {"institution_uscc": "institution_name"}

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Header:
    """The header of one table: `record` is the place of its last line (0 = first record), `width` the number of columns
    it names, `positions` column name → place (two names may share one: 培训时间), `texts` the file's own words,
    `unknown` those not recognized, `passed_over` those that mean a column that another header gives (text, text that is
    read), `values` column name → what its header makes of values."""

    record: int
    width: int
    positions: dict[str, int]
    texts: tuple[str, ...]
    unknown: tuple[str, ...]
    serial: frozenset[int]  # places of 序号 columns: numbered but otherwise empty rows are blank
    passed_over: tuple[tuple[str, str], ...] = ()
    values: dict[str, dict[str, str]] | None = None
    lead: str = ""  # the leftmost header that is read, as it stands: by it a repeated header is found
    reference: tuple[int, int] | None = None  # of rows that were returned: the places of their batch and row number


@dataclass(frozen=True)
class _Candidate:
    """One line, or two read as one, that may be the header."""

    record: int
    cells: list[str]
    words: list[HeaderWord | None]

    @property
    def columns(self) -> int:
        """How many different columns of the extract it names."""
        return len({name for word in self.words if word and word.is_read for name in word.columns})


def recognized(cells: Cells, extract: str) -> int:
    """How many different columns of the extract a record names."""
    return _single(0, cells, extract).columns


def extract_of(records: Sequence[Cells]) -> str | None:
    """The extract whose header stands in the records, by its required columns; None when none or more than one fits."""
    fits = {}
    for extract in extract_names():
        best = _best(records, extract)
        if best and not _missing(best, extract):
            fits[extract] = best.columns
    most = [extract for extract, columns in fits.items() if columns == max(fits.values())]
    return most[0] if len(most) == 1 else None


def has_header(records: Sequence[Cells], extract: str) -> bool:
    """Whether a line among the first names enough columns to be the extract's header, complete or not."""
    best = _best(records, extract)
    return best is not None and best.columns >= _ENOUGH


_ENOUGH = 2


def find_header(records: Sequence[Cells], extract: str, delimiter: str | None = None) -> Header:
    """The record among the first, or two read as one, that names most columns. `delimiter` is that of a text file.

    `LandingError` when there is none, when it has the very same header twice, or when it lacks a required column.
    """
    best = _best(records, extract)
    if best is None or best.columns < _ENOUGH:
        raise _wrong_folder(records, extract) or _no_header(extract)
    cells = best.cells[: max(place for place, cell in enumerate(best.cells) if cell.strip()) + 1]
    row = best.record + 1
    _refuse_drawn_in(records[best.record], row, delimiter, extract)
    if len(cells) > COLUMNS:
        raise LandingError(
            f"表头第{row}行超过{COLUMNS:,}列。请删除表格以外的列后重新报送",
            f"The header in row {row} has more than {COLUMNS:,} columns. Delete those beyond the table and send "
            "the file again",
        )
    texts = tuple(_shown(cell, word) for cell, word in zip(cells, best.words, strict=False))
    _refuse_twice(cells, best.words, texts, row)
    positions, passed_over = _positions(best.words, texts)
    if missing := [name for name in _required(extract) if not _is_given(name, positions)]:
        raise _wrong_folder(records, extract) or _lacking(missing, extract, best, texts)
    return Header(
        best.record,
        len(cells),
        positions,
        texts,
        tuple(
            text
            for text, word in zip(texts, best.words, strict=False)
            if text and word is None and header_spelling(text) not in _RETURNED
        ),
        frozenset(place for place, cell in enumerate(cells) if header_spelling(cell) in _SERIAL_HEADERS),
        passed_over,
        {name: turned for name, place in positions.items() if (turned := _turned(extract, cells[place]))},
        cells[min(positions.values())],
        _reference(cells),
    )


def _reference(cells: Sequence[str]) -> tuple[int, int] | None:
    forms = [header_spelling(cell) for cell in cells]
    batch, row = (header_spelling(word) for word in REFERENCE)
    return (forms.index(batch), forms.index(row)) if batch in forms and row in forms else None


def _turned(extract: str, cell: str) -> dict[str, str] | None:
    """What a header makes of values (是否合格: 是 is pass)."""
    values = header_values(extract)
    return next((values[form] for form in header_forms(cell) if form in values), None)


def _best(records: Sequence[Cells], extract: str) -> _Candidate | None:
    """The line that names most columns, the first of equals; two lines as one only where that names more."""
    head = records[:HEADER_WITHIN]
    singles = [_single(place, cells, extract) for place, cells in enumerate(head)]
    pairs = [_pair(place, head[place - 1], head[place], extract) for place in range(1, len(head))]
    best = max(singles, key=lambda candidate: candidate.columns, default=None)
    double = max(pairs, key=lambda candidate: candidate.columns, default=None)
    return double if best and double and double.columns > best.columns else best


def _single(record: int, cells: Cells, extract: str) -> _Candidate:
    texts = [cell or "" for cell in cells]
    return _Candidate(record, texts, [header_word(extract, text) for text in texts])


def _pair(record: int, above: Cells, below: Cells, extract: str) -> _Candidate:
    """Two lines as one: 培训机构 over 名称 is 培训机构名称. A blank above belongs to what stands left of it while there
    is something below."""
    texts: list[str] = []
    words: list[HeaderWord | None] = []
    group = ""
    for place in range(max(len(above), len(below))):
        top = ((above[place] if place < len(above) else None) or "").strip()
        sub = ((below[place] if place < len(below) else None) or "").strip()
        group = top or (group if sub else "")
        options = [group + sub, sub, group] if sub and sub != group else [group]
        found = next(((text, word) for text in options if (word := header_word(extract, text))), None)
        text, word = found or (options[0], None)
        texts.append(text)
        words.append(word)
    return _Candidate(record, texts, words)


def _positions(
    words: Sequence[HeaderWord | None], texts: Sequence[str]
) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    """Column name → the place of its best header, and which others were passed over for it."""
    ranked: dict[str, list[tuple[int, int]]] = {}
    for place, word in enumerate(words):
        if word and word.is_read:
            for name in word.columns:
                ranked.setdefault(name, []).append((word.rank, place))
    positions = {name: min(found)[1] for name, found in ranked.items()}
    used = set(positions.values())
    passed_over = []
    for name, found in ranked.items():
        passed_over += [(texts[place], texts[positions[name]]) for _, place in sorted(found) if place not in used]
    return dict(sorted(positions.items(), key=lambda item: item[1])), tuple(dict.fromkeys(passed_over))


def _refuse_twice(cells: Cells, words: Sequence[HeaderWord | None], texts: Sequence[str], row: int) -> None:
    seen: dict[str, int] = {}
    for place, (cell, word) in enumerate(zip(cells, words, strict=False)):
        form = header_spelling(cell or "")
        if word is None or not word.is_read:
            continue
        if form in seen:
            name = word.columns[0]
            raise LandingError(
                f"表头第{row}行有两列的表头相同,都是“{texts[place]}”({name},第{seen[form] + 1}列和第{place + 1}列)。"
                "请只保留一列",
                f"Two columns of the header in row {row} have the very same header {texts[place]!r} ({name}, columns "
                f"{seen[form] + 1} and {place + 1}). Keep one",
            )
        seen[form] = place


def _refuse_drawn_in(cells: Cells, row: int, delimiter: str | None, extract: str) -> None:
    """A stray quote mark can draw the first rows into the header: they would be lost, and their values shown."""
    if delimiter is None:
        return
    for place, cell in enumerate(cells):
        lines = (cell or "").splitlines()
        if len(lines) < 2:
            continue
        of_header = [header_word(extract, part) for part in lines[0].split(delimiter)]
        most = max(line.count(delimiter) for line in lines)
        if (len(of_header) > 1 and any(of_header[1:])) or most >= max(_DRAWN_IN_DELIMITERS, place):
            raise LandingError(
                f"表头第{row}行第{place + 1}列的英文双引号不成对,把后面的行也包含在内。请核对该处的双引号",
                f"In the header in row {row} a quote mark in column {place + 1} is not closed and draws in the "
                "rows behind it. Correct it",
            )


def _missing(candidate: _Candidate, extract: str) -> list[str]:
    given = {name: 0 for word in candidate.words if word and word.is_read for name in word.columns}
    return [name for name in _required(extract) if not _is_given(name, given)]


def _is_given(name: str, positions: dict[str, int]) -> bool:
    return name in positions or _STANDS_IN_FOR.get(name) in positions


def _no_header(extract: str) -> LandingError:
    required = "、".join(_spellings(extract, name) for name in _required(extract))
    return LandingError(
        f"前{HEADER_WITHIN}行内找不到表头。请核对文件是否属于此抽取表({_label(extract)[0]}),表头应含:{required}",
        f"No header within the first {HEADER_WITHIN} rows. Check that the file belongs to the extract "
        f"{extract}; its header must hold {', '.join(_required(extract))}",
    )


def _wrong_folder(records: Sequence[Cells], extract: str) -> LandingError | None:
    """What a file of another extract is told, rather than all the columns that it lacks."""
    other = extract_of(records)
    if other is None or other == extract:
        return None
    (zh, en), (own_zh, _) = _label(other), _label(extract)
    return LandingError(
        f"文件夹不对:这是{zh}({other})的表,不是{own_zh}({extract})的表。请放入 landing/{other}/ 后重新运行",
        f"Wrong folder: this is a table of {en.lower()} ({other}), not of {extract}. Put it into landing/{other}/ "
        "and run again",
    )


def _label(extract: str) -> tuple[str, str]:
    row = next(row for row in read_seed("extract") if row["extract"] == extract)
    return row["name_zh"], row["name_en"]


def _lacking(missing: list[str], extract: str, candidate: _Candidate, texts: Sequence[str]) -> LandingError:
    """What is missing, and which of the file's own headers may be meant."""
    row = candidate.record + 1
    zh, en = [], []
    for name in missing:
        said_zh, said_en = _spellings(extract, name), name
        if never := [
            t for t, w in zip(texts, candidate.words, strict=False) if w and not w.is_read and name in w.columns
        ]:
            said_zh += f"——“{never[0]}”不能代替它"
            said_en += f" ({never[0]!r} is no substitute)"
        elif near := _nearest(extract, name, candidate, texts):
            said_zh += f"——表中的“{near[0]}”是否指“{near[1]}”?"
            said_en += f" (is {near[0]!r} meant for {near[1]!r}?)"
        zh.append(said_zh)
        en.append(said_en)
    return LandingError(
        f"表头第{row}行缺少必需的列:{'、'.join(zh)}。请补上或改正表头后重新报送".replace("?。", "?"),
        f"The header in row {row} lacks required columns: {', '.join(en)}. Add them, or correct the header, and send "
        "the file again",
    )


def _nearest(extract: str, name: str, candidate: _Candidate, texts: Sequence[str]) -> tuple[str, str] | None:
    """The unrecognized header that is most like one of a column's names, and that name."""
    best: tuple[float, str, str] | None = None
    for text, word in zip(texts, candidate.words, strict=False):
        form = re.sub(r"[(\[【].*$", "", header_spelling(text))
        if word is not None or len(form) < 2:
            continue
        for known in header_names(extract, name):
            other = header_spelling(known)
            likeness = difflib.SequenceMatcher(None, form, other).ratio()
            if sorted(form) == sorted(other):  # 县区 for 区县
                likeness = 1.0
            if likeness >= _LIKE and (best is None or likeness > best[0]):
                best = likeness, text, known
    return best[1:] if best else None


def _shown(cell: str, word: HeaderWord | None) -> str:
    """A header's own words as far as they may be shown: of one that is not known no digit and no name, on one line."""
    text = "".join(cell.split())
    if word is None:
        text = mask_names(re.sub(r"\d", "N", text))
    text = printable(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _required(extract: str) -> list[str]:
    return [column.name for column in extract_columns(extract) if column.is_required]


def _spellings(extract: str, column_name: str) -> str:
    """enrollment_id(报名编号/培训记录编号/…)"""
    name, *synonyms = header_names(extract, column_name)
    return f"{name}({'/'.join(synonyms[:6])})" if synonyms else name
