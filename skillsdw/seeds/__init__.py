"""The one reader of seeds: every code list, target and rule, for landing, gates, dbt, audits, pages and tests alike.

A seed is `seeds/<name>.csv` of the checkout. Official lists that an operator changes (`operator_list` in its
declaration) live in the home: `<home>/lists/<name>.csv` takes the place of the checkout's. However a spreadsheet saved
it, it is read to the same rows, or `SeedError` names the list, the line and what to do.

Which home's lists are in force is said by SKILLSDW_HOME, since landing's workers, the gates and dbt are processes of
their own; `in_force` sets it for a while.
"""

import csv
import functools
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from skillsdw.home import SEEDS, Home
from skillsdw.seeds.cells import damage, reader_of, words_of
from skillsdw.seeds.declared import Declaration, read_declarations
from skillsdw.seeds.fault import SeedError, TableFault, shown
from skillsdw.seeds.text import MOST_BYTES, in_order, read_records, read_text

__all__ = [
    "Seed",
    "SeedError",
    "cache",
    "declarations",
    "digest",
    "faults",
    "home_lists",
    "in_force",
    "read_all",
    "read_list",
    "read_seed",
    "unknown_lists",
    "write_for_dbt",
]

HOME = "SKILLSDW_HOME"
Answer = TypeVar("Answer")
_PASSED_OVER = frozenset({"thumbs.db", "desktop.ini"})
_caches: list[Callable[[], None]] = []
_homes: dict[str | None, str | None] = {}  # home → itself where it has lists, as far as was looked
_seen: tuple | None = None


@dataclass(frozen=True)
class Seed:
    """The rows of a list as they are in force. `lines` are those of the file, one a row; `file` is how a message names
    it, `is_of_home` whether the home's list takes the place of the checkout's."""

    declaration: Declaration
    file: str
    is_of_home: bool
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def csv_text(self) -> str:
        """The list as dbt and everybody else reads it, whatever the file looks like."""
        text = io.StringIO()
        table = csv.DictWriter(text, self.declaration.columns, lineterminator="\n")
        table.writeheader()
        table.writerows(self.rows)
        return text.getvalue()


def cache(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Keep a function's answers that follow from seeds, for as long as these lists are in force."""
    kept = functools.cache(lambda _place, *arguments: function(*arguments))
    _caches.append(kept.cache_clear)

    @functools.wraps(function)
    def of_these_lists(*arguments: object) -> Answer:
        return kept((SEEDS, _home_with_lists()), *arguments)

    return of_these_lists


def _home_with_lists() -> str | None:
    """The home whose lists are in force; homes without any have the same lists, those of the checkout."""
    home = os.environ.get(HOME)
    if home not in _homes:
        _homes[home] = home if _files_of_home() else None
    return _homes[home]


@contextmanager
def in_force(home: Home | None) -> Iterator[None]:
    """Let a home's lists be in force, here and in processes that begin meanwhile; those of the checkout alone for None.
    Lists that were changed since they were last read are read again."""
    before = os.environ.get(HOME)
    _put(None if home is None else str(home.root.absolute()))
    try:
        _forget_what_changed()
        yield
    finally:
        _put(before)


def _put(home: str | None) -> None:
    if home is None:
        os.environ.pop(HOME, None)
    else:
        os.environ[HOME] = home


def _forget_what_changed() -> None:
    global _seen
    _homes.clear()
    places = [folder for folder in (SEEDS, _lists_folder()) if folder is not None]
    files = sorted(file for folder in places for file in folder.rglob("*") if file.suffix.lower() in (".csv", ".yml"))
    now = tuple((str(file), status.st_mtime_ns, status.st_size) for file in files if (status := _status(file)))
    if now != _seen:
        for clear in _caches:
            clear()
        _seen = now


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _lists_folder() -> Path | None:
    home = os.environ.get(HOME)
    return Home(Path(home)).lists if home else None


@cache
def declarations() -> dict[str, Declaration]:
    """What is declared of every seed, by name."""
    return _declared(SEEDS, tuple(file.stat().st_mtime_ns for file in sorted(SEEDS.rglob("*.yml"))))


@functools.lru_cache(maxsize=2)
def _declared(folder: Path, _changed_at: tuple[int, ...]) -> dict[str, Declaration]:
    # Lists change while a process runs, their declarations hardly ever: these take longer to read than all the lists.
    return read_declarations(folder)


def read_seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed in force, in the order of the file; an empty cell is ''. `SeedError` for one that cannot be
    used."""
    return list(read_list(name).rows)


@cache
def read_list(name: str) -> Seed:
    """A seed in force, checked by itself: columns, types, keys, filled and accepted values."""
    declaration = declarations().get(name)
    if declaration is None:
        raise SeedError(f"没有声明代码表 {name}(seeds/*.yml)", f"No list {name} is declared (seeds/*.yml)")
    own = home_lists().get(name)
    if own is not None:
        return _read(declaration, own, str(own), True)
    file = next(iter(sorted(SEEDS.rglob(f"{name}.csv"))), SEEDS / f"{name}.csv")
    return _read(declaration, file, f"seeds/{file.relative_to(SEEDS)}", False)


def read_all() -> dict[str, Seed]:
    """Every seed in force, checked by itself and against the others. The first fault is raised as a `SeedError`, so
    that no file of a bureau is judged by a list that cannot be trusted."""
    if found := faults():
        raise found[0]
    return {name: read_list(name) for name in declarations()}


def faults() -> list[SeedError]:
    """What is wrong with the lists in force: one error for each that cannot be used."""
    found, seeds = unknown_lists(), {}
    for name in declarations():
        try:
            seeds[name] = read_list(name)
        except SeedError as fault:
            found.append(fault)
    return found + [fault for seed in seeds.values() if (fault := _dangling(seed, seeds))]


def home_lists() -> dict[str, Path]:
    """The lists of the home that take the place of the checkout's, by name."""
    allowed = {name for name, declaration in declarations().items() if declaration.is_operators}
    return {file.stem.lower(): file for file in _files_of_home() if _is_list(file, allowed)}


def unknown_lists() -> list[SeedError]:
    """What lies in the home's lists and is none that an operator may put there, each as an error that names it."""
    operators = sorted(name for name, declaration in declarations().items() if declaration.is_operators)
    names, found = ", ".join(f"{name}.csv" for name in operators), []
    first: dict[str, Path] = {}
    for file in _files_of_home():
        if not _is_list(file, set(operators)):
            found.append(
                SeedError(
                    f"{file} 不是可由用户更换的名单。请改名或移走;可放入的名单:{names}",
                    f"{file} is no list that may be replaced: rename it or move it away; lists that may: {names}",
                )
            )
        elif (other := first.setdefault(file.stem.lower(), file)) != file:
            found.append(
                SeedError(
                    f"{other} 与 {file} 是同一名单。请移走其中一个",
                    f"{other} and {file} are the same list: move one of them away",
                )
            )
    return found


def _files_of_home() -> list[Path]:
    folder = _lists_folder()
    if folder is None or not folder.is_dir():
        return []
    # What a desktop leaves there, and the lock of a file that is open in Excel, WPS or LibreOffice.
    return sorted(
        file
        for file in folder.iterdir()
        if not file.name.startswith((".", "~$")) and file.name.lower() not in _PASSED_OVER
    )


def _is_list(file: Path, allowed: set[str]) -> bool:
    return file.suffix.lower() == ".csv" and file.stem.lower() in allowed


def _read(declaration: Declaration, path: Path, file: str, is_of_home: bool) -> Seed:
    try:
        header, body = read_records(read_text(_content(path)), declaration.columns)
        rows = in_order(header, body, list(declaration.columns))
        rows = [(line, _canonical(declaration, line, row)) for line, row in rows]
        _check(declaration, rows)
    except TableFault as fault:
        raise fault.of(file) from None
    return Seed(declaration, file, is_of_home, tuple(row for _, row in rows), tuple(line for line, _ in rows))


def _content(path: Path) -> bytes:
    """The bytes of a regular file, opened once; opening a pipe would wait for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as fault:
        reason = fault.strerror or "?"
        raise TableFault(
            0,
            f"无法打开({reason})",
            f"it cannot be opened ({reason})",
            "请恢复该文件或其权限",
            "put it or its mode back",
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise TableFault(0, "不是普通文件", "it is no regular file", "请换成 CSV 文件", "put a CSV file there")
        with os.fdopen(handle, "rb", closefd=False) as opened:
            content = opened.read(MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(content) > MOST_BYTES:
        raise TableFault(0, "超过 8 MB,不是代码表", "it is larger than 8 MB, which no list is", "请核对", "look at it")
    return content


def _canonical(declaration: Declaration, line: int, row: dict[str, str]) -> dict[str, str]:
    """A row with every value as it is written; `TableFault` for the first that cannot be read."""
    read = {}
    for column, text in row.items():
        kind = declaration.columns[column]
        if not text:
            read[column] = ""
            continue
        if harm := damage(text, kind):
            raise _cell_fault(line, column, text, *harm)
        value = reader_of(kind)(text)
        if value is None:
            zh, en = words_of(kind)
            raise _cell_fault(line, column, text, f"不是{zh}", f"is not {en}")
        if column in declaration.forms and not declaration.forms[column][0].fullmatch(value):
            example = declaration.forms[column][1]
            raise _cell_fault(line, column, text, f"形式不对,应如 {example}", f"has another form than {example}")
        if column in declaration.accepted and value not in declaration.accepted[column]:
            values = declaration.accepted[column]
            raise _cell_fault(line, column, text, f"不是 {'、'.join(values)} 之一", f"is none of {', '.join(values)}")
        read[column] = value
    return read


def _cell_fault(line: int, column: str, text: str, zh: str, en: str) -> TableFault:
    return TableFault(line, f"{column} 的值“{shown(text)}”{zh}", f"{shown(text)!r} in {column} {en}")


def _check(declaration: Declaration, rows: list[tuple[int, dict[str, str]]]) -> None:
    if not rows and not declaration.may_be_empty:
        raise TableFault(0, "没有任何行", "it has no rows", "请恢复原有各行", "put its rows back")
    for line, row in rows:
        for column in declaration.columns:
            if column in declaration.filled and not row[column]:
                raise TableFault(line, f"{column} 不能为空", f"{column} is empty", "请补填", "fill it in")
    for key in declaration.keys:
        first: dict[tuple[str, ...], int] = {}
        for line, row in rows:
            value = tuple(row[column] for column in key)
            if (before := first.setdefault(value, line)) != line:
                raise TableFault(
                    line,
                    f"{'、'.join(key)}“{shown(' / '.join(value))}”与第{before}行重复",
                    f"{', '.join(key)} {shown(' / '.join(value))!r} is there already, on line {before}",
                    "请删去其中一行",
                    "delete one of the two",
                )
    for column, codes in declaration.keeps.items():
        if missing := [code for code in codes if code not in {row[column] for _, row in rows}]:
            raise TableFault(
                0,
                f"缺少 {column} {'、'.join(missing)},规则和报表要用到",
                f"it lacks {', '.join(missing)} in {column}, which rules and figures need",
                "请加回该行",
                "put the row back",
            )


def _dangling(seed: Seed, seeds: dict[str, Seed]) -> SeedError | None:
    """The first code of a list that stands in no other, of those that could be read."""
    for column, (target, target_column) in seed.declaration.references.items():
        if (other := seeds.get(target)) is None:
            continue
        known = {"", *(row[target_column] for row in other.rows)}
        values = zip(seed.lines, (row[column] for row in seed.rows), strict=True)
        line, value = next(((line, value) for line, value in values if value not in known), (0, ""))
        if not line:
            continue
        return TableFault(
            line,
            f"{column} 的值“{shown(value)}”不在 {other.file} 的 {target_column} 中",
            f"{shown(value)!r} in {column} is not in {target_column} of {other.file}",
            "请改正该值,或在后一表中补上",
            "correct it, or add it to the latter",
        ).of(seed.file)
    return None


def digest(names: Iterable[str]) -> str:
    """A digest of lists by their rows: the same rows have the same, in whatever encoding and order of columns."""
    found = hashlib.sha256()
    for name in names:
        found.update(f"{name}\0{read_list(name).csv_text()}\0".encode())
    return found.hexdigest()


def write_for_dbt(folder: Path) -> None:
    """Write every seed in force for dbt's `seed-paths`. A file that stays as it was keeps its
    time, so that dbt does not parse it again."""
    wanted = {f"{name}.csv": seed.csv_text().encode() for name, seed in read_all().items()}
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.name not in wanted:
            file.unlink()
    for name, content in wanted.items():
        file = folder / name
        if not file.is_file() or file.read_bytes() != content:
            file.write_bytes(content)
