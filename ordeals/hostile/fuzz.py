"""Fuzz what landing does with the bytes of a text file: survey, pieces, both readers, judging, what is shown of rows.

`python -m ordeals.hostile.fuzz <folder> --seconds 60 --seed 2025`: atheris (libFuzzer) goes on from files of the sample
generator and keeps what it finds in `<folder>`. The first byte of an input says which extract the rest is a file of.
It ends with another status than 0 when anything but a `LandingError` is raised, when a row is unaccounted for, when an
ID is shown, or when the fast reader and the strict one disagree; the input then lies beside as `crash-…`.

Workbooks and Parquet files are read by a process of its own whose failures are expected (`skillsdw/landing/packed.py`);
what may happen to their bytes is tried on that (tests/landing/test_mutated_files.py).
"""

import argparse
import os
import shutil
import sys
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["skillsdw.landing", "skillsdw.masking", "skillsdw.codes"]):
    from skillsdw.codes import extract_names
    from skillsdw.landing.errors import LandingError
    from skillsdw.landing.judge import accepted_rows, judge
    from skillsdw.landing.reports import rejected_rows
    from skillsdw.landing.source import Told, open_source, read_piece, read_whole

from ordeals.hostile.mutate import PIECES, whole_files
from ordeals.hostile.resident_id import holds_resident_id
from skillsdw.sample import write_sample

_TODAY = date(2026, 11, 26)
_KEY = b"k" * 40
_LONGEST = 4_096  # bytes of an input
_SLOWEST = 10  # seconds for one


def main() -> None:
    """Make the corpus when there is none, and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=2025)
    wanted = parser.parse_args()
    corpus, words = wanted.folder / "corpus", wanted.folder / "words"
    if not corpus.exists():
        make_corpus(corpus, wanted.seed)
    words.write_text("".join(f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in piece)}"\n' for piece in PIECES))
    path = Path(mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)) / "a.csv"
    options = {
        "max_total_time": wanted.seconds,
        "seed": wanted.seed,
        "max_len": _LONGEST,
        "timeout": _SLOWEST,
        "rss_limit_mb": 2_000,
        "artifact_prefix": f"{wanted.folder}/",
        "dict": words,
        "print_final_stats": 1,
    }
    atheris.Setup(
        [sys.argv[0], str(corpus), *(f"-{name}={value}" for name, value in options.items())],
        lambda data: try_bytes(data, path),
    )
    atheris.Fuzz()


def make_corpus(folder: Path, seed: int) -> None:
    """The first lines of every text file of a small sample, and the valid files of the mutations."""
    folder.mkdir(parents=True)
    sample = folder.with_name("sample")
    write_sample(sample, 60, seed=seed, faults=0.2)
    for number, path in enumerate(sorted(sample.rglob("*.csv"))):
        name = path.relative_to(sample).parts[0]
        if name in extract_names():
            content = path.read_bytes()[: _LONGEST - 1]
            (folder / f"sample-{number}").write_bytes(bytes([extract_names().index(name)]) + content)
    for name, content in whole_files(2).items():
        if name.endswith(".csv"):
            (folder / name).write_bytes(bytes([extract_names().index("enrollment")]) + content)
    shutil.rmtree(sample)


def try_bytes(data: bytes, path: Path) -> None:
    """Read and judge one input; raises when a promise is broken."""
    if not data:
        return
    extract = extract_names()[data[0] % len(extract_names())]
    path.write_bytes(data[1:])
    try:
        opened = open_source(path, extract, path.parent)
        whole = list(read_whole(opened, Told()))
    except LandingError as error:
        told(error)
        return
    for source in whole:
        judged = judge(source, _TODAY)
        faults = judged.faults()
        shown = [*(fault.shown or "" for fault in faults), *source.header.texts]
        for row in rejected_rows(judged, faults):
            shown += [row.problems, *row.cells]
        require(not any(holds_resident_id(text, _TODAY) for text in shown), "an ID is shown")
        require(len({fault.row for fault in faults}) == judged.rows_rejected, "a rejected row has no fault")
        require(accepted_rows(judged, _KEY).num_rows == judged.rows_landed, "a row is unaccounted for")
    compare(opened, whole)


def compare(opened: object, whole: list) -> None:
    """The fast reader gives what the strict one gave, wherever it is believed."""
    try:
        fast = [read_piece(opened, span) for span in opened.spans]
    except LandingError as error:
        told(error)
        return
    if fast and None not in fast:
        for name in whole[0].columns:
            strict = [text or None for source in whole for text in texts_of(source.columns[name])]
            require([text or None for source in fast for text in texts_of(source.columns[name])] == strict, name)
        numbers = [int(number) for source in fast for number in source.row_numbers]
        require(numbers == [int(number) for source in whole for number in source.row_numbers], "row numbers")


def texts_of(column: object) -> list[str | None]:
    """The texts of a column, encoded or not."""
    return column.to_pylist()


def told(error: LandingError) -> None:
    """A refusal speaks both languages and shows no ID."""
    require(bool(error.message_zh and error.message_en), "a message is missing")
    require(not holds_resident_id(str(error), _TODAY), "an ID is shown")


def require(holds: bool, what: str) -> None:
    """Raise when a promise is broken."""
    if not holds:
        raise AssertionError(what)


if __name__ == "__main__":
    main()
