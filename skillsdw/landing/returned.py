"""Rows that were returned, mended and sent back: what was left out of them is taken from the file that they were in.

The list of rejected rows that a bureau gets shows no ID and no name. It says of which batch and row each is, so that
the bureau mends what is wrong and leaves the rest: an ID column that stays masked, a name that stays empty, a shape
that was not touched mean the value of the original row, which is read again from `landing/`."""

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from skillsdw.codes import extract_columns
from skillsdw.identity import shape
from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import LandingFile, opened_once, sha256_of
from skillsdw.landing.source import Source, Told, open_source, read_whole
from skillsdw.landing.values import normalize, normalize_key

# Of these the returned list shows nothing that could be sent back.
_NEVER_SHOWN = frozenset({"person_id", "person_name", "payee"})


@dataclass(frozen=True)
class Reference:
    """The returned row that a row mends."""

    batch_id: int
    row_number: int


@dataclass(frozen=True)
class ReturnedFile:
    """Where the rows of a batch with rejected rows came from."""

    path: str
    sha256: str
    root: str | None


def write_list(files: dict[int, ReturnedFile], path: Path) -> None:
    """Write down where the files of returned rows are, for the workers."""
    path.write_text(json.dumps({batch: vars(file) for batch, file in files.items()}), encoding="utf-8")


def with_originals(source: Source, listed: Path | None, folder: Path) -> tuple[Source, dict[int, Reference]]:
    """The rows with what was left out of them, and which returned row each mends. A row whose original is not found
    stays as it was sent; `judge` says so of it."""
    wanted = _references(source)
    originals = _originals(source.extract, wanted, listed, folder)
    found = {place: reference for place, reference in wanted.items() if reference in originals}
    columns = dict(source.columns)
    names = {name for reference in found.values() for name in originals[reference]}
    kinds = {column.name: column.kind for column in extract_columns(source.extract)}
    for name in names | set(columns):
        sent = _texts(columns.get(name), source.rows)
        for place, reference in found.items():
            sent[place] = _mended(kinds[name], sent[place], originals[reference].get(name))
        columns[name] = pa.array(sent, pa.string())
        if name in source.columns and pa.types.is_dictionary(source.columns[name].type):
            columns[name] = columns[name].dictionary_encode()
    numbers = {int(source.row_numbers[place]): reference for place, reference in found.items()}
    return replace(source, columns=columns), numbers


def _mended(kind: str, sent: str | None, original: str | None) -> str | None:
    """What the sender wrote, or the original where they left what the list showed."""
    text = normalize(sent) if sent else None
    if kind in _NEVER_SHOWN and (text is None or "*" in text):
        return original
    if text is None or original is None:
        return sent
    return original if "*" in text or text == shape(normalize_key(original) or "") else sent


def _references(source: Source) -> dict[int, Reference]:
    batches, rows = source.references
    found = {}
    for place, (batch, row) in enumerate(zip(batches.to_pylist(), rows.to_pylist(), strict=True)):
        numbers = [normalize_key(text) if text else None for text in (batch, row)]
        if all(number and number.isdigit() and len(number) < 10 for number in numbers):
            found[place] = Reference(int(numbers[0]), int(numbers[1]))
    return found


def _originals(
    extract: str, wanted: dict[int, Reference], listed: Path | None, folder: Path
) -> dict[Reference, dict[str, str | None]]:
    """Column name → text of each original row that is found."""
    if listed is None or not listed.exists():
        return {}
    files = {int(batch): ReturnedFile(**file) for batch, file in json.loads(listed.read_text(encoding="utf-8")).items()}
    by_batch: dict[int, set[int]] = defaultdict(set)
    for reference in wanted.values():
        by_batch[reference.batch_id].add(reference.row_number)
    found: dict[Reference, dict[str, str | None]] = {}
    for batch, rows in by_batch.items():
        if batch in files:
            found |= {
                Reference(batch, row): cells for row, cells in _rows_of(files[batch], extract, rows, folder).items()
            }
    return found


def _rows_of(file: ReturnedFile, extract: str, rows: set[int], folder: Path) -> dict[int, dict[str, str | None]]:
    found: dict[int, dict[str, str | None]] = {}
    landing_file = LandingFile(Path(file.path), "", extract, root=Path(file.root) if file.root else None)
    inner = folder / f"original-{file.sha256[:16]}"
    inner.mkdir(mode=0o700, exist_ok=True)
    try:
        with opened_once(landing_file) as path:
            if sha256_of(path) != file.sha256:
                return {}
            for source in read_whole(open_source(path, extract, inner), Told()):
                numbers = source.row_numbers.tolist()
                for place, number in enumerate(numbers):
                    if number in rows:
                        found[number] = {name: texts[place].as_py() for name, texts in source.columns.items()}
                if len(found) == len(rows):
                    break
    except LandingError:  # gone, or no longer what it was
        return found
    return found


def _texts(column: pa.Array | None, rows: int) -> list[str | None]:
    return [None] * rows if column is None else column.to_pylist()
